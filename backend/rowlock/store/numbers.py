"""Generated numbers in SQL, and the sums of each minute beside them, which a plot of many hours is drawn from."""

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import mul
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from rowlock.service.number_ports import Number, NumberBucket, NumberPage, Span
from rowlock.store.database import Database, fetched
from rowlock.store.tables import MINUTE, NUMBER

MINUTE_MS = 60_000
SUMS = [MINUTE.c[name] for name in ("timestamp", "count", "min", "max", "mean")]


def _in_minute(minute: Any) -> ColumnElement[bool]:
    return NUMBER.c.timestamp.between(minute, minute + (MINUTE_MS - 1))


# Statements of a plot, built once: building them takes longer than running them. Edges are asked for one by one, since
# for both at once SQLite reads the whole table.
_FIRST, _LAST = -(2**62), 2**62
_TIMES = NUMBER_TIME, MINUTE_TIME = NUMBER.c.timestamp, MINUTE.c.timestamp
_EDGES = [
    select(edge(time)).where(time.between(bindparam("begin"), bindparam("end")))
    for edge in (func.min, func.max)
    for time in _TIMES
]
_NUMBERS = select(NUMBER).where(NUMBER_TIME.between(bindparam("begin"), bindparam("end"))).order_by(NUMBER_TIME)
_WHOLE = MINUTE_TIME.between(bindparam("whole_begin"), bindparam("whole_end"))
_GONE = ~exists().where(_in_minute(MINUTE_TIME))
_MINUTES = (
    select(*SUMS)
    .where(MINUTE_TIME.between(bindparam("begin"), bindparam("end")), or_(_WHOLE, _GONE))
    .order_by(MINUTE_TIME)
)


class Sums(NamedTuple):
    """Numbers summed up, in columns, by time."""

    times: Sequence[int]
    counts: Sequence[int]
    lows: Sequence[float]
    highs: Sequence[float]
    means: Sequence[float]


class Part(NamedTuple):
    """Some of what falls into a bucket."""

    numbers: int
    low: float
    high: float
    total: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Equal buckets: the first begins at `begin`, each is `width` milliseconds wide.

    What lies between the times in `whole` is drawn from the sums of minutes, none of which falls into two buckets; what
    is before and after it, from numbers. So it keeps within the stretch that is drawn, also where it is empty.
    """

    begin: int
    width: int
    whole: range

    @classmethod
    def over(cls, begin: int, end: int, points: int) -> "Grid":
        """At most `points` buckets from `begin` to `end`: whole minutes wide unless that is far too coarse."""
        width = _share(end - begin + 1, points)
        if 2 * width < MINUTE_MS:
            return cls(begin=begin, width=width, whole=range(begin, begin))
        first = _minute(begin)
        # Inside of one minute, the next whole one begins after the end.
        start = min(_minute(begin + MINUTE_MS - 1), end + 1)
        whole = range(start, max(start, _minute(end + 1)))
        return cls(begin=first, width=MINUTE_MS * _share(end - first + 1, points * MINUTE_MS), whole=whole)

    def parts(self, sums: Sums) -> Iterator[tuple[int, Part]]:
        """The sums that fall into one bucket, and its number."""
        at = 0
        while at < len(sums.times):
            number = (sums.times[at] - self.begin) // self.width
            end = bisect_left(sums.times, self.begin + (number + 1) * self.width, at)
            part = slice(at, end)
            counts, lows, highs = sums.counts[part], sums.lows[part], sums.highs[part]
            yield number, Part(sum(counts), min(lows), max(highs), sum(map(mul, counts, sums.means[part])))
            at = end


class SqlNumbers:
    """The port `NumberStore` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, number: Number) -> bool:
        """Store a number; False when its timestamp has one already, or lies in a minute whose numbers are gone."""
        return await self._database.write(lambda connection: _add(connection, number))

    async def page(self, span: Span, offset: int, limit: int, sort: str, *, descending: bool) -> NumberPage:
        """Numbers of a span sorted by `timestamp` or `value`; minutes are not among them."""
        # Equal values keep an order of their own, so that pages neither repeat nor skip a number.
        columns = [NUMBER.c[sort], NUMBER.c.timestamp]
        order = [column.desc() for column in columns] if descending else columns
        statement = _within(select(NUMBER), NUMBER, span).order_by(*order).offset(offset).limit(limit)
        count = _within(select(func.count()).select_from(NUMBER), NUMBER, span)

        def job(connection: Connection) -> NumberPage:
            items = tuple(Number(timestamp=at, value=value) for at, value in connection.execute(statement))
            return NumberPage(items=items, total=connection.execute(count).scalar_one())

        return await self._database.read(job)

    async def series(self, span: Span, points: int) -> tuple[NumberBucket, ...]:
        """A span in at most `points` buckets of equal width (see `number_ports.NumberStore`)."""
        return await self._database.read(lambda connection: _series(connection, span, points))

    async def sum_up(self, before: int, minutes: int) -> int:
        """Drop the numbers of the oldest `minutes` minutes that ended by `before`, whose sums stay; how many."""
        return await self._database.write(lambda connection: _sum_up(connection, before, minutes))

    async def drop_minutes(self, before: int, limit: int) -> int:
        """Remove the oldest minutes that began before `before`, at most `limit`; how many."""
        oldest = select(MINUTE.c.timestamp).where(MINUTE.c.timestamp < before).order_by(MINUTE.c.timestamp).limit(limit)
        statement = delete(MINUTE).where(MINUTE.c.timestamp.in_(oldest))
        return await self._database.write(lambda connection: connection.execute(statement).rowcount)


def _within(statement: Select[Any], table: Table, span: Span) -> Select[Any]:
    if span.begin is not None:
        statement = statement.where(table.c.timestamp >= span.begin)
    if span.end is not None:
        statement = statement.where(table.c.timestamp <= span.end)
    return statement


def _add(connection: Connection, number: Number) -> bool:
    """Insert a number and add it to its minute.

    A minute some of whose numbers are gone takes none: nobody could see a double.
    """
    minute = _minute(number.timestamp)
    known = select(*SUMS).where(MINUTE.c.timestamp == minute)
    _, count, low, high, mean = connection.execute(known).first() or (minute, 0, math.inf, -math.inf, 0.0)
    if count > connection.execute(select(func.count()).where(_in_minute(minute))).scalar_one():
        return False
    try:
        with connection.begin_nested():
            connection.execute(insert(NUMBER), [{"timestamp": number.timestamp, "value": number.value}])
    except IntegrityError:
        return False
    row = {"count": count + 1, "min": min(low, number.value), "max": max(high, number.value)}
    row["mean"] = mean + (number.value - mean) / (count + 1)
    if count:
        connection.execute(update(MINUTE).where(MINUTE.c.timestamp == minute).values(row))
    else:
        connection.execute(insert(MINUTE), [{"timestamp": minute, **row}])
    return True


def _minute(timestamp: int) -> int:
    return timestamp // MINUTE_MS * MINUTE_MS


def _share(length: int, points: int) -> int:
    """The least width of which `points` reach over the length."""
    return -(length // -points)


def _series(connection: Connection, span: Span, points: int) -> tuple[NumberBucket, ...]:
    """Numbers and minutes share one grid; a bucket that has both weighs them by how many numbers they stand for."""
    extent = _extent(connection, span)
    if extent is None:
        return ()
    begin, end = extent
    grid = Grid.over(begin, end, points)
    parts: defaultdict[int, list[Part]] = defaultdict(list)
    for sums in (_numbers(connection, begin, end, grid.whole), _minutes(connection, begin, end, grid.whole)):
        for number, part in grid.parts(sums):
            parts[number].append(part)
    return tuple(_bucket(max(begin, grid.begin + number * grid.width), parts[number]) for number in sorted(parts))


def _extent(connection: Connection, span: Span) -> tuple[int, int] | None:
    """Where the span begins and ends: an end that is open, with the first or last number; None if there is nothing."""
    bounds = {
        "begin": _FIRST if span.begin is None else span.begin,
        "end": _LAST if span.end is None else span.end,
    }
    number, minute, *lasts = (connection.execute(edge, bounds).scalar() for edge in _EDGES)
    firsts = [each for each in (number, minute) if each is not None]
    if not firsts:
        return None
    # The minute of the first number begins before it.
    begin = number if number is not None and _minute(number) <= min(firsts) else min(firsts)
    end = max(each for each in lasts if each is not None)
    return begin if span.begin is None else span.begin, end if span.end is None else span.end


def _numbers(connection: Connection, begin: int, end: int, whole: range) -> Sums:
    """The numbers of those times that are not drawn from minutes."""
    stretches = ({"begin": begin, "end": whole.start - 1}, {"begin": whole.stop, "end": end})
    rows = [row for stretch in stretches for row in fetched(connection, _NUMBERS, stretch)]
    times, values = zip(*rows, strict=True) if rows else ((), ())
    return Sums(times, [1] * len(times), values, values, values)


def _minutes(connection: Connection, begin: int, end: int, whole: range) -> Sums:
    """The minutes of the other times, and those whose numbers are gone."""
    bounds = {"begin": begin, "end": end, "whole_begin": whole.start, "whole_end": whole.stop - 1}
    rows = fetched(connection, _MINUTES, bounds)
    return Sums(*zip(*rows, strict=True)) if rows else Sums((), (), (), (), ())


def _bucket(begin: int, parts: Sequence[Part]) -> NumberBucket:
    counts, lows, highs, totals = zip(*parts, strict=True)
    return NumberBucket(timestamp=begin, min=min(lows), max=max(highs), mean=sum(totals) / sum(counts))


def _sum_up(connection: Connection, before: int, minutes: int) -> int:
    """Whole minutes only: one whose numbers are gone takes no more of them."""
    oldest = connection.execute(select(func.min(NUMBER.c.timestamp))).scalar_one()
    if oldest is None:
        return 0
    horizon = min(_minute(before), _minute(oldest) + minutes * MINUTE_MS)
    return connection.execute(delete(NUMBER).where(NUMBER.c.timestamp < horizon)).rowcount
