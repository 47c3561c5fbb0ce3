"""Neighbouring rows of the table in one piece of memory: the unit in which it is held, changed, and kept elsewhere."""

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import NamedTuple

BLOCK_ROWS = 256
# Where one in so many rows of a block changes, it is quicker taken apart whole.
MANY = 4
# So many records of a block stand aside at most.
MOST_LATE = 32
# So many records of a block are found quicker one by one.
FEW = 8

# The update of a row: its index; the ordinals of cells and what they became; its cooldown's end, or 0; position; actor.
Change = tuple[int, Mapping[int, str], int, int, str]


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


def _records(data: bytes, lengths: Iterable[int], start: int) -> list[bytes]:
    """The records of these lengths, which follow each other from `start` on."""
    return [data[begin:end] for begin, end in pairwise(accumulate(lengths, initial=start))]


@dataclass(slots=True)
class _Text:
    """The records of a block: joined in `data`, with their `lengths`; but for the slots in `late`, as there."""

    data: bytes
    lengths: "array[int]"
    late: dict[int, bytes]
    _starts: "array[int] | None" = None

    @property
    def starts(self) -> "array[int]":
        """Where in `data` each record begins, and where the last one ends."""
        if self._starts is None:
            self._starts = array("I", accumulate(self.lengths, initial=0))
        return self._starts

    def start(self, slot: int) -> int:
        """Where the record in `slot` begins in `data`, counted from the nearer end unless all are known."""
        if self._starts is not None:
            return self._starts[slot]
        if 2 * slot <= len(self.lengths):
            return sum(self.lengths[:slot])
        return len(self.data) - sum(self.lengths[slot:])

    def settled(self) -> "_Text":
        """The same with nothing late."""
        return self._apart() if MANY * len(self.late) > len(self.lengths) else self._spliced()

    def _apart(self) -> "_Text":
        records = _records(self.data, self.lengths, 0)
        for slot, record in self.late.items():
            records[slot] = record
        return _Text(b"".join(records), array("I", map(len, records)), {})

    def _spliced(self) -> "_Text":
        old, lengths = memoryview(self.data), self.lengths[:]
        parts: list[bytes | memoryview] = []
        end = done = 0
        for slot in sorted(self.late):
            record = self.late[slot]
            start = end + sum(self.lengths[done:slot])
            parts += (old[end:start], record)
            end, done = start + self.lengths[slot], slot + 1
            lengths[slot] = len(record)
        parts.append(old[end:])
        return _Text(b"".join(parts), lengths, {})


class Block:
    """Up to two times `BLOCK_ROWS` neighbouring rows: their records, and what belongs to each of them.

    Joining the records anew takes as long as all else that an edit does to the table. So one that changed is late: it
    stands aside until somebody wants all of them. As reading may so change what is held, it is held in one piece.

    Pages and twins share the arrays of a block until it changes: `shared` says that they must be copied before.
    """

    __slots__ = (
        "_text",
        "following",
        "indexes",
        "kept",
        "number",
        "previous",
        "shared",
        "versions",
    )

    def __init__(
        self, number: int, data: bytes, lengths: "array[int]", indexes: "array[int]", versions: "array[int]"
    ) -> None:
        self.number = number
        self.indexes = indexes
        self.versions = versions
        self.kept: bytes | None = None
        self.shared = False
        self.previous: Block | None = None
        self.following: Block | None = None
        self._text = _Text(data, lengths, {})

    @property
    def data(self) -> bytes:
        """The records, joined."""
        return self._settled().data

    @property
    def lengths(self) -> "array[int]":
        """The byte length of each record; not to be changed."""
        return self._settled().lengths

    def settle(self) -> None:
        """Join what stands aside."""
        self._settled()

    def slot_of(self, index: int) -> int:
        """Where in the block the row stands; most blocks hold a run of indexes, so a guess mostly spares a search."""
        guess = index - self.indexes[0]
        if 0 <= guess < len(self.indexes) and self.indexes[guess] == index:
            return guess
        return self.indexes.index(index)

    def row(self, index: int) -> Row:
        """The row with this index, which must stand in the block."""
        slot = self.slot_of(index)
        return Row(self.versions[slot], self.record(slot))

    def record(self, slot: int) -> bytes:
        """The record of the row in `slot`."""
        text = self._text
        if (record := text.late.get(slot)) is not None:
            return record
        start = text.start(slot)
        return text.data[start : start + text.lengths[slot]]

    def versioned(self, index: int) -> tuple[int, bytes]:
        """Version and record of a row that stands in the block: quickest for one row each of many blocks."""
        text, slot = self._text, self.slot_of(index)
        if slot in text.late:
            return self.versions[slot], text.late[slot]
        starts = text._starts or text.starts
        return self.versions[slot], text.data[starts[slot] : starts[slot + 1]]

    def rows(self, first: int, last: int) -> Iterator[tuple[int, Row]]:
        """Index and row of the slots from `first` up to and without `last`."""
        rows = map(Row, self.versions[first:last], self.records(first, last))
        return zip(self.indexes[first:last], rows, strict=True)

    def records(self, first: int, last: int) -> list[bytes]:
        """The records of the slots from `first` up to and without `last`."""
        text = self._settled()
        return _records(text.data, text.lengths[first:last], text.start(first))

    def starts(self) -> "array[int]":
        """Where in `data` each record begins, and where the last one ends."""
        return self._settled().starts

    def page(self) -> Page:
        """The block as it is now."""
        text = self._settled()
        self.shared = True
        return Page(self, self.kept, text.data, text.lengths, self.indexes, self.versions)

    def twin(self) -> "Block":
        """A block of the same rows that can be changed without touching this one."""
        text = self._settled()
        twin = Block(self.number, text.data, text.lengths, self.indexes, self.versions)
        twin.kept = self.kept
        twin.shared = self.shared = True
        return twin

    def put(self, index: int, version: int, record: bytes) -> None:
        """Give a row, which must stand in the block, another record."""
        if self.shared:
            self._own()
        slot, late = self.slot_of(index), self._text.late
        self.versions[slot] = version
        late[slot] = record
        self.kept = None
        if len(late) > MOST_LATE:
            self._settled()

    def change_all(self, changes: Sequence[Change], changed: Callable[[bytes, Mapping[int, str]], bytes]) -> None:
        """Give rows other versions and the records that `changed` makes of their old ones, and join all of them."""
        self._own()
        text = self._settled()
        data, late, starts = text.data, text.late, text.starts if len(changes) > FEW else None
        versions, indexes, first, count = self.versions, self.indexes, self.indexes[0], len(self.indexes)
        for index, cells, _, position, _ in changes:
            slot = index - first
            if not (0 <= slot < count and indexes[slot] == index):
                slot = indexes.index(index)
            record = data[starts[slot] : starts[slot + 1]] if starts and slot not in late else self.record(slot)
            late[slot] = changed(record, cells)
            versions[slot] = position
        self.kept = None
        self._settled()

    def add(self, slot: int, index: int, version: int, record: bytes) -> None:
        """Place a row in `slot`, before the one that stands there."""
        self._own()
        self.indexes.insert(slot, index)
        self.versions.insert(slot, version)
        self._splice(slot, 0, record)

    def drop(self, slot: int) -> None:
        """Take the row in `slot` out."""
        self._own()
        del self.indexes[slot], self.versions[slot]
        self._splice(slot, 1)

    def reshape(self, change: Callable[[int, bytes], bytes]) -> None:
        """Give every row the record that `change` makes from its index and its old one."""
        changed = [change(index, row.record) for index, row in self.rows(0, len(self.indexes))]
        self._take(b"".join(changed), array("I", map(len, changed)))

    def cut(self, number: int) -> "Block":
        """Give the second half of the rows to a new block."""
        self._own()
        text, half = self._settled(), len(self.indexes) // 2
        cut = text.start(half)
        rest = Block(number, text.data[cut:], text.lengths[half:], self.indexes[half:], self.versions[half:])
        self._take(text.data[:cut], text.lengths[:half])
        del self.indexes[half:], self.versions[half:]
        return rest

    def _take(self, data: bytes, lengths: "array[int]") -> None:
        self._text, self.kept = _Text(data, lengths, {}), None

    def _settled(self) -> _Text:
        text = self._text
        if text.late:
            text = self._text = text.settled()
        return text

    def _own(self) -> None:
        if self.shared:
            self.indexes, self.versions = self.indexes[:], self.versions[:]
            self.shared = False

    def _splice(self, slot: int, removed: int, *added: bytes) -> None:
        """Put `added` where `removed` (0 or 1) records stood in `slot`; the other columns are the caller's."""
        text = self._settled()
        lengths, start, old = text.lengths[:], text.start(slot), memoryview(text.data)
        end = start + sum(lengths[slot : slot + removed])
        lengths[slot : slot + removed] = array("I", map(len, added))
        self._take(b"".join((old[:start], *added, old[end:])), lengths)
