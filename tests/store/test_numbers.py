"""Numbers in SQL: what a page and a plot say is what a plain loop over the numbers says."""

import asyncio
import shutil
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, insert, select
from tests.store.older import downgrade

from rowlock.service.number_ports import ALL, Number, NumberBucket, Span
from rowlock.store.database import Database, migrate
from rowlock.store.numbers import SqlNumbers
from rowlock.store.tables import MINUTE, NUMBER


@pytest.fixture
def store(database: Database) -> SqlNumbers:
    return SqlNumbers(database)


@pytest.mark.anyio
async def test_a_timestamp_takes_one_number(store: SqlNumbers) -> None:
    assert await store.add(Number(timestamp=1000, value=0.1))
    assert not await store.add(Number(timestamp=1000, value=0.2))
    assert (await store.page(ALL, 0, 9, "timestamp", descending=False)).items == (Number(timestamp=1000, value=0.1),)


@pytest.mark.anyio
async def test_pages_over_equal_values_neither_repeat_nor_skip(store: SqlNumbers) -> None:
    for timestamp in range(10):
        await store.add(Number(timestamp=timestamp, value=timestamp // 5))
    for descending in (False, True):
        pages = [await store.page(ALL, offset, 3, "value", descending=descending) for offset in range(0, 12, 3)]
        assert sorted(item.timestamp for page in pages for item in page.items) == list(range(10))


@pytest.mark.anyio
async def test_both_ends_of_a_span_belong_to_it(store: SqlNumbers) -> None:
    for timestamp in (1, 2, 3, 4):
        await store.add(Number(timestamp=timestamp, value=timestamp))
    span = Span(begin=2, end=3)
    assert (await store.page(span, 0, 9, "timestamp", descending=False)).total == 2
    assert [bucket.timestamp for bucket in await store.series(span, 10)] == [2, 3]


@pytest.mark.anyio
async def test_a_plot_of_nothing_is_empty(store: SqlNumbers) -> None:
    assert await store.series(ALL, 10) == ()
    await store.add(Number(timestamp=5, value=1))
    assert await store.series(Span(begin=6), 10) == ()
    assert await store.series(Span(begin=9, end=1), 10) == ()


@pytest.mark.anyio
async def test_a_bucket_of_numbers_and_minutes_weighs_each_number_once(store: SqlNumbers, database: Database) -> None:
    minute = {"timestamp": 0, "count": 59, "min": 1.0, "max": 9.0, "mean": 2.0}
    await database.write(lambda connection: connection.execute(insert(MINUTE), [minute]))
    await store.add(Number(timestamp=60_000, value=62.0))
    assert await store.series(ALL, 1) == (NumberBucket(timestamp=0, min=1.0, max=62.0, mean=3.0),)


@pytest.mark.anyio
async def test_a_minute_that_is_not_over_is_not_summed_up(store: SqlNumbers) -> None:
    await store.add(Number(timestamp=60_000, value=1))
    assert await store.sum_up(119_999, 10) == 0
    assert await store.sum_up(120_000, 10) == 1


@pytest.mark.anyio
async def test_the_oldest_minutes_are_dropped_first_and_not_all_at_once(store: SqlNumbers) -> None:
    for minute in range(5):
        await store.add(Number(timestamp=minute * 60_000, value=minute))
    await store.sum_up(300_000, 9)
    assert [await store.drop_minutes(240_000, 3) for _ in range(3)] == [3, 1, 0]
    assert [bucket.min for bucket in await store.series(ALL, 9)] == [4]


def grid(begin: int, end: int, points: int) -> tuple[int, int]:
    """Where the first bucket begins, and how wide each is: whole minutes, unless that is more than twice as wide."""
    width = -((end - begin + 1) // -points)
    if 2 * width < 60_000:
        return begin, width
    first = begin - begin % 60_000
    return first, -((end - first + 1) // -(60_000 * points)) * 60_000


def looped(numbers: Sequence[Number], begin: int, end: int, points: int) -> list[NumberBucket]:
    """What a series should be, the slow way."""
    first, width = grid(begin, end, points)
    buckets: dict[int, list[float]] = {}
    for number in sorted(numbers, key=lambda number: number.timestamp):
        buckets.setdefault(max(begin, number.timestamp - (number.timestamp - first) % width), []).append(number.value)
    return [
        NumberBucket(timestamp=at, min=min(values), max=max(values), mean=sum(values) / len(values))
        for at, values in buckets.items()
    ]


def standing(timestamp: int, gone: int) -> int:
    """Where a number counts, when those of the first `gone` minutes are gone."""
    return timestamp - timestamp % 60_000 if timestamp < 60_000 * gone else timestamp


async def plotted(
    database: Database, numbers: Sequence[Number], span: Span, points: int, gone: int = 0
) -> Sequence[NumberBucket]:
    """The series, when nothing but these numbers was ever there, and those of the first `gone` minutes are gone."""
    for table in (NUMBER, MINUTE):
        await database.write(partial(Connection.execute, statement=delete(table)))
    store = SqlNumbers(database)
    for number in numbers:
        await store.add(number)
    await store.sum_up(60_000 * gone, 9)
    return await store.series(span, points)


VALUES = st.floats(0, 100)
# Anywhere, and at the edges of minutes and of their halves.
TIMES = st.integers(0, 500_000) | st.builds(
    lambda half, beside: max(0, 30_000 * half + beside), st.integers(0, 16), st.integers(-2, 2)
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    values=st.dictionaries(TIMES, VALUES, min_size=1, max_size=60),
    points=st.integers(1, 20) | st.integers(1, 1000),
    begin=st.none() | TIMES,
    end=st.none() | TIMES,
    gone=st.just(0) | st.integers(0, 9),
)
@example(values={1: 0.0, 30_001: 1.0}, points=1, begin=None, end=30_000, gone=0)
@example(values={9_000: 0.0, 10_000: 1.0, 50_000: 5.0}, points=1, begin=10_000, end=49_999, gone=0)
@example(values={70_000: 0.0, 70_001: 1.0, 119_999: 5.0, 120_000: 9.0}, points=1, begin=70_001, end=119_999, gone=0)
def test_a_plot_says_what_a_plain_loop_says(
    database: Database, values: dict[int, float], points: int, begin: int | None, end: int | None, gone: int
) -> None:
    numbers = [Number(timestamp=timestamp, value=value) for timestamp, value in values.items()]
    series = asyncio.run(plotted(database, numbers, Span(begin=begin, end=end), points, gone))
    seen = [replace(each, timestamp=standing(each.timestamp, gone)) for each in numbers]
    first, last = 0 if begin is None else begin, 500_000 if end is None else end
    within = [number for number in seen if first <= number.timestamp <= last]
    times = [number.timestamp for number in within] or [0]
    expected = looped(within, min(times) if begin is None else begin, max(times) if end is None else end, points)
    assert len(series) <= points
    assert [(each.timestamp, each.min, each.max) for each in series] == [
        (each.timestamp, each.min, each.max) for each in expected
    ]
    assert [each.mean for each in series] == pytest.approx([each.mean for each in expected])


@pytest.mark.anyio
@pytest.mark.parametrize("points", [2, 3, 10])
async def test_a_plot_of_minutes_is_the_same_when_their_numbers_are_gone(database: Database, points: int) -> None:
    numbers = [Number(timestamp=7_000 * at, value=at * 37 % 101) for at in range(80)]
    before = await plotted(database, numbers, ALL, points)
    assert await SqlNumbers(database).sum_up(300_000, 9) == 43
    after = await SqlNumbers(database).series(ALL, points)
    assert [(each.min, each.max) for each in after] == [(each.min, each.max) for each in before]
    assert [each.mean for each in after] == pytest.approx([each.mean for each in before])


@pytest.mark.anyio
async def test_a_fine_plot_shows_a_minute_whose_numbers_are_gone_as_one_point(store: SqlNumbers) -> None:
    for second in range(0, 180, 10):
        await store.add(Number(timestamp=second * 1000, value=second))
    await store.sum_up(60_000, 9)
    lows = [bucket.min for bucket in await store.series(ALL, 1000)]
    assert lows == [0, *range(60, 180, 10)]


@pytest.mark.anyio
async def test_a_minute_that_lost_numbers_takes_no_more_and_a_gap_before_it_does(store: SqlNumbers) -> None:
    await store.add(Number(timestamp=120_000, value=1))
    await store.sum_up(180_000, 9)
    assert not await store.add(Number(timestamp=121_000, value=2))
    assert await store.add(Number(timestamp=60_000, value=3))
    assert [(bucket.min, bucket.max) for bucket in await store.series(ALL, 2)] == [(3, 3), (1, 1)]


def test_a_database_from_before_gets_the_minutes_of_its_numbers(tmp_path: Path, migrated: Path) -> None:
    path = Path(shutil.copy(migrated, tmp_path / "older.db"))
    downgrade(f"sqlite:///{path}", "0002")
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO number_minute VALUES (0, 3, 1.0, 9.0, 5.0)")
        connection.execute("INSERT INTO number VALUES (60000, 2.0), (119999, 4.0), (120000, 8.0)")
    connection.close()
    migrate(f"sqlite:///{path}")
    database = Database(f"sqlite:///{path}")
    found = database.read_now(lambda connection: connection.execute(select(MINUTE).order_by("timestamp")).all())
    database.close()
    assert found == [(0, 3, 1.0, 9.0, 5.0), (60_000, 2, 2.0, 4.0, 3.0), (120_000, 1, 8.0, 8.0, 8.0)]
