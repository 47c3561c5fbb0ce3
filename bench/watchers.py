"""Many clients that only listen, in a process of their own: when did the last of them hear of each position?"""

import asyncio
import multiprocessing
import os
import re
import resource
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe
from typing import Any

import uvloop

from bench.websocket import TEXT, Connection

UPDATE = re.compile(rb'42\["csv_update",\{"after":(\d+),"position":(\d+)(?:,"at":(\d+))?')
AT_ONCE = 100
PATIENCE = 120
KNOWN = 8


@dataclass(slots=True)
class Heard:
    """A message that some have heard: by how many, the last of them when (seconds, on everybody's clock)."""

    after: int
    position: int
    sent: float
    count: int = 0
    last: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is in some bytes that come after others, and where they leave whoever has read them."""

    before: bytes
    data: bytes
    found: list[Heard]
    after: bytes
    inflater: Any


@dataclass(slots=True)
class Room:
    """What all watchers have heard, by position, and what is in the bytes that one of them has just read."""

    heard: dict[int, Heard] = field(default_factory=dict)
    taken: int = 0
    known: deque[Known] = field(default_factory=lambda: deque(maxlen=KNOWN))


class Watcher(Connection):
    """One who listens, and says how far it has come when it is back.

    The same bytes go to all, so one watcher takes them apart for the others: the reader must not be what is measured.
    """

    def __init__(self, auth: dict[str, object], room: Room) -> None:
        super().__init__(auth)
        self.position = 0
        self.lost = False
        self._room = room
        self._found: list[Heard] = []
        self._said = False

    def heard(self, message: bytes) -> None:
        found = UPDATE.match(message)
        if found is None:
            return
        after, position = int(found[1]), int(found[2])
        heard = self._room.heard.get(position)
        if heard is None:
            heard = self._room.heard[position] = Heard(after, position, int(found[3] or 0) / 1e9)
        self._found.append(heard)

    def say(self, text: bytes, kind: int = TEXT) -> None:
        self._said = True
        super().say(text, kind)

    def data_received(self, data: bytes) -> None:
        self._room.taken += len(data)
        known = self._known(data) if self.joined.done() else None
        if known is None:
            known = self._taken_apart(data)
        else:
            self._buffer, self._inflater = known.after, known.inflater
        now = time.perf_counter()
        for heard in known.found:
            self.position = heard.position
            heard.count += 1
            heard.last = now

    def _known(self, data: bytes) -> Known | None:
        for known in self._room.known:
            if data == known.data and self._buffer == known.before:
                return known
        return None

    def _taken_apart(self, data: bytes) -> Known:
        before, joined = self._buffer, self.joined.done()
        self._inflater = self._inflater.copy()  # others may hold the one there was
        self._found, self._said = [], False
        super().data_received(data)
        known = Known(before=before, data=data, found=self._found, after=self._buffer, inflater=self._inflater)
        if joined and not self._said:
            self._room.known.append(known)
        return known

    def connection_lost(self, error: Exception | None) -> None:
        self.lost = True
        super().connection_lost(error)


class Crowd:
    """The watchers of one process."""

    def __init__(self, port: int, auth: dict[str, object]) -> None:
        self.room = Room()
        self._port = port
        self._auth = auth
        self._watchers: list[Watcher] = []

    async def join(self, number: int) -> None:
        """Let so many come, a hundred at a time."""
        for start in range(0, number, AT_ONCE):
            some = range(start, min(number, start + AT_ONCE))
            self._watchers += await asyncio.gather(*(self._joined(0) for _ in some))

    async def leave(self) -> None:
        """Let all go at once, without a word."""
        for watcher in self._watchers:
            assert watcher.transport
            watcher.transport.abort()

    async def come_back(self, target: int) -> float:
        """Let all come back at once from where they were; seconds until each has heard of `target`."""
        began = time.perf_counter()
        self._watchers = list(await asyncio.gather(*(self._joined(each.position) for each in self._watchers)))
        while any(watcher.position < target for watcher in self._watchers):
            if time.perf_counter() - began > PATIENCE or any(watcher.lost for watcher in self._watchers):
                raise RuntimeError("a watcher was left behind")
            await asyncio.sleep(0.005)
        return time.perf_counter() - began

    def taken(self) -> int:
        """Bytes that all have read so far."""
        return self.room.taken

    def used(self) -> float:
        """Processor seconds that listening has taken so far."""
        return time.process_time()

    def report(self) -> list[tuple[int, int, float, float, int]]:
        """For each message: the position before it, its own, when sent, when the last heard it, how many heard it."""
        heard, self.room.heard = self.room.heard, {}
        self.room.known.clear()
        return [(each.after, each.position, each.sent, each.last, each.count) for each in heard.values()]

    async def _joined(self, position: int) -> Watcher:
        auth = self._auth | ({"after": position} if position else {})
        _, watcher = await asyncio.get_running_loop().create_connection(
            lambda: Watcher(auth, self.room), "127.0.0.1", self._port
        )
        watcher.position = position
        await watcher.joined
        return watcher


class Watchers:
    """The same, as seen from the process that measures."""

    def __init__(self, pipe: "Pipe[Any, Any]") -> None:
        self._pipe = pipe

    def ask(self, name: str, *arguments: object) -> Any:
        """Have a method of `Crowd` called; what it says."""
        self._pipe.send((name, arguments))
        answer = self._pipe.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer


@contextmanager
def watchers(port: int, number: int, auth: dict[str, object]) -> Iterator[Watchers]:
    """So many watchers that have joined."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, port, auth), daemon=True)
    process.start()
    theirs.close()
    crowd = Watchers(ours)
    try:
        crowd.ask("join", number)
        yield crowd
    finally:
        process.terminate()
        process.join()


def allow_files() -> None:
    """As many open connections as this machine lets us have."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _serve(pipe: "Pipe[Any, Any]", port: int, auth: dict[str, object]) -> None:
    allow_files()
    # On one processor, so that the server has another for itself and is not moved to and fro.
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    uvloop.run(_answer(pipe, Crowd(port, auth)))


async def _answer(pipe: "Pipe[Any, Any]", crowd: Crowd) -> None:
    wake = asyncio.Event()
    asyncio.get_running_loop().add_reader(pipe.fileno(), wake.set)
    while True:
        await wake.wait()
        wake.clear()
        while pipe.poll():
            name, arguments = pipe.recv()
            try:
                answer = getattr(crowd, name)(*arguments)
                pipe.send(await answer if asyncio.iscoroutine(answer) else answer)
            except Exception as error:
                pipe.send(error)
