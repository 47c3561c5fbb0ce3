"""Reading the table: windows in file order, and sorted, filtered or searched ones, now or at an earlier moment."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from rowlock.core.dialects import Dialect
from rowlock.core.events import LEASE_FACTS, RowAdded, RowDeleted, RowMoved, RowUpdated, StyleChanged
from rowlock.core.query import Query
from rowlock.core.records import read_table
from rowlock.core.refusals import UnknownColumn
from rowlock.core.sheet import Image, RowColumns, Sheet
from rowlock.service.editor import Refused
from rowlock.service.folding import settle
from rowlock.service.order import Order
from rowlock.service.ports import Entry, Journal
from rowlock.service.snapshots import nearest

ORDERS = 8
SHEETS = 2
# So many changed rows are remembered, for the orders that lack them; making an order anew is quicker from there on.
CHANGED_ROWS = 2_000
# So many rows are put into an order before others have their turn: some 2 ms.
AT_ONCE = 20
ROW_FACTS = (RowAdded, RowUpdated, RowDeleted, RowMoved)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Some rows of a result of `total` rows, at `position`; their records are as in the file."""

    columns: tuple[str, ...]
    dialect: Dialect
    rows: RowColumns
    total: int
    position: int


class Queries:
    """Answers queries on the live sheet and on its past. Row orders are kept, those of the live sheet by its events."""

    def __init__(self, sheet: Sheet, journal: Journal) -> None:
        self._sheet = sheet
        self._journal = journal
        self._orders: OrderedDict[tuple[int | None, Query], _Kept] = OrderedDict()
        self._past: OrderedDict[int, Sheet] = OrderedDict()
        self._changed: deque[tuple[int, int]] = deque(maxlen=CHANGED_ROWS)
        self._followed = self._unbroken = sheet.position

    def extend(self, entries: Sequence[Entry]) -> None:
        """Note which rows changed; the editor calls this after folding them."""
        for entry in entries:
            fact, position = entry.event.fact, entry.event.position
            if isinstance(fact, ROW_FACTS):
                if len(self._changed) == CHANGED_ROWS:
                    self._unbroken = self._changed[0][0]
                self._changed.append((position, fact.index))
            elif not isinstance(fact, (*LEASE_FACTS, StyleChanged)):
                self._unbroken = position
        self._followed = entries[-1].event.position

    async def window(self, query: Query, offset: int, limit: int, at: int | None = None) -> Window:
        """Up to `limit` rows from number `offset` of the result; `at` a position. Raises `Refused`: no such column."""
        sheet = await self.sheet_at(at)
        self._check(sheet, query)
        if query.plain:
            return _window(sheet, sheet.window(offset, limit), sheet.total)
        order = await self._order(sheet, query)
        self._check(sheet, query)
        return _window(sheet, sheet.picked(order.window(offset, limit)), len(order))

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

    async def _order(self, sheet: Sheet, query: Query) -> Order:
        """The order of the query in the sheet as it is when this returns."""
        name = (None if sheet is self._sheet else sheet.position, query)
        if (kept := self._orders.get(name)) is None:
            kept = self._orders[name] = _Kept()
        self._orders.move_to_end(name)
        while len(self._orders) > ORDERS:
            self._orders.popitem(last=False)
        while kept.order is None or kept.waiting or kept.position != sheet.position:
            async with kept.turn:
                await self._bring_forward(kept, sheet, query)
        return kept.order

    async def _bring_forward(self, kept: "_Kept", sheet: Sheet, query: Query) -> None:
        """Make the order, or bring it one step nearer to the sheet as it is."""
        changed = self._changed_since(kept.position)
        if kept.order is None or changed is None:
            await settle(sheet)
            image = sheet.image()
            self._check(sheet, query)
            kept.order, kept.position = await asyncio.to_thread(_made, image, query), image.position
            kept.waiting.clear()
            return
        # Whatever changed is taken out first: then all that is in stands right, and places can be found in it.
        kept.order.remove(changed)
        kept.waiting |= changed
        kept.position = sheet.position
        for _ in range(min(AT_ONCE, len(kept.waiting))):
            kept.order.put(kept.waiting.pop(), sheet)
        if kept.waiting:
            await asyncio.sleep(0)

    def _changed_since(self, position: int) -> set[int] | None:
        """The rows that changed after `position`; None if nobody knows."""
        if position < self._unbroken or self._followed != self._sheet.position:
            return None
        return {index for _, index in takewhile(lambda change: change[0] > position, reversed(self._changed))}

    def _check(self, sheet: Sheet, query: Query) -> None:
        for column in query.columns:
            if column not in sheet.ordinals:
                raise Refused(UnknownColumn(column=column, columns=sheet.columns))


@dataclass(slots=True)
class _Kept:
    """An order that is kept: right at `position`, but for the rows in `waiting`, which are to be put in."""

    order: Order | None = None
    position: int = 0
    waiting: set[int] = field(default_factory=set)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


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


def warm_up() -> None:
    """Load what sorting and searching need, so that the first who asks does not wait for it. Blocks."""
    sheet = Sheet()
    sheet.load(read_table(b"a\n1\nb\n"))
    _made(sheet.image(), Query(sort="a", text="b"))


def _made(image: Image, query: Query) -> Order:
    """The order of a query; numpy is not loaded before it is needed."""
    from rowlock.service.ranking import order_of

    return order_of(image, query)


def _window(sheet: Sheet, rows: RowColumns, total: int) -> Window:
    return Window(columns=sheet.columns, dialect=sheet.dialect, rows=rows, total=total, position=sheet.position)
