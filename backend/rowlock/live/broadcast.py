"""Sends one message to many sockets cheaply, and drops those that do not read."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

from socketio import AsyncManager
from socketio.packet import EVENT

from rowlock.live.deflate import deflated
from rowlock.live.outbox import frame_of, packet_of, text_of

log = logging.getLogger(__name__)

MESSAGES_LIMIT = 500
BYTES_LIMIT = 4_000_000
# Sockets that are written to before others have their turn in the event loop: about a millisecond.
CHUNK = 100
TOGETHER_BYTES = 256_000
# More than one packet of the network holds.
DEFLATED_FROM = 1_400
# What takes a millisecond to compress.
ASIDE_FROM = 64_000


class _Round:
    """Messages for the sockets that were in a room when they were sent, in each form that one of them needs."""

    def __init__(self, sockets: tuple[Any, ...]) -> None:
        self.sockets = sockets
        self.texts: list[bytes] = []
        self.size = 0
        self.done = asyncio.Event()

    @cached_property
    def frames(self) -> bytes:
        """All as one piece of bytes to be written."""
        return b"".join(map(frame_of, self.texts))

    @cached_property
    def packets(self) -> list[Any]:
        """Each for the sockets' own queues."""
        return [packet_of(text) for text in self.texts]

    async def deflated_frames(self) -> bytes | None:
        """All compressed, if that saves packets of the network to several who can read it."""
        if self.size < DEFLATED_FROM or sum(socket.queue.inflates for socket in self.sockets) < 2:
            return None
        if self.size < ASIDE_FROM:
            return deflated(self.texts)
        return await asyncio.to_thread(deflated, self.texts)


class Broadcaster(AsyncManager):  # type: ignore[misc]  # the library is not typed
    """Encodes a message once and writes it to each socket of the room, or puts it into the socket's queue.

    The library's own `emit` starts a task for each socket and never looks at the queues, which grow without end for a
    socket that does not read. Here a socket whose queue has not been empty for 500 messages or 4 MB is cut off.
    """

    def __init__(self, on_slow: Callable[[str], None]) -> None:
        super().__init__()
        self.sent_bytes = 0
        self.written = 0
        self.enqueued = 0
        self._on_slow = on_slow
        # How many bytes all had been sent when a socket's queue was last seen empty: what came after may wait in it.
        self._empty_at: dict[str, int] = {}
        self._members: dict[str, tuple[Any, ...]] = {}
        self._rooms_of: dict[str, set[str | None]] = {}
        self._rounds: deque[_Round] = deque()
        self._sending: asyncio.Task[None] | None = None

    def send(self, event: str, data: Any, room: str) -> None:
        """Send an event to the sockets that are in a room now, soon and after all that was sent before."""
        self.send_each(event, (data,), room)

    def send_each(self, event: str, payloads: Iterable[Any], room: str) -> None:
        """Send several events of one name, as one write where that is possible."""
        sockets = self._members.get(room) or self._look_up(room)
        if not sockets:
            return
        texts = [text_of(EVENT, [event, data]) for data in payloads]
        size = sum(map(len, texts))
        last = self._rounds[-1] if self._rounds else None
        if last is None or last.sockets is not sockets or last.size + size > TOGETHER_BYTES:
            last = self._begin_round(sockets)
        last.texts += texts
        last.size += size

    async def sent(self) -> None:
        """Wait until what was sent so far is written or waits in the sockets' own queues."""
        await self._begin_round(()).done.wait()

    def queued(self) -> int:
        """How many messages wait in the longest queue."""
        return max((socket.queue.qsize() for socket in self.server.eio.sockets.values()), default=0)

    def forget(self, engine_sid: str) -> None:
        """The socket is gone."""
        self._empty_at.pop(engine_sid, None)

    def basic_enter_room(self, sid: str, namespace: str, room: str | None, eio_sid: str | None = None) -> None:
        """Note a socket as a member of a room."""
        self._members.clear()
        super().basic_enter_room(sid, namespace, room, eio_sid)
        self._rooms_of.setdefault(sid, set()).add(room)

    def basic_leave_room(self, sid: str, namespace: str, room: str | None) -> None:
        """Forget a socket as a member of a room."""
        self._members.clear()
        super().basic_leave_room(sid, namespace, room)

    def basic_disconnect(self, sid: str, namespace: str, **_: Any) -> None:
        """Forget a socket; the library looks for it in every room, and each socket is a room."""
        for room in self._rooms_of.pop(sid, set()):
            self.basic_leave_room(sid, namespace, room)
        self.callbacks.pop(sid, None)
        for pending in (self.pending_connect, self.pending_disconnect):
            if sid in pending.get(namespace, ()):
                pending[namespace].remove(sid)

    def _look_up(self, room: str) -> tuple[Any, ...]:
        sockets = self.server.eio.sockets
        engine_sids = [engine_sid for _, engine_sid in self.get_participants("/", room)]
        found = self._members[room] = tuple(sockets[each] for each in engine_sids if each in sockets)
        return found

    def _begin_round(self, sockets: tuple[Any, ...]) -> _Round:
        last = _Round(sockets)
        self._rounds.append(last)
        if self._sending is None:
            self._sending = asyncio.get_running_loop().create_task(self._send_rounds(), name="rowlock-broadcast")
        return last

    async def _send_rounds(self) -> None:
        try:
            while self._rounds:
                each = self._rounds.popleft()
                try:
                    await self._send_round(each)
                except Exception:
                    log.exception("a message could not be sent")
                finally:
                    each.done.set()
        finally:
            self._sending = None

    async def _send_round(self, sent: _Round) -> None:
        deflated_frames = await sent.deflated_frames()
        self.sent_bytes += sent.size
        for start in range(0, len(sent.sockets), CHUNK):
            for socket in sent.sockets[start : start + CHUNK]:
                self._send_to(socket, sent, deflated_frames if socket.queue.inflates else None)
            await asyncio.sleep(0)

    def _send_to(self, socket: Any, sent: _Round, deflated_frames: bytes | None) -> None:
        """One socket that fails does not keep a message from the others."""
        try:
            if socket.closed:
                return
            if socket.queue.write(deflated_frames or sent.frames):
                self.written += 1
            elif socket.queue.closing:
                return  # it is gone, and will be told so when it is its turn
            elif self._reads(socket):
                self.enqueued += 1
                for packet in sent.packets:
                    socket.queue.put_nowait(packet)
            else:
                self._on_slow(socket.sid)
        except Exception:
            log.exception("a socket could not be sent to")

    def _reads(self, socket: Any) -> bool:
        if socket.queue.empty():
            self._empty_at[socket.sid] = self.sent_bytes
            return True
        waiting = self.sent_bytes - self._empty_at.setdefault(socket.sid, self.sent_bytes)
        return bool(socket.queue.qsize() < MESSAGES_LIMIT and waiting < BYTES_LIMIT)
