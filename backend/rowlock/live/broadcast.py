"""Sends one message to many sockets cheaply, and drops those that do not read."""

import logging
from collections.abc import Callable
from typing import Any

from engineio import packet as engine_packet
from socketio import AsyncManager, packet

log = logging.getLogger(__name__)

MESSAGES_LIMIT = 500
BYTES_LIMIT = 4_000_000


class Broadcaster(AsyncManager):  # type: ignore[misc]  # the library is not typed
    """Encodes a message once and puts it into the queue of each socket of the room.

    The library's own `emit` starts a task for each socket and never looks at the queues, which grow without end for a
    socket that does not read. Here a socket whose queue has not been empty for 500 messages or 4 MB is cut off.
    """

    def __init__(self, on_slow: Callable[[str], None]) -> None:
        super().__init__()
        self.sent_bytes = 0
        self._on_slow = on_slow
        # How many bytes all had been sent when a socket's queue was last seen empty: what came after may wait in it.
        self._empty_at: dict[str, int] = {}

    def send(self, event: str, data: Any, room: str) -> None:
        """Send an event to the sockets of a room."""
        encoded = self.server.packet_class(packet.EVENT, namespace="/", data=[event, data]).encode()
        message = engine_packet.Packet(engine_packet.MESSAGE, encoded)
        for _, engine_sid in list(self.get_participants("/", room)):
            socket = self.server.eio.sockets.get(engine_sid)
            if socket is not None and not socket.closed:
                if self._reads(engine_sid, socket):
                    socket.queue.put_nowait(message)
                else:
                    self._on_slow(engine_sid)
        self.sent_bytes += len(encoded)

    def queued(self) -> int:
        """How many messages wait in the longest queue."""
        return max((socket.queue.qsize() for socket in self.server.eio.sockets.values()), default=0)

    def forget(self, engine_sid: str) -> None:
        """The socket is gone."""
        self._empty_at.pop(engine_sid, None)

    def _reads(self, engine_sid: str, socket: Any) -> bool:
        if socket.queue.empty():
            self._empty_at[engine_sid] = self.sent_bytes
            return True
        waiting = self.sent_bytes - self._empty_at.setdefault(engine_sid, self.sent_bytes)
        return bool(socket.queue.qsize() < MESSAGES_LIMIT and waiting < BYTES_LIMIT)
