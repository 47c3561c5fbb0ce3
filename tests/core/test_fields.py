"""One record: what somebody edits can be read again, what stands around it stays the byte it was."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.core.written_files import Written, read_again, records_of, rows_of, texts, written_files

from rowlock.core.records import (
    Dialect,
    cells,
    changed_record,
    check_cell,
    insert_field,
    move_field,
    new_record,
    raw_fields,
    read_table,
    remove_field,
    rename_header,
    split_end,
)

COMMA = Dialect()
SEMICOLON = Dialect(delimiter=";")


@given(written_files(), texts, st.data())
def test_an_edit_changes_only_its_record_and_is_read_again_as_made(
    written: Written, text: str, data: st.DataObject
) -> None:
    table = read_table(written.data, delimiter=written.delimiter)
    assume(table.lengths)
    before, width = records_of(table), len(table.columns)
    row = data.draw(st.integers(0, len(before) - 1), "row")
    at = data.draw(st.integers(0, width - 1), "cell")
    after = list(before)
    after[row] = changed_record(before[row], {at: text}, table.dialect)

    again = read_again(table, table.header, after)
    assert records_of(again)[:row] == before[:row]
    assert records_of(again)[row + 1 :] == before[row + 1 :]
    expected = rows_of(table)
    expected[row][at] = text
    assert rows_of(again) == expected


@given(written_files(), texts, st.integers(0, 5))
def test_an_edit_keeps_the_bytes_of_the_other_fields_and_of_the_end(written: Written, text: str, at: int) -> None:
    table = read_table(written.data, delimiter=written.delimiter)
    for record in records_of(table):
        old, new = (
            raw_fields(each, table.dialect) for each in (record, changed_record(record, {at: text}, table.dialect))
        )
        assert new[:at] == fitted_raw(old, at, len(new))
        assert new[at + 1 :] == old[at + 1 :]
        assert split_end(changed_record(record, {at: text}, table.dialect))[1] == split_end(record)[1]


def fitted_raw(fields: list[bytes], at: int, reached: int) -> list[bytes]:
    return [*fields, *[b""] * (reached - len(fields))][:at]


@pytest.mark.parametrize(
    ("record", "changes", "changed"),
    [
        (b"1,2,3\n", {1: "x"}, b"1,x,3\n"),
        (b'1,"2",3\r\n\r\n', {1: "x"}, b'1,"x",3\r\n\r\n'),
        (b"1,2\n", {1: "x,y"}, b'1,"x,y"\n'),
        (b"1,2\n", {1: "x;y"}, b"1,x;y\n"),
        (b"1,2\n", {1: 'say "x"'}, b'1,"say ""x"""\n'),
        (b"1,2\n", {0: "x\ry", 1: "x\ny"}, b'"x\ry","x\ny"\n'),
        (b"1,2\n", {0: " x", 1: "x "}, b'" x","x "\n'),
        (b"1,2\n", {0: "", 1: ""}, b",\n"),
        (b"1\n", {2: "x"}, b"1,,x\n"),
        (b"1\n", {2: ""}, b"1\n"),
        (b"1,2,3,4\n", {0: "x"}, b"x,2,3,4\n"),
        (b'5" pipe, "a,b"\n', {1: "x"}, b'5" pipe,x,b"\n'),
        (b" 1,\xef\xbb\xbf2\n", {0: " 1", 1: "\ufeff2"}, b" 1,\xef\xbb\xbf2\n"),
        (b"\xef\xbb\xbf1,2\n", {1: "x"}, b"\xef\xbb\xbf1,x\n"),
        (b"1\n", {0: ""}, b'""\n'),
        (b"  \n", {0: ""}, b'""\n'),
        (b"  \n", {1: "x"}, b"  ,x\n"),
        (b"1,2\n", {}, b"1,2\n"),
    ],
)
def test_an_edited_record_is_rendered_in_the_files_manner(
    record: bytes, changes: dict[int, str], changed: bytes
) -> None:
    assert changed_record(record, changes, COMMA) == changed


@given(written_files(), st.lists(texts, min_size=1, max_size=5), st.data())
def test_a_new_record_is_read_as_it_was_meant_and_its_neighbours_as_before(
    written: Written, row: list[str], data: st.DataObject
) -> None:
    table = read_table(written.data, delimiter=written.delimiter)
    before = records_of(table)
    at = data.draw(st.integers(0, len(before)), "place")
    like = data.draw(st.sampled_from([None, table.header, *before]), "neighbour")
    new = new_record(row, table.dialect, like)

    again = read_again(table, table.header, [*before[:at], new, *before[at:]])
    assert cells(new, table.dialect, len(row)) == row
    assert records_of(again) == [*before[:at], new, *before[at:]]


@pytest.mark.parametrize(
    ("like", "texts", "record"),
    [
        (None, ["1", "x", ""], b"1,x,\n"),
        (b"1,x,y\n", ["2", "a b", "c,d"], b'2,a b,"c,d"\n'),
        (b'"1","x",""\r\n', ["2", "", "z"], b'"2","","z"\n'),
        (b'"1","x"\n', ["2", "y", "z"], b'"2","y","z"\n'),
        (b'1,"x",\n', ["2", "y", "z"], b'2,"y","z"\n'),
        (b'1,"x",2\n', ["2", "y", "n/a"], b'2,"y","n/a"\n'),
        (b'1,"x",-1.5e3\n', ["2", "", "7"], b'2,"",7\n'),
        (b'x,"y"\n', ["z", "", "z"], b'z,"",z\n'),
        (None, [""], b'""\n'),
        (None, ["  "], b'"  "\n'),
        (None, [], b'""\n'),
    ],
)
def test_a_new_record_is_quoted_as_its_neighbour_is(like: bytes | None, texts: list[str], record: bytes) -> None:
    assert new_record(texts, COMMA, like) == record


def test_a_new_record_ends_as_the_file_does() -> None:
    assert new_record(["1", "2"], Dialect(delimiter=";", line_end="\r\n"), b"3;4\n") == b"1;2\r\n"


@given(written_files(), texts, texts, st.data())
def test_a_column_is_inserted_in_ragged_rows(written: Written, name: str, text: str, data: st.DataObject) -> None:
    table = read_table(written.data, delimiter=written.delimiter)
    titles = cells(table.header, table.dialect, len(table.columns))
    at = data.draw(st.integers(0, len(titles)), "place")
    header = insert_field(table.header, at, name, table.dialect)
    again = read_again(table, header, [insert_field(each, at, text, table.dialect) for each in records_of(table)])
    assert cells(again.header, again.dialect, len(again.columns)) == [*titles[:at], name, *titles[at:]]
    assert rows_of(again) == [[*row[:at], text, *row[at:]] for row in rows_of(table)]


@given(written_files(), st.data())
def test_a_column_is_removed_from_ragged_rows(written: Written, data: st.DataObject) -> None:
    table = read_table(written.data, delimiter=written.delimiter)
    titles = cells(table.header, table.dialect, len(table.columns))
    assume(len(titles) > 1)
    at = data.draw(st.integers(0, len(titles) - 1), "place")
    header = remove_field(table.header, at, table.dialect)
    again = read_again(table, header, [remove_field(each, at, table.dialect) for each in records_of(table)])
    assert cells(again.header, again.dialect, len(again.columns)) == [*titles[:at], *titles[at + 1 :]]
    assert rows_of(again) == [[*row[:at], *row[at + 1 :]] for row in rows_of(table)]


@given(written_files(), st.data())
def test_a_column_is_moved_in_ragged_rows(written: Written, data: st.DataObject) -> None:
    table = read_table(written.data, delimiter=written.delimiter)
    titles = cells(table.header, table.dialect, len(table.columns))
    source, target = (data.draw(st.integers(0, len(titles) - 1), name) for name in ("source", "target"))
    header = move_field(table.header, source, target, table.dialect)
    again = read_again(table, header, [move_field(each, source, target, table.dialect) for each in records_of(table)])
    assert cells(again.header, again.dialect, len(again.columns)) == moved(titles, source, target)
    assert rows_of(again) == [moved(row, source, target) for row in rows_of(table)]


def moved(row: list[str], source: int, target: int) -> list[str]:
    rest = [*row[:source], *row[source + 1 :]]
    return [*rest[:target], row[source], *rest[target:]]


@given(written_files(), texts, st.data())
def test_a_column_is_renamed_and_no_row_is_touched(written: Written, name: str, data: st.DataObject) -> None:
    table = read_table(written.data, delimiter=written.delimiter)
    titles = cells(table.header, table.dialect, len(table.columns))
    at = data.draw(st.integers(0, len(titles) - 1), "place")
    again = read_again(table, rename_header(table.header, at, name, table.dialect), [table.data])
    assert cells(again.header, again.dialect, len(again.columns)) == [*titles[:at], name, *titles[at + 1 :]]
    assert again.data == table.data


@pytest.mark.parametrize(
    ("record", "at", "text", "inserted"),
    [
        (b"1,2\n", 1, "x", b"1,x,2\n"),
        (b"1,2\n", 2, "", b"1,2,\n"),
        (b"1\n", 3, "", b"1\n"),
        (b"1\n", 3, "x", b"1,,,x\n"),
        (b'"1"\n', 3, "", b'"1"\n'),
        (b"1,2,extra\n", 2, "x", b"1,2,x,extra\n"),
        (b'"1","2"\r\n', 1, "x", b'"1","x","2"\r\n'),
        (b'"1",2\n', 1, "x,y", b'"1","x,y",2\n'),
        (b"1\n", 0, "", b",1\n"),
    ],
)
def test_a_field_is_inserted_where_the_row_reaches(record: bytes, at: int, text: str, inserted: bytes) -> None:
    assert insert_field(record, at, text, COMMA) == inserted


@pytest.mark.parametrize(
    ("record", "at", "left"),
    [
        (b'1,"2,5",3\n', 1, b"1,3\n"),
        (b"1,2\n", 5, b"1,2\n"),
        (b"1\r\n\r\n", 0, b'""\r\n\r\n'),
        (b" \n", 0, b'""\n'),
        (b"1,\n", 0, b'""\n'),
        (b"1, \n", 0, b'" "\n'),
    ],
)
def test_removing_a_field_never_leaves_a_blank_line(record: bytes, at: int, left: bytes) -> None:
    assert remove_field(record, at, COMMA) == left


@pytest.mark.parametrize(
    ("record", "source", "target", "moved"),
    [
        (b'1,"2",3\n', 1, 0, b'"2",1,3\n'),
        (b"1,2,3\n", 0, 2, b"2,3,1\n"),
        (b"1,2\n", 0, 3, b"2,,,1\n"),
        (b",2\n", 0, 3, b"2\n"),
        (b"1,2\n", 3, 0, b",1,2\n"),
        (b"1\n", 2, 1, b"1,\n"),
        (b"1\n", 3, 2, b"1\n"),
        (b"1\n", 0, 0, b"1\n"),
    ],
)
def test_a_field_is_moved_where_the_row_reaches(record: bytes, source: int, target: int, moved: bytes) -> None:
    assert move_field(record, source, target, COMMA) == moved


@pytest.mark.parametrize("name", ["\ufeffa", "%PDF-1.7", "PK\x03\x04", "GIF89a", "  ", ""])
def test_no_first_title_makes_the_file_look_like_something_else(name: str) -> None:
    table = read_table(b"a,b\n1,2\n")
    assert (
        cells(read_again(table, rename_header(table.header, 0, name, COMMA), [table.data]).header, COMMA, 2)[0] == name
    )

    table = read_table(b"x," + name.encode() + b"\n1,2\n")
    again = read_again(table, remove_field(table.header, 0, COMMA), [b"2\n"])
    assert (cells(again.header, COMMA, 1), again.dialect.bom) == ([name], False)


@pytest.mark.parametrize(
    ("text", "encoding", "code"),
    [
        ("", "utf-8", None),
        ("=1+1\t\r\n\x1b🦉", "utf-8", None),
        ("x" * 65_536, "utf-8", None),
        ("x" * 65_537, "utf-8", "cell_too_large"),
        ("a\0b", "utf-8", "control_character"),
        ("\ud800", "utf-8", "bad_text"),
        ("\ud800", "utf-7", "bad_text"),
        ("€", "latin-1", "bad_text"),
        ("é", "latin-1", None),
    ],
)
def test_a_cell_holds_any_text_that_the_file_can(text: str, encoding: str, code: str | None) -> None:
    assert check_cell(text, encoding) == code


@pytest.mark.parametrize("width", [0, 1, 3, 5])
def test_a_row_shows_as_many_cells_as_there_are_columns(width: int) -> None:
    assert cells(b'1;"2";3\r\n', SEMICOLON, width) == ["1", "2", "3", "", ""][:width]
    assert cells(b"1;2;3\n\n", SEMICOLON, width) == ["1", "2", "3", "", ""][:width]
