"""A WebSocket of Socket.IO by hand: far lighter than a client library, so that the server is what is measured."""

import asyncio
import zlib
from typing import cast

import orjson

TEXT, DEFLATED, CLOSE, PING, PONG = 0x81, 0xC1, 0x88, 0x89, 0x8A


class Connection(asyncio.Protocol):
    """One client that opens, joins with `auth` and answers heartbeats; `heard` gets every other message."""

    def __init__(self, auth: dict[str, object]) -> None:
        self.joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport | None = None
        self._auth = auth
        self._open = False
        self._buffer = b""
        self._inflater = zlib.decompressobj(wbits=-15)

    def heard(self, message: bytes) -> None:
        """A message of Socket.IO, as text that begins with `42` or `43`."""

    def inflated(self, payload: bytes) -> bytes:
        """The text of a compressed message."""
        return self._inflater.decompress(payload + b"\0\0\xff\xff")

    def say(self, text: bytes, kind: int = TEXT) -> None:
        """Send a message; a client masks what it sends, with zeros it stays as it is."""
        assert self.transport
        size = len(text)
        length = bytes((0x80 | size,)) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
        self.transport.write(bytes((kind,)) + length + b"\0\0\0\0" + text)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is one, but not by its class
        self.transport.write(
            b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
        )

    def data_received(self, data: bytes) -> None:
        data = self._buffer + data if self._buffer else data
        if not self._open:
            head, self._open, data = _after_head(data)
            if self._open and b" 101 " not in head:
                self._fail(ConnectionError(head.decode()))
                return
        self._buffer = self._read(data) if self._open else data

    def connection_lost(self, error: Exception | None) -> None:
        self._fail(error or ConnectionError("closed"))

    def _read(self, data: bytes) -> bytes:
        """Hear all frames that are whole; what is left of the last."""
        at, size = 0, len(data)
        while size - at >= 2:
            length, start = data[at + 1], at + 2
            if length == 126:
                length, start = int.from_bytes(data[start : start + 2], "big"), start + 2
            elif length == 127:
                length, start = int.from_bytes(data[start : start + 8], "big"), start + 8
            if size < start + length:
                break
            self._frame(data[at], data[start : start + length])
            at = start + length
        return data[at:]

    def _frame(self, kind: int, payload: bytes) -> None:
        if kind == DEFLATED:
            kind, payload = TEXT, self.inflated(payload)
        if kind == TEXT and payload[:1] == b"4":
            if self.joined.done():
                self.heard(payload)
            elif payload[:2] == b"40":
                self.joined.set_result(None)
            else:
                self._fail(ConnectionError(payload.decode()))
        elif kind == TEXT and payload[:1] == b"0":
            self.say(b"40" + orjson.dumps(self._auth))
        elif kind == TEXT and payload == b"2":
            self.say(b"3")
        elif kind == PING:
            self.say(payload, PONG)

    def _fail(self, error: Exception) -> None:
        if not self.joined.done():
            self.joined.set_exception(error)


def _after_head(data: bytes) -> tuple[bytes, bool, bytes]:
    head, found, rest = data.partition(b"\r\n\r\n")
    return (head, True, rest) if found else (b"", False, data)
