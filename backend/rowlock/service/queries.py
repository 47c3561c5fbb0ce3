"""Reading the table: windows in file order, and sorted, filtered or searched ones, now or at an earlier moment."""

import asyncio
from array import array
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from rowlock.core import records
from rowlock.core.records import Dialect
from rowlock.core.refusals import UnknownColumn
from rowlock.core.sheet import Sheet
from rowlock.service.editor import Refused
from rowlock.service.ports import Journal
from rowlock.service.snapshots import nearest

Operator = Literal["eq", "ne", "contains", "lt", "le", "gt", "ge", "empty"]
OPERATORS: tuple[str, ...] = get_args(Operator)
ORDERS = 16
SHEETS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Rows whose cell in `column` compares so with `value`.

    eq, ne and contains compare texts (`1.0` is not `1`); lt, le, gt and ge numbers if `value` is one, else texts.
    """

    column: str
    operator: Operator
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which rows, in which order: `sort` a column, descending if `descending`; `text` to be found in any cell."""

    sort: str | None = None
    descending: bool = False
    text: str = ""
    filters: tuple[Filter, ...] = ()

    @property
    def plain(self) -> bool:
        """Whether it asks for all rows in file order."""
        return self.sort is None and not self.text and not self.filters


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Some rows of a result of `total` rows, at `position`: each is index, version and cells."""

    columns: tuple[str, ...]
    rows: list[tuple[int, int, list[str]]]
    total: int
    position: int


class Queries:
    """Answers queries on the live sheet and on its past. Row orders are kept for as long as the sheet stands still."""

    def __init__(self, sheet: Sheet, journal: Journal) -> None:
        self._sheet = sheet
        self._journal = journal
        self._orders: OrderedDict[tuple[int, Query], array[int]] = OrderedDict()
        self._past: OrderedDict[int, Sheet] = OrderedDict()

    async def window(self, query: Query, offset: int, limit: int, at: int | None = None) -> Window:
        """Up to `limit` rows from number `offset` of the result; `at` a position. Raises `Refused`: no such column."""
        sheet = await self.sheet_at(at)
        self._check(sheet, query)
        if query.plain:
            rows = [(index, row.version, sheet.cells(row.record)) for index, row in sheet.window(offset, limit)]
            return Window(columns=sheet.columns, rows=rows, total=sheet.total, position=sheet.position)
        position = sheet.position
        order = await self._order(sheet, query)
        return _picked(sheet, order, offset, limit, position)

    async def sheet_at(self, at: int | None) -> Sheet:
        """The sheet as it was at position `at`; the live one, which changes, if it is None or the present."""
        if at is None or at >= self._sheet.position:
            return self._sheet
        if at not in self._past:
            self._past[at] = await asyncio.to_thread(folded, self._journal, at)
            while len(self._past) > SHEETS:
                self._past.popitem(last=False)
        self._past.move_to_end(at)
        return self._past[at]

    async def _order(self, sheet: Sheet, query: Query) -> "array[int]":
        key = (sheet.position, query)
        if key not in self._orders:
            # The rows are taken here, in one go; sorting them can then take its time in a thread.
            taken = _Taken.of(sheet)
            self._orders[key] = await asyncio.to_thread(_ordered, taken, query)
            while len(self._orders) > ORDERS:
                self._orders.popitem(last=False)
        self._orders.move_to_end(key)
        return self._orders[key]

    def _check(self, sheet: Sheet, query: Query) -> None:
        asked = [each.column for each in query.filters] + ([query.sort] if query.sort is not None else [])
        for column in asked:
            if column not in sheet.ordinals:
                raise Refused(UnknownColumn(column=column, columns=sheet.columns))


def folded(
    journal: Journal, upto: int | None = None, *, check: bool = False, progress: Callable[[int], None] | None = None
) -> Sheet:
    """The sheet at position `upto` (None: now), folded from the nearest snapshot on.

    `check` raises `ChainBroken` if an event after the snapshot is not what its hash says; the whole chain is the
    verifier's. `progress` is told the position reached, once in a while.
    """
    sheet = nearest(journal.snapshots, upto)
    for position in journal.replay(sheet, upto, check=check):
        if progress:
            progress(position)
    return sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """What sorting and filtering need of a sheet: shared bytes, so taking them costs next to nothing."""

    columns: tuple[str, ...]
    indexes: "array[int]"
    blocks: Sequence[tuple[bytes, "array[int]"]]
    dialect: Dialect

    @classmethod
    def of(cls, sheet: Sheet) -> "_Taken":
        return cls(columns=sheet.columns, indexes=sheet.indexes(), blocks=sheet.blocks(), dialect=sheet.dialect)

    def frame(self) -> Any:
        """A pandas frame of text, a column for each of the table's, in file order."""
        import pandas as pd

        rows, width = [], len(self.columns)
        for data, lengths in self.blocks:
            start = 0
            for length in lengths:
                rows.append(records.cells(data[start : start + length], self.dialect, width))
                start += length
        return pd.DataFrame(rows, columns=list(self.columns), dtype="str")


def _ordered(taken: _Taken, query: Query) -> "array[int]":
    """The indexes of the rows that the query asks for, in its order."""
    import numpy as np

    frame = taken.frame()
    wanted = np.ones(len(frame), dtype=bool)
    for each in query.filters:
        wanted &= _matches(frame[each.column], each)
    if query.text:
        found = [frame[column].str.contains(query.text, case=False, regex=False) for column in frame.columns]
        wanted &= np.logical_or.reduce([each.to_numpy(dtype=bool) for each in found])
    rows = np.flatnonzero(wanted)
    if query.sort is not None:
        rows = rows[_sorted(frame[query.sort].iloc[rows], descending=query.descending)]
    return array("I", (taken.indexes[row] for row in rows))


def _sorted(texts: Any, *, descending: bool) -> Any:
    """The permutation that sorts: numbers by size and before texts, empty cells last, equal ones in file order."""
    import numpy as np
    import pandas as pd

    values = pd.to_numeric(texts, errors="coerce").to_numpy(dtype=float)
    words = texts.to_numpy(dtype=object)
    empty = words == ""
    ranks = pd.factorize(words, sort=True)[0].astype(float)
    numeric = ~np.isnan(values)
    key = np.where(numeric, values, ranks)
    group = np.where(empty, 2, np.where(numeric, 0, 1))
    if descending:
        key, group = -key, np.where(empty, 2, 1 - group)
    return np.lexsort((key, group))


def _matches(texts: Any, each: Filter) -> Any:
    """Which cells satisfy the filter, as an array of booleans."""
    import pandas as pd

    if each.operator == "empty":
        return ((texts == "") == (each.value != "false")).to_numpy(dtype=bool)
    if each.operator == "contains":
        return texts.str.contains(each.value, case=False, regex=False).to_numpy(dtype=bool)
    if each.operator in {"eq", "ne"}:
        return ((texts == each.value) == (each.operator == "eq")).to_numpy(dtype=bool)
    bound: Any = pd.to_numeric(pd.Series([each.value]), errors="coerce").iloc[0]
    left: Any = pd.to_numeric(texts, errors="coerce")
    if pd.isna(bound):
        left, bound = texts, each.value
    compared = {"lt": left < bound, "le": left <= bound, "gt": left > bound, "ge": left >= bound}[each.operator]
    return compared.to_numpy(dtype=bool)


def _picked(sheet: Sheet, order: "array[int]", offset: int, limit: int, position: int) -> Window:
    """Rows in a known order; one that was deleted since the order was made is left out."""
    rows = []
    for index in order[offset : offset + limit]:
        row = sheet.row(index)
        if row is not None:
            rows.append((index, row.version, sheet.cells(row.record)))
    return Window(columns=sheet.columns, rows=rows, total=len(order), position=position)
