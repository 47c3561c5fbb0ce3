"""The Socket.IO server with the guards that the library leaves to us.

A client may not raise the server's own events (`connect`, `disconnect`) by sending them, every message is answered, and
a connection that never authenticates does not stay. These override methods that the library does not document, so its
version is pinned and the tests show each guard at work.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from typing import Protocol as Interface

import orjson
import socketio
from engineio.async_drivers.asgi import WebSocket

from rowlock.live.broadcast import MESSAGES_LIMIT, Broadcaster
from rowlock.live.deflate import inflates
from rowlock.live.engine import Engine, request_of
from rowlock.live.outbox import Outbox, frame_of, packet_of, text_of, transport_of
from rowlock.live.protocol import Protocol
from rowlock.live.turns import Turns

log = logging.getLogger(__name__)

BINARY_EVENT, BINARY_ACK = str(socketio.packet.BINARY_EVENT), str(socketio.packet.BINARY_ACK)
RESERVED = frozenset({"connect", "disconnect", "connect_error"})
CONNECT_SECONDS = 10
CLOSE_SECONDS = 2
MESSAGE_LIMIT = 256_000
IN_FLIGHT = 256
# With more on their way, a client is read at the library's pace, one message at a time.
HEARD_AT_ONCE = 64
# A message of ours as a frame: Engine.IO's 4, Socket.IO's 2, the number of the acknowledgement, an array.
EVENT = re.compile(rb"42([0-9]{0,15})(?=\[)")


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
    """A WebSocket that hands plain messages straight to the server, and frames that are no Engine.IO to nobody."""

    def __init__(self, server: "GuardedServer", handler: Any, engine: Any) -> None:
        super().__init__(handler, engine)
        self._server = server
        self._socket = handler.__self__
        self._end: OSError | None = None

    async def __call__(self, environ: dict[str, Any]) -> Any:
        """Serve the connection until it ends."""
        self._socket.queue.transport = transport_of(environ)
        self._socket.queue.inflates = inflates(environ)
        protocol = getattr(environ.get("asgi.send"), "__self__", None)
        if isinstance(protocol, Protocol):
            protocol.hear = partial(self._server.hear, self._socket)
        try:
            return await super().__call__(environ)
        finally:
            if self._end is not None:
                self._end.__traceback__ = None  # its frames hold the task that holds it

    async def wait(self) -> str | bytes:
        """The next frame that is the library's business; raises OSError at the end.

        The library starts three tasks for each frame, and at one that is no Engine.IO it would forget its socket
        unclosed.
        """
        while True:
            try:
                frame: str | bytes = await super().wait()
            except OSError as error:
                self._end = error
                await self._server.turns.mine()
                raise
            if not isinstance(frame, str):
                return frame
            if not "0" <= frame[:1] <= "9":
                self._end = OSError("no Engine.IO")
                raise self._end
            if not self._server.take(self._socket, frame.encode()):
                return frame


class Handler(Interface):
    """Who answers messages."""

    def begin(self, sid: str, name: str, arguments: list[Any]) -> Awaitable[Any]:
        """Begin to answer a message of a socket; an error, now or later, is what refuses it."""
        ...

    def refusal(self, name: str, error: BaseException) -> Any:
        """The answer to a message of `name` that `error` refused."""
        ...


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
        self.eio._async = self.eio._async | {"websocket": partial(Transport, self), "translate_request": request_of}
        self.eio.create_queue = Outbox
        self._handler = handler
        self._joined = joined
        self._in_flight: dict[str, int] = {}
        self._answering: set[asyncio.Future[Any]] = set()
        self.turns = Turns()

    def _engineio_server_class(self) -> type[Engine]:
        return Engine

    def drop(self, engine_sid: str) -> None:
        """Cut a socket that does not read: forget what waits for it and close its transport without a word."""
        socket = self.eio.sockets.get(engine_sid)
        if socket is None:
            return
        while not socket.queue.empty():
            socket.queue.get_nowait()
            socket.queue.task_done()
        transport = transport_of(self.environ.get(engine_sid, {}))
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
        sid = self._joined_sid(eio_sid)
        if sid is not None:
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

    def hear(self, socket: Any, text: bytes) -> bool:
        """Take a text where it arrives, if it can be taken and its client does not say too much at once."""
        return self._in_flight.get(socket.sid, 0) < HEARD_AT_ONCE and self.take(socket, text)

    def take(self, socket: Any, text: bytes) -> bool:
        """Take a text that is a message of a client that has joined; False for all others."""
        found = EVENT.match(text) if socket.upgraded and len(text) <= MESSAGE_LIMIT else None
        if found is None or (sid := self._joined_sid(socket.sid)) is None:
            return False
        try:
            data = orjson.loads(text[found.end() :])
        except orjson.JSONDecodeError:
            return False
        self._accept(socket, sid, int(found[1]) if found[1] else None, data)
        return True

    async def _handle_event(self, eio_sid: str, namespace: str | None, id: int | None, data: Any) -> None:
        if namespace in {None, "/"}:
            socket, sid = self.eio.sockets.get(eio_sid), self._joined_sid(eio_sid)
            if socket is not None and sid is not None:
                self._accept(socket, sid, id, data)

    def _accept(self, socket: Any, sid: str, id: int | None, data: Any) -> None:
        """Begin to answer a message."""
        in_flight = self._in_flight.get(socket.sid, 0)
        if socket.queue.qsize() > MESSAGES_LIMIT or in_flight >= IN_FLIGHT:
            self.drop(socket.sid)
            return
        name = data[0] if isinstance(data, list) and data and isinstance(data[0], str) else ""
        name, arguments = ("", []) if name in RESERVED else (name, data[1:] if name else [])
        try:
            answering = asyncio.ensure_future(self._handler.begin(sid, name, arguments))
        except Exception as error:
            self._say(socket, id, self._handler.refusal(name, error))
            return
        self._in_flight[socket.sid] = in_flight + 1
        self._answering.add(answering)
        answering.add_done_callback(partial(self._answered, socket, id, name))

    def _joined_sid(self, eio_sid: str) -> str | None:
        sid: str | None = self.manager.sid_from_eio_sid(eio_sid, "/")
        return sid if sid is not None and self.manager.is_connected(sid, "/") else None

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        await super()._handle_eio_disconnect(eio_sid, reason)
        self._in_flight.pop(eio_sid, None)
        self.manager.forget(eio_sid)
        self.eio.forget(eio_sid)

    def _answered(self, socket: Any, id: int | None, name: str, answering: "asyncio.Future[Any]") -> None:
        self._answering.discard(answering)
        if socket.sid in self._in_flight:
            self._in_flight[socket.sid] -= 1
        if answering.cancelled():
            return
        error = answering.exception()
        self._say(socket, id, answering.result() if error is None else self._handler.refusal(name, error))

    def _say(self, socket: Any, id: int | None, answer: Any) -> None:
        """Answer the message with this number, if it has one."""
        if id is None or socket.closed:
            return
        text = text_of(socketio.packet.ACK, [answer], id)
        if not socket.queue.write_soon(frame_of(text)):
            socket.queue.put_nowait(packet_of(text))

    def _check_connected(self, eio_sid: str) -> None:
        if eio_sid in self.eio.sockets and self._joined_sid(eio_sid) is None:
            self.start_background_task(self._close, eio_sid)

    async def _close(self, eio_sid: str) -> None:
        """Say goodbye and close the transport; the library leaves it to the client to do that."""
        transport = transport_of(self.environ.get(eio_sid, {}))
        socket = self.eio.sockets.get(eio_sid)
        if socket is None:
            return
        await socket.close(wait=False)
        await socket.queue.put(None)  # ends the library's writer
        if transport is not None:
            asyncio.get_running_loop().call_later(CLOSE_SECONDS, transport.abort)
