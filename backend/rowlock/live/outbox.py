"""What waits for one socket, and the way past it: a WebSocket frame written straight to the transport.

The library hands each packet to the socket's own task, which wakes up, frames it and sends it; for a thousand sockets
that is most of the work. A frame that is built once can be written to each transport instead, as long as nothing that
was sent before is still on its way. Everything else goes through the queue: polling clients, servers whose transport
we do not know, connections that close, readers who are behind.
"""

import asyncio
from typing import Any

import orjson
from engineio.packet import MESSAGE, Packet

# As much as asyncio lets a transport hold before it asks its writer to wait.
BUFFER_LIMIT = 65_536
# How a frame begins that is a text of its own (RFC 6455, 5.2).
WHOLE_TEXT = 0x81


def text_of(kind: int, data: list[Any], id: int | None = None) -> bytes:
    """A packet of Socket.IO for our one namespace, as a message; the library's own looks for binary parts first."""
    number = b"" if id is None else b"%d" % id
    return b"%d%d%b%b" % (MESSAGE, kind, number, orjson.dumps(data))


def packet_of(text: bytes) -> Packet:
    """The same for the library's way."""
    return Packet(MESSAGE, text[1:].decode())


def frame_of(text: bytes) -> bytes:
    """The bytes of a WebSocket message as a server sends it."""
    size = len(text)
    if size < 126:
        return bytes((WHOLE_TEXT, size)) + text
    if size < 65_536:
        return bytes((WHOLE_TEXT, 126)) + size.to_bytes(2) + text
    return bytes((WHOLE_TEXT, 127)) + size.to_bytes(8) + text


class Outbox(asyncio.Queue[Any]):
    """The queue of a socket's packets, which knows whether its reader has sent all it took."""

    def __init__(self) -> None:
        super().__init__()
        self.transport: asyncio.Transport | None = None
        self.inflates = False
        self._readers_waiting = 0
        self._gathered: list[bytes] = []

    async def get(self) -> Any:
        """The next packet; whoever waits here has nothing left to send."""
        self._readers_waiting += 1
        try:
            return await super().get()
        finally:
            self._readers_waiting -= 1

    @property
    def closing(self) -> bool:
        """Whether nothing that is sent from now on will be read."""
        return self.transport is not None and self.transport.is_closing()

    def write(self, frame: bytes) -> bool:
        """Send a frame at once; False, and nothing done, if it would overtake another or cannot be written now."""
        transport = self.transport
        if transport is None or not self._open(transport):
            return False
        if self._gathered:
            self._write_gathered()
        transport.write(frame)
        return True

    def write_soon(self, frame: bytes) -> bool:
        """The same, but together with what else is sent in this turn of the loop: answers come in flocks."""
        if self.transport is None or not self._open(self.transport):
            return False
        if not self._gathered:
            asyncio.get_running_loop().call_soon(self._write_gathered)
        self._gathered.append(frame)
        return True

    def _open(self, transport: asyncio.Transport) -> bool:
        return (
            self._readers_waiting > 0
            and self.empty()
            and not transport.is_closing()
            and transport.get_write_buffer_size() <= BUFFER_LIMIT
        )

    def _write_gathered(self) -> None:
        frames, self._gathered = self._gathered, []
        if frames and self.transport is not None and not self.transport.is_closing():
            self.transport.write(frames[0] if len(frames) == 1 else b"".join(frames))


def transport_of(environ: dict[str, Any]) -> asyncio.Transport | None:
    """The TCP connection under a socket, found through uvicorn's `send`; None where the server is another one."""
    transport = getattr(getattr(environ.get("asgi.send"), "__self__", None), "transport", None)
    known = all(hasattr(transport, name) for name in ("write", "is_closing", "get_write_buffer_size", "abort"))
    return transport if known else None
