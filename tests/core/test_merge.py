"""Three-way: what only they changed is done, what only we changed stays, what both changed is said and ours stays."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st
from tests.core.differing import bytes_of, change, sheet_of, shown

from rowlock.core.commands import AddColumn, AddRow, DeleteRow, MoveRow, TableOp, UpdateRow
from rowlock.core.diff import compare
from rowlock.core.merge import Clash, Merge, merge, overriding
from rowlock.core.records import read_table
from rowlock.core.sheet import Sheet

TABLE = b"id,name,price\n1,Tea,2\n2,Milk,3\n3,Rye,4\n4,Oats,5\n"


def nobody(index: int) -> bool:
    return False


def merged(
    theirs: bytes, ours: tuple[TableOp, ...] = (), held: Callable[[int], bool] = nobody, base: bytes = TABLE
) -> tuple[Sheet, Merge]:
    """Our table once both have changed it, and the merge that did it."""
    old, sheet = sheet_of(base), sheet_of(base)
    change(sheet, ours)
    found = merge(old, compare(old, read_table(theirs)), sheet, held)
    change(sheet, found.ops)
    return sheet, found


def edited(index: int, price: str) -> UpdateRow:
    return UpdateRow(index=index, cells={"price": price})


def test_changes_of_different_rows_are_both_done() -> None:
    sheet, found = merged(TABLE.replace(b"Milk,3", b"Milk,9"), (edited(0, "7"),))
    assert bytes_of(sheet) == TABLE.replace(b"Milk,3", b"Milk,9").replace(b"Tea,2", b"Tea,7")
    assert found.clashes == ()


def test_of_a_row_that_both_changed_ours_stays_and_theirs_is_told() -> None:
    sheet, found = merged(TABLE.replace(b"Tea,2", b"Tea,8"), (edited(0, "7"),))
    assert found == Merge(clashes=(Clash(index=0, column="price", ours="7", theirs="8"),))
    assert b"Tea,7" in bytes_of(sheet)


def test_the_same_change_by_both_is_no_clash() -> None:
    assert merged(TABLE.replace(b"Tea,2", b"Tea,7"), (edited(0, "7"),))[1].clashes == ()
    assert merged(TABLE.replace(b"1,Tea,2\n", b""), (DeleteRow(index=0),))[1] == Merge()


def test_a_held_row_keeps_our_value_and_all_others_take_theirs() -> None:
    theirs = TABLE.replace(b"Tea,2", b"Tea,8").replace(b"Rye,4", b"Rye,9")
    sheet, found = merged(theirs, held=lambda index: index == 0)
    assert found.clashes == (Clash(index=0, column="price", ours="2", theirs="8"),)
    assert bytes_of(sheet) == TABLE.replace(b"Rye,4", b"Rye,9")


def test_a_held_row_that_they_deleted_stays() -> None:
    sheet, found = merged(TABLE.replace(b"1,Tea,2\n", b""), held=lambda index: index == 0)
    ours = {"id": "1", "name": "Tea", "price": "2"}
    assert found.clashes == (Clash(index=0, column=None, ours=ours, theirs=None),)
    assert bytes_of(sheet) == TABLE


def test_a_row_that_we_deleted_and_they_changed_stays_deleted_and_is_told() -> None:
    _, found = merged(TABLE.replace(b"Tea,2", b"Tea,8"), (DeleteRow(index=0),))
    theirs = {"id": "1", "name": "Tea", "price": "8"}
    assert found.clashes == (Clash(index=0, column=None, ours=None, theirs=theirs),)


def test_a_held_row_that_only_moved_stays_where_it_is() -> None:
    sheet, found = merged(b"id,name,price\n4,Oats,5\n1,Tea,2\n2,Milk,3\n3,Rye,4\n", held=lambda index: index == 3)
    assert (bytes_of(sheet), found.clashes) == (TABLE, ())


def test_a_new_row_behind_one_that_we_deleted_comes_behind_the_one_before() -> None:
    sheet, _ = merged(TABLE.replace(b"3,Rye", b"9,Nuts,1\n3,Rye"), (DeleteRow(index=1),))
    assert [index for index, _, _ in shown(sheet)] == [0, 4, 2, 3]


def test_rows_appended_by_both_are_all_there() -> None:
    sheet, _ = merged(TABLE + b"9,Nuts,1\n", (AddRow(cells={"name": "Figs"}, after=3),))
    assert sheet.total == 6


def test_a_row_that_we_moved_may_still_be_changed_by_them() -> None:
    sheet, found = merged(TABLE.replace(b"Oats,5", b"Oats,6"), (MoveRow(index=3, after=None),))
    assert bytes_of(sheet).startswith(b"id,name,price\n4,Oats,6\n")
    assert found.clashes == ()


def test_columns_changed_by_us_meanwhile_keep_all_of_theirs_out() -> None:
    _, found = merged(TABLE.replace(b"Tea,2", b"Tea,8"), (AddColumn(column="new"),))
    assert found == Merge(reshaped=True)
    assert merged(TABLE, (AddColumn(column="new"),))[1] == Merge()


def test_rows_are_changed_only_at_the_version_that_was_looked_at() -> None:
    _, found = merged(b"id,name,price\n4,Oats,6\n1,Tea,2\n2,Milk,3\n")
    assert [(type(op).__name__, getattr(op, "version", "-")) for op in found.ops] == [
        ("DeleteRow", 1),
        ("MoveRow", 1),
        ("UpdateRow", None),
    ]


def accepted(theirs: bytes, ours: tuple[TableOp, ...], only: frozenset[int] | None = None) -> bytes:
    old, sheet = sheet_of(TABLE), sheet_of(TABLE)
    change(sheet, ours)
    change(sheet, overriding(old, compare(old, read_table(theirs)), sheet, only).ops)
    return bytes_of(sheet)


def test_what_is_accepted_is_written_over_ours_and_nothing_else_is() -> None:
    theirs = TABLE.replace(b"Tea,2", b"Tea,8").replace(b"Rye,4", b"Rye,9")
    ours = (UpdateRow(index=0, cells={"name": "Coffee", "price": "7"}),)
    assert accepted(theirs, ours, frozenset({0})) == TABLE.replace(b"Tea,2", b"Coffee,8")
    assert accepted(theirs, ours) == TABLE.replace(b"Tea,2", b"Coffee,8").replace(b"Rye,4", b"Rye,9")


def test_an_accepted_row_that_we_deleted_comes_back_under_its_number() -> None:
    assert accepted(TABLE.replace(b"Milk,3", b"Milk,9"), (DeleteRow(index=1),)) == TABLE.replace(b"Milk,3", b"Milk,9")


def test_an_accepted_deletion_is_done_once() -> None:
    theirs = TABLE.replace(b"1,Tea,2\n", b"")
    assert accepted(theirs, ()) == theirs
    assert accepted(theirs, (DeleteRow(index=0),)) == theirs


ROWS = 8
WRITES = st.dictionaries(st.integers(0, ROWS - 1), st.sampled_from(["x", "y", None]), max_size=5)


def with_writes(writes: dict[int, str | None]) -> bytes:
    rows = {n: (f"{n}", f"name {n}", "-") for n in range(ROWS)}
    kept = ((n, *rows[n][1:2], writes.get(n, "-")) for n in rows if writes.get(n, "-") is not None)
    return "".join(["id,name,v\n", *(f"{n},{name},{value}\n" for n, name, value in kept)]).encode()


@given(WRITES, WRITES, st.sets(st.integers(0, ROWS - 1)))
def test_every_change_of_either_is_done_or_told(
    ours: dict[int, str | None], theirs: dict[int, str | None], held: set[int]
) -> None:
    ops = tuple(
        DeleteRow(index=n) if text is None else UpdateRow(index=n, cells={"v": text}) for n, text in ours.items()
    )
    sheet, found = merged(with_writes(theirs), ops, held.__contains__, base=with_writes({}))
    values = {index: sheet.cells(row.record)[2] for index, row in sheet.rows()}
    told = {clash.index for clash in found.clashes}
    for n in range(ROWS):
        mine, other = ours.get(n, "-"), theirs.get(n, "-")
        free = n not in ours and n not in held
        assert values.get(n) == (other if free else mine)
        assert (n in told) == (not free and n in theirs and other != mine)
