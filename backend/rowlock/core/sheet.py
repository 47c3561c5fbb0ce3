"""The table in memory: encoded records in blocks, so that a million rows take little more than their file."""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby

from rowlock.core import records
from rowlock.core.blocks import BLOCK_ROWS, Block, Change, Page, Row, RowColumns
from rowlock.core.cooldowns import Cooldowns
from rowlock.core.fields import changed_record
from rowlock.core.leases import Cooling, Lease
from rowlock.core.records import Dialect, Table

__all__ = ["BLOCK_ROWS", "Change", "Image", "Page", "Row", "RowColumns", "Sheet"]

NOWHERE = 0xFFFFFFFF
# Blocks of which the late records are joined in one go: 3 ms at most.
SETTLED_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A sheet at rest, as it was at `position`; its pages in file order."""

    position: int
    next_index: int
    dialect: Dialect
    header: bytes
    columns: tuple[str, ...]
    leases: Mapping[int, Lease]
    cooling: Cooldowns
    pages: list[Page]


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
        self._cooldowns = Cooldowns()
        self._order: tuple[list[Block], list[int]] | None = None
        self._first_rows: tuple[list[int], dict[int, int]] | None = None

    @classmethod
    def of(cls, image: Image) -> "Sheet":
        """The sheet that the image shows."""
        sheet = cls()
        sheet.position, sheet.next_index = image.position, image.next_index
        sheet.dialect, sheet.header = image.dialect, image.header
        sheet._name(image.columns)
        sheet._home = array("I", [NOWHERE]) * image.next_index
        for page in image.pages:
            block = sheet._new_block(page.data, page.lengths, page.indexes, page.versions)
            block.kept, block.shared = page.kept, True
            sheet._link(block, sheet._last)
            sheet._house(block)
            sheet.total += len(page.indexes)
        sheet._leases, sheet._cooldowns = dict(image.leases), image.cooling.copy()
        return sheet

    # What is where

    def row(self, index: int) -> Row | None:
        """The row with this index; None if there is none (any more)."""
        block = self._block_of(index)
        return None if block is None else block.row(index)

    def look_up(self, indexes: Iterable[int]) -> dict[int, Row | None]:
        """`row` for each of the indexes; quicker for many."""
        home, pool, count = self._home, self._pool, len(self._home)
        found: dict[int, Row | None] = {}
        for index in indexes:
            number = home[index] if 0 <= index < count else NOWHERE
            block = None if number == NOWHERE else pool[number]
            found[index] = None if block is None else block.row(index)
        return found

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

    def place(self, index: int) -> int:
        """The number of the row in file order, from 0."""
        block = self._at(index)
        blocks, ends = self._ordered()
        if self._first_rows is None or self._first_rows[0] is not ends:
            firsts = (end - len(each.indexes) for each, end in zip(blocks, ends, strict=True))
            self._first_rows = ends, {each.number: first for each, first in zip(blocks, firsts, strict=True)}
        return self._first_rows[1][block.number] + block.slot_of(index)

    def window(self, offset: int, limit: int) -> RowColumns:
        """Up to `limit` rows in file order, from number `offset` on."""
        blocks, ends = self._ordered()
        number = bisect_right(ends, offset)
        indexes, versions = array("I"), array("Q")
        found: list[bytes] = []
        while limit > 0 and number < len(blocks):
            block = blocks[number]
            first = max(0, offset - (ends[number] - len(block.indexes)))
            last = min(first + limit, len(block.indexes))
            indexes.extend(block.indexes[first:last])
            versions.extend(block.versions[first:last])
            found += block.records(first, last)
            limit -= last - first
            number += 1
        return RowColumns(indexes, versions, found)

    def picked(self, indexes: Sequence[int]) -> RowColumns:
        """Rows that are there, in the order given."""
        home, pool = self._home, self._pool
        versions, records = [], []
        for index in indexes:
            block = pool[home[index]]
            assert block is not None
            version, record = block.versioned(index)
            versions.append(version)
            records.append(record)
        return RowColumns(indexes, versions, records)

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

    def settle(self) -> Iterator[None]:
        """Join the records that changed, some blocks at each step, so that little of it is left to `parts`.

        Between two steps the sheet may change.
        """
        blocks = self._ordered()[0]
        for first in range(0, len(blocks), SETTLED_AT_ONCE):
            for block in blocks[first : first + SETTLED_AT_ONCE]:
                block.settle()
            yield

    def stretches(self) -> list[Block]:
        """The blocks in file order: to be read at once, neither changed nor kept."""
        return self._ordered()[0]

    def blocks(self) -> list[tuple[bytes, "array[int]"]]:
        """For each block its records, joined, and their lengths: a copy that later changes leave alone."""
        return [(block.data, block.lengths[:]) for block in self._ordered()[0]]

    def file_parts(self) -> list[bytes]:
        """The bytes of the file, in parts."""
        if not self.columns:
            return []
        return records.file_parts(self.dialect, self.header, self.parts())

    def copy(self) -> "Sheet":
        """A sheet that can be changed without touching this one; records are shared until they change."""
        other = Sheet()
        other.position, other.next_index, other.total = self.position, self.next_index, self.total
        other.dialect, other.header, other.columns, other.ordinals = (
            self.dialect,
            self.header,
            self.columns,
            self.ordinals,
        )
        other._home = self._home[:]
        other._pool = [None] * len(self._pool)
        for block in self._ordered()[0]:
            twin = other._pool[block.number] = block.twin()
            other._link(twin, other._last)
        other._leases, other._cooldowns = dict(self._leases), self._cooldowns.copy()
        return other

    def image(self) -> Image:
        """The sheet at rest. Taking it costs next to nothing: what changes later is copied then."""
        return Image(
            position=self.position,
            next_index=self.next_index,
            dialect=self.dialect,
            header=self.header,
            columns=self.columns,
            leases=dict(self._leases),
            cooling=self._cooldowns.copy(),
            pages=[block.page() for block in self._ordered()[0]],
        )

    # Leases

    def lease(self, index: int) -> Lease | None:
        """The lease of a row, which may have run out."""
        return self._leases.get(index)

    def cooling(self, index: int) -> Cooling | None:
        """The cooldown of a row, which may be over."""
        return self._cooldowns.found(index)

    def leased(self) -> Iterator[int]:
        """The rows that have a lease."""
        return iter(tuple(self._leases))

    def cooled(self) -> Iterator[int]:
        """The rows that have a cooldown."""
        return iter(tuple(self._cooldowns))

    def forget_cooling(self, now: int) -> list[int]:
        """Drop the cooldowns that are over at `now` (lease clock) and say of which rows: it changes no answer."""
        return self._cooldowns.forget(now)

    # Changes, for `evolve` and whoever owns the sheet

    def become(self, other: "Sheet") -> None:
        """Be `other` from now on, which nobody may use any more: a copy that went ahead elsewhere."""
        vars(self).update(vars(other))

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
        self._cooldowns.clear()

    def insert(self, index: int, version: int, record: bytes, after: int | None) -> None:
        """Place a new row behind `after` (None: first)."""
        self._home.extend(array("I", [NOWHERE]) * (index + 1 - len(self._home)))
        self.next_index = max(self.next_index, index + 1)
        block, slot = self._place(after)
        block.add(slot, index, version, record)
        self._home[index] = block.number
        self.total += 1
        self._order = None
        if len(block.indexes) > 2 * BLOCK_ROWS:
            self._split(block)

    def replace(self, index: int, version: int, record: bytes) -> None:
        """Give a row another record."""
        self._at(index).put(index, version, record)

    def replace_all(self, rows: Mapping[int, Row]) -> None:
        """Give rows, by index, other records."""
        for index, (version, record) in rows.items():
            self._at(index).put(index, version, record)

    def change_all(self, changes: Iterable[Change]) -> None:
        """Take these updates of rows; quickest where those of neighbouring rows follow each other."""
        home, dialect = self._home, self.dialect
        for _, neighbours in groupby(changes, key=lambda change: home[change[0]]):
            those = list(neighbours)
            self._at(those[0][0]).change_all(those, lambda record, cells: changed_record(record, cells, dialect))
            self._cooldowns.put_all({index: (until, actor) for index, _, until, _, actor in those if until})

    def remove(self, index: int) -> None:
        """Take a row out, with its lease and cooldown."""
        block = self._at(index)
        block.drop(block.slot_of(index))
        self._home[index] = NOWHERE
        self._leases.pop(index, None)
        self._cooldowns.drop(index)
        self.total -= 1
        self._order = None
        if not block.indexes:
            self._unlink(block)

    def move(self, index: int, version: int, after: int | None) -> None:
        """Place a row elsewhere; it keeps its lease and cooldown."""
        row = self._at(index).row(index)
        lease, cooled = self.lease(index), self.cooling(index)
        self.remove(index)
        self.insert(index, version, row.record, after)
        self.hold(index, lease)
        if cooled:
            self.cool(index, *cooled)

    def hold(self, index: int, lease: Lease | None) -> None:
        """Set or end the lease of a row."""
        if lease is None:
            self._leases.pop(index, None)
        else:
            self._leases[index] = lease

    def cool(self, index: int, until: int, actor: str) -> None:
        """Set the cooldown of a row."""
        self._cooldowns.put_all({index: (until, actor)})

    def cool_all(self, cooled: Mapping[int, Cooling]) -> None:
        """Set the cooldowns of rows, by index."""
        self._cooldowns.put_all(cooled)

    def reshape(self, header: bytes, columns: tuple[str, ...], change: Callable[[int, bytes], bytes]) -> None:
        """Give the table other columns: `change` makes a row's new record from its index and its old one."""
        for block in self._ordered()[0]:
            block.reshape(change)
        self.header = header
        self._name(columns)

    def rename(self, header: bytes, columns: tuple[str, ...]) -> None:
        """Give the columns other names; every record stays as it is."""
        self.header = header
        self._name(columns)

    # Blocks

    def _name(self, columns: tuple[str, ...]) -> None:
        self.columns = columns
        self.ordinals = {column: ordinal for ordinal, column in enumerate(columns)}

    def _block_of(self, index: int) -> Block | None:
        if not 0 <= index < len(self._home) or (number := self._home[index]) == NOWHERE:
            return None
        return self._pool[number]

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
        fresh = block.cut(len(self._pool))
        self._pool.append(fresh)
        self._house(fresh)
        self._link(fresh, block)

    def _house(self, block: Block) -> None:
        """Note that the rows of the block are in it: at once if they are a run, as where nobody added or moved any."""
        indexes, home = block.indexes, self._home
        first, last = indexes[0], indexes[-1]
        if indexes == array("I", range(first, last + 1)):
            home[first : last + 1] = array("I", [block.number]) * len(indexes)
            return
        for index in indexes:
            home[index] = block.number
