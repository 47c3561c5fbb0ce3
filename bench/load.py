"""A closed loop of HTTP clients: each sends its next request when the last one is answered."""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

Requests = Iterator[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a run gave: requests that were answered with 2xx in `seconds`, and how long each took (in seconds)."""

    seconds: float
    latencies: list[float]
    refused: int

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    def quantile(self, share: float) -> float:
        """The latency that `share` of the requests stayed under, in milliseconds."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(slots=True)
class _Client(asyncio.Protocol):
    """One connection; far lighter than a client library, so that the server is what is measured."""

    requests: Requests
    until: float
    done: "asyncio.Future[None]"
    latencies: list[float] = field(default_factory=list)
    refused: int = 0
    _transport: asyncio.Transport | None = None
    _sent: float = 0.0
    _buffer: bytes = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found or not _whole(head, body):
            return
        now = time.perf_counter()
        if head[9:10] == b"2":
            self.latencies.append(now - self._sent)
        else:
            self.refused += 1
        self._buffer = b""
        if now < self.until:
            self._send()
        else:
            assert self._transport
            self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)

    def _send(self) -> None:
        assert self._transport
        self._sent = time.perf_counter()
        self._transport.write(next(self.requests))


def _whole(head: bytes, body: bytes) -> bool:
    """Whether all of an answer's body is there."""
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line[15:])
        if line.startswith(b"transfer-encoding:"):
            return body.endswith(b"0\r\n\r\n")
    return True


def request(method: str, path: str, body: bytes = b"", token: str = "") -> bytes:
    """The bytes of a request."""
    authorization = f"Authorization: Bearer {token}\r\n" if token else ""
    kind = "Content-Type: application/json\r\n" if body else ""
    head = f"{method} {path} HTTP/1.1\r\nHost: bench\r\n{authorization}{kind}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def run(port: int, clients: int, seconds: float, requests: Callable[[int], Requests]) -> Figures:
    """Let `clients` run for `seconds`; `requests` gives the endless requests of a client by its number."""
    return asyncio.run(_run(port, clients, seconds, requests))


async def _run(port: int, clients: int, seconds: float, requests: Callable[[int], Requests]) -> Figures:
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    made = []
    for number in range(clients):
        client = partial(_Client, requests(number), began + seconds, loop.create_future())
        made.append((await loop.create_connection(client, "127.0.0.1", port))[1])
    await asyncio.gather(*(client.done for client in made))
    return Figures(
        seconds=time.perf_counter() - began,
        latencies=[each for client in made for each in client.latencies],
        refused=sum(client.refused for client in made),
    )
