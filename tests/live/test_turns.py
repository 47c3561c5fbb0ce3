"""Connections come and go a few in each turn of the event loop."""

import asyncio
from functools import partial

import pytest

from rowlock.live import turns as all_turns
from rowlock.live.turns import Turns

pytestmark = pytest.mark.anyio


async def test_jobs_are_done_in_order_and_others_have_their_turn_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(all_turns, "AT_ONCE", 2)
    turns, done = Turns(), list[int]()
    for number in range(5):
        turns.call(partial(done.append, number))
    seen = []
    for _ in range(4):
        seen.append(list(done))
        await asyncio.sleep(0)
    assert seen == [[], [0, 1], [0, 1, 2, 3], [0, 1, 2, 3, 4]]


async def test_whoever_waits_comes_after_those_who_were_there_before() -> None:
    turns, done = Turns(), list[str]()

    async def wait(name: str) -> None:
        await turns.mine()
        done.append(name)

    await asyncio.gather(*(wait(name) for name in "abcdefg"))
    assert done == list("abcdefg")


async def test_a_job_that_fails_does_not_keep_the_others_from_their_turn() -> None:
    turns, done, failed = Turns(), asyncio.Event(), list[object]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failed.append(context["exception"]))

    def fail() -> None:
        raise ConnectionError("gone")

    for job in (fail, fail, fail, fail, done.set):
        turns.call(job)
    await asyncio.wait_for(done.wait(), 5)
    assert [str(error) for error in failed] == ["gone"] * 4
