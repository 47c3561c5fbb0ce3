"""The table in memory: encoded records in blocks, so that a million rows take little more than their file."""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate
from typing import NamedTuple

from rowlock.core import records
from rowlock.core.leases import Cooling, Lease
from rowlock.core.records import Dialect, Table

BLOCK_ROWS = 256
NOWHERE = 0xFFFFFFFF


class Row(NamedTuple):
    """A row: the position of the event that changed it last, and its record as it stands in the file."""

    version: int
    record: bytes


class Block:
    """Up to two times `BLOCK_ROWS` neighbouring rows: their records joined, and what belongs to each of them."""

    __slots__ = ("data", "following", "indexes", "lengths", "number", "previous", "versions")

    def __init__(
        self, number: int, data: bytes, lengths: "array[int]", indexes: "array[int]", versions: "array[int]"
    ) -> None:
        self.number = number
        self.data = data
        self.lengths = lengths
        self.indexes = indexes
        self.versions = versions
        self.previous: Block | None = None
        self.following: Block | None = None

    def slot_of(self, index: int) -> int:
        """Where in the block the row stands. Neighbours mostly have neighbouring indexes: a guess spares a search."""
        guess = index - self.indexes[0]
        if 0 <= guess < len(self.indexes) and self.indexes[guess] == index:
            return guess
        return self.indexes.index(index)

    def start(self, slot: int) -> int:
        """Where the record in `slot` begins."""
        return sum(self.lengths[:slot])

    def row(self, slot: int) -> Row:
        """The row in `slot`."""
        start = self.start(slot)
        return Row(self.versions[slot], self.data[start : start + self.lengths[slot]])

    def rows(self, first: int, last: int) -> Iterator[tuple[int, Row]]:
        """Index and row of the slots from `first` up to and without `last`."""
        end = self.start(first)
        for slot in range(first, min(last, len(self.indexes))):
            start, end = end, end + self.lengths[slot]
            yield self.indexes[slot], Row(self.versions[slot], self.data[start:end])

    def splice(self, slot: int, removed: int, record: bytes) -> None:
        """Put `record` where `removed` (0 or 1) records stood in `slot`; the other columns are the caller's."""
        start = self.start(slot)
        end = start + self.lengths[slot] if removed else start
        self.data = b"".join((self.data[:start], record, self.data[end:]))


class Sheet:
    """The table at one position of the journal. It has one owner, who alone changes it, through `evolve`."""

    def __init__(self) -> None:
        self.position = 0
        self.next_index = 0
        self.dialect = Dialect()
        self.header = b""
        self.columns: tuple[str, ...] = ()
        self.ordinals: Mapping[str, int] = {}
        self.total = 0
        self._home: array[int] = array("I")
        self._pool: list[Block | None] = []
        self._first: Block | None = None
        self._last: Block | None = None
        self._leases: dict[int, Lease] = {}
        self._cooling: dict[int, Cooling] = {}
        self._order: tuple[list[Block], list[int]] | None = None

    # What is where

    def row(self, index: int) -> Row | None:
        """The row with this index; None if there is none (any more)."""
        block = self._block_of(index)
        return None if block is None else block.row(block.slot_of(index))

    def cells(self, record: bytes) -> list[str]:
        """The texts of a record, one for each column."""
        return records.cells(record, self.dialect, len(self.columns))

    def previous(self, index: int | None) -> int | None:
        """The row before `index`; of None, the last row. None: there is none."""
        if index is None:
            return self._last.indexes[-1] if self._last else None
        block = self._at(index)
        slot = block.slot_of(index)
        if slot:
            return block.indexes[slot - 1]
        return block.previous.indexes[-1] if block.previous else None

    def following(self, index: int | None) -> int | None:
        """The row after `index`; of None, the first row. None: there is none."""
        if index is None:
            return self._first.indexes[0] if self._first else None
        block = self._at(index)
        slot = block.slot_of(index)
        if slot + 1 < len(block.indexes):
            return block.indexes[slot + 1]
        return block.following.indexes[0] if block.following else None

    def window(self, offset: int, limit: int) -> Iterator[tuple[int, Row]]:
        """Index and row of up to `limit` rows in file order, from number `offset` on."""
        blocks, ends = self._ordered()
        number = bisect_right(ends, offset)
        for block in blocks[number:]:
            if limit <= 0:
                return
            first = max(0, offset - (ends[number] - len(block.indexes)))
            count = min(limit, len(block.indexes) - first)
            yield from block.rows(first, first + count)
            limit -= count
            number += 1

    def rows(self) -> Iterator[tuple[int, Row]]:
        """Index and row of every row, in file order."""
        for block in self._ordered()[0]:
            yield from block.rows(0, len(block.indexes))

    def indexes(self) -> "array[int]":
        """The indexes of all rows, in file order."""
        found: array[int] = array("I")
        for block in self._ordered()[0]:
            found.extend(block.indexes)
        return found

    def parts(self) -> list[bytes]:
        """The records in file order, joined in parts; a part that did not change is the same object as before."""
        return [block.data for block in self._ordered()[0]]

    def blocks(self) -> list[tuple[bytes, "array[int]"]]:
        """For each block its records, joined, and their lengths: a copy that later changes leave alone."""
        return [(block.data, block.lengths[:]) for block in self._ordered()[0]]

    def file_parts(self) -> list[bytes]:
        """The bytes of the file, in parts."""
        if not self.columns:
            return []
        return records.file_parts(self.dialect, self.header, self.parts())

    # Leases

    def lease(self, index: int) -> Lease | None:
        """The lease of a row, which may have run out."""
        return self._leases.get(index)

    def cooling(self, index: int) -> Cooling | None:
        """The cooldown of a row, which may be over."""
        return self._cooling.get(index)

    def leased(self) -> Iterator[int]:
        """The rows that have a lease."""
        return iter(tuple(self._leases))

    def cooled(self) -> Iterator[int]:
        """The rows that have a cooldown."""
        return iter(tuple(self._cooling))

    def forget_cooling(self, now: int) -> list[int]:
        """Drop the cooldowns that are over at `now` (lease clock) and say of which rows: it changes no answer."""
        over = [index for index, cooling in self._cooling.items() if cooling.until <= now]
        for index in over:
            del self._cooling[index]
        return over

    # Changes, for `evolve` alone

    def load(self, table: Table) -> None:
        """Become `table`, with new indexes for its rows, at the position that is being folded."""
        self.dialect, self.header = table.dialect, table.header
        self._name(table.columns)
        self._home = array("I", [NOWHERE]) * self.next_index
        self._pool, self._first, self._last, self._order = [], None, None, None
        start = 0
        for row in range(0, len(table.lengths), BLOCK_ROWS):
            lengths = table.lengths[row : row + BLOCK_ROWS]
            end = start + sum(lengths)
            self._append_block(table.data[start:end], lengths)
            start = end
        self.total = len(table.lengths)
        self._leases.clear()
        self._cooling.clear()

    def insert(self, index: int, version: int, record: bytes, after: int | None) -> None:
        """Place a new row behind `after` (None: first)."""
        self._home.extend(array("I", [NOWHERE]) * (index + 1 - len(self._home)))
        self.next_index = max(self.next_index, index + 1)
        block, slot = self._place(after)
        block.splice(slot, 0, record)
        block.lengths.insert(slot, len(record))
        block.indexes.insert(slot, index)
        block.versions.insert(slot, version)
        self._home[index] = block.number
        self.total += 1
        self._order = None
        if len(block.indexes) > 2 * BLOCK_ROWS:
            self._split(block)

    def replace(self, index: int, version: int, record: bytes) -> None:
        """Give a row another record."""
        block = self._at(index)
        slot = block.slot_of(index)
        block.splice(slot, 1, record)
        block.lengths[slot] = len(record)
        block.versions[slot] = version

    def remove(self, index: int) -> None:
        """Take a row out, with its lease and cooldown."""
        block = self._at(index)
        slot = block.slot_of(index)
        block.splice(slot, 1, b"")
        del block.lengths[slot], block.indexes[slot], block.versions[slot]
        self._home[index] = NOWHERE
        self._leases.pop(index, None)
        self._cooling.pop(index, None)
        self.total -= 1
        self._order = None
        if not block.indexes:
            self._unlink(block)

    def move(self, index: int, version: int, after: int | None) -> None:
        """Place a row elsewhere; it keeps its lease and cooldown."""
        block = self._at(index)
        record = block.row(block.slot_of(index)).record
        lease, cooling = self.lease(index), self.cooling(index)
        self.remove(index)
        self.insert(index, version, record, after)
        self.hold(index, lease)
        if cooling:
            self.cool(index, cooling)

    def hold(self, index: int, lease: Lease | None) -> None:
        """Set or end the lease of a row."""
        if lease is None:
            self._leases.pop(index, None)
        else:
            self._leases[index] = lease

    def cool(self, index: int, cooling: Cooling) -> None:
        """Set the cooldown of a row."""
        self._cooling[index] = cooling

    def reshape(self, header: bytes, columns: tuple[str, ...], change: Callable[[int, bytes], bytes]) -> None:
        """Give the table other columns: `change` makes a row's new record from its index and its old one."""
        for block in self._ordered()[0]:
            changed = [change(index, row.record) for index, row in block.rows(0, len(block.indexes))]
            block.data = b"".join(changed)
            block.lengths = array("I", map(len, changed))
        self.header = header
        self._name(columns)

    # Blocks

    def _name(self, columns: tuple[str, ...]) -> None:
        self.columns = columns
        self.ordinals = {column: ordinal for ordinal, column in enumerate(columns)}

    def _block_of(self, index: int) -> Block | None:
        if not 0 <= index < len(self._home) or self._home[index] == NOWHERE:
            return None
        return self._pool[self._home[index]]

    def _at(self, index: int) -> Block:
        block = self._block_of(index)
        if block is None:
            raise LookupError(f"the sheet has no row {index}")
        return block

    def _ordered(self) -> tuple[list[Block], list[int]]:
        """The blocks in file order, and the number of rows up to the end of each."""
        if self._order is None:
            blocks = []
            block = self._first
            while block is not None:
                blocks.append(block)
                block = block.following
            self._order = blocks, list(accumulate(len(block.indexes) for block in blocks))
        return self._order

    def _append_block(self, data: bytes, lengths: "array[int]") -> None:
        count = len(lengths)
        first = self.next_index
        block = self._new_block(
            data, lengths, array("I", range(first, first + count)), array("Q", [self.position]) * count
        )
        self._link(block, self._last)
        self._home.extend(array("I", [block.number]) * count)
        self.next_index = first + count

    def _new_block(self, data: bytes, lengths: "array[int]", indexes: "array[int]", versions: "array[int]") -> Block:
        block = Block(len(self._pool), data, lengths, indexes, versions)
        self._pool.append(block)
        return block

    def _link(self, block: Block, after: Block | None) -> None:
        following = after.following if after else self._first
        block.previous, block.following = after, following
        if after:
            after.following = block
        else:
            self._first = block
        if following:
            following.previous = block
        else:
            self._last = block

    def _unlink(self, block: Block) -> None:
        if block.previous:
            block.previous.following = block.following
        else:
            self._first = block.following
        if block.following:
            block.following.previous = block.previous
        else:
            self._last = block.previous
        self._pool[block.number] = None

    def _place(self, after: int | None) -> tuple[Block, int]:
        """Where a row behind `after` goes: a block and a slot. A full last block is followed by a new one."""
        if after is None:
            if self._first is None:
                self._link(self._new_block(b"", array("I"), array("I"), array("Q")), None)
            assert self._first is not None
            return self._first, 0
        block = self._at(after)
        slot = block.slot_of(after) + 1
        if block is self._last and slot == len(block.indexes) >= BLOCK_ROWS:
            fresh = self._new_block(b"", array("I"), array("I"), array("Q"))
            self._link(fresh, block)
            return fresh, 0
        return block, slot

    def _split(self, block: Block) -> None:
        """Move the second half of a block that grew too large into a new one behind it."""
        half = len(block.indexes) // 2
        cut = block.start(half)
        fresh = self._new_block(block.data[cut:], block.lengths[half:], block.indexes[half:], block.versions[half:])
        for index in fresh.indexes:
            self._home[index] = fresh.number
        block.data = block.data[:cut]
        del block.lengths[half:], block.indexes[half:], block.versions[half:]
        self._link(fresh, block)
