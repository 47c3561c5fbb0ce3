"""Browser windows for tests: one on the Socket.IO client, one on bare frames where the client would hide things."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Literal, TypeVar, cast

import orjson
import socketio
from tests.server import PATIENCE, Server, User
from websockets.extensions import ClientExtensionFactory
from websockets.sync.client import ClientConnection, connect

T = TypeVar("T")


async def soon(found: Callable[[], T | Literal[False] | None], seconds: float = PATIENCE) -> T:
    """`tests.server.eventually` for those who must not block."""
    deadline = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.01)
    return value


def figure(server: Server, name: str) -> float:
    """What the server's metrics say of something."""
    lines = server.guest.get("/metrics").text.splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"rowlock_{name} "))


class Window:
    """A client, and everything it was sent."""

    def __init__(self) -> None:
        self.received: list[tuple[str, Any]] = []
        self.client = socketio.AsyncClient(reconnection=False)
        self.client.on("*", self._receive)
        self.client.on("connect_error", self._refuse)
        self.error: Any = None

    async def _receive(self, name: str, payload: Any) -> None:
        self.received.append((name, payload))

    async def _refuse(self, error: Any) -> None:
        self.error = error

    def all(self, name: str) -> list[dict[str, Any]]:
        """The payloads of the messages of this name."""
        return [payload for each, payload in self.received if each == name]

    @property
    def events(self) -> list[dict[str, Any]]:
        """All events, in the order in which they came."""
        return [event for update in self.all("csv_update") for event in update["events"]]

    @property
    def position(self) -> int:
        """How far the updates go."""
        updates = self.all("csv_update")
        return int(updates[-1]["position"]) if updates else 0

    async def call(self, name: str, *payload: Any) -> Any:
        """The answer to a message."""
        data: Any = payload[0] if len(payload) == 1 else payload or None
        return await self.client.call(name, data, timeout=5)

    async def refused(self, name: str, *payload: Any) -> str:
        """The code of the problem that a message is answered with."""
        error = (await self.call(name, *payload))["error"]
        assert {"type", "title", "status", "detail", "code"} <= error.keys()
        return cast(str, error["code"])


@asynccontextmanager
async def opened(user: User, transports: tuple[str, ...] = ("websocket",), **auth: Any) -> AsyncIterator[Window]:
    """A window of the user that has joined."""
    window = Window()
    url = str(user.base_url)
    await window.client.connect(url, auth={"token": user.token, **auth}, transports=list(transports))
    try:
        yield window
    finally:
        await window.client.disconnect()
        await window.client.shutdown()


class Frames:
    """A WebSocket that speaks Engine.IO by hand."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    def send(self, frame: str | bytes) -> None:
        """Send a frame as it is."""
        self.socket.send(frame)

    def read(self, seconds: float = 5) -> str:
        """The next frame that is no heartbeat; TimeoutError if there is none, ConnectionClosed at the end."""
        deadline = time.monotonic() + seconds
        while True:
            frame = self.socket.recv(timeout=max(0.0, deadline - time.monotonic()))
            if frame == "2":
                self.socket.send("3")
            else:
                return str(frame)

    def read_until(self, start: str, seconds: float = 5) -> str:
        """The next frame with this start."""
        deadline = time.monotonic() + seconds
        while not (frame := self.read(deadline - time.monotonic())).startswith(start):
            pass
        return frame

    def join(self, token: str) -> None:
        """Connect with a token."""
        self.send("40" + orjson.dumps({"token": token}).decode())
        self.read_until("40")

    def ask(self, frame: str, number: int) -> Any:
        """The answer to an event with the acknowledgement `number`."""
        self.send(frame)
        return orjson.loads(self.read_until(f"43{number}[")[2 + len(str(number)) :])[0]


@contextmanager
def frames(url: str, *offers: ClientExtensionFactory) -> Iterator[Frames]:
    """A transport that is open, and has not connected to Socket.IO yet; what it offers to compress with."""
    address = url.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"
    settings: dict[str, Any] = {"max_size": None, "max_queue": None, "close_timeout": 1}
    with connect(address, compression=None, extensions=offers or None, **settings) as socket:
        opened = Frames(socket)
        assert opened.read().startswith("0{")
        yield opened
