"""Jobs are done one after the other in a thread of their own, and each one's outcome goes to who asked for it."""

import asyncio
import sys
import threading
from functools import partial

import pytest

from rowlock.store.worker import Worker

pytestmark = pytest.mark.anyio


async def test_jobs_are_done_in_order_in_another_thread() -> None:
    worker, done = Worker("worker"), list[tuple[int, str]]()

    def job(number: int) -> int:
        done.append((number, threading.current_thread().name))
        return number

    answers = await asyncio.gather(*(worker.do(partial(job, number)) for number in range(20)))
    worker.close()
    assert answers == list(range(20))
    assert done == [(number, "worker") for number in range(20)]


async def test_what_a_job_raises_comes_to_the_one_who_asked_and_the_next_is_done() -> None:
    worker = Worker("worker")
    with pytest.raises(ZeroDivisionError):
        await worker.do(lambda: 1 // 0)
    with pytest.raises(SystemExit):
        await worker.do(sys.exit)
    assert await worker.do(lambda: 7) == 7
    worker.close()


class Held:
    """A job that goes on when it is told to."""

    def __init__(self) -> None:
        self.began, self.go, self.done = threading.Event(), threading.Event(), False

    def __call__(self) -> None:
        self.began.set()
        self.go.wait()
        self.done = True


async def test_a_job_that_nobody_waits_for_any_more_is_left_out_before_its_turn() -> None:
    worker, held, done = Worker("worker"), Held(), list[str]()
    first = asyncio.ensure_future(worker.do(held))
    second = asyncio.ensure_future(worker.do(lambda: done.append("second")))
    await asyncio.to_thread(held.began.wait)
    for waiting in (first, second):
        waiting.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    held.go.set()
    await worker.do(lambda: done.append("third"))
    worker.close()
    assert held.done
    assert done == ["third"]


def test_closing_waits_for_what_was_asked_even_if_the_loop_is_gone() -> None:
    worker, held = Worker("worker"), Held()

    async def ask() -> None:
        asked = asyncio.ensure_future(worker.do(held))
        await asyncio.to_thread(held.began.wait)
        asked.cancel()

    asyncio.run(ask())
    held.go.set()
    worker.close()
    assert held.done


async def test_a_closed_worker_does_nothing_more() -> None:
    worker = Worker("worker")
    worker.close()
    with pytest.raises(RuntimeError):
        await worker.do(lambda: 1)
