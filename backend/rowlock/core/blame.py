"""Who last set each cell: found by going through the events once."""

from collections.abc import Sequence
from typing import NamedTuple

from rowlock.core.events import ColumnAdded, Event, RowAdded, RowUpdated, TableImported
from rowlock.core.lineage import Lineage


class Setter(NamedTuple):
    """The event that set a cell last: its position, when it was (UTC in microseconds) and who did it."""

    position: int
    at: int
    actor: str


class Blame:
    """Takes events in from the first on; those about rows that nobody will ask about may be left out."""

    def __init__(self) -> None:
        self._lineage = Lineage(())
        self._table = Setter(0, 0, "")
        self._rows: dict[int, Setter] = {}
        self._columns: dict[int, Setter] = {}
        self._cells: dict[tuple[int, int], Setter] = {}

    def take(self, event: Event) -> None:
        """Go on to the event's position."""
        fact, setter = event.fact, Setter(event.position, event.at, event.actor)
        match fact:
            case RowUpdated():
                for column in fact.cells:
                    self._cells[fact.index, self._lineage.number(column)] = setter
            case RowAdded():
                self._rows[fact.index] = setter
            case TableImported():
                self._table = setter
        self._lineage.take(event)
        if isinstance(fact, ColumnAdded):
            self._columns[self._lineage.number(fact.column)] = setter

    def of(self, index: int, columns: Sequence[str]) -> list[Setter]:
        """Who last set these cells of a row."""
        row = self._rows.get(index, self._table)
        return [self._last(row, index, self._lineage.number(column)) for column in columns]

    def _last(self, row: Setter, index: int, number: int) -> Setter:
        return max(row, self._columns.get(number, row), self._cells.get((index, number), row))
