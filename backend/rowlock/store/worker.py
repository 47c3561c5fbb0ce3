"""A thread that does one job after the other for an event loop.

An executor of one thread does the same; but each of its jobs is a future of two kinds, takes four locks, and after
it the thread goes on for a while when the loop already wants to run.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")
_Asked = tuple[Callable[[], Any], asyncio.AbstractEventLoop, "asyncio.Future[Any]"]


class Worker:
    """Does jobs in the order in which they were asked for; the thread begins with the first of them."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._asked: SimpleQueue[_Asked | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._closed = False

    async def do(self, job: Callable[[], T]) -> T:
        """What `job` returns or raises. One that is cancelled before its turn is left out."""
        if self._closed:
            raise RuntimeError(f"{self._name} is closed")
        if self._thread is None:
            self._thread = Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        self._asked.put((job, loop, done))
        return await done

    def close(self) -> None:
        """Return when all that was asked for is done; nothing can be asked for from now on."""
        self._closed = True
        if self._thread is not None:
            self._asked.put(None)
            self._thread.join()

    def _run(self) -> None:
        while (asked := self._asked.get()) is not None:
            job, loop, done = asked
            if not done.cancelled():
                tell = _outcome(job, done)
                with suppress(RuntimeError):  # the loop is closed, and nobody waits any more
                    loop.call_soon_threadsafe(tell)
            del asked, job, loop, done  # what a job holds must not live until the next one


def _outcome(job: Callable[[], T], done: "asyncio.Future[T]") -> Callable[[], None]:
    """What tells the one who waits how the job went."""
    try:
        return partial(_tell, done, done.set_result, job())
    except BaseException as error:  # it belongs to the one who asked, whatever it is
        return partial(_tell, done, done.set_exception, error)


def _tell(done: "asyncio.Future[T]", tell: Callable[[Any], None], outcome: object) -> None:
    if not done.cancelled():
        tell(outcome)
