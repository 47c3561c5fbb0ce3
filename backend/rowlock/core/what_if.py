"""The table as if some events had not been: every other event is folded as far as it still has ground."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from rowlock.core.events import (
    LEASE_FACTS,
    NOTHING,
    Cells,
    ColumnAdded,
    ColumnDeleted,
    ColumnMoved,
    ColumnRenamed,
    Event,
    Fact,
    RowAdded,
    RowDeleted,
    RowMoved,
    RowUpdated,
    StyleChanged,
    TableImported,
)
from rowlock.core.evolve import evolve, updated_record
from rowlock.core.gathering import Selection
from rowlock.core.lineage import Lineage
from rowlock.core.records import check_cell
from rowlock.core.sheet import Sheet
from rowlock.core.style import fits


@dataclass(frozen=True, slots=True, kw_only=True)
class Groundless:
    """An event that could not happen, or not wholly, without those that are left out."""

    event: Event
    reason: str


class _NoGround(Exception):
    """The event cannot happen here."""


class WhatIf:
    """Takes events in from the first on; `sheet` is the table without the `dropped` ones."""

    def __init__(self, without: Iterable[Selection]) -> None:
        self.sheet = Sheet()
        self.dropped: list[Event] = []
        self.groundless: list[Groundless] = []
        self._without = tuple(without)
        self._real = Sheet()
        self._lineage = Lineage(())
        self._names: dict[int, str] = {}
        self._void: set[int] = set()

    @property
    def names(self) -> Mapping[str, str]:
        """What each column of today is called here; those that are not here are left out."""
        real = zip(self._lineage.columns, self._lineage.numbers, strict=True)
        return {name: self._names[number] for name, number in real if number in self._names}

    def take(self, event: Event) -> None:
        """Go on to the event's position."""
        if isinstance(event.fact, LEASE_FACTS):
            self._real.position = self.sheet.position = event.position
            return
        columns = {name: self._lineage.number(name) for name in _columns_of(event.fact)}
        evolve(self._real, event)
        self._lineage.take(event)
        if any(selection.names(event) for selection in self._without):
            self.dropped.append(event)
            self._void.add(event.position)
        else:
            self._happen(event, columns)
        self.sheet.position = event.position

    def _happen(self, event: Event, columns: Mapping[str, int]) -> None:
        try:
            if event.undoes in self._void:
                raise _NoGround(f"it takes back event {event.undoes}, which has not been")
            fact = self._grounded(event, columns)
        except _NoGround as none:
            self._void.add(event.position)
            self._note(event, str(none))
        else:
            evolve(self.sheet, event._replace(fact=fact))
            self._learn(event.fact, columns)

    def _learn(self, fact: Fact, columns: Mapping[str, int]) -> None:
        """Keep what the columns are called here: a column keeps its number whatever happens to its name."""
        match fact:
            case ColumnAdded():
                self._names[self._lineage.number(fact.column)] = fact.column
            case ColumnRenamed():
                self._names[columns[fact.column]] = fact.to
            case ColumnDeleted():
                del self._names[columns[fact.column]]
            case StyleChanged() | TableImported():
                self._names = dict(zip(self._lineage.numbers, self._lineage.columns, strict=True))

    def _note(self, event: Event, reason: str) -> None:
        self.groundless.append(Groundless(event=event, reason=reason))

    def _grounded(self, event: Event, columns: Mapping[str, int]) -> Fact:
        """The fact as it happens here. Raises `_NoGround`."""
        fact = event.fact
        match fact:
            case TableImported():
                self.sheet.next_index = self._real.next_index - fact.rows
                return fact
            case RowAdded() if self.sheet.columns:
                return self._added(event, fact, columns)
            case RowUpdated() if self.sheet.row(fact.index):
                return self._updated(event, fact, columns)
            case RowDeleted() if self.sheet.row(fact.index):
                return fact
            case RowMoved() if self.sheet.row(fact.index):
                return replace(fact, after=self._place(fact.index))
            case RowAdded():
                raise _NoGround("there is no table")
            case RowUpdated() | RowDeleted() | RowMoved():
                raise _NoGround(f"there is no row {fact.index}")
            case ColumnAdded() | ColumnRenamed() | ColumnMoved() | ColumnDeleted():
                return self._column(fact, columns)
            case StyleChanged():
                if not fits(self.sheet, fact.dialect.encoding):
                    raise _NoGround(f"the encoding {fact.dialect.encoding} lacks a character")
                if [self._names.get(number) for number in self._lineage.numbers] == list(self.sheet.columns):
                    return replace(fact, records=self._records(fact))
                raise _NoGround("the table has other columns")
            case _:
                raise TypeError(f"{type(fact).__name__} is no edit")

    # Rows

    def _cells(self, event: Event, cells: Cells, columns: Mapping[str, int]) -> Cells:
        """The cells under the names that their columns have here; those without a column are left out and noted."""
        encoding = self.sheet.dialect.encoding
        odd = [name for name, (_, to) in cells.items() if to and check_cell(to, encoding)]
        found = {
            self._names[columns[name]]: change
            for name, change in cells.items()
            if columns[name] in self._names and name not in odd
        }
        if odd:
            self._note(event, f"the encoding {encoding} lacks a character of {', '.join(odd)}")
        gone = [name for name, (_, to) in cells.items() if columns[name] not in self._names and to]
        if gone:
            self._note(event, f"there is no column {', '.join(gone)}")
        return found

    def _added(self, event: Event, fact: RowAdded, columns: Mapping[str, int]) -> Fact:
        if self.sheet.row(fact.index):
            raise _NoGround(f"row {fact.index} was never deleted")
        cells = self._cells(event, fact.cells, columns)
        raw = fact.raw if self._same_shape() else None
        return replace(fact, cells=cells, after=self._place(fact.index), raw=raw)

    def _updated(self, event: Event, fact: RowUpdated, columns: Mapping[str, int]) -> Fact:
        """Bytes that the event gave are kept where the row comes out with the same texts."""
        cells = self._cells(event, fact.cells, columns)
        raw = None
        if fact.raw is not None and self._same_shape():
            here = self.sheet.cells(updated_record(self.sheet, fact.index, cells))
            raw = fact.raw if here == self._real.cells(fact.raw.encode()) else None
        return replace(fact, cells=cells, raw=raw)

    def _place(self, index: int) -> int | None:
        """Behind the nearest row that really stands before it and is there here too."""
        before = self._real.previous(index)
        while before is not None and self.sheet.row(before) is None:
            before = self._real.previous(before)
        return before

    def _same_shape(self) -> bool:
        return (self.sheet.columns, self.sheet.dialect) == (self._real.columns, self._real.dialect)

    def _records(self, fact: ColumnAdded | ColumnMoved | ColumnDeleted | StyleChanged) -> Mapping[int, str]:
        """Bytes that a change of columns gave are those of rows as they really were, so they hold for no others."""
        return NOTHING if self.dropped else fact.records

    # Columns

    def _column(
        self, fact: ColumnAdded | ColumnRenamed | ColumnMoved | ColumnDeleted, columns: Mapping[str, int]
    ) -> Fact:
        if isinstance(fact, ColumnAdded):
            if fact.column in self.sheet.ordinals or not self.sheet.columns:
                raise _NoGround(f"there is a column {fact.column} already, or no table")
            return replace(fact, place=min(fact.place, len(self.sheet.columns)), records=self._records(fact))
        name = self._names.get(columns[fact.column])
        if name is None:
            raise _NoGround(f"there is no column {fact.column}")
        at = self.sheet.ordinals[name]
        match fact:
            case ColumnRenamed() if fact.to in self.sheet.ordinals:
                raise _NoGround(f"there is a column {fact.to} already")
            case ColumnRenamed():
                return replace(fact, column=name)
            case ColumnMoved():
                place = min(fact.place, len(self.sheet.columns) - 1)
                return replace(fact, column=name, place=place, was=at, records=self._records(fact))
            case ColumnDeleted() if len(self.sheet.columns) == 1:
                raise _NoGround("it is the last column")
            case ColumnDeleted():
                return replace(fact, column=name, place=at, records=self._records(fact))


def _columns_of(fact: Fact) -> Iterable[str]:
    match fact:
        case RowUpdated() | RowAdded() | RowDeleted():
            return fact.cells
        case ColumnRenamed() | ColumnMoved() | ColumnDeleted():
            return (fact.column,)
        case _:
            return ()
