"""Writes files as anybody might, and reads them back: what the tests of records have in common."""

from dataclasses import dataclass
from itertools import accumulate, pairwise

from hypothesis import strategies as st

from rowlock.core.records import Table, cells, check_cell, file_parts, read_table

texts = st.text(st.sampled_from('ab1 ",;\t|\r\né🦉')) | st.text().filter(lambda text: check_cell(text) is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A file as somebody wrote it, and the records that must be found in it."""

    data: bytes
    delimiter: str
    rows: list[list[str]]


@st.composite
def written_fields(draw: st.DrawFn, delimiter: str) -> tuple[str, str]:
    """A field as it stands in a file, and its text."""
    text = draw(st.text(st.sampled_from('ab1 ",;\t|\r\né🦉'), max_size=6))
    if draw(st.booleans()):
        return '"' + text.replace('"', '""') + '"', text
    plain = "".join(character for character in text.lstrip('"') if character not in f"{delimiter}\r\n").lstrip('"')
    return plain, plain


@st.composite
def written_files(draw: st.DrawFn) -> Written:
    """Ragged rows, any delimiter, any mixture of line ends and blank lines, with and without BOM and final newline."""
    delimiter = draw(st.sampled_from(",;\t|"))
    row = st.lists(written_fields(delimiter), min_size=1, max_size=4).filter(
        lambda row: row[0][0].strip(" ") or row[1:]
    )
    rows = draw(st.lists(row, min_size=1, max_size=6))
    ends = [draw(st.sampled_from(["\n", "\r\n", "\r", "\n\n", "\r\n\r\n", "\r\r", "\n\r"])) for _ in rows]
    if draw(st.booleans()):
        ends[-1] = ""
    text = draw(st.sampled_from(["", "\ufeff"])) + draw(st.sampled_from(["", "\n", "  \r\n\n"]))
    text += "".join(delimiter.join(raw for raw, _ in row) + end for row, end in zip(rows, ends, strict=True))
    return Written(data=text.encode(), delimiter=delimiter, rows=[[text for _, text in row] for row in rows])


def records_of(table: Table) -> list[bytes]:
    return [table.data[start:end] for start, end in pairwise(accumulate(table.lengths, initial=0))]


def rows_of(table: Table) -> list[list[str]]:
    return [cells(record, table.dialect, len(table.columns)) for record in records_of(table)]


def file_of(table: Table, header: bytes, data: list[bytes]) -> bytes:
    return b"".join(file_parts(table.dialect, header, data))


def read_again(table: Table, header: bytes, data: list[bytes]) -> Table:
    return read_table(file_of(table, header, data), encoding=table.dialect.encoding, delimiter=table.dialect.delimiter)


def fitted(row: list[str], width: int) -> list[str]:
    return [*row, *[""] * (width - len(row))][:width]
