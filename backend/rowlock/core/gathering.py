"""Gathers what an undo has to know: the events it takes back, what came after them there, and the bytes from before."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from rowlock.core.events import (
    LEASE_FACTS,
    ColumnAdded,
    ColumnDeleted,
    ColumnMoved,
    ColumnRenamed,
    Event,
    RowAdded,
    RowDeleted,
    RowMoved,
    RowUpdated,
    TableImported,
)
from rowlock.core.evolve import TABLE_FACTS, evolve
from rowlock.core.lineage import Lineage
from rowlock.core.sheet import Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which events are meant: those at `positions`; else those of a `batch`; else all from `begin` to `end`.

    Of the latter two only what `actor` did, if said, and no leases: they are no edits.
    """

    positions: frozenset[int] = frozenset()
    batch: int | None = None
    begin: int = 1
    end: int | None = None
    actor: str | None = None

    @property
    def first(self) -> int:
        """No event before this position is meant."""
        return min(self.positions, default=self.begin if self.batch is None else self.batch)

    def names(self, event: Event) -> bool:
        """Whether the event is meant."""
        if self.positions:
            return event.position in self.positions
        if isinstance(event.fact, LEASE_FACTS) or self.actor not in {None, event.actor}:
            return False
        if self.batch is not None and self.batch not in {event.batch, event.position}:
            return False
        return self.begin <= event.position and (self.end is None or event.position <= self.end)


class Side(NamedTuple):
    """The table or the row that an event is about, as it was before or after it."""

    table: Sheet | None = None
    record: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """An event, the numbers of the columns it is about (see `lineage`), and what it found and left.

    `shape`: the numbers of all columns, in order, right after it.
    """

    event: Event
    chosen: bool
    columns: Mapping[str, int]
    shape: tuple[int, ...]
    before: Side
    after: Side


class Gathered:
    """What happened from the first selected event on, taken in event by event from the sheet right before it."""

    def __init__(self, past: Sheet, selection: Selection) -> None:
        self.selection = selection
        self.deeds: list[Deed] = []
        self.lineage = Lineage(past.columns)
        self._sheet = past
        self._rows: set[int] = set()
        self._columns: set[int] = set()

    @property
    def position(self) -> int:
        """Up to where events have been taken in."""
        return self._sheet.position

    def take(self, event: Event) -> None:
        """Take in the next event of the journal."""
        chosen = self.selection.names(event)
        columns = self._columns_of(event)
        concerns = chosen or self._concerns(event, columns)
        with_table = concerns and isinstance(event.fact, TABLE_FACTS) and not isinstance(event.fact, TableImported)
        before = self._side(event, with_table) if concerns else Side()
        evolve(self._sheet, event)
        self.lineage.take(event)
        if not concerns:
            return
        if isinstance(event.fact, ColumnAdded):
            columns = {event.fact.column: self.lineage.number(event.fact.column)}
        self._follow(event, columns)
        after = self._side(event, with_table)
        shape = tuple(self.lineage.numbers)
        self.deeds.append(Deed(event=event, chosen=chosen, columns=columns, shape=shape, before=before, after=after))

    def _columns_of(self, event: Event) -> Mapping[str, int]:
        """The columns that the event is about; one that it adds has no number yet."""
        fact = event.fact
        match fact:
            case RowUpdated() | RowAdded() | RowDeleted():
                return {column: self.lineage.number(column) for column in fact.cells}
            case ColumnRenamed() | ColumnMoved() | ColumnDeleted():
                return {fact.column: self.lineage.number(fact.column)}
            case _:
                return {}

    def _concerns(self, event: Event, columns: Mapping[str, int]) -> bool:
        """Whether the event may stand in the way of what has been gathered, or moves what it is about."""
        fact = event.fact
        if isinstance(fact, LEASE_FACTS):
            return False
        if isinstance(fact, TABLE_FACTS):
            return bool(self.deeds)
        return fact.index in self._rows or not self._columns.isdisjoint(columns.values())

    def _follow(self, event: Event, columns: Mapping[str, int]) -> None:
        """Watch from now on what this event is about, and the rows that tell its place."""
        fact = event.fact
        match fact:
            case RowUpdated() | RowAdded():
                self._rows.add(fact.index)
            case RowDeleted():
                self._rows |= {fact.index, *_given(fact.after)}
            case RowMoved():
                self._rows |= {fact.index, *_given(fact.was)}
            case ColumnAdded():
                self._columns |= set(columns.values())

    def _side(self, event: Event, with_table: bool) -> Side:
        if with_table:
            return Side(table=self._sheet.copy())
        index = getattr(event.fact, "index", None)
        row = None if index is None else self._sheet.row(index)
        return Side(record=row.record if row else None)


def _given(index: int | None) -> tuple[int, ...]:
    return () if index is None else (index,)
