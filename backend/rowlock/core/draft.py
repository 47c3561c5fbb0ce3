"""What a batch has decided so far, laid over a sheet that does not change meanwhile."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import methodcaller
from typing import Any, Protocol

from rowlock.core import records
from rowlock.core.leases import Cooling, Lease, LeaseTable
from rowlock.core.records import Dialect
from rowlock.core.sheet import Row


class Rows(LeaseTable, Protocol):
    """What deciding needs to know of the table; a `Sheet` and a `Draft` both answer it."""

    position: int
    next_index: int
    total: int

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns' unique names, in order."""
        ...

    @property
    def ordinals(self) -> Mapping[str, int]:
        """The number of each column, from 0."""
        ...

    @property
    def dialect(self) -> Dialect:
        """How the file writes its records."""
        ...

    @property
    def header(self) -> bytes:
        """The record of the column names."""
        ...

    def row(self, index: int) -> Row | None:
        """The row with this index; None if there is none (any more)."""
        ...

    def look_up(self, indexes: Iterable[int]) -> dict[int, Row | None]:
        """`row` for each of the indexes; quicker for many."""
        ...

    def rows(self) -> Iterator[tuple[int, Row]]:
        """Index and row of every row, in file order."""
        ...

    def cells(self, record: bytes) -> list[str]:
        """The texts of a record, one for each column."""
        ...

    def previous(self, index: int | None) -> int | None:
        """The row before `index`; of None, the last row."""
        ...

    def following(self, index: int | None) -> int | None:
        """The row after `index`; of None, the first row."""
        ...


class Writable(Rows, Protocol):
    """A sheet or a draft: what rows and leases can be changed in."""

    def insert(self, index: int, version: int, record: bytes, after: int | None) -> None:
        """Place a new row behind `after` (None: first)."""
        ...

    def replace(self, index: int, version: int, record: bytes) -> None:
        """Give a row another record."""
        ...

    def replace_all(self, rows: Mapping[int, Row]) -> None:
        """Give rows, by index, other records."""
        ...

    def remove(self, index: int) -> None:
        """Take a row out, with its lease and cooldown."""
        ...

    def move(self, index: int, version: int, after: int | None) -> None:
        """Place a row elsewhere; it keeps its lease and cooldown."""
        ...

    def hold(self, index: int, lease: Lease | None) -> None:
        """Set or end the lease of a row."""
        ...

    def cool(self, index: int, until: int, actor: str) -> None:
        """Set the cooldown of a row."""
        ...

    def cool_all(self, cooled: Mapping[int, Cooling]) -> None:
        """Set the cooldowns of rows, by index."""
        ...


class Draft:
    """A sheet with uncommitted changes of rows and leases beside it; the sheet below stays as it is until told.

    The order of rows is kept as links to both sides that override those of the base, with None standing for the
    place before the first and behind the last row. Changes of columns have no draft: they are decided alone.
    """

    def __init__(self, base: Rows) -> None:
        self._base = base
        self.position = base.position
        self.next_index = base.next_index
        self.total = base.total
        self.columns = base.columns
        self.ordinals = base.ordinals
        self.dialect = base.dialect
        self.header = base.header
        self._rows: dict[int, Row | None] = {}
        """Every row that was asked for or changed: to look one up in a sheet costs as much as to decide about it."""
        self._changed: set[int] = set()
        self._steps: list[Callable[[Any], None]] = []
        """What was done to the order of the rows."""
        self._previous: dict[int | None, int | None] = {}
        self._following: dict[int | None, int | None] = {}
        self._leases: dict[int, Lease | None] = {}
        self._cooling: dict[int, Cooling | None] = {}

    @property
    def ground(self) -> Rows:
        """What the next draft lies on to have this one below it: as long as nothing was done here, that is the base."""
        return self if self.position != self._base.position else self._base

    @property
    def steps(self) -> int:
        """How often the order of the rows was changed."""
        return len(self._steps)

    def row(self, index: int) -> Row | None:
        """The row with this index; None if there is none (any more)."""
        if index not in self._rows:
            self._rows[index] = self._base.row(index)
        return self._rows[index]

    def look_up(self, indexes: Iterable[int]) -> dict[int, Row | None]:
        """`row` for each of the indexes; quicker for many."""
        wanted, rows = set(indexes), self._rows
        rows.update(self._base.look_up(wanted - rows.keys()))
        return {index: rows[index] for index in wanted}

    def rows(self) -> Iterator[tuple[int, Row]]:
        """Index and row of every row, in file order."""
        index = self.following(None)
        while index is not None:
            row = self._rows[index] if index in self._rows else self._base.row(index)
            assert row is not None
            yield index, row
            index = self.following(index)

    def cells(self, record: bytes) -> list[str]:
        """The texts of a record, one for each column."""
        return records.cells(record, self.dialect, len(self.columns))

    def previous(self, index: int | None) -> int | None:
        """The row before `index`; of None, the last row."""
        return self._previous[index] if index in self._previous else self._base.previous(index)

    def following(self, index: int | None) -> int | None:
        """The row after `index`; of None, the first row."""
        return self._following[index] if index in self._following else self._base.following(index)

    def lease(self, index: int) -> Lease | None:
        """The lease of a row, which may have run out."""
        return self._leases[index] if index in self._leases else self._base.lease(index)

    def cooling(self, index: int) -> Cooling | None:
        """The cooldown of a row, which may be over."""
        return self._cooling[index] if index in self._cooling else self._base.cooling(index)

    def leased(self) -> Iterator[int]:
        """The rows that have a lease."""
        yield from (index for index in self._base.leased() if index not in self._leases)
        yield from (index for index, lease in self._leases.items() if lease is not None)

    def insert(self, index: int, version: int, record: bytes, after: int | None) -> None:
        """Place a new row behind `after` (None: first)."""
        self._steps.append(methodcaller("insert", index, version, record, after))
        following = self.following(after)
        self.replace(index, version, record)
        self._join(after, index)
        self._join(index, following)
        self.next_index = max(self.next_index, index + 1)
        self.total += 1

    def replace(self, index: int, version: int, record: bytes) -> None:
        """Give a row another record."""
        self._rows[index] = Row(version, record)
        self._changed.add(index)

    def replace_all(self, rows: Mapping[int, Row]) -> None:
        """Give rows, by index, other records."""
        self._rows.update(rows)
        self._changed.update(rows)

    def remove(self, index: int) -> None:
        """Take a row out, with its lease and cooldown."""
        self._steps.append(methodcaller("remove", index))
        self._join(self.previous(index), self.following(index))
        self.total -= 1
        self._rows[index] = None
        self._changed.add(index)
        self._leases[index] = None
        self._cooling[index] = None

    def move(self, index: int, version: int, after: int | None) -> None:
        """Place a row elsewhere; it keeps its lease and cooldown."""
        row = self.row(index)
        assert row is not None
        self._steps.append(methodcaller("move", index, version, after))
        self._join(self.previous(index), self.following(index))
        following = self.following(after)
        self._join(after, index)
        self._join(index, following)
        self.replace(index, version, row.record)

    def hold(self, index: int, lease: Lease | None) -> None:
        """Set or end the lease of a row."""
        self._leases[index] = lease

    def cool(self, index: int, until: int, actor: str) -> None:
        """Set the cooldown of a row."""
        self._cooling[index] = until, actor

    def cool_all(self, cooled: Mapping[int, Cooling]) -> None:
        """Set the cooldowns of rows, by index."""
        self._cooling.update(cooled)

    def lay_on(self, base: Writable) -> None:
        """Make the base, or a copy of it, what the draft is; it must be as it was when the draft was begun."""
        for step in self._steps:
            step(base)
        base.replace_all({index: row for index in self._changed if (row := self._rows[index]) is not None})
        for index, lease in self._leases.items():
            base.hold(index, lease)
        base.cool_all({index: cooled for index, cooled in self._cooling.items() if cooled is not None})
        base.position = self.position

    def _join(self, left: int | None, right: int | None) -> None:
        self._following[left] = right
        self._previous[right] = left
