"""Taking events back: what stands in the way, what comes back, to the byte."""

from hypothesis import given
from hypothesis import strategies as st
from tests.core.histories import ADA, BOB, SECOND, History, Step, files, given_history, steps

from rowlock.core.commands import (
    AddColumn,
    AddRow,
    ChangeRows,
    DeleteColumn,
    DeleteRow,
    ImportTable,
    MoveRow,
    RenameColumn,
    TakeLease,
    UpdateRow,
)
from rowlock.core.refusals import UndoConflict
from rowlock.core.steps import Made


def conflicts_of(outcome: object) -> list[tuple[int, str, int | None]]:
    """Of a refused undo or one that skipped: each event that stays, why, and the later event in its way."""
    assert isinstance(outcome, UndoConflict | Made)
    return [(each.position, each.code, each.by) for each in outcome.conflicts]


@given(file=files, before=steps, after=steps)
def test_undoing_everything_since_a_position_gives_its_bytes(
    file: bytes, before: list[Step], after: list[Step]
) -> None:
    history = given_history(file, before)
    position, bytes_then = history.position, history.file
    for step in after:
        history.random(step)
    history.leases_run_out()
    assert isinstance(history.undo(begin=position + 1), Made)
    assert history.file == bytes_then
    assert list(history.sheet.indexes()) == list(history.at(position).indexes())
    assert history.sheet.columns == history.at(position).columns


@given(file=files, before=steps, after=steps)
def test_undoing_the_undo_gives_the_bytes_from_before_it(file: bytes, before: list[Step], after: list[Step]) -> None:
    history = given_history(file, before)
    position = history.position
    for step in after:
        history.random(step)
    history.leases_run_out()
    head, bytes_then = history.position, history.file
    assert isinstance(history.undo(begin=position + 1), Made)
    assert isinstance(history.undo(begin=head + 1), Made)
    assert history.file == bytes_then


@given(file=files, happened=steps, first=st.integers(0, 20), actor=st.sampled_from(["ada", "bob"]))
def test_any_undo_leaves_a_table_that_reads_as_it_shows(
    file: bytes, happened: list[Step], first: int, actor: str
) -> None:
    history = given_history(file, happened)
    made = history.undo(begin=1 + first % history.position, actor=actor, on_conflict="skip")
    assert isinstance(made, Made)
    undone = {each for each in made.undoes if each is not None}
    assert undone.isdisjoint({each.position for each in made.conflicts})
    assert all(history.events[position - 1].actor == actor for position in undone)
    again = history.at(history.position)
    assert b"".join(again.file_parts()) == history.file


def price(index: int, text: str) -> UpdateRow:
    return UpdateRow(index=index, cells={"price": text})


def test_what_somebody_changed_later_stands_in_the_way() -> None:
    history = History()
    history.do(price(0, "5"), ADA)
    history.do(price(0, "6"), BOB)
    assert conflicts_of(history.undo(2)) == [(2, "later_edit", 3)]
    assert conflicts_of(history.undo(2, 3)) == []
    assert history.file == history.file_at(1)


def test_later_edits_of_other_cells_do_not() -> None:
    history = History()
    history.do(price(0, "5"))
    history.do(UpdateRow(index=0, cells={"name": "Fig"}))
    assert conflicts_of(history.undo(2)) == []
    assert history.sheet.cells(history.sheet.row(0).record) == ["Fig", "2"]  # type: ignore[union-attr]


def test_what_was_taken_back_meanwhile_is_no_later_edit() -> None:
    history = History()
    history.do(price(0, "5"))
    history.do(price(0, "6"))
    history.undo(3)
    assert conflicts_of(history.undo(2)) == []
    assert history.file == history.file_at(1)


def test_what_was_done_again_stands_in_the_way_again() -> None:
    history = History()
    history.do(price(0, "5"))
    history.do(price(0, "6"))
    history.undo(3)
    history.undo(4)
    assert conflicts_of(history.undo(2)) == [(2, "later_edit", 3)]


def test_an_event_is_taken_back_once() -> None:
    history = History()
    history.do(price(0, "5"))
    history.undo(2)
    assert conflicts_of(history.undo(2)) == [(2, "already_undone", 3)]
    history.undo(3)
    assert conflicts_of(history.undo(2)) == []


def test_dependants_go_too_where_that_is_wanted() -> None:
    history = History()
    history.do(AddRow(cells={"name": "Oil"}), ADA)
    history.do(price(3, "5"), BOB)
    history.do(MoveRow(index=3, after=None), BOB)
    history.do(price(0, "7"), BOB)
    assert conflicts_of(history.undo(2)) == [(2, "later_edit", 3), (2, "later_edit", 4)]
    made = history.undo(2, on_conflict="dependants")
    assert isinstance(made, Made)
    assert (made.undone, made.conflicts) == ((2, 3, 4), ())
    assert history.file == b"name,price\nTea,7\nMilk,3\nRye,4\n"


def test_dependants_of_dependants_go_too() -> None:
    history = History()
    history.do(AddColumn(column="colour"))
    history.do(UpdateRow(index=0, cells={"colour": "green", "price": "5"}))
    history.do(price(0, "6"))
    made = history.undo(2, on_conflict="dependants")
    assert isinstance(made, Made)
    assert made.undone == (2, 3, 4)
    assert history.file == history.file_at(1)


def test_the_rest_goes_where_conflicts_are_skipped() -> None:
    history = History()
    history.do(ChangeRows(ops=(price(0, "5"), price(1, "6"))), ADA)
    history.do(price(0, "7"), BOB)
    made = history.undo(batch=2, on_conflict="skip")
    assert conflicts_of(made) == [(2, "later_edit", 4)]
    assert history.file == b"name,price\nTea,7\nMilk,3\nRye,4\n"


def test_a_deleted_row_comes_back_to_its_place_under_its_number() -> None:
    history = History(b'name,price\nTea,2\n"Milk",3\nRye,4\n')
    history.do(DeleteRow(index=1))
    history.do(AddRow(cells={"name": "Oil"}, after=0))
    assert conflicts_of(history.undo(2)) == []
    assert history.file == b'name,price\nTea,2\n"Milk",3\nOil,\nRye,4\n'
    assert list(history.sheet.indexes()) == [0, 1, 3, 2]


def test_a_place_behind_a_row_that_left_is_behind_the_one_before() -> None:
    history = History()
    history.do(DeleteRow(index=2))
    history.do(MoveRow(index=1, after=None))
    history.do(DeleteRow(index=0))
    assert conflicts_of(history.undo(2)) == []
    assert history.file == b"name,price\nMilk,3\nRye,4\n"


def test_an_edit_of_a_row_that_is_gone_or_of_a_column_that_is_gone_stays() -> None:
    history = History()
    history.do(price(0, "5"))
    history.do(price(1, "6"))
    history.do(DeleteRow(index=0))
    history.do(DeleteColumn(column="price"))
    made = history.undo(2, 3, on_conflict="skip")
    assert {(position, code) for position, code, _ in conflicts_of(made)} == {
        (2, "row_deleted"),
        (2, "column_deleted"),
        (3, "column_deleted"),
    }


def test_an_edit_is_taken_back_under_the_name_its_column_has_now() -> None:
    history = History()
    history.do(price(0, "5"))
    history.do(RenameColumn(column="price", to="cost"))
    history.do(AddColumn(column="price"))
    assert conflicts_of(history.undo(2)) == []
    assert history.file == b"name,cost,price\nTea,2,\nMilk,3,\nRye,4,\n"


def test_leases_and_files_are_no_edits() -> None:
    history = History()
    history.do(TakeLease(index=0))
    history.do(price(0, "5"))
    assert conflicts_of(history.undo(1, 2)) == [(1, "not_undoable", None), (2, "not_undoable", None)]
    made = history.undo(begin=2)
    assert isinstance(made, Made)
    assert made.undone == (3,)


def test_nothing_from_before_a_new_file_can_be_taken_back() -> None:
    history = History()
    history.do(price(0, "5"))
    history.do(ImportTable(data=b"a\n1\n", blob=b""), ADA)
    assert conflicts_of(history.undo(2)) == [(2, "table_imported", 3)]


def test_a_row_that_somebody_holds_or_that_is_cooling_stays() -> None:
    history = History(pause=SECOND)
    history.do(price(0, "5"), BOB)
    history.do(price(1, "6"), ADA)
    history.do(TakeLease(index=1), ADA)
    assert conflicts_of(history.undo(2, caller=ADA)) == [(2, "row_cooling", None)]
    assert conflicts_of(history.undo(2, caller=BOB)) == []
    assert conflicts_of(history.undo(3, caller=BOB)) == [(3, "row_locked", None)]
    assert conflicts_of(history.undo(3, caller=ADA)) == []


def test_what_one_person_did_is_taken_back_alone() -> None:
    history = History()
    history.do(price(0, "5"), ADA)
    history.do(price(1, "6"), BOB)
    history.do(price(2, "7"), ADA)
    made = history.undo(actor="ada", end=3)
    assert isinstance(made, Made)
    assert made.undone == (2,)
    assert history.file == b"name,price\nTea,2\nMilk,6\nRye,7\n"


def test_events_say_which_one_they_take_back() -> None:
    history = History()
    history.do(price(0, "5"))
    history.undo(2)
    event = history.events[-1]
    assert (event.reason, event.undoes, event.batch) == ("undone", 2, None)


def test_a_row_that_came_back_by_other_means_does_not_come_back_twice() -> None:
    history = History()
    history.do(DeleteRow(index=0))
    history.restore(1)
    assert conflicts_of(history.undo(2)) == [(2, "row_exists", 3)]
