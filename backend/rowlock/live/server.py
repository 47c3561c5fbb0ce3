"""The Socket.IO server with the guards that the library leaves to us.

A client may not raise the server's own events (`connect`, `disconnect`) by sending them, every message is answered, and
a connection that never authenticates does not stay. These override methods that the library does not document, so its
version is pinned and the tests show each guard at work.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import socketio
from engineio.async_drivers.asgi import WebSocket

from rowlock.live.broadcast import MESSAGES_LIMIT, Broadcaster

log = logging.getLogger(__name__)

BINARY_EVENT, BINARY_ACK = str(socketio.packet.BINARY_EVENT), str(socketio.packet.BINARY_ACK)
RESERVED = frozenset({"connect", "disconnect", "connect_error"})
CONNECT_SECONDS = 10
CLOSE_SECONDS = 2
MESSAGE_LIMIT = 256_000
IN_FLIGHT = 256


class Json:
    """orjson under the names that the library calls."""

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        """The JSON text of a value."""
        return orjson.dumps(value).decode()

    @staticmethod
    def loads(text: str, **_: Any) -> Any:
        """The value of a JSON text."""
        return orjson.loads(text)


class Transport(WebSocket):  # type: ignore[misc]  # the library is not typed
    """A WebSocket that ends at the first frame that is no Engine.IO: the library would forget its socket unclosed."""

    async def wait(self) -> str | bytes:
        """The next frame; raises OSError at the end."""
        frame: str | bytes = await super().wait()
        if isinstance(frame, str) and not "0" <= frame[:1] <= "9":
            raise OSError("no Engine.IO")
        return frame


Handler = Callable[[str, str, list[Any]], Awaitable[Any]]


class GuardedServer(socketio.AsyncServer):  # type: ignore[misc]  # the library is not typed
    """Hands every client message to one handler, and its answer back as the acknowledgement."""

    def __init__(self, manager: Broadcaster, handler: Handler, joined: Callable[[str], Awaitable[None]]) -> None:
        super().__init__(
            async_mode="asgi",
            client_manager=manager,
            json=Json,
            transports=["websocket", "polling"],
            max_http_buffer_size=MESSAGE_LIMIT,
            namespaces=["/"],
        )
        self.eio._async = self.eio._async | {"websocket": Transport}
        self._handler = handler
        self._joined = joined
        self._in_flight: dict[str, int] = {}

    def drop(self, engine_sid: str) -> None:
        """Cut a socket that does not read: forget what waits for it and close its transport without a word."""
        socket = self.eio.sockets.get(engine_sid)
        if socket is None:
            return
        while not socket.queue.empty():
            socket.queue.get_nowait()
            socket.queue.task_done()
        transport = _transport(self.environ.get(engine_sid, {}))
        if transport is not None:
            transport.abort()
        self.start_background_task(socket.close, wait=False, abort=True)

    def expect_connected(self, engine_sid: str) -> None:
        """Close the transport unless it has connected in a while: nobody may stay here unknown."""
        asyncio.get_running_loop().call_later(CONNECT_SECONDS, self._check_connected, engine_sid)

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> Any:
        self.expect_connected(eio_sid)
        return await super()._handle_eio_connect(eio_sid, environ)

    async def _handle_connect(self, eio_sid: str, namespace: str | None, data: Any) -> None:
        """One connection a transport; the client hears that it is connected before it hears anything else."""
        if self.manager.sid_from_eio_sid(eio_sid, "/") is not None:
            return
        await super()._handle_connect(eio_sid, namespace, data)
        sid = self.manager.sid_from_eio_sid(eio_sid, "/")
        if sid is not None and self.manager.is_connected(sid, "/"):
            await self._joined(sid)

    async def _handle_eio_message(self, eio_sid: str, data: str | bytes) -> None:
        """Whoever does not speak Socket.IO is sent away; the library would log a traceback for each of its frames."""
        try:
            if isinstance(data, str) and not data.startswith((BINARY_EVENT, BINARY_ACK)):
                await super()._handle_eio_message(eio_sid, data)
            elif isinstance(data, str):
                await self._refuse_binary(eio_sid, data)
        except Exception as error:  # whatever the library stumbles over
            log.info("a socket that does not speak Socket.IO is closed (%s)", type(error).__name__)
            self.start_background_task(self._close, eio_sid)

    async def _refuse_binary(self, eio_sid: str, data: str) -> None:
        """Answer a message with binary parts, which none of ours has; the library would gather them without limit."""
        message = self.packet_class(encoded_packet=data)
        if message.packet_type == socketio.packet.BINARY_EVENT:
            await self._handle_event(eio_sid, message.namespace, message.id, [])

    async def _handle_event(self, eio_sid: str, namespace: str | None, id: int | None, data: Any) -> None:
        if namespace not in {None, "/"}:
            return
        sid = self.manager.sid_from_eio_sid(eio_sid, "/")
        if sid is None or not self.manager.is_connected(sid, "/"):
            return
        socket = self.eio.sockets.get(eio_sid)
        if socket is None or socket.queue.qsize() > MESSAGES_LIMIT or self._in_flight.get(eio_sid, 0) >= IN_FLIGHT:
            self.drop(eio_sid)
            return
        name = data[0] if isinstance(data, list) and data and isinstance(data[0], str) else ""
        self._in_flight[eio_sid] = self._in_flight.get(eio_sid, 0) + 1
        self.start_background_task(self._answer, eio_sid, sid, id, name, data[1:] if name else [])

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        await super()._handle_eio_disconnect(eio_sid, reason)
        self._in_flight.pop(eio_sid, None)
        self.manager.forget(eio_sid)

    async def _answer(self, eio_sid: str, sid: str, id: int | None, name: str, arguments: list[Any]) -> None:
        try:
            answer = await self._handler(sid, "" if name in RESERVED else name, arguments)
        finally:
            if eio_sid in self._in_flight:
                self._in_flight[eio_sid] -= 1
        if id is not None:
            packet = self.packet_class(socketio.packet.ACK, namespace="/", id=id, data=[answer])
            await self._send_packet(eio_sid, packet)

    def _check_connected(self, eio_sid: str) -> None:
        sid = self.manager.sid_from_eio_sid(eio_sid, "/")
        if eio_sid in self.eio.sockets and (sid is None or not self.manager.is_connected(sid, "/")):
            self.start_background_task(self._close, eio_sid)

    async def _close(self, eio_sid: str) -> None:
        """Say goodbye and close the transport; the library leaves it to the client to do that."""
        transport = _transport(self.environ.get(eio_sid, {}))
        socket = self.eio.sockets.get(eio_sid)
        if socket is None:
            return
        await socket.close(wait=False)
        await socket.queue.put(None)  # ends the library's writer
        if transport is not None:
            asyncio.get_running_loop().call_later(CLOSE_SECONDS, transport.abort)


def _transport(environ: dict[str, Any]) -> asyncio.Transport | None:
    """The TCP connection under a socket, found through uvicorn's `send`; None where the server is another one."""
    protocol = getattr(environ.get("asgi.send"), "__self__", None)
    return getattr(protocol, "transport", None)
