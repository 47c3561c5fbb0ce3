"""The rows that a query gave, in its order, kept right while the table changes."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from itertools import accumulate

from rowlock.core.fields import cell
from rowlock.core.query import Query, picks, precedes, rank_of
from rowlock.core.sheet import NOWHERE, Sheet

PART_ROWS = 1024


class Order:
    """Indexes of rows in the order of a query. A changed row is taken out and put where it belongs now.

    They stand in parts of `PART_ROWS`, and `home` says in which each row stands (`NOWHERE`: in none): so neither
    finding a row nor moving it takes longer in a large table.
    """

    def __init__(self, query: Query, indexes: "array[int]", home: "array[int]") -> None:
        self._query = query
        self._parts = [indexes[at : at + PART_ROWS] for at in range(0, len(indexes), PART_ROWS)] or [array("I")]
        self._home = home
        self._sequence = list(range(len(self._parts)))
        self._ends: list[int] | None = None

    def __len__(self) -> int:
        return self._counted()[-1]

    def window(self, offset: int, limit: int) -> "array[int]":
        """Up to `limit` indexes, from number `offset` on."""
        ends, found = self._counted(), array("I")
        at = bisect_right(ends, offset)
        while len(found) < limit and at < len(ends):
            part = self._parts[self._sequence[at]]
            first = max(0, offset - (ends[at] - len(part)))
            found += part[first : first + limit - len(found)]
            at += 1
        return found

    def remove(self, indexes: Iterable[int]) -> None:
        """Take rows out, if they are in."""
        for index in indexes:
            if index < len(self._home) and (number := self._home[index]) != NOWHERE:
                self._parts[number].remove(index)
                self._home[index] = NOWHERE
                self._ends = None
                if not self._parts[number] and len(self._sequence) > 1:
                    self._sequence.remove(number)

    def put(self, index: int, sheet: Sheet) -> None:
        """Place a row that is not in, if it is in the sheet and the query asks for it.

        All rows that are in must stand where they belong in the sheet as it is.
        """
        row = sheet.row(index)
        if row is None or not picks(self._query, sheet.columns)(sheet.cells(row.record)):
            return
        behind = _behind(self._query, sheet, index)
        parts, sequence = self._parts, self._sequence
        begins_behind = bisect_left(range(1, len(sequence)), True, key=lambda at: behind(parts[sequence[at]][0]))
        number = sequence[begins_behind]
        part = parts[number]
        part.insert(bisect_left(range(len(part)), True, key=lambda slot: behind(part[slot])), index)
        self._home.extend(array("I", [NOWHERE]) * (index + 1 - len(self._home)))
        self._home[index] = number
        self._ends = None
        if len(part) > 2 * PART_ROWS:
            self._split(begins_behind)

    def _split(self, at: int) -> None:
        """Move the second half of a part that grew too large into a new one behind it."""
        part = self._parts[self._sequence[at]]
        rest = part[PART_ROWS:]
        del part[PART_ROWS:]
        self._sequence.insert(at + 1, len(self._parts))
        for index in rest:
            self._home[index] = len(self._parts)
        self._parts.append(rest)

    def _counted(self) -> list[int]:
        """The number of rows up to the end of each part."""
        if self._ends is None:
            self._ends = list(accumulate(len(self._parts[number]) for number in self._sequence))
        return self._ends


def _behind(query: Query, sheet: Sheet, index: int) -> Callable[[int], bool]:
    """A function that tells whether another row stands behind this one."""
    place, column = sheet.place(index), query.sort
    if column is None:
        return lambda other: sheet.place(other) > place
    at = sheet.ordinals[column]

    def text(index: int) -> str:
        row = sheet.row(index)
        return "" if row is None else cell(row.record, sheet.dialect, at)

    mine = rank_of(text(index))

    def behind(other: int) -> bool:
        theirs = rank_of(text(other))
        if precedes(mine, theirs, descending=query.descending):
            return True
        return not precedes(theirs, mine, descending=query.descending) and sheet.place(other) > place

    return behind
