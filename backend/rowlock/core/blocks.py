"""Neighbouring rows of the table in one piece of memory: the unit in which it is held, changed, and kept elsewhere."""

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from rowlock.core.joined import Joined, records_in

BLOCK_ROWS = 256
# So many records of a block stand aside at most.
MOST_LATE = 32

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
        if self.block is not None and self.block.holds(self.data):
            self.block.kept = name


class Block:
    """Up to two times `BLOCK_ROWS` neighbouring rows: their records, and what belongs to each of them.

    Joining the records anew takes as long as all else that an edit does to the table. So one that changed is late: it
    stands aside until somebody wants all of them. As reading may so change what is held, it is held in one piece.

    Pages and twins share the arrays of a block until it changes: `shared` says that they must be copied before.
    """

    __slots__ = (
        "_joined",
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
        self._joined = Joined(data, lengths)

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

    def holds(self, data: bytes) -> bool:
        """Whether these are its records, the same object; nothing is joined for it."""
        return not self._joined.late and self._joined.data is data

    def slot_of(self, index: int) -> int:
        """Where in the block the row stands; most blocks hold a run of indexes, so a guess mostly spares a search."""
        guess = index - self.indexes[0]
        if 0 <= guess < len(self.indexes) and self.indexes[guess] == index:
            return guess
        return self.indexes.index(index)

    def row(self, index: int) -> Row:
        """The row with this index, which must stand in the block."""
        slot = self.slot_of(index)
        return Row(self.versions[slot], self._joined.record(slot))

    def versioned(self, index: int) -> tuple[int, bytes]:
        """Version and record of a row that stands in the block: quickest for one row each of many blocks."""
        joined, slot = self._joined, self.slot_of(index)
        if slot in joined.late:
            return self.versions[slot], joined.late[slot]
        starts = joined.known_starts or joined.starts
        return self.versions[slot], joined.data[starts[slot] : starts[slot + 1]]

    def rows(self, first: int, last: int) -> Iterator[tuple[int, Row]]:
        """Index and row of the slots from `first` up to and without `last`."""
        rows = map(Row, self.versions[first:last], self.records(first, last))
        return zip(self.indexes[first:last], rows, strict=True)

    def records(self, first: int, last: int) -> list[bytes]:
        """The records of the slots from `first` up to and without `last`."""
        joined = self._settled()
        return records_in(joined.data, joined.lengths[first:last], joined.start(first))

    def starts(self) -> "array[int]":
        """Where in `data` each record begins, and where the last one ends."""
        return self._settled().starts

    def page(self) -> Page:
        """The block as it is now."""
        joined = self._settled()
        self.shared = True
        return Page(self, self.kept, joined.data, joined.lengths, self.indexes, self.versions)

    def twin(self) -> "Block":
        """A block of the same rows that can be changed without touching this one."""
        joined = self._settled()
        twin = Block(self.number, joined.data, joined.lengths, self.indexes, self.versions)
        twin.kept = self.kept
        twin.shared = self.shared = True
        return twin

    def put(self, index: int, version: int, record: bytes) -> None:
        """Give a row, which must stand in the block, another record."""
        if self.shared:
            self._own()
        slot, late = self.slot_of(index), self._joined.late
        self.versions[slot] = version
        late[slot] = record
        self.kept = None
        if len(late) > MOST_LATE:
            self._settled()

    def change_all(self, changes: Sequence[Change], changed: Callable[[bytes, Mapping[int, str]], bytes]) -> None:
        """Give rows other versions and the records that `changed` makes of their old ones, and join all of them."""
        self._own()
        slots, versions, indexes, first, count = [], self.versions, self.indexes, self.indexes[0], len(self.indexes)
        for index, cells, _, position, _ in changes:
            slot = index - first
            if not (0 <= slot < count and indexes[slot] == index):
                slot = indexes.index(index)
            slots.append((slot, cells))
            versions[slot] = position
        self.kept = None
        self._settled().change_all(slots, changed)
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
        joined, half = self._settled(), len(self.indexes) // 2
        cut = joined.start(half)
        rest = Block(number, joined.data[cut:], joined.lengths[half:], self.indexes[half:], self.versions[half:])
        self._take(joined.data[:cut], joined.lengths[:half])
        del self.indexes[half:], self.versions[half:]
        return rest

    def _take(self, data: bytes, lengths: "array[int]") -> None:
        self._joined, self.kept = Joined(data, lengths), None

    def _settled(self) -> Joined:
        joined = self._joined
        if joined.late:
            joined = self._joined = joined.settled()
        return joined

    def _own(self) -> None:
        if self.shared:
            self.indexes, self.versions = self.indexes[:], self.versions[:]
            self.shared = False

    def _splice(self, slot: int, removed: int, *added: bytes) -> None:
        """Put `added` where `removed` (0 or 1) records stood in `slot`; the other columns are the caller's."""
        joined = self._settled()
        lengths, start, old = joined.lengths[:], joined.start(slot), memoryview(joined.data)
        end = start + sum(lengths[slot : slot + removed])
        lengths[slot : slot + removed] = array("I", map(len, added))
        self._take(b"".join((old[:start], *added, old[end:])), lengths)
