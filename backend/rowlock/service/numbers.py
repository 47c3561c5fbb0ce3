"""The random numbers: one for each interval, read back in pages and plots, thinned as they age."""

import random
from collections.abc import Callable

from rowlock.service.number_ports import ALL, Number, NumberBucket, NumberPage, NumberStore, Span
from rowlock.service.ports import Clock

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
SORTS = ("timestamp", "value")
ORDERS = ("asc", "desc")
# Thinning shares the writer with the edits, so it goes in small transactions.
MINUTES_A_CHUNK = 10
DROPPED_A_CHUNK = 1000


class BadSort(ValueError):
    """Numbers cannot be sorted like this."""

    code = "bad_sort"


class Numbers:
    """One number for each interval: uniformly random, 0 to 100, stamped with the begin of its interval.

    The timestamp is the primary key, so several generators on one database never store two for one interval. After
    the wall clock was set back, intervals that have a number are passed over (`refused`) until it has caught up;
    intervals that passed without a tick are counted (`missed`) and stay empty: no value is made up afterwards.
    """

    def __init__(
        self,
        *,
        store: NumberStore,
        clock: Clock,
        interval: float = 1,
        raw_hours: float = 24,
        keep_days: float = 30,
        draw: Callable[[], float] = lambda: random.uniform(0, 100),
    ) -> None:
        self.missed = 0
        self.refused = 0
        self._store = store
        self._clock = clock
        self._interval = max(1, round(interval * 1000))
        self._raw = int(raw_hours * HOUR)
        self._kept = int(keep_days * DAY)
        self._draw = draw
        self._last: int | None = None

    async def tick(self) -> Number | None:
        """Store and return the number of this interval; None when it has one already."""
        slot = self._now() // self._interval * self._interval
        self._count_missed(slot)
        number = Number(timestamp=slot, value=self._draw())
        if await self._store.add(number):
            return number
        self.refused += 1
        return None

    async def page(
        self, offset: int, limit: int, *, sort: str = "timestamp", order: str = "asc", span: Span = ALL
    ) -> NumberPage:
        """Numbers of a span, and how many it has; raises `BadSort`. Those summed up into minutes are not listed."""
        if sort not in SORTS or order not in ORDERS:
            raise BadSort(f"Numbers are sorted by {' or '.join(SORTS)}, {' or '.join(ORDERS)}.")
        return await self._store.page(span, offset, limit, sort, descending=order == "desc")

    async def series(self, points: int, span: Span = ALL) -> tuple[NumberBucket, ...]:
        """A span in at most `points` buckets for a plot; an end that is not given is where the numbers end."""
        return await self._store.series(span, points)

    async def thin(self) -> int:
        """Drop the numbers past their time, of which the sums of minutes stay, and those past theirs; how many went."""
        now = self._now()
        removed = 0
        while gone := await self._store.sum_up(now - self._raw, MINUTES_A_CHUNK):
            removed += gone
        while gone := await self._store.drop_minutes(now - max(self._kept, self._raw + MINUTE), DROPPED_A_CHUNK):
            removed += gone
        return removed

    def _now(self) -> int:
        return self._clock.wall() // 1000

    def _count_missed(self, slot: int) -> None:
        if self._last is not None:
            self.missed += max(0, (slot - self._last) // self._interval - 1)
        self._last = slot
