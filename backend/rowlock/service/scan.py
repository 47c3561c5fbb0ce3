"""Looks at all rows at once: where their cells lie, which of them are numbers, where a text occurs.

It does for many rows what `core.query` and `core.fields` say of one, on the bytes of the records themselves: a million
rows take a tenth of a second instead of seconds. Most of that is spent inside numpy, which lets other threads run
meanwhile; so a scan in a thread does not hold up the event loop. What is too odd for it is done row by row.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rowlock.core import records
from rowlock.core.blocks import Page
from rowlock.core.dialects import Dialect
from rowlock.core.fields import QUOTE, cell
from rowlock.core.query import number_of, occurs

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]

# So many blocks are looked at together: some 400 kB, which stay near the processor.
PAGES_AT_ONCE = 16
BYTES_AT_ONCE = 400_000
# A number that is longer, or of more digits than a float holds for certain, is read by itself.
NUMBER_BYTES = 20
CERTAIN_DIGITS = 15
INTEGER_DIGITS = 18
PADDING = bytes(8)
POWERS = 10.0 ** np.arange(CERTAIN_DIGITS + NUMBER_BYTES)


def _table(*characters: bytes) -> Flags:
    flags = np.zeros(256, dtype=bool)
    flags[list(b"".join(characters))] = True
    return flags


BEGINS_NUMBER = _table(b"0123456789+-. ")
RARE_IN_NUMBER = _table(b"eE ")


@dataclass(frozen=True)
class Chunk:
    """Neighbouring records, joined in `data`, and eight bytes of nothing behind them."""

    pages: Sequence[Page]
    data: bytes

    @cached_property
    def buffer(self) -> Bytes:
        """The bytes of the records as an array."""
        return np.frombuffer(self.data, np.uint8)[: -len(PADDING)]

    @cached_property
    def stops(self) -> Places:
        """Where each record stops, with its line end."""
        lengths = [np.frombuffer(page.lengths, np.uint32) for page in self.pages]
        return np.cumsum(np.concatenate(lengths), dtype=np.int64)

    @cached_property
    def starts(self) -> Places:
        """Where each record starts."""
        starts = np.zeros_like(self.stops)
        starts[1:] = self.stops[:-1]
        return starts

    @cached_property
    def ends(self) -> Places:
        """Where each record ends, without its line end and the empty lines behind it."""
        ends = self.stops.copy()
        while True:
            last = self.buffer[ends - 1]
            blank = ((last == ord("\n")) | (last == ord("\r"))) & (ends > self.starts)
            if not blank.any():
                return ends
            ends -= blank

    def record(self, row: int) -> bytes:
        """The record with this number."""
        return self.data[self.starts[row] : self.stops[row]]


@dataclass(frozen=True, slots=True)
class Column:
    """The texts of one column: that of row i is the `lengths[i]` bytes of `buffer` from `starts[i]` on.

    `starts` ascends, and eight bytes follow the last text, so that as many may be read at once wherever one starts.
    """

    buffer: Bytes
    starts: Places
    lengths: Places

    def text(self, row: int) -> str:
        """The text of a row."""
        return self.buffer[self.starts[row] : self.starts[row] + self.lengths[row]].tobytes().decode()


def chunks(pages: Sequence[Page]) -> Iterator[Chunk]:
    """The records of the pages, some at a time."""
    for first in range(0, len(pages), PAGES_AT_ONCE):
        part = [page for page in pages[first : first + PAGES_AT_ONCE] if page.lengths]
        if part:
            yield Chunk(part, b"".join((*(page.data for page in part), PADDING)))


def eights(buffer: Bytes) -> NDArray[np.uint64]:
    """The eight bytes from each place on, as numbers: the first byte is the least part of each."""
    return np.ndarray((len(buffer) - 7,), "<u8", buffer, strides=(1,))


def column_of(pages: Sequence[Page], dialect: Dialect, at: int, width: int) -> Column:
    """The texts of the column with ordinal `at`, of `width` columns."""
    found = [_cut_out(chunk, dialect, at, width) for chunk in chunks(pages)]
    sizes = np.cumsum([0, *(len(part.buffer) for part in found)])
    nothing = np.empty(0, np.int64)
    return Column(
        np.concatenate((*(part.buffer for part in found), np.zeros(len(PADDING), np.uint8))),
        np.concatenate((nothing, *(part.starts + base for part, base in zip(found, sizes, strict=False)))),
        np.concatenate((nothing, *(part.lengths for part in found))),
    )


def _cut_out(chunk: Chunk, dialect: Dialect, at: int, width: int) -> Column:
    """The same of a chunk, without the bytes that follow."""
    fields = _fields(chunk, dialect, at, width)
    if fields is None:
        texts = [cell(chunk.record(row), dialect, at).encode() for row in range(len(chunk.stops))]
        lengths = np.fromiter(map(len, texts), np.int64, count=len(texts))
        return Column(np.frombuffer(b"".join(texts), np.uint8), np.cumsum(lengths) - lengths, lengths)
    starts, lengths = fields
    words = -(-int(lengths.max()) // 8)
    if 8 * words * len(starts) >= len(chunk.buffer):  # long texts among short ones: better all of the chunk
        return Column(chunk.buffer, starts, lengths)
    last = len(chunk.buffer)
    places = np.minimum(starts[:, None] + 8 * np.arange(words), last)
    copied = eights(np.frombuffer(chunk.data, np.uint8))[places]
    return Column(copied.reshape(-1).view(np.uint8), np.arange(len(starts)) * (8 * words), lengths)


def marks(chunk: Chunk, dialect: Dialect, width: int) -> Places | None:
    """Where the delimiters between cells are, a line for each record; None unless each has `width` fields for certain.

    A quote that does not open or close a field makes it uncertain.
    """
    at = chunk.buffer == ord(dialect.delimiter)
    if QUOTE in chunk.data:
        quotes = chunk.buffer == QUOTE
        inside = np.logical_xor.accumulate(quotes)
        opening = np.flatnonzero(quotes & inside)
        before = chunk.buffer[opening - 1]
        regular = (before == ord(dialect.delimiter)) | (before == QUOTE) | np.isin(opening, chunk.starts)
        if not regular.all():
            return None
        at &= ~inside
    found = np.flatnonzero(at)
    if len(found) != len(chunk.stops) * (width - 1):
        return None
    lines = found.reshape(len(chunk.stops), width - 1)
    if width > 1 and ((lines[:, 0] < chunk.starts).any() or (lines[:, -1] >= chunk.stops).any()):
        return None
    return lines


def _fields(chunk: Chunk, dialect: Dialect, at: int, width: int) -> tuple[Places, Places] | None:
    """Where each record's text in column `at` begins, and its length; None if they must be looked at row by row."""
    lines = marks(chunk, dialect, width)
    if lines is None:
        return None
    begins = lines[:, at - 1] + 1 if at else chunk.starts.copy()
    ends = lines[:, at].copy() if at < width - 1 else chunk.ends.copy()
    if QUOTE in chunk.data:
        padded = np.frombuffer(chunk.data, np.uint8)
        quoted = (padded[begins] == QUOTE) & (ends > begins)
        begins += quoted
        ends -= quoted
        quotes = np.concatenate(([0], np.cumsum(chunk.buffer == QUOTE)))
        if (quoted & (quotes[ends] > quotes[begins])).any():  # a quote in a text is written twice
            return None
    return begins, ends - begins


def numbers_of(column: Column) -> tuple[NDArray[np.float64], Flags]:
    """The number that each text is (else 0), and whether it is one."""
    numbers, flags = np.zeros(len(column.starts)), np.zeros(len(column.starts), dtype=bool)
    for first in range(0, len(numbers), 8192):
        part = slice(first, first + 8192)
        starts, lengths = column.starts[part], column.lengths[part]
        rows = np.flatnonzero(BEGINS_NUMBER[column.buffer[starts]] & (lengths > 0))
        if len(rows):
            values, sure, unsure = _plain_numbers(column.buffer, starts[rows], lengths[rows])
            numbers[first + rows], flags[first + rows] = values, sure
            for row in (first + rows[unsure]).tolist():
                number = number_of(column.text(row))
                if number is not None:
                    numbers[row], flags[row] = number, True
    return numbers, flags


def _plain_numbers(buffer: Bytes, starts: Places, lengths: Places) -> tuple[NDArray[np.float64], Flags, Flags]:
    """The values of numbers such as `-12.50`; which are such; which may be numbers of another form."""
    count = len(starts)
    whole = np.zeros(count, np.int64)
    digits, decimals = np.zeros(count, np.int64), np.zeros(count, np.int64)
    pointed, rare, bad = (np.zeros(count, dtype=bool) for _ in range(3))
    before = np.full(count, ord(" "), np.uint8)
    for place in range(min(int(lengths.max()), NUMBER_BYTES)):
        here = lengths > place
        character = buffer[np.minimum(starts + place, len(buffer) - 1)]
        value = character - ord("0")
        digit = (value < 10) & here
        whole = np.where(digit & (digits < INTEGER_DIGITS), whole * 10 + value, whole)
        digits += digit
        decimals += digit & pointed
        point = (character == ord(".")) & here
        sign = ((character == ord("-")) | (character == ord("+"))) & here
        unusual = RARE_IN_NUMBER[character] & here
        bad |= here & ~(digit | point | sign | unusual)
        bad |= point & pointed
        bad |= sign & ~RARE_IN_NUMBER[before]
        rare |= unusual
        pointed |= point
        before = character
    certain = (digits <= CERTAIN_DIGITS) | ((digits <= INTEGER_DIGITS) & (decimals == 0))
    sure = ~bad & ~rare & (digits > 0) & certain & (lengths <= NUMBER_BYTES)
    values = np.where(sure, whole / POWERS[decimals], 0.0)
    return np.where(buffer[starts] == ord("-"), -values, values), sure, ~bad & ~sure


def rows_with(pages: Sequence[Page], dialect: Dialect, width: int, wanted: str) -> Flags:
    """Which rows have `wanted` in one of their cells, whatever the case."""
    found = [np.empty(0, dtype=bool)]
    special = any(character in wanted for character in (dialect.delimiter, '"', "\r", "\n"))
    needle = None if special or not wanted.isascii() else Needle(wanted)
    for chunk in chunks(pages):
        if needle is not None:
            hits = needle.places(chunk.buffer)
            flags = _with_one_of(hits, chunk)
            certain = not len(hits) or marks(chunk, dialect, width) is not None
        else:
            flags = np.full(len(chunk.stops), _worth_a_look(chunk, wanted, special=special))
            certain = not flags.any()
        if not certain:  # it may be in more than one cell, or in one beyond the table's columns
            _verify(flags, chunk, dialect, width, wanted)
        found.append(flags)
    return np.concatenate(found)


def _with_one_of(hits: Places, chunk: Chunk) -> Flags:
    """Which records have one of these places in them. There may be more records than places, or fewer."""
    if len(hits) < len(chunk.stops):
        flags = np.zeros(len(chunk.stops), dtype=bool)
        flags[np.searchsorted(chunk.stops, hits, side="right")] = True
        return flags
    return np.diff(np.searchsorted(hits, np.concatenate(([0], chunk.stops)))) > 0


def _worth_a_look(chunk: Chunk, wanted: str, *, special: bool) -> bool:
    """Whether a chunk can have the text at all. A cell with a delimiter or a line end in it is quoted."""
    if special and QUOTE not in chunk.data:
        return False
    folded = wanted.casefold()
    if wanted.isascii() or special or folded.isascii():
        return True
    return not chunk.data.isascii() and folded in chunk.data.decode().casefold()


def _verify(flags: Flags, chunk: Chunk, dialect: Dialect, width: int, wanted: str) -> None:
    """Leave those rows flagged that do have the text in one of the table's cells."""
    found = occurs(wanted)
    for row in np.flatnonzero(flags).tolist():
        flags[row] = any(map(found, records.cells(chunk.record(row), dialect, width)))


def containing(column: Column, wanted: str) -> Flags:
    """Which texts of a column have `wanted` in them, whatever the case."""
    flags = np.zeros(len(column.starts), dtype=bool)
    if not wanted:
        return ~flags
    if not wanted.isascii():
        found = occurs(wanted)
        return np.fromiter((found(column.text(row)) for row in range(len(flags))), dtype=bool, count=len(flags))
    needle = Needle(wanted)
    ends = column.starts + column.lengths
    for first in range(0, len(column.buffer), BYTES_AT_ONCE):
        window = column.buffer[first : first + BYTES_AT_ONCE + len(wanted) - 1]
        hits = needle.places(window) + first
        rows = np.searchsorted(column.starts, hits, side="right") - 1
        inside = (rows >= 0) & (hits + len(wanted) <= ends[rows])
        flags[rows[inside]] = True
    return flags


class Needle:
    """An ASCII text that is looked for among ASCII letters of either case."""

    def __init__(self, wanted: str) -> None:
        self._bytes = wanted.encode().lower()
        self._rarest: list[int] | None = None

    def places(self, buffer: Bytes) -> Places:
        """Where it begins in the buffer. Its rarest characters are looked for first."""
        size = len(buffer) - len(self._bytes) + 1
        if size <= 0:
            return np.empty(0, np.int64)
        if self._rarest is None:
            self._rarest = self._by_rarity(buffer)
        first, *others = self._rarest
        flags = self._is_at(first, buffer[first : first + size])
        if others:
            second = others.pop(0)
            flags &= self._is_at(second, buffer[second : second + size])
        found = np.flatnonzero(flags)
        for place in others:
            if not len(found):
                break
            found = found[self._is_at(place, buffer[found + place])]
        return found

    def _is_at(self, place: int, characters: Bytes) -> Flags:
        wanted = self._bytes[place]
        return np.equal(characters | 0x20 if chr(wanted).isalpha() else characters, wanted)

    def _by_rarity(self, buffer: Bytes) -> list[int]:
        counts = np.bincount(buffer[:BYTES_AT_ONCE], minlength=256)
        both = [counts[each] + counts[bytes((each,)).upper()[0]] for each in self._bytes]
        return sorted(range(len(both)), key=lambda place: int(both[place]))
