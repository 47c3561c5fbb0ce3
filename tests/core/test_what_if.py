"""The table as if something had not been, and what then has no ground."""

from hypothesis import given
from hypothesis import strategies as st
from tests.core.histories import ADA, BOB, History, Step, files, given_history, steps

from rowlock.core.commands import (
    AddColumn,
    AddRow,
    ChangeStyle,
    ChangeTable,
    DeleteColumn,
    DeleteRow,
    MoveColumn,
    RenameColumn,
    UpdateRow,
)
from rowlock.core.dialects import Dialect
from rowlock.core.gathering import Selection
from rowlock.core.what_if import WhatIf


def without(history: History, *selections: Selection) -> WhatIf:
    what_if = WhatIf(selections)
    for event in history.events:
        what_if.take(event)
    return what_if


def file_of(what_if: WhatIf) -> bytes:
    return b"".join(what_if.sheet.file_parts())


def groundless(what_if: WhatIf) -> list[tuple[int, str]]:
    return [(each.event.position, each.reason) for each in what_if.groundless]


@given(file=files, happened=steps)
def test_without_nothing_it_is_the_table(file: bytes, happened: list[Step]) -> None:
    history = given_history(file, happened)
    what_if = without(history)
    assert file_of(what_if) == history.file
    assert (what_if.dropped, what_if.groundless) == ([], [])


@given(file=files, happened=steps, seed=st.integers(0, 50))
def test_without_the_latest_events_it_is_the_table_before_them(file: bytes, happened: list[Step], seed: int) -> None:
    history = given_history(file, happened)
    position = 1 + seed % history.position
    what_if = without(history, Selection(begin=position + 1))
    assert file_of(what_if) == history.file_at(position)
    assert what_if.groundless == []


@given(file=files, happened=steps, seed=st.integers(0, 50), actor=st.sampled_from(["ada", "bob"]))
def test_whatever_is_left_out_the_rest_comes_to_a_table(
    file: bytes, happened: list[Step], seed: int, actor: str
) -> None:
    history = given_history(file, happened)
    what_if = without(history, Selection(actor=actor, begin=2), Selection(positions=frozenset({2 + seed % 9})))
    dropped = {event.position for event in what_if.dropped}
    assert dropped.isdisjoint(position for position, _ in groundless(what_if))
    indexes = list(what_if.sheet.indexes())
    assert len(indexes) == len(set(indexes)) == what_if.sheet.total


def test_edits_of_a_row_that_was_never_added_have_no_ground() -> None:
    history = History()
    history.do(AddRow(cells={"name": "Oil"}), BOB)
    history.do(UpdateRow(index=3, cells={"price": "9"}), ADA)
    history.do(DeleteRow(index=3), ADA)
    what_if = without(history, Selection(actor="bob"))
    assert groundless(what_if) == [(3, "there is no row 3"), (4, "there is no row 3")]
    assert file_of(what_if) == history.file_at(1)


def test_later_edits_of_the_same_cell_stay() -> None:
    history = History()
    history.do(UpdateRow(index=0, cells={"price": "5"}), BOB)
    history.do(UpdateRow(index=0, cells={"price": "6"}), ADA)
    assert without(history, Selection(actor="bob")).sheet.cells(b"Tea,6\n") == ["Tea", "6"]
    assert file_of(without(history, Selection(actor="bob"))) == history.file


def test_a_row_stands_behind_the_one_before_it_that_is_there() -> None:
    history = History()
    history.do(AddRow(cells={"name": "Oil"}, after=0), BOB)
    history.do(AddRow(cells={"name": "Fig"}, after=3), ADA)
    assert file_of(without(history, Selection(actor="bob"))) == b"name,price\nTea,2\nFig,\nMilk,3\nRye,4\n"


def test_an_edit_finds_its_column_under_the_name_it_has_kept() -> None:
    history = History()
    history.do(RenameColumn(column="price", to="cost"), BOB)
    history.do(UpdateRow(index=0, cells={"cost": "5"}), ADA)
    assert file_of(without(history, Selection(actor="bob"))) == b"name,price\nTea,5\nMilk,3\nRye,4\n"


def test_a_column_that_was_never_deleted_keeps_its_texts() -> None:
    history = History()
    history.do(DeleteColumn(column="price"), BOB)
    history.do(UpdateRow(index=0, cells={"name": "Fig"}), ADA)
    assert file_of(without(history, Selection(batch=2))) == b"name,price\nFig,2\nMilk,3\nRye,4\n"


def test_without_its_import_there_is_no_table() -> None:
    history = History()
    history.do(AddRow(cells={"name": "Oil"}))
    what_if = without(history, Selection(positions=frozenset({1})))
    assert groundless(what_if) == [(2, "there is no table")]
    assert file_of(what_if) == b""


def test_an_undo_of_what_has_not_been_has_no_ground_and_neither_has_its_redo() -> None:
    history = History()
    history.do(DeleteRow(index=0), BOB)
    history.undo(2)
    history.undo(3)
    history.do(UpdateRow(index=1, cells={"price": "5"}), ADA)
    what_if = without(history, Selection(actor="bob"))
    assert [position for position, _ in groundless(what_if)] == [3, 4]
    assert file_of(what_if) == b"name,price\nTea,2\nMilk,5\nRye,4\n"


def test_columns_that_clash_or_are_gone_have_no_ground() -> None:
    history = History()
    history.do(RenameColumn(column="price", to="cost"), BOB)
    history.do(AddColumn(column="price"), ADA)
    history.do(MoveColumn(column="price", place=0), ADA)
    history.do(DeleteColumn(column="name"), BOB)
    history.do(RenameColumn(column="cost", to="name"), ADA)
    what_if = without(history, Selection(actor="bob"))
    assert groundless(what_if) == [
        (3, "there is a column price already, or no table"),
        (4, "there is no column price"),
        (6, "there is a column name already"),
    ]
    assert what_if.names == {"name": "price"}


def test_the_last_column_stays() -> None:
    history = History()
    history.do(AddColumn(column="colour"), BOB)
    history.do(DeleteColumn(column="name"), ADA)
    history.do(MoveColumn(column="price", place=1), ADA)
    history.do(DeleteColumn(column="price"), ADA)
    what_if = without(history, Selection(actor="bob"))
    assert groundless(what_if) == [(5, "it is the last column")]
    assert file_of(what_if) == b"price\n2\n3\n4\n"


def test_a_row_that_was_never_deleted_does_not_come_back() -> None:
    history = History()
    history.do(DeleteRow(index=0), BOB)
    history.restore(1, caller=ADA)
    assert groundless(without(history, Selection(actor="bob"))) == [(3, "row 0 was never deleted")]


def test_the_file_keeps_its_manner_where_the_columns_are_the_same() -> None:
    history = History()
    history.do(AddColumn(column="colour"), BOB)
    style = ChangeStyle(dialect=Dialect(delimiter=";"), header="a;b;c\n")
    history.do(ChangeTable(ops=(style,)), ADA)
    assert groundless(without(history, Selection(actor="bob"))) == [(3, "the table has other columns")]
    assert file_of(without(history, Selection(actor="eva"))) == history.file


def test_of_an_edit_what_has_a_column_still_happens() -> None:
    history = History()
    history.do(AddColumn(column="colour"), BOB)
    history.do(UpdateRow(index=0, cells={"colour": "green", "price": "5"}), ADA)
    what_if = without(history, Selection(actor="bob"))
    assert groundless(what_if) == [(3, "there is no column colour")]
    assert file_of(what_if) == b"name,price\nTea,5\nMilk,3\nRye,4\n"


def test_what_the_encoding_lacks_then_has_no_ground() -> None:
    history = History(b"name,price\nTea,2\n")
    latin, plain = (ChangeStyle(dialect=Dialect(encoding=name), header="name,price\n") for name in ("latin-1", "utf-8"))
    history.do(ChangeTable(ops=(latin,)), ADA)
    history.do(ChangeTable(ops=(plain,)), BOB)
    history.do(UpdateRow(index=0, cells={"name": "🦉", "price": "3"}), ADA)
    what_if = without(history, Selection(actor="bob"))
    assert groundless(what_if) == [(4, "the encoding latin-1 lacks a character of name")]
    assert file_of(what_if) == b"name,price\nTea,3\n"


def test_a_file_that_cannot_be_written_so_keeps_its_manner() -> None:
    history = History(b"name\n")
    history.do(AddRow(cells={"name": "🦉"}), ADA)
    history.do(DeleteRow(index=0), BOB)
    history.do(ChangeTable(ops=(ChangeStyle(dialect=Dialect(encoding="latin-1"), header="name\n"),)), ADA)
    assert groundless(without(history, Selection(actor="bob"))) == [(4, "the encoding latin-1 lacks a character")]
