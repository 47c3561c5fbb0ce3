"""Neighbouring rows of the table in one piece of memory: the unit in which it is held, changed, and kept elsewhere."""

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

BLOCK_ROWS = 256
# Where one in so many rows of a block changes, it is quicker taken apart whole.
MANY = 4


class Row(NamedTuple):
    """A row: the position of the event that changed it last, and its record as it stands in the file."""

    version: int
    record: bytes


class RowColumns(NamedTuple):
    """Some rows in columns, in the order in which they were asked for."""

    indexes: Sequence[int]
    versions: Sequence[int]
    records: Sequence[bytes]


class Page(NamedTuple):
    """A block as it was when it was looked at: later changes of the block leave it alone.

    `block`: whose it was, if it was not just read. `kept`: the name under which this content is kept elsewhere already.
    """

    block: "Block | None"
    kept: bytes | None
    data: bytes
    lengths: "array[int]"
    indexes: "array[int]"
    versions: "array[int]"

    def note_kept(self, name: bytes) -> None:
        """The content is kept under this name now; the block need not be copied again until it changes."""
        if self.block is not None and self.block.data is self.data:
            self.block.kept = name


class Block:
    """Up to two times `BLOCK_ROWS` neighbouring rows: their records, and what belongs to each of them.

    The records are joined in `data`, with their `lengths`.

    Pages and twins share the arrays of a block until it changes: `shared` says that they must be copied before.
    """

    __slots__ = (
        "_starts",
        "data",
        "following",
        "indexes",
        "kept",
        "lengths",
        "number",
        "previous",
        "shared",
        "versions",
    )

    def __init__(
        self, number: int, data: bytes, lengths: "array[int]", indexes: "array[int]", versions: "array[int]"
    ) -> None:
        self.number = number
        self.data = data
        self.lengths = lengths
        self.indexes = indexes
        self.versions = versions
        self.kept: bytes | None = None
        self.shared = False
        self.previous: Block | None = None
        self.following: Block | None = None
        self._starts: array[int] | None = None

    def slot_of(self, index: int) -> int:
        """Where in the block the row stands; most blocks hold a run of indexes, so a guess mostly spares a search."""
        guess = index - self.indexes[0]
        if 0 <= guess < len(self.indexes) and self.indexes[guess] == index:
            return guess
        return self.indexes.index(index)

    def row(self, slot: int) -> Row:
        """The row in `slot`."""
        start = self._start(slot)
        return Row(self.versions[slot], self.data[start : start + self.lengths[slot]])

    def record(self, slot: int) -> bytes:
        """The record of the row in `slot`."""
        start = self._start(slot)
        return self.data[start : start + self.lengths[slot]]

    def rows(self, first: int, last: int) -> Iterator[tuple[int, Row]]:
        """Index and row of the slots from `first` up to and without `last`."""
        rows = map(Row, self.versions[first:last], self.records(first, last))
        return zip(self.indexes[first:last], rows, strict=True)

    def records(self, first: int, last: int) -> list[bytes]:
        """The records of the slots from `first` up to and without `last`."""
        data = self.data
        ends = accumulate(self.lengths[first:last], initial=self._start(first))
        return [data[start:end] for start, end in pairwise(ends)]

    def starts(self) -> "array[int]":
        """Where each record begins, and where the last one ends; known until the block changes."""
        if self._starts is None:
            self._starts = array("I", accumulate(self.lengths, initial=0))
        return self._starts

    def page(self) -> Page:
        """The block as it is now."""
        self.shared = True
        return Page(self, self.kept, self.data, self.lengths, self.indexes, self.versions)

    def twin(self) -> "Block":
        """A block of the same rows that can be changed without touching this one."""
        twin = Block(self.number, self.data, self.lengths, self.indexes, self.versions)
        twin.kept = self.kept
        twin.shared = self.shared = True
        return twin

    def put(self, slot: int, version: int, record: bytes) -> None:
        """Give the row in `slot` another record."""
        self._own()
        self.versions[slot] = version
        self._splice(slot, 1, record)
        self.lengths[slot] = len(record)

    def put_all(self, rows: Mapping[int, tuple[int, bytes]]) -> None:
        """Give the rows in these slots other versions and records, for the price of one."""
        records = self.records(0, len(self.lengths)) if MANY * len(rows) > len(self.lengths) else None
        self._own()
        for slot, (version, _) in rows.items():
            self.versions[slot] = version
        if records is None:
            self._splice_all(rows)
        else:
            for slot, (_, record) in rows.items():
                records[slot] = record
            self.data, self.lengths = b"".join(records), array("I", map(len, records))
        self.kept = None

    def _splice_all(self, rows: Mapping[int, tuple[int, bytes]]) -> None:
        lengths, old = self.lengths, memoryview(self.data)
        parts: list[bytes | memoryview] = []
        end = done = 0
        for slot in sorted(rows):
            record = rows[slot][1]
            start = end + sum(lengths[done:slot])
            parts += (old[end:start], record)
            end, done = start + lengths[slot], slot + 1
            lengths[slot] = len(record)
        parts.append(old[end:])
        self.data = b"".join(parts)

    def add(self, slot: int, index: int, version: int, record: bytes) -> None:
        """Place a row in `slot`, before the one that stands there."""
        self._own()
        self.indexes.insert(slot, index)
        self.versions.insert(slot, version)
        self._splice(slot, 0, record)
        self.lengths.insert(slot, len(record))

    def drop(self, slot: int) -> None:
        """Take the row in `slot` out."""
        self._own()
        del self.indexes[slot], self.versions[slot]
        self._splice(slot, 1, b"")
        del self.lengths[slot]

    def reshape(self, change: Callable[[int, bytes], bytes]) -> None:
        """Give every row the record that `change` makes from its index and its old one."""
        changed = [change(index, row.record) for index, row in self.rows(0, len(self.indexes))]
        self.data, self.lengths, self.kept = b"".join(changed), array("I", map(len, changed)), None
        self._starts = None

    def cut(self, number: int) -> "Block":
        """Give the second half of the rows to a new block."""
        self._own()
        half = len(self.indexes) // 2
        cut = self._start(half)
        rest = Block(number, self.data[cut:], self.lengths[half:], self.indexes[half:], self.versions[half:])
        self.data = self.data[:cut]
        self.kept = None
        del self.lengths[half:], self.indexes[half:], self.versions[half:]
        return rest

    def _own(self) -> None:
        self._starts = None
        if self.shared:
            self.lengths, self.indexes, self.versions = self.lengths[:], self.indexes[:], self.versions[:]
            self.shared = False

    def _start(self, slot: int) -> int:
        """Where the record in `slot` begins, counted from the nearer end."""
        if self._starts is not None:
            return self._starts[slot]
        if 2 * slot <= len(self.lengths):
            return sum(self.lengths[:slot])
        return len(self.data) - sum(self.lengths[slot:])

    def _splice(self, slot: int, removed: int, record: bytes) -> None:
        """Put `record` where `removed` (0 or 1) records stood in `slot`; the other columns are the caller's."""
        start = self._start(slot)
        end = start + self.lengths[slot] if removed else start
        old = memoryview(self.data)
        self.data = b"".join((old[:start], record, old[end:]))
        self.kept = None
