"""CSV text and records: a file is refused for a reason, or every byte of it is kept."""

import csv
import io
from typing import Literal

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from tests.core.odd_files import ODD_FILES, OddFile
from tests.core.written_files import Written, file_of, fitted, records_of, rows_of, texts, written_files

from rowlock.core import records
from rowlock.core.records import (
    BadTable,
    Dialect,
    cells,
    column_names,
    file_parts,
    new_record,
    raw_fields,
    read_table,
    split_end,
)

COMMA = Dialect()


def refusal(data: bytes, encoding: str | None) -> BadTable:
    with pytest.raises(BadTable) as refused:
        read_table(data, encoding=encoding)
    return refused.value


@pytest.fixture(params=[1, 2, 3, 5, 8], ids="chunks of {} bytes".format)
def tiny_chunks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "CHUNK_BYTES", request.param)


def named(odd: OddFile) -> str:
    return odd.name


@pytest.mark.parametrize("odd", [odd for odd in ODD_FILES if odd.code is None], ids=named)
def test_an_odd_file_is_taken_as_it_is(odd: OddFile) -> None:
    table = read_table(odd.data, encoding=odd.encoding, delimiter=odd.delimiter)
    assert (table.columns, rows_of(table)) == (odd.columns, odd.rows)
    assert table.dialect.delimiter == odd.noticed
    assert file_of(table, table.header, [table.data]) == odd.data
    assert file_of(table, table.header, records_of(table)) == odd.data


@pytest.mark.parametrize("odd", [odd for odd in ODD_FILES if odd.code], ids=named)
def test_a_file_that_is_no_table_is_refused_with_its_reason_and_line(odd: OddFile) -> None:
    refused = refusal(odd.data, odd.encoding)
    assert (refused.code, refused.line) == (odd.code, odd.line)
    assert str(refused) == refused.detail


@pytest.mark.usefixtures("tiny_chunks")
def test_records_are_found_however_the_file_is_cut_into_chunks() -> None:
    for odd in ODD_FILES:
        if len(odd.data) > 1000:
            continue
        if odd.code is None:
            table = read_table(odd.data, encoding=odd.encoding, delimiter=odd.delimiter)
            assert (odd.name, table.columns, rows_of(table)) == (odd.name, odd.columns, odd.rows)
        else:
            refused = refusal(odd.data, odd.encoding)
            assert (odd.name, refused.code, refused.line) == (odd.name, odd.code, odd.line)


def test_there_are_many_odd_files_and_each_has_a_name_of_its_own() -> None:
    assert len({odd.name for odd in ODD_FILES}) == len(ODD_FILES) >= 80


@pytest.mark.parametrize(
    ("data", "encoding", "byte"),
    [
        (b"\xef\xbb\xbfa,b\n1,\xff\n", None, 9),
        (b"\xef\xbb\xbfa,b\n1,\x00\n", None, 9),
        ("a\n1".encode("utf-16-le") + b"\x00", "utf-16-le", 6),
        (b"\xff\xfea\x00", None, 0),
        (b"\x1f\x8b\x08", None, 0),
        (b"a\n1,\x00\n", "latin-1", None),
        (b'a\n"1', None, None),
        (b"a\n" + 600_000 * "\u20ac".encode() + b"\n\xff\n", None, 1_800_003),
    ],
)
def test_a_refusal_names_the_byte_where_that_helps(data: bytes, encoding: str | None, byte: int | None) -> None:
    assert refusal(data, encoding).byte == byte


@given(written_files())
def test_what_was_written_is_read_and_the_same_bytes_are_written_again(written: Written) -> None:
    table = read_table(written.data, delimiter=written.delimiter)
    width = len(written.rows[0])
    assert cells(table.header, table.dialect, width) == written.rows[0]
    assert rows_of(table) == [fitted(row, width) for row in written.rows[1:]]
    assert file_of(table, table.header, [table.data]) == written.data


@given(st.text(st.sampled_from('a1" ,;|\t\r\né\ufeff'), max_size=40).map(str.encode) | st.binary(max_size=40))
@example(b'a\n"\n')
def test_any_bytes_are_refused_or_can_be_written_again(data: bytes) -> None:
    try:
        table = read_table(data)
    except BadTable:
        return
    assert file_of(table, table.header, [table.data]) == data
    assert all(b"".join(split_end(record)) == record and split_end(record)[1] for record in records_of(table))


@given(written_files())
def test_every_record_can_be_parsed_alone(written: Written) -> None:
    table = read_table(written.data, delimiter=written.delimiter)
    for record in [table.header, *records_of(table)]:
        alone = read_table(b"a\n" + split_end(record)[0] + b"\n", delimiter=written.delimiter)
        (parsed,) = records_of(alone)
        assert raw_fields(parsed, alone.dialect) == raw_fields(record, table.dialect)


@given(written_files(), st.integers(1, 12))
def test_the_size_of_chunks_makes_no_difference(written: Written, size: int) -> None:
    whole = read_table(written.data, delimiter=written.delimiter)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "CHUNK_BYTES", size)
        assert read_table(written.data, delimiter=written.delimiter) == whole


@given(
    st.lists(st.lists(texts, min_size=2, max_size=4), min_size=1, max_size=5),
    st.sampled_from(",;\t|"),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_what_pythons_csv_module_writes_is_read_the_same(
    rows: list[list[str]], delimiter: str, quoting: Literal[0, 1]
) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, quoting=quoting).writerows(rows)
    data = text.getvalue()
    assume(not data.startswith("\ufeff"))
    table = read_table(data.encode(), delimiter=delimiter)
    expected = list(csv.reader(io.StringIO(data, newline=""), delimiter=delimiter, strict=True))
    assert cells(table.header, table.dialect, len(expected[0])) == expected[0]
    assert rows_of(table) == [fitted(row, len(expected[0])) for row in expected[1:]]


@pytest.mark.parametrize(
    ("data", "end"),
    [
        (b"a", "\n"),
        (b'"a\rb"', "\n"),
        (b"a\n1", "\n"),
        (b"a\r\n1", "\r\n"),
        (b"a\r1", "\r"),
        (b"a\r\n1\n2\n", "\n"),
        (b"a\r\n1\n2\r\n", "\r\n"),
        (b"a\r\n1\n", "\r\n"),
        (b'a\r\n"1\n\n\n2"\r\n', "\r\n"),
        (b'a\n"1\r\n\r\n2"\n', "\n"),
        (b"\r\r\r\ra\n1\n", "\n"),
    ],
)
def test_new_records_end_as_most_records_do_whatever_ends_lines_inside_quotes(data: bytes, end: str) -> None:
    assert read_table(data).dialect.line_end == end


def test_a_file_is_described_by_its_dialect() -> None:
    table = read_table(b"\xef\xbb\xbf \n\na;b\r\n1;2\r\n3;4")
    assert table.dialect == Dialect(
        delimiter=";", line_end="\r\n", encoding="utf-8", bom=True, final_newline=False, lead=" \n\n"
    )
    assert (table.header, table.data, list(table.lengths)) == (b"a;b\r\n", b"1;2\r\n3;4\r\n", [5, 5])


def test_a_byte_order_said_by_the_file_is_kept() -> None:
    assert read_table("\ufeffa\n".encode("utf-16-be"), encoding="utf-16").dialect.encoding == "utf-16-be"
    assert read_table("\ufeffa\n".encode("utf-32-le"), encoding="utf-32").dialect.encoding == "utf-32-le"


def test_only_known_delimiters_can_be_said() -> None:
    with pytest.raises(ValueError, match="cannot separate cells"):
        Dialect(delimiter="::")


def test_a_torn_last_line_of_the_sample_does_not_sway_the_delimiter() -> None:
    data = b"a|b;c\n" + b"1|2;3\n" * 3332 + b"|2;3;4\n" * 9
    assert read_table(data).dialect.delimiter == ";"


def test_parts_of_the_data_are_handed_on_uncopied() -> None:
    parts = [b"1,2\n" * 1000, b"3,4\n" * 1000, b""]
    written = file_parts(Dialect(final_newline=False), b"a,b\n", parts)
    assert any(part is parts[0] for part in written)
    assert b"".join(written) == b"a,b\n" + b"".join(parts)[:-1]


@pytest.mark.parametrize(
    ("header", "data", "file"),
    [
        (b"a\n", [], b"a"),
        (b"a\n", [b"", b""], b"a"),
        (b"a\n", [b"1\r\n"], b"a\n1"),
        (b"a\n", [b"1\r"], b"a\n1"),
        (b"a\n", [b"1\n\n"], b"a\n1\n"),
    ],
)
def test_a_file_without_final_newline_stays_so_whatever_stands_last(
    header: bytes, data: list[bytes], file: bytes
) -> None:
    assert b"".join(file_parts(Dialect(final_newline=False), header, data)) == file


def test_a_character_that_the_files_encoding_lacks_is_not_written_as_another() -> None:
    with pytest.raises(UnicodeEncodeError):
        file_parts(Dialect(encoding="latin-1"), b"a\n", ["€\n".encode()])


def test_a_unique_name_is_found_for_each_of_many_equal_titles_in_time() -> None:
    assert column_names(b",".join([b"a"] * 50_000), COMMA)[-1] == "a#50000"


@given(st.lists(st.sampled_from(["a", "a#1", "a#2", "", "column 1", "column 2", "column 2#1"]), min_size=1))
def test_column_names_are_unique_and_one_that_was_unique_is_kept(titles: list[str]) -> None:
    names = column_names(new_record(titles, COMMA, None), COMMA)
    assert len(set(names)) == len(titles) == len(names)
    assert all(name == title for name, title in zip(names, titles, strict=True) if title and titles.count(title) == 1)
