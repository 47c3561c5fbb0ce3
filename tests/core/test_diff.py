"""What turns a table into another: whatever an outside program does, bytes are met and rows stay themselves."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.differing import becoming, bytes_of, change, sheet_of, shown
from tests.core.written_files import Written, written_files

from rowlock.core.commands import DeleteRow, MoveRow, UpdateRow
from rowlock.core.diff import RowDifference, compare
from rowlock.core.records import read_table

TABLE = b"id,name,price\n1,Tea,2\n2,Milk,3\n3,Rye,4\n4,Oats,5\n"


def indexes(data: bytes, table: bytes = TABLE) -> list[int]:
    """The rows in their new order, under the numbers they had: 0, 1, 2 ...; new ones go on from there."""
    sheet = sheet_of(table)
    becoming(sheet, data)
    return list(sheet.indexes())


def versions(data: bytes, table: bytes = TABLE) -> list[int]:
    sheet = sheet_of(table)
    becoming(sheet, data)
    return [version for _, version, _ in shown(sheet)]


def test_the_same_file_is_no_change() -> None:
    assert compare(sheet_of(TABLE), read_table(TABLE)).ops == ()


def test_an_edited_cell_is_one_update_that_says_the_cell_alone() -> None:
    found = compare(sheet_of(TABLE), read_table(TABLE.replace(b"Milk,3", b"Milk,9")))
    assert found.ops == (UpdateRow(index=1, cells={"price": "9"}),)
    assert found.rows == (RowDifference(index=1, number=1, verdict="changed", cells={"price": ("3", "9")}),)


def test_bytes_that_no_rendering_would_give_are_said() -> None:
    found = compare(sheet_of(TABLE), read_table(TABLE.replace(b"Milk,3", b'"Milk",3')))
    assert found.ops == (UpdateRow(index=1, cells={}, raw='2,"Milk",3\n'),)


def test_rows_inserted_in_the_middle_push_the_others_along_without_touching_them() -> None:
    data = TABLE.replace(b"3,Rye", b"9,Nuts,7\n8,Figs,6\n3,Rye")
    assert indexes(data) == [0, 1, 4, 5, 2, 3]
    assert versions(data)[:2] == [1, 1]
    assert versions(data)[4:] == [1, 1]


def test_a_row_before_all_others_comes_first() -> None:
    assert indexes(TABLE.replace(b"1,Tea", b"0,Salt,1\n1,Tea")) == [4, 0, 1, 2, 3]


def test_a_sorted_table_keeps_its_rows_and_moves_as_few_as_it_can() -> None:
    data = b"id,name,price\n4,Oats,5\n1,Tea,2\n2,Milk,3\n3,Rye,4\n"
    assert indexes(data) == [3, 0, 1, 2]
    assert compare(sheet_of(TABLE), read_table(data)).ops == (MoveRow(index=3, after=None),)


def test_a_row_that_was_moved_and_edited_is_still_itself() -> None:
    sheet = sheet_of(TABLE)
    found = becoming(sheet, b"id,name,price\n4,Oats,6\n1,Tea,2\n2,Milk,3\n3,Rye,4\n")
    assert [row[0] for row in shown(sheet)] == [3, 0, 1, 2]
    assert (found.changed, found.moved, found.added, found.deleted) == (1, 1, 0, 0)


def test_a_deleted_row_is_deleted_and_no_other() -> None:
    assert compare(sheet_of(TABLE), read_table(TABLE.replace(b"2,Milk,3\n", b""))).ops == (DeleteRow(index=1),)


def test_of_equal_rows_the_one_between_its_old_neighbours_stays() -> None:
    table = b"n,m\n,\na,1\n,\nb,2\n,\nc,3\n,\n"
    assert indexes(b"n,m\na,1\n,\nb,2\n,\nc,3\n,\nd,4\n", table) == [1, 2, 3, 4, 5, 6, 7]


def test_a_key_column_tells_rows_apart_whose_other_cells_are_all_changed() -> None:
    data = b"id,name,price\n3,X,7\n1,Y,8\n4,Z,9\n2,W,0\n"
    assert indexes(data) == [2, 0, 3, 1]


def test_a_running_number_written_anew_is_not_taken_for_a_key() -> None:
    table = b"no,name,price\n1,Tea,2\n2,Milk,3\n3,Rye,4\n4,Oats,5\n"
    data = b"no,name,price\n1,Salt,1\n2,Tea,2\n3,Milk,3\n4,Rye,4\n5,Oats,5\n"
    assert indexes(data, table) == [4, 0, 1, 2, 3]


def test_rows_of_one_column_stay_themselves_in_place() -> None:
    assert indexes(b"n\na\nx\nc\n", b"n\na\nb\nc\n") == [0, 1, 2]


@pytest.mark.parametrize(
    ("data", "kinds"),
    [
        (b"id,name\n1,Tea\n2,Milk\n3,Rye\n4,Oats\n", ["DeleteColumn"]),
        (b"id,title,price\n1,Tea,2\n2,Milk,3\n3,Rye,4\n4,Oats,5\n", ["RenameColumn"]),
        (b"name,price,id\nTea,2,1\nMilk,3,2\nRye,4,3\nOats,5,4\n", ["MoveColumn", "MoveColumn"]),
        (b"id,name,price,x\n1,Tea,2,\n2,Milk,3,\n3,Rye,4,\n4,Oats,5,\n", ["AddColumn"]),
        (TABLE.replace(b"\n", b"\r\n"), ["ChangeStyle"]),
        (TABLE.replace(b",", b";"), ["ChangeStyle"]),
        (b"\xef\xbb\xbf" + TABLE[:-1], ["ChangeStyle"]),
        (TABLE.replace(b"id", b'"id"'), ["ChangeStyle"]),
    ],
)
def test_a_change_of_all_rows_at_once_touches_none(data: bytes, kinds: list[str]) -> None:
    assert [type(op).__name__ for op in compare(sheet_of(TABLE), read_table(data)).ops] == kinds
    assert versions(data) == [1, 1, 1, 1]


@pytest.mark.parametrize(
    "data",
    [
        b"name,name,name\n1,Tea,2\n2,Milk,3\n",
        b" ,id,\n1,2,3\n",
        b"x\n1\n",
        b'"column 2",,a\n1,2,3\n',
        b"price,id,name,__proto__\n2,1,Tea,0\n",
        b'a;"b, c";d\n1;"2\n3";4\n',
        b"id,name,price\n",
    ],
)
def test_any_header_can_take_the_place_of_any_other(data: bytes) -> None:
    becoming(sheet_of(TABLE), data)
    becoming(sheet_of(data), TABLE)


@given(written_files(), written_files())
def test_the_bytes_of_any_file_can_take_the_place_of_any_other(one: Written, other: Written) -> None:
    becoming(sheet_of(one.data, one.delimiter), other.data, other.delimiter)


TEXTS = st.sampled_from(["", "a", "b", "1", "x,y", 'q"'])
ROW = st.lists(TEXTS, min_size=3, max_size=3)


def written(rows: list[list[str]]) -> bytes:
    lines = [",".join('"' + text.replace('"', '""') + '"' for text in row) for row in rows]
    return "\n".join(["u,v,w", *lines, ""]).encode()


@given(st.lists(ROW, max_size=12), st.data())
def test_rows_that_nobody_touched_keep_index_and_version(rows: list[list[str]], data: st.DataObject) -> None:
    sheet = sheet_of(written(rows))
    edited = data.draw(st.permutations(rows).map(list) if data.draw(st.booleans()) else st.just(list(rows)))
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(edited)))
        edited[at : at + data.draw(st.integers(0, 1))] = data.draw(st.lists(ROW, max_size=2))
    before = shown(sheet)
    found = becoming(sheet, written(edited))
    touched = {row.index for row in found.rows}
    assert [row for row in before if row[0] not in touched] == [row for row in shown(sheet) if row[1] == 1]
    stayed = len(edited) - found.added
    assert stayed == len(rows) - found.deleted
    assert found.changed <= stayed


@given(st.permutations(range(12)), st.sets(st.integers(0, 11), max_size=4))
def test_identity_outlasts_sorting_with_edits(order: list[int], edited: set[int]) -> None:
    rows = [[f"key {n}", f"name {n}", str(n % 3)] for n in range(12)]
    sheet = sheet_of(written(rows))
    for n in edited:
        rows[n][1] = "new"
    becoming(sheet, written([rows[n] for n in order]))
    assert list(sheet.indexes()) == list(order)


def test_what_was_worked_out_on_a_copy_leaves_the_base_alone() -> None:
    sheet = sheet_of(TABLE)
    compare(sheet, read_table(b"price;id\r\n2;1\r\n"))
    assert bytes_of(sheet) == TABLE


def test_a_large_sorted_and_edited_table_is_still_the_same_rows() -> None:
    random = Random(7)
    rows = [[str(n), f"name {random.random()}", str(random.randrange(5))] for n in range(3_000)]
    sheet = sheet_of(written(rows))
    order = sorted(range(3_000), key=lambda n: rows[n][1])
    for n in random.sample(order, 100):
        rows[n][2] = "changed"
    found = becoming(sheet, written([rows[n] for n in order]))
    assert list(sheet.indexes()) == order
    assert (found.added, found.deleted, found.changed) == (0, 0, 100)


def test_changes_are_made_all_or_none() -> None:
    sheet = sheet_of(TABLE)
    change(sheet, compare(sheet, read_table(b"id\n")).ops)
    assert sheet.total == 0
