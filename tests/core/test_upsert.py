"""Merging a file into the table by a key column, against the same thing done with a dict."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.differing import change, sheet_of

from rowlock.core.records import read_table
from rowlock.core.refusals import AmbiguousKey, BadTableRefused, UnknownColumn
from rowlock.core.sheet import Sheet
from rowlock.core.upsert import Refused, Upsert, upsert

TABLE = b"id,name,n\n1,ann,007\n2,bob,1.10\n3,cy,NA\n"
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
KEYS = st.sampled_from(["", "1", "01", " 1", "a,b", 'q"', "x\ny"])
ROWS = st.dictionaries(KEYS, st.tuples(TEXTS, TEXTS), max_size=5)


def merged(table: bytes, file: bytes, key: str = "id", *, add_columns: bool = False) -> Upsert | Refused:
    return upsert(sheet_of(table), read_table(file), key, add_columns=add_columns)


def after(table: bytes, file: bytes, *, add_columns: bool = False) -> Sheet:
    sheet = sheet_of(table)
    found = upsert(sheet, read_table(file), "id", add_columns=add_columns)
    assert isinstance(found, Upsert), found
    change(sheet, found.ops())
    return sheet


def cells(sheet: Sheet) -> list[list[str]]:
    return [sheet.cells(row.record) for _, row in sheet.rows()]


def csv_of(names: list[str], rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([names, *rows])
    return text.getvalue().encode()


def test_a_known_key_changes_its_row_a_new_one_adds_a_row_the_rest_is_left_alone() -> None:
    sheet = after(TABLE, b"id,n\n2,9\n4,new\n1,007\n")
    assert [row.record for _, row in sheet.rows()] == [b"1,ann,007\n", b"2,bob,9\n", b"3,cy,NA\n", b"4,,new\n"]
    assert list(sheet.indexes()) == [0, 1, 2, 3]


def test_unchanged_rows_are_skipped_and_told() -> None:
    found = merged(TABLE, b"id,n\n3,NA\n2,9\n")
    assert isinstance(found, Upsert)
    assert [(match.number, match.index, match.cells) for match in found.matches] == [(1, 1, {"n": ("1.10", "9")})]
    assert [list(each) for each in found.unchanged] == [[0], [2]]


def test_the_same_bytes_change_nothing() -> None:
    found = merged(TABLE, TABLE)
    assert isinstance(found, Upsert)
    assert found.ops() == ()


def test_keys_are_texts_not_numbers() -> None:
    assert cells(after(b"id,n\n1,a\n01,b\n", b"id,n\n01,c\n1.0,d\n")) == [["1", "a"], ["01", "c"], ["1.0", "d"]]


def test_new_columns_are_added_when_asked_for() -> None:
    sheet = after(TABLE, b"__proto__,id\nx,2\n", add_columns=True)
    assert sheet.columns == ("id", "name", "n", "__proto__")
    assert cells(sheet)[1] == ["2", "bob", "1.10", "x"]


def test_new_columns_are_refused_otherwise() -> None:
    assert merged(TABLE, b"id,z\n2,x\n") == UnknownColumn(column="z", columns=("id", "name", "n"))


@pytest.mark.parametrize("key", ["z", "name"])
def test_both_need_the_key_column(key: str) -> None:
    assert isinstance(merged(TABLE, b"id,z\n2,x\n", key), UnknownColumn)


def test_a_key_twice_in_the_file_is_refused_with_its_lines() -> None:
    refused = merged(TABLE, b'id,n\n2,"a\nb"\n5,x\n2,9\n')
    assert refused == AmbiguousKey(column="id", text="2", lines=(2, 5))
    assert refused.detail() == "Lines 2 and 5 of the file have the same 'id': '2'."


def test_a_key_twice_in_the_table_is_refused_if_the_file_has_it() -> None:
    table = b"id,n\n1,a\n2,b\n1,c\n"
    assert merged(table, b"id,n\n1,x\n") == AmbiguousKey(column="id", text="1", rows=(0, 2))
    assert isinstance(merged(table, b"id,n\n2,x\n"), Upsert)


def test_text_beyond_the_last_column_is_refused_with_its_line() -> None:
    refused = merged(TABLE, b"id,n\n1,2,\n3,4,extra\n")
    assert refused == BadTableRefused(code="bad_record", reason="Line 3 has more cells than there are columns.", line=3)


def test_a_short_row_has_empty_cells() -> None:
    assert cells(after(TABLE, b"id,name,n\n2\n"))[1] == ["2", "", ""]


def test_a_file_of_another_manner_leaves_the_tables_manner() -> None:
    sheet = after(b"id;n\r\n1;a\r\n", b'"n","id"\n"b","1"\n"c","2"\n')
    assert b"".join(sheet.file_parts()) == b"id;n\r\n1;b\r\n2;c\r\n"


@given(table=ROWS, file=ROWS)
def test_it_is_a_dict_by_key(table: dict[str, tuple[str, str]], file: dict[str, tuple[str, str]]) -> None:
    base = csv_of(["id", "a", "b"], [[key, *texts] for key, texts in table.items()])
    theirs = csv_of(["c", "id", "b"], [[c, key, b] for key, (b, c) in file.items()])
    model = {key: [key, *texts, ""] for key, texts in table.items()}
    for key, (b, c) in file.items():
        model[key] = [key, model[key][1] if key in model else "", b, c]
    sheet = after(base, theirs, add_columns=True)
    assert cells(sheet) == list(model.values())
    again = upsert(sheet, read_table(theirs), "id")
    assert isinstance(again, Upsert)
    assert again.ops() == ()
