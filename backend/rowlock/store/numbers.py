"""Generated numbers and their minutes in SQL."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, delete, exists, func, insert, literal, select
from sqlalchemy.exc import IntegrityError

from rowlock.service.number_ports import Number, NumberBucket, NumberPage, Span
from rowlock.store.database import Database
from rowlock.store.tables import MINUTE, NUMBER

MINUTE_MS = 60_000
# SQLite takes at most 500 SELECTs in one compound statement.
BUCKETS_A_STATEMENT = 400
AGGREGATES = {
    NUMBER.name: "min(value), max(value), sum(value), count(*)",
    MINUTE.name: "min(min), max(max), sum(mean * count), sum(count)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Equal buckets: the first begins at `begin`, each is `width` milliseconds wide."""

    begin: int
    width: int

    def number(self, timestamp: int) -> int:
        """The number of the bucket that a timestamp falls into."""
        return (timestamp - self.begin) // self.width


class SqlNumbers:
    """The port `NumberStore` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, number: Number) -> bool:
        """Store a number; False when its timestamp has one already, or lies in a minute that is summed up."""
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
        """Numbers and minutes of a span in at most `points` buckets of equal width; empty ones are left out."""
        return await self._database.read(lambda connection: _series(connection, span, points))

    async def sum_up(self, before: int, minutes: int) -> int:
        """Turn the numbers of the oldest `minutes` minutes that ended by `before` into minutes; how many numbers."""
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
    """Insert a number. A minute that is summed up takes none: its numbers are gone, nobody could see a double."""
    summed_up = exists().where(MINUTE.c.timestamp == _minute(number.timestamp))
    row = select(literal(number.timestamp), literal(number.value)).where(~summed_up)
    try:
        with connection.begin_nested():
            return connection.execute(insert(NUMBER).from_select(["timestamp", "value"], row)).rowcount == 1
    except IntegrityError:
        return False


def _minute(timestamp: int) -> int:
    return timestamp // MINUTE_MS * MINUTE_MS


def _series(connection: Connection, span: Span, points: int) -> tuple[NumberBucket, ...]:
    """Numbers and minutes share one grid; a bucket at their border weighs both by how many numbers they stand for."""
    extents = {table: extent for table in (NUMBER, MINUTE) if (extent := _extent(connection, table, span))}
    if not extents:
        return ()
    begin = min(first for first, _ in extents.values()) if span.begin is None else span.begin
    end = max(last for _, last in extents.values()) if span.end is None else span.end
    grid = Grid(begin=begin, width=-((end - begin + 1) // -points))
    parts: defaultdict[int, list[Row[Any]]] = defaultdict(list)
    for table, (first, last) in extents.items():
        for row in _aggregated(connection, table, grid, range(first, last + 1)):
            parts[row[0]].append(row)
    return tuple(_bucket(grid.begin + number * grid.width, parts[number]) for number in sorted(parts))


def _extent(connection: Connection, table: Table, span: Span) -> tuple[int, int] | None:
    """The first and the last timestamp of a table within a span."""
    edges = select(func.min(table.c.timestamp), func.max(table.c.timestamp))
    first, last = connection.execute(_within(edges, table, span)).one()
    return None if first is None else (first, last)


def _aggregated(connection: Connection, table: Table, grid: Grid, times: range) -> Iterator[Row[Any]]:
    """Rows of (bucket, min, max, sum, count), of buckets that hold something.

    One SELECT a bucket, which walks the primary key, takes a third of the time of one GROUP BY, which sorts.
    """
    buckets = range(grid.number(times[0]), grid.number(times[-1]) + 1)
    for first in range(0, len(buckets), BUCKETS_A_STATEMENT):
        selects = (_select(table, grid, number, times) for number in buckets[first : first + BUCKETS_A_STATEMENT])
        yield from (row for row in connection.exec_driver_sql(" UNION ALL ".join(selects)) if row[-1])


def _select(table: Table, grid: Grid, number: int, times: range) -> str:
    """The text of one bucket's SELECT. Nothing in it comes from a caller but whole numbers."""
    begin = max(times[0], grid.begin + number * grid.width)
    end = min(times[-1], grid.begin + (number + 1) * grid.width - 1)
    return (
        f"SELECT {number:d}, {AGGREGATES[table.name]} FROM {table.name} WHERE timestamp BETWEEN {begin:d} AND {end:d}"
    )


def _bucket(begin: int, rows: Sequence[Row[Any]]) -> NumberBucket:
    _, lows, highs, sums, counts = zip(*rows, strict=True)
    return NumberBucket(timestamp=begin, min=min(lows), max=max(highs), mean=sum(sums) / sum(counts))


def _sum_up(connection: Connection, before: int, minutes: int) -> int:
    """Sum up and remove in one transaction, so that no number is counted twice or lost, wherever it is stopped."""
    oldest = connection.execute(select(func.min(NUMBER.c.timestamp))).scalar_one()
    if oldest is None:
        return 0
    # Whole minutes only: a minute that is summed up takes no more numbers.
    horizon = min(_minute(before), _minute(oldest) + minutes * MINUTE_MS)
    rows = connection.execute(select(NUMBER).where(NUMBER.c.timestamp < horizon)).all()
    if rows:
        connection.execute(insert(MINUTE), list(_minutes((row.timestamp, row.value) for row in rows)))
        connection.execute(delete(NUMBER).where(NUMBER.c.timestamp < horizon))
    return len(rows)


def _minutes(numbers: Iterable[tuple[int, float]]) -> Iterator[dict[str, Any]]:
    values: defaultdict[int, list[float]] = defaultdict(list)
    for timestamp, value in numbers:
        values[_minute(timestamp)].append(value)
    for minute, of_minute in values.items():
        mean = sum(of_minute) / len(of_minute)
        yield {"timestamp": minute, "count": len(of_minute), "min": min(of_minute), "max": max(of_minute), "mean": mean}
