"""The WebSocket of uvicorn as our sockets need it: it opens when it is its turn, and can be sent what suits all.

It overrides parts that uvicorn does not document; without it everything works, only slower and in larger messages.
"""

from typing import Any, ClassVar

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from rowlock.live.deflate import NEGOTIATION
from rowlock.live.turns import Turns


class Protocol(WebSocketsSansIOProtocol):
    """One connection of a server whose connections open by `turns`."""

    turns: ClassVar[Turns]

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.conn.available_extensions = [NEGOTIATION]

    def data_received(self, data: bytes) -> None:
        """Take what comes; what comes first is the handshake, and nothing comes after it before it is answered."""
        if self.handshake_initiated:
            super().data_received(data)
        else:
            self.turns.call(lambda: self._open(data))

    def _open(self, data: bytes) -> None:
        if not self.transport.is_closing():
            super().data_received(data)


def protocol_of(turns: Turns) -> type[Protocol]:
    """The class for uvicorn's `ws`."""
    return type("Protocol", (Protocol,), {"turns": turns})
