"""Numbers in SQL: what a page and a plot say is what a plain loop over the numbers says."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert

from rowlock.service.number_ports import ALL, Number, NumberBucket, Span
from rowlock.store.database import Database
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


def looped(numbers: Sequence[Number], begin: int, width: int) -> list[NumberBucket]:
    """What a series should be, the slow way."""
    buckets: dict[int, list[float]] = {}
    for number in sorted(numbers, key=lambda number: number.timestamp):
        buckets.setdefault((number.timestamp - begin) // width, []).append(number.value)
    return [
        NumberBucket(timestamp=begin + index * width, min=min(values), max=max(values), mean=sum(values) / len(values))
        for index, values in buckets.items()
    ]


VALUES = st.floats(0, 100)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(values=st.dictionaries(st.integers(0, 500_000), VALUES, min_size=1, max_size=60), points=st.integers(1, 1000))
def test_a_plot_says_what_a_plain_loop_says(database: Database, values: dict[int, float], points: int) -> None:
    numbers = [Number(timestamp=timestamp, value=value) for timestamp, value in values.items()]
    rows = [{"timestamp": number.timestamp, "value": number.value} for number in numbers]
    database.write_now(lambda connection: connection.execute(delete(NUMBER)))
    database.write_now(lambda connection: connection.execute(insert(NUMBER), rows))
    begin, end = min(values), max(values)
    width = -((end - begin + 1) // -points)
    series = asyncio.run(SqlNumbers(database).series(ALL, points))
    assert len(series) <= points
    for found, expected in zip(series, looped(numbers, begin, width), strict=True):
        assert (found.timestamp, found.min, found.max) == (expected.timestamp, expected.min, expected.max)
        assert found.mean == pytest.approx(expected.mean)
