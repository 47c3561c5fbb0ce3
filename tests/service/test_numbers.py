"""The random numbers: one for each interval, whoever generates; thinning loses and doubles nothing."""

import asyncio

import pytest
from tests.clocks import DAY, HOUR, MINUTE, SECOND, HandClock

from rowlock.core.times import format_millis
from rowlock.service.number_ports import Number, Span
from rowlock.service.numbers import BadSort, Numbers
from rowlock.store.database import Database
from rowlock.store.numbers import SqlNumbers

pytestmark = pytest.mark.anyio


@pytest.fixture
def numbers(database: Database, clock: HandClock) -> Numbers:
    return Numbers(store=SqlNumbers(database), clock=clock)


async def ticked(numbers: Numbers, clock: HandClock, count: int, step: int = SECOND) -> list[Number]:
    """The numbers of `count` ticks; the clock stands where the next one is due."""
    stored = []
    for _ in range(count):
        number = await numbers.tick()
        assert number is not None
        stored.append(number)
        clock.advance(step)
    return stored


async def test_a_tick_stores_a_number_at_the_begin_of_its_second(numbers: Numbers, clock: HandClock) -> None:
    clock.advance(SECOND - 1)
    number = await numbers.tick()
    assert number is not None
    assert format_millis(number.timestamp) == "2026-11-23T08:00:00.000Z"
    assert 0 <= number.value <= 100
    assert (await numbers.page(0, 10)).items == (number,)


async def test_two_generators_never_store_two_numbers_for_one_second(database: Database, clock: HandClock) -> None:
    other = Database(database.url)
    both = [Numbers(store=SqlNumbers(each), clock=clock) for each in (database, other)]
    for _ in range(20):
        made = await asyncio.gather(*(generator.tick() for generator in both))
        assert sum(number is not None for number in made) == 1
        clock.advance(SECOND)
    other.close()
    assert (await both[0].page(0, 100)).total == 20
    assert sum(generator.refused for generator in both) == 20


async def test_another_interval_has_other_slots(database: Database, clock: HandClock) -> None:
    numbers = Numbers(store=SqlNumbers(database), clock=clock, interval=0.25)
    stored = await ticked(numbers, clock, 4, step=SECOND // 4)
    assert [number.timestamp % 1000 for number in stored] == [0, 250, 500, 750]


async def test_missed_ticks_are_counted_and_not_made_up(numbers: Numbers, clock: HandClock) -> None:
    await ticked(numbers, clock, 2)
    assert numbers.missed == 0
    clock.advance(5 * SECOND)
    await ticked(numbers, clock, 2)
    assert numbers.missed == 5
    assert (await numbers.page(0, 100)).total == 4


async def test_a_clock_set_back_doubles_no_second_and_numbers_go_on_when_it_has_caught_up(
    numbers: Numbers, clock: HandClock
) -> None:
    await ticked(numbers, clock, 3)
    clock.set_wall(clock.wall() - 2 * SECOND)
    assert await numbers.tick() is None
    clock.advance(2 * SECOND)
    assert await numbers.tick()
    assert (numbers.refused, (await numbers.page(0, 100)).total) == (1, 4)


async def test_a_page_is_sorted_cut_and_counted(database: Database, clock: HandClock) -> None:
    values = iter([3.0, 1.0, 2.0])
    numbers = Numbers(store=SqlNumbers(database), clock=clock, draw=lambda: next(values))
    stored = await ticked(numbers, clock, 3)
    page = await numbers.page(1, 1, sort="value", order="desc")
    assert ([item.value for item in page.items], page.total) == ([2.0], 3)
    page = await numbers.page(0, 9, span=Span(begin=stored[1].timestamp))
    assert ([item.value for item in page.items], page.total) == ([1.0, 2.0], 2)


@pytest.mark.parametrize(("sort", "order"), [("count", "asc"), ("value; DROP TABLE number", "asc"), ("value", "up")])
async def test_an_unknown_sort_is_refused(numbers: Numbers, sort: str, order: str) -> None:
    with pytest.raises(BadSort) as refusal:
        await numbers.page(0, 10, sort=sort, order=order)
    assert refusal.value.code == "bad_sort"


async def test_thinning_keeps_young_numbers_and_every_whole_sum_of_old_ones(
    database: Database, clock: HandClock
) -> None:
    numbers = Numbers(store=SqlNumbers(database), clock=clock, raw_hours=1)
    clock.advance(30 * SECOND)
    await ticked(numbers, clock, 60, step=5 * SECOND)
    before = await numbers.series(1)
    clock.advance(HOUR - 2 * MINUTE)
    gone = await numbers.thin()
    page = await numbers.page(0, 100)
    assert gone == 60 - page.total == 30
    assert format_millis(page.items[0].timestamp) == "2026-11-23T08:03:00.000Z"
    assert (await numbers.series(1))[0].mean == pytest.approx(before[0].mean)
    assert await numbers.thin() == 0


async def test_thinning_drops_minutes_past_their_days(database: Database, clock: HandClock) -> None:
    numbers = Numbers(store=SqlNumbers(database), clock=clock, raw_hours=1, keep_days=2)
    await ticked(numbers, clock, 30, step=MINUTE)
    clock.advance(DAY)
    await numbers.thin()
    assert len(await numbers.series(100)) == 30
    clock.advance(DAY - 15 * MINUTE)
    assert await numbers.thin() == 15
    assert len(await numbers.series(100)) == 15


async def test_thinning_that_is_killed_between_chunks_is_completed_by_the_next(
    database: Database, clock: HandClock
) -> None:
    store = SqlNumbers(database)
    numbers = Numbers(store=store, clock=clock, raw_hours=1)
    await ticked(numbers, clock, 50, step=MINUTE)
    before = (await numbers.series(1))[0]
    clock.advance(2 * HOUR)
    assert await store.sum_up(clock.wall() // 1000 - 3_600_000, 10) == 10
    assert await numbers.thin() == 40
    after = (await numbers.series(1))[0]
    assert (after.min, after.max) == (before.min, before.max)
    assert after.mean == pytest.approx(before.mean)


async def test_a_second_that_is_summed_up_takes_no_second_number(database: Database, clock: HandClock) -> None:
    numbers = Numbers(store=SqlNumbers(database), clock=clock, raw_hours=1)
    then = clock.wall()
    await ticked(numbers, clock, 3)
    clock.advance(2 * HOUR)
    await numbers.thin()
    clock.set_wall(then + SECOND)
    assert await numbers.tick() is None
