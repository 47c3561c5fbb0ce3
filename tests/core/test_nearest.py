"""Of all recent states of the table, a file is taken to be made from the one that it is closest to."""

from tests.core.differing import FILE, NOW, sheet_of
from tests.core.test_merge import TABLE, edited

from rowlock.core.commands import AddColumn, AddRow, ChangeTable, DeleteRow, Rules, TableOp
from rowlock.core.decide import decide, stamped
from rowlock.core.events import Event
from rowlock.core.evolve import evolve
from rowlock.core.nearest import Origin, nearest
from rowlock.core.records import read_table


def history(*ops: TableOp) -> list[Event]:
    """The events from position 2 on."""
    sheet, events = sheet_of(TABLE), []
    facts = decide(sheet, ChangeTable(ops=ops), FILE, NOW, Rules(cooldown=0))
    assert isinstance(facts, list), facts
    for fact in facts:
        events.append(stamped(fact, FILE, NOW, sheet.position + 1))
        evolve(sheet, events[-1])
    return events


def origin(data: bytes, *ops: TableOp) -> Origin:
    return nearest(sheet_of(TABLE), history(*ops), read_table(data))


def test_a_save_of_the_newest_state_is_made_from_it() -> None:
    theirs = TABLE.replace(b"Tea,2", b"Tea,7").replace(b"Rye,4", b"Rye,9")
    assert origin(theirs, edited(0, "7")) == Origin(position=2, apart=2)


def test_who_has_not_seen_the_newest_changes_has_made_it_from_before_them() -> None:
    theirs = TABLE.replace(b"Rye,4", b"Rye,9")
    found = origin(theirs, edited(0, "7"), edited(1, "8"))
    assert found == Origin(position=1, apart=2, rows=frozenset({0, 1}), since=NOW.wall)


def test_rows_added_and_deleted_meanwhile_tell_the_state_too() -> None:
    added = AddRow(cells={"name": "Figs"})
    assert origin(TABLE.replace(b"Rye,4", b"Rye,9"), added, DeleteRow(index=0)).position == 1
    assert origin(TABLE.replace(b"Rye,4", b"Rye,9") + b",Figs,\n", added, DeleteRow(index=0)).position == 2


def test_a_change_of_all_records_is_measured_anew() -> None:
    assert origin(TABLE, AddColumn(column="x"), edited(0, "7")).position == 1


def test_a_row_that_both_changed_is_one_whose_change_was_not_seen_unless_nothing_speaks_for_that() -> None:
    both = TABLE.replace(b"Tea,2", b"Tea,8")
    assert origin(both, edited(0, "7")) == Origin(position=2, apart=2)
    found = origin(both, edited(0, "7"), edited(1, "8"))
    assert (found.position, found.rows) == (1, frozenset({0, 1}))


def test_a_new_column_is_seen_or_not() -> None:
    assert origin(b"id,name,price,x\n1,Tea,2,\n2,Milk,3,\n", AddColumn(column="x"), edited(0, "7")).position == 2
