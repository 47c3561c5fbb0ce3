"""Requests at a steady pace, whatever the answers take, from a process of its own."""

import asyncio
import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from typing import Any

import orjson
import uvloop

CONNECTIONS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A request that was made: when it was due, when it was answered (seconds, everybody's clock), the position."""

    due: float
    answered: float
    position: int


class Pace:
    """The requests of one process."""

    def __init__(self, port: int, a_second: float, requests: Iterator[bytes]) -> None:
        self._port = port
        self._interval = 1 / a_second
        self._requests = requests
        self._free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
        self.sent: list[Sent] = []
        self.refused = 0

    async def run(self, ended: Callable[[], bool]) -> None:
        """Send until `ended`."""
        for _ in range(CONNECTIONS):
            self._free.put_nowait(await asyncio.open_connection("127.0.0.1", self._port))
        due = time.perf_counter()
        tasks = set()
        while not ended():
            due += self._interval
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            task = asyncio.create_task(self._ask(due))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        await asyncio.gather(*tasks)

    async def _ask(self, due: float) -> None:
        reader, writer = await self._free.get()
        writer.write(next(self._requests))
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        body = await reader.readexactly(int(head.partition(b"content-length:")[2].partition(b"\r\n")[0]))
        answered = time.perf_counter()
        self._free.put_nowait((reader, writer))
        if head[9:10] == b"2":
            self.sent.append(Sent(due=due, answered=answered, position=orjson.loads(body)["position"]))
        else:
            self.refused += 1


class Running:
    """Requests on their way, as seen from the process that measures."""

    def __init__(self, pipe: "Pipe[Any, Any]") -> None:
        self._pipe = pipe

    def end(self) -> list[Sent]:
        """Stop, and say what was sent; a refused request is a fault of the measurement."""
        self._pipe.send(None)
        sent, refused = self._pipe.recv()
        if refused:
            raise RuntimeError(f"{refused} requests were refused")
        return list(sent)


@contextmanager
def paced(port: int, a_second: float, requests: Callable[..., Iterator[bytes]], *given: object) -> Iterator[Running]:
    """So many of `requests(*given)` a second, until ended."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_run, args=(theirs, port, a_second, requests, given), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Running(ours)
    finally:
        process.terminate()
        process.join()


def _run(pipe: "Pipe[Any, Any]", port: int, a_second: float, requests: Any, given: tuple[object, ...]) -> None:
    pace = Pace(port, a_second, requests(*given))
    uvloop.run(pace.run(pipe.poll))
    pipe.send((pace.sent, pace.refused))
