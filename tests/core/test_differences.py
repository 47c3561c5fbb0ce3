"""What differs between two moments, and who set what."""

from time import perf_counter

from hypothesis import given
from hypothesis import strategies as st
from tests.core.histories import ADA, BOB, History, Step, files, given_history, steps

from rowlock.core.blame import Blame
from rowlock.core.commands import (
    AddColumn,
    AddRow,
    DeleteColumn,
    DeleteRow,
    MoveColumn,
    MoveRow,
    RenameColumn,
    UpdateRow,
)
from rowlock.core.differences import Differences, differences
from rowlock.core.lineage import kept_columns
from rowlock.core.sheet import Sheet


def between(history: History, old: int, new: int) -> Differences:
    then = history.at(old)
    return differences(then, history.at(new), kept_columns(then.columns, history.events[old:new]))


def cells_of(sheet: Sheet) -> dict[int, dict[str, str]]:
    return {index: dict(zip(sheet.columns, sheet.cells(row.record), strict=True)) for index, row in sheet.rows()}


@given(file=files, happened=steps, seed=st.integers(0, 50))
def test_the_differences_turn_the_one_table_into_the_other(file: bytes, happened: list[Step], seed: int) -> None:
    history = given_history(file, happened)
    position = 1 + seed % history.position
    then, found = history.at(position), between(history, position, history.position)
    columns = found.columns
    names = {**{name: name for name in then.columns if name not in columns.deleted}, **columns.renamed}
    rows = {}
    for index, cells in cells_of(then).items():
        if index not in found.deleted:
            rows[index] = {names[name]: text for name, text in cells.items() if name in names}
            rows[index] |= dict.fromkeys(columns.added, "")
            rows[index] |= {name: to for name, (_, to) in found.changed.get(index, {}).items() if to is not None}
    assert rows | {index: dict(cells) for index, cells in found.added.items()} == cells_of(history.sheet)
    assert set(found.deleted) == set(cells_of(then)) - set(cells_of(history.sheet))


@given(file=files, happened=steps)
def test_a_moment_does_not_differ_from_itself(file: bytes, happened: list[Step]) -> None:
    history = given_history(file, happened)
    assert between(history, history.position, history.position).empty


def test_rows_and_columns_that_only_moved_are_told_apart() -> None:
    history = History()
    history.do(MoveRow(index=2, after=None))
    history.do(MoveColumn(column="price", place=0))
    found = between(history, 1, 3)
    assert (found.added, found.changed, found.deleted) == ({}, {}, {})
    assert found.moved == (2,)
    assert len(found.columns.moved) == 1


def test_texts_of_columns_that_came_and_went_are_changes_of_their_rows() -> None:
    history = History()
    history.do(DeleteColumn(column="price"))
    history.do(AddColumn(column="colour"))
    history.do(UpdateRow(index=0, cells={"colour": "green"}))
    found = between(history, 1, 4)
    assert found.changed[0] == {"price": ("2", None), "colour": (None, "green")}
    assert (found.columns.deleted, found.columns.added) == (("price",), ("colour",))


def test_a_few_changes_of_a_large_table_are_found_without_reading_the_rest() -> None:
    rows = 100_000
    history = History(b"name,price\n" + b"".join(b"row %d,1\n" % number for number in range(rows)))
    for index in range(0, rows, 1_000):
        history.do(UpdateRow(index=index, cells={"price": "2"}))
    then = history.at(1)
    began = perf_counter()
    found = differences(then, history.sheet, {name: name for name in then.columns})
    assert perf_counter() - began < 2  # 0.1 s on a machine with nothing else to do
    assert len(found.changed) == rows // 1_000


def test_the_last_who_set_a_cell_is_known() -> None:
    history = History()
    history.do(UpdateRow(index=0, cells={"price": "5"}), BOB)
    history.do(RenameColumn(column="price", to="cost"), ADA)
    history.do(AddColumn(column="colour"), ADA)
    history.do(AddRow(cells={"name": "Oil"}), BOB)
    history.do(DeleteRow(index=1), BOB)
    history.undo(6)
    blame = Blame()
    for event in history.events:
        blame.take(event)
    columns = history.sheet.columns
    assert [setter[::2] for setter in blame.of(0, columns)] == [(1, "system"), (2, "bob"), (4, "ada")]
    assert [setter[::2] for setter in blame.of(1, columns)] == [(7, "ada")] * 3
    assert [setter.position for setter in blame.of(3, columns)] == [5] * 3
