"""Which column of one moment is which of another: names change hands, columns stay themselves."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import count

from rowlock.core.columns import columns_after
from rowlock.core.events import (
    ColumnAdded,
    ColumnDeleted,
    ColumnMoved,
    ColumnRenamed,
    Event,
    StyleChanged,
    TableImported,
)


class Lineage:
    """The columns from some moment on, each with a number of its own: `numbers` stand in the order of `columns`.

    Those of the first moment are numbered from 0. A column that an undo brings back gets the number it had, if the
    event that deleted it was taken in too.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        self.numbers = list(range(len(self.columns)))
        self._next = count(len(self.columns))
        self._deleted: dict[int, int] = {}

    def number(self, column: str) -> int:
        """The number of the column that has this name now; -1 if there is none."""
        return self.numbers[self.columns.index(column)] if column in self.columns else -1

    def name(self, number: int) -> str | None:
        """What the column is called now; None if it is gone."""
        return self.columns[self.numbers.index(number)] if number in self.numbers else None

    def take(self, event: Event) -> None:
        """Go on to the event's position; events that change no columns change nothing."""
        fact = event.fact
        match fact:
            case ColumnAdded():
                back = None if event.undoes is None else self._deleted.pop(event.undoes, None)
                self.insert(fact, next(self._next) if back is None else back)
            case ColumnDeleted():
                self._deleted[event.position] = self.numbers.pop(fact.place)
                self.columns = columns_after(self.columns, fact)
            case ColumnMoved():
                self.numbers.insert(fact.place, self.numbers.pop(fact.was))
                self.columns = columns_after(self.columns, fact)
            case ColumnRenamed():
                self.columns = columns_after(self.columns, fact)
            case StyleChanged():
                self.columns = fact.columns
            case TableImported():
                self.columns = fact.columns
                self.numbers = [next(self._next) for _ in fact.columns]

    def insert(self, fact: ColumnAdded, number: int) -> None:
        """Go on to an added column under a number that the caller knows."""
        self.numbers.insert(fact.place, number)
        self.columns = columns_after(self.columns, fact)


def kept_columns(columns: Sequence[str], later: Iterable[Event]) -> Mapping[str, str]:
    """What each of the columns is called after the `later` events; those that are gone are left out."""
    lineage = Lineage(columns)
    for event in later:
        lineage.take(event)
    names = ((column, lineage.name(number)) for number, column in enumerate(columns))
    return {column: name for column, name in names if name is not None}
