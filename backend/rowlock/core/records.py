"""Reads CSV text into records and renders records again, so that a byte nobody edited stays the byte it was.

A file is a lead (blank lines), a header and records; a record is its fields and its end:

- CR, LF and CRLF each end a record wherever they stand outside quotes, in any mixture. So a bare CR in an unquoted
  field splits it, as in pandas; the bytes are kept, and every record can be parsed without knowing its file.
- An empty line belongs to the end of the record before it, or to the lead. A line of spaces is a record with one
  cell, but before the header it belongs to the lead.
- A field is quoted or plain text (see `fields`).
"""

import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, count

from rowlock.core.dialects import (
    DELIMITERS,
    MAX_COLUMNS,
    SAMPLE_BYTES,
    BadTable,
    Dialect,
    as_utf8,
    line_after,
    line_at,
    noticed_delimiter,
    noticed_line_end,
)
from rowlock.core.fields import (
    CELL_CHARACTERS,
    QUOTE,
    QUOTED,
    cells,
    changed_record,
    check_cell,
    delimited,
    insert_field,
    move_field,
    new_record,
    raw_fields,
    remove_field,
    rename_header,
    split_end,
    text_of,
    texts_of,
    with_texts,
)

__all__ = [
    "CELL_CHARACTERS",
    "BadTable",
    "Dialect",
    "Table",
    "cells",
    "changed_record",
    "check_cell",
    "column_names",
    "delimited",
    "file_parts",
    "file_stream",
    "insert_field",
    "move_field",
    "new_record",
    "raw_fields",
    "read_table",
    "remove_field",
    "rename_header",
    "split_end",
    "split_records",
    "text_of",
    "with_texts",
]

CHUNK_BYTES = 1 << 20

_LEAD = re.compile(rb"(?: *+[\r\n]++)++")
_ONLY_SPACES = re.compile(rb" *+\Z")
_BLANK_LINES = (b"\n\n", b"\n\r", b"\r\r")
_RECORD_OF_FIELDS = rb"(?!\Z)F(?:DF)*+(?:[\r\n]++|\Z)"


def _patterns(template: bytes) -> dict[str, re.Pattern[bytes]]:
    """One pattern for each delimiter, D in the template; F is a field as it may stand in a file."""
    template = template.replace(b"F", rb'(?:%b|[^"D\r\n][^D\r\n]*+)?+' % QUOTED)
    return {d: re.compile(template.replace(b"D", re.escape(d.encode()))) for d in DELIMITERS}


_FIELDS = _patterns(rb"F(?:DF)*+")
_RECORD = _patterns(_RECORD_OF_FIELDS)
# Lines without quotes many at a time; else a record; else, at something that is none, all the rest.
_STRETCHES = _patterns(rb'[^"]+[\r\n]|%b|(?s:.+)' % _RECORD_OF_FIELDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A file in memory: joined, its records are the file again (see `file_parts`)."""

    dialect: Dialect
    header: bytes
    """The header's record, with its line end (added if the file lacks it)."""
    columns: tuple[str, ...]
    """Unique names, one for each field of the header."""
    data: bytes
    """All other records, joined, each with its line end (added if the file lacks the last one)."""
    lengths: "array[int]"
    """The byte length of each record in `data`."""

    def records(self) -> Iterator[bytes]:
        """Each record in `data`, in order."""
        return split_records(self.data, self.lengths)

    def lines(self, numbers: Iterable[int]) -> Iterator[int]:
        """The physical lines, from 1, that the records with these ascending numbers (from 0) begin on."""
        line = line_after(1, self.dialect.lead.encode() + self.header)
        start = done = 0
        for number in numbers:
            end = start + sum(self.lengths[done:number])
            line = line_after(line, self.data[start:end])
            start, done = end, number
            yield line


def read_table(data: bytes, *, encoding: str | None = None, delimiter: str | None = None) -> Table:
    """Take a file's bytes apart. What is not said is noticed: UTF-8 with or without BOM, one of four delimiters.

    Refuses with BadTable, and accepts nothing that `file_parts` could not write again byte for byte.
    """
    content, name, bom = as_utf8(data, encoding)
    start = _header_start(content)
    if delimiter is None:
        sample = content[start : start + SAMPLE_BYTES]
        delimiter = noticed_delimiter(sample, cut=start + len(sample) < len(content))
    lengths = _record_lengths(content, start, delimiter)
    dialect = Dialect(
        delimiter=delimiter,
        line_end=noticed_line_end(content, start, lengths),
        encoding=name,
        bom=bom,
        final_newline=content.endswith((b"\r", b"\n")),
        lead=content[:start].decode(),
    )
    _refuse_many_columns(content[start : start + lengths[0]], content, start, dialect)
    table = _table(content[start:] if start else content, lengths, dialect)
    if name != "utf-8":
        _refuse_other_bytes(table, data)
    return table


def file_parts(dialect: Dialect, header: bytes, data_parts: Sequence[bytes]) -> list[bytes]:
    """The file's bytes in parts; UTF-8 data parts are handed on, not copied, but for the last one if it must be cut.

    `data_parts` begin and end at records. Raises UnicodeEncodeError if the encoding lacks a character.
    """
    return list(file_stream(dialect, header, data_parts))


def file_stream(dialect: Dialect, header: bytes, data_parts: Iterable[bytes]) -> Iterator[bytes]:
    """The same as `file_parts`, a part at a time."""
    held = ("\ufeff" if dialect.bom else "").encode() + dialect.lead.encode()
    for part in chain((header,), data_parts):
        if held and part:
            yield _encoded(held, dialect)
        held = part or held
    if not dialect.final_newline:
        held = held[: -2 if held.endswith(b"\r\n") else -1]
    yield _encoded(held, dialect)


def _encoded(part: bytes, dialect: Dialect) -> bytes:
    return part if dialect.encoding == "utf-8" else part.decode().encode(dialect.encoding)


def split_records(data: bytes, lengths: Iterable[int]) -> Iterator[bytes]:
    """The records that `data` joins, whose lengths are known."""
    start = 0
    for length in lengths:
        yield data[start : start + length]
        start += length


def column_names(header: bytes, dialect: Dialect) -> tuple[str, ...]:
    """A unique name for each field of the header: `a,a,` gives `a#1`, `a#2`, `column 3`.

    A name that occurs once is never changed for the sake of another.
    """
    titles = texts_of(header, dialect)
    often = Counter(titles)
    taken = {title for title in titles if title and often[title] == 1}
    numbers: defaultdict[str, Iterator[int]] = defaultdict(lambda: count(1))
    names = []
    for at, title in enumerate(titles, start=1):
        name = title or f"column {at}"
        is_free = often[title] == 1 if title else name not in taken
        if not is_free:
            name = next(numbered for n in numbers[name] if (numbered := f"{name}#{n}") not in taken)
        taken.add(name)
        names.append(name)
    return tuple(names)


def _refuse_many_columns(header: bytes, content: bytes, at: int, dialect: Dialect) -> None:
    width = len(raw_fields(header, dialect))
    if width > MAX_COLUMNS:
        detail = f"The header names {width:,} columns; a table has at most {MAX_COLUMNS:,}."
        raise BadTable("too_many_columns", detail, line=line_at(content, at))


def _refuse_other_bytes(table: Table, data: bytes) -> None:
    with suppress(UnicodeEncodeError):  # ISO-2022-JP, for one, reads some bytes as text that it cannot write
        if b"".join(file_parts(table.dialect, table.header, [table.data])) == data:
            return
    raise BadTable("encoding", f"Written as {table.dialect.encoding} again, the file would not be the same bytes.")


def _header_start(content: bytes) -> int:
    lead = _LEAD.match(content)
    start = lead.end() if lead else 0
    if _ONLY_SPACES.match(content, start):
        raise BadTable("no_header", "The file holds only blank lines: the first line must name the columns.", line=1)
    return start


def _record_lengths(content: bytes, start: int, delimiter: str) -> "array[int]":
    """The byte length of each record from `start` on, the header's first. Refuses what is no record."""
    lengths = array("I")
    at, size = start, CHUNK_BYTES
    while at < len(content):
        pieces = _pieces(content[at : at + size], delimiter)
        if at + size < len(content):
            pieces.pop()  # it may go on in the next chunk
        elif not _RECORD[delimiter].fullmatch(pieces[-1]):
            raise _not_a_record(content, len(content) - len(pieces[-1]), delimiter)
        size = CHUNK_BYTES if pieces else 2 * size
        lengths.extend(map(len, pieces))
        at += sum(map(len, pieces))
    if max(lengths) > CELL_CHARACTERS:
        _refuse_large_cells(content, start, lengths, delimiter)
    return lengths


def _pieces(chunk: bytes, delimiter: str) -> list[bytes]:
    """The records of a chunk that begins with one; the last piece may be torn, or something that is no record."""
    has_blank_lines = any(pair in chunk for pair in _BLANK_LINES)
    if QUOTE not in chunk and not has_blank_lines:
        return chunk.splitlines(keepends=True)
    pieces: list[bytes] = []
    for stretch in _STRETCHES[delimiter].findall(chunk):
        if QUOTE in stretch:
            pieces.append(stretch)
        elif has_blank_lines:
            pieces += _RECORD[delimiter].findall(stretch)
        else:
            pieces += stretch.splitlines(keepends=True)
    return pieces


def _not_a_record(content: bytes, start: int, delimiter: str) -> BadTable:
    at = next(_FIELDS[delimiter].finditer(content, start)).end()
    line = line_at(content, at)
    if content[at] == QUOTE:
        return BadTable("unclosed_quote", f"The quote that opens on line {line} is never closed.", line=line)
    detail = f"Line {line}: text follows a closing quote (the record begins on line {line_at(content, start)})."
    return BadTable("bad_record", detail, line=line)


def _refuse_large_cells(content: bytes, start: int, lengths: "array[int]", delimiter: str) -> None:
    dialect = Dialect(delimiter=delimiter)
    for length in lengths:
        if length > CELL_CHARACTERS:
            _refuse_large_cells_of(content[start : start + length], content, start, dialect)
        start += length


def _refuse_large_cells_of(record: bytes, content: bytes, at: int, dialect: Dialect) -> None:
    for field in raw_fields(record, dialect):
        if len(text_of(field)) > CELL_CHARACTERS:
            line = line_at(content, at)
            raise BadTable("cell_too_large", f"A cell on line {line} has over {CELL_CHARACTERS} characters.", line)
        at += len(field) + 1


def _table(records: bytes, lengths: "array[int]", dialect: Dialect) -> Table:
    if not dialect.final_newline:
        records += dialect.line_end.encode()
        lengths[-1] += len(dialect.line_end)
    header = records[: lengths.pop(0)]
    columns = column_names(header, dialect)
    return Table(dialect=dialect, header=header, columns=columns, data=records[len(header) :], lengths=lengths)
