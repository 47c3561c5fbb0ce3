"""Many clients that only listen, in a process of their own: when did the last of them hear of each position?"""

import asyncio
import multiprocessing
import re
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe
from typing import Any

import uvloop

from bench.websocket import Connection

UPDATE = re.compile(rb'42\["csv_update",\{"after":(\d+),"position":(\d+)(?:,"at":(\d+))?')
AT_ONCE = 100
PATIENCE = 120
# The head of a text frame of 126 to 65,535 bytes.
MIDDLING = b"\x81\x7e"


@dataclass(slots=True)
class Heard:
    """A message that some have heard: by how many, the last of them when (seconds, on everybody's clock)."""

    after: int
    sent: float
    count: int = 0
    last: float = 0.0


@dataclass(slots=True)
class Room:
    """What all watchers have heard, by position."""

    heard: dict[int, Heard] = field(default_factory=dict)
    taken: int = 0


class Watcher(Connection):
    """One who listens, and says how far it has come when it is back."""

    def __init__(self, auth: dict[str, object], room: Room) -> None:
        super().__init__(auth)
        self.position = 0
        self.lost = False
        self._room = room

    def heard(self, message: bytes) -> None:
        found = UPDATE.match(message)
        if found is None:
            return
        position = self.position = int(found[2])
        heard = self._room.heard.get(position)
        if heard is None:
            heard = self._room.heard[position] = Heard(int(found[1]), int(found[3] or 0) / 1e9)
        heard.count += 1
        heard.last = time.perf_counter()

    def data_received(self, data: bytes) -> None:
        """Most often this is one whole frame of middling size: the reader must not be what is measured."""
        self._room.taken += len(data)
        if self.following and data[:2] == MIDDLING and len(data) == 4 + int.from_bytes(data[2:4], "big"):
            self.heard(data[4:])
        else:
            super().data_received(data)

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

    def report(self) -> list[tuple[int, int, float, float, int]]:
        """For each message: the position before it, its own, when sent, when the last heard it, how many heard it."""
        heard, self.room.heard = self.room.heard, {}
        return [(each.after, position, each.sent, each.last, each.count) for position, each in heard.items()]

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
