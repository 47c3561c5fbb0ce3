"""Going back: to the byte, by events, for the whole table or a part of it."""

from hypothesis import given
from hypothesis import strategies as st
from tests.core.histories import ADA, BOB, FILE, RULES, SECOND, History, Step, files, given_history, steps

from rowlock.core.commands import (
    AddColumn,
    AddRow,
    ChangeStyle,
    ChangeTable,
    DeleteColumn,
    DeleteRow,
    ImportTable,
    RenameColumn,
    TakeLease,
    UpdateRow,
)
from rowlock.core.dialects import Dialect
from rowlock.core.events import ColumnAdded, ColumnDeleted, LeaseReleased
from rowlock.core.lookalike import lookalike
from rowlock.core.records import read_table
from rowlock.core.refusals import (
    BadCell,
    BadTableRefused,
    ColumnExists,
    NoTable,
    RowNotFound,
    TableMoved,
    UnknownColumn,
)
from rowlock.core.restore import RestoreTable, decide_restore
from rowlock.core.steps import Made


@given(file=files, happened=steps, seed=st.integers(0, 50))
def test_a_restored_table_has_the_bytes_of_its_position(file: bytes, happened: list[Step], seed: int) -> None:
    history = given_history(file, happened)
    position = 1 + seed % history.position
    then, before = history.at(position), history.events[:]
    assert isinstance(history.restore(position), Made)
    assert history.file == b"".join(then.file_parts())
    assert history.sheet.columns == then.columns
    assert list(history.sheet.indexes()) == list(then.indexes())
    assert history.events[: len(before)] == before
    assert history.restore(position) == Made(facts=[], undoes=[])


@given(file=files, happened=steps, seed=st.integers(0, 50))
def test_a_restore_can_be_undone_to_the_byte(file: bytes, happened: list[Step], seed: int) -> None:
    history = given_history(file, happened)
    head, bytes_then = history.position, history.file
    history.restore(1 + seed % head)
    history.undo(begin=head + 1)
    assert history.file == bytes_then


@given(file=files, happened=steps, seed=st.integers(0, 50), rows=st.frozensets(st.integers(0, 5), min_size=1))
def test_chosen_rows_are_what_they_were_and_others_stay(
    file: bytes, happened: list[Step], seed: int, rows: frozenset[int]
) -> None:
    history = given_history(file, happened)
    then = history.at(1 + seed % history.position)
    now = {index: row.record for index, row in history.sheet.rows()}
    made = history.restore(then.position, rows=rows)
    if not isinstance(made, Made):
        assert isinstance(made, RowNotFound)
        return
    after = {index: row.record for index, row in history.sheet.rows()}
    assert {index: record for index, record in after.items() if index not in rows} == {
        index: record for index, record in now.items() if index not in rows
    }
    assert all((index in after) == (then.row(index) is not None) for index in rows)


def indexes_after(history: History) -> list[int]:
    return list(history.sheet.indexes())


def test_a_renamed_column_stays_itself() -> None:
    history = History()
    history.do(RenameColumn(column="price", to="cost"))
    history.do(UpdateRow(index=0, cells={"cost": "5"}))
    made = history.restore(1)
    assert isinstance(made, Made)
    assert history.file == FILE
    assert not any(isinstance(fact, ColumnAdded | ColumnDeleted) for fact in made.facts)


def test_columns_that_changed_names_change_back() -> None:
    history = History()
    for column, to in (("name", "x"), ("price", "name"), ("x", "price")):
        history.do(RenameColumn(column=column, to=to))
    assert history.file.startswith(b"price,name\n")
    history.restore(1)
    assert history.file == FILE


def test_all_columns_may_be_others() -> None:
    history = History(b"a,b\n1,2\n")
    history.do(AddColumn(column="c"))
    history.do(DeleteColumn(column="a"))
    history.do(DeleteColumn(column="b"))
    history.restore(1)
    assert history.file == b"a,b\n1,2\n"


def test_rows_from_before_a_new_file_come_back_under_their_numbers() -> None:
    history = History()
    history.do(ImportTable(data=b"\xef\xbb\xbfa;b\r\n1;2\r\n", blob=b""))
    history.restore(1)
    assert (history.file, indexes_after(history)) == (FILE, [0, 1, 2])
    history.restore(2)
    assert (history.file, indexes_after(history)) == (b"\xef\xbb\xbfa;b\r\n1;2\r\n", [3])


def test_a_whole_restore_ends_every_lease_and_one_of_a_row_that_rows() -> None:
    history = History()
    history.do(UpdateRow(index=0, cells={"price": "5"}), BOB)
    history.do(TakeLease(index=0), BOB)
    history.do(TakeLease(index=1), BOB)
    history.restore(1, rows=frozenset({0}))
    assert list(history.sheet.leased()) == [1]
    made = history.restore(2)
    assert isinstance(made, Made)
    assert list(history.sheet.leased()) == []
    assert [fact.token for fact in made.facts if isinstance(fact, LeaseReleased)] == [4]


def test_a_restore_passes_cooldowns_and_leaves_none() -> None:
    history = History(pause=SECOND)
    history.do(UpdateRow(index=0, cells={"price": "5"}), BOB)
    history.restore(1, caller=ADA)
    assert history.file == FILE
    assert history.do(UpdateRow(index=0, cells={"price": "6"}), BOB) is None


def test_a_table_that_is_that_way_already_keeps_its_leases() -> None:
    history = History()
    history.do(TakeLease(index=1), BOB)
    assert history.restore(1) == Made(facts=[], undoes=[])


def test_a_chosen_row_comes_back_behind_the_row_it_stood_behind() -> None:
    history = History()
    history.do(DeleteRow(index=1))
    history.do(DeleteRow(index=0))
    history.restore(1, rows=frozenset({1}))
    assert history.file == b"name,price\nMilk,3\nRye,4\n"


def test_a_chosen_row_that_was_not_there_goes() -> None:
    history = History()
    history.do(AddRow(cells={"name": "Oil"}))
    history.restore(1, rows=frozenset({3}))
    assert history.file == FILE


def test_chosen_columns_are_known_by_either_name_and_leave_others_alone() -> None:
    for name in ("price", "cost"):
        history = History()
        history.do(RenameColumn(column="price", to="cost"))
        history.do(UpdateRow(index=0, cells={"cost": "5", "name": "Fig"}))
        history.restore(1, columns=(name,))
        assert history.file == b"name,cost\nFig,2\nMilk,3\nRye,4\n"


def test_a_chosen_column_comes_back_or_goes() -> None:
    history = History()
    history.do(DeleteColumn(column="name"))
    history.do(AddColumn(column="colour"))
    history.do(DeleteRow(index=0))
    history.restore(1, columns=("name", "colour"))
    assert history.file == b"name,price\nMilk,3\nRye,4\n"


def test_where_rows_and_columns_cross_only_cells_change() -> None:
    history = History()
    history.do(UpdateRow(index=0, cells={"name": "Fig", "price": "5"}))
    history.do(UpdateRow(index=1, cells={"price": "6"}))
    history.restore(1, rows=frozenset({0}), columns=("price",))
    assert history.file == b"name,price\nFig,2\nMilk,6\nRye,4\n"


def test_what_never_was_cannot_come_back() -> None:
    history = History()
    history.do(AddRow(cells={"name": "Oil"}))
    assert history.restore(1, rows=frozenset({9})) == RowNotFound(index=9)
    assert history.restore(1, columns=("x",)) == UnknownColumn(column="x", columns=("name", "price"))
    assert history.restore(0) == NoTable(position=0)
    assert history.restore(1, at_position=1) == TableMoved(expected=1, position=2)


@given(file=files, happened=steps, other=files)
def test_a_table_like_any_other_file_can_be_restored(file: bytes, happened: list[Step], other: bytes) -> None:
    history = given_history(file, happened)
    target, kept = lookalike(history.sheet, read_table(other))
    command = RestoreTable(target=target, kept=kept, at_position=history.position)
    made = decide_restore(history.sheet, command, ADA, history.moment, RULES)
    assert isinstance(made, Made)
    history.happen(made, ADA, "restored")
    assert history.file == other


def test_a_row_that_is_on_one_side_only_is_left_alone_where_cells_are_chosen() -> None:
    history = History()
    history.do(AddRow(cells={"name": "Oil"}))
    assert history.restore(1, rows=frozenset({3}), columns=("name",)) == Made(facts=[], undoes=[])


def latin() -> History:
    """A file in Latin-1 that was UTF-8 with an owl in it before."""
    history = History("name,price\nTea,🦉\nMilk,3\n".encode())
    history.do(UpdateRow(index=0, cells={"price": "2"}))
    style = ChangeStyle(dialect=Dialect(encoding="latin-1"), header="name,price\n")
    history.do(ChangeTable(ops=(style,)))
    return history


def test_what_the_encoding_of_today_lacks_does_not_come_back_alone() -> None:
    history = latin()
    assert isinstance(history.restore(1, rows=frozenset({0})), BadCell)
    assert isinstance(history.restore(1, columns=("price",)), BadCell)
    history.do(DeleteColumn(column="price"))
    assert isinstance(history.restore(1, columns=("price",)), BadTableRefused)
    assert isinstance(history.restore(1), Made)
    assert history.file == "name,price\nTea,🦉\nMilk,3\n".encode()


def test_a_column_whose_title_others_have_does_not_come_back_alone() -> None:
    history = History(b"a,b\n1,2\n")
    history.do(DeleteColumn(column="a"))
    history.do(AddColumn(column="c"))
    history.do(ChangeTable(ops=(ChangeStyle(dialect=Dialect(), header="a,a\n"),)))
    assert history.restore(1, columns=("a",)) == ColumnExists(column="a")
