"""The WebSocket of uvicorn as our sockets need it: it opens and ends when it is its turn, hears messages where they
arrive, and can be sent what suits all.

It overrides parts that uvicorn does not document; without it everything works, only slower and in larger messages.
"""

from asyncio import BaseProtocol, BaseTransport
from collections.abc import Callable
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from rowlock.live.deflate import NEGOTIATION
from rowlock.live.incoming import Incoming
from rowlock.live.turns import Turns

# Nothing of a frame has come with the handshake.
END_OF_HEAD = b"\r\n\r\n"


class Protocol(WebSocketsSansIOProtocol):
    """One connection of a server whose connections open by `turns`."""

    turns: ClassVar[Turns]

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.conn.available_extensions = [NEGOTIATION]
        self.hear: Callable[[bytes], bool] | None = None
        """Takes the text of a message where it arrives; False, and nothing done, if it is for the library."""
        self._incoming: Incoming | None = None
        self._before: BaseProtocol | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        """Take over from the protocol that read the handshake."""
        self._before = transport.get_protocol()
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Take what comes; what comes first is the handshake, and nothing comes after it before it is answered."""
        if self._incoming is not None:
            self._receive(data, self._incoming)
        elif self.handshake_initiated:
            super().data_received(data)
        else:
            self.turns.call(lambda: self._open(data))

    def connection_lost(self, exc: Exception | None) -> None:
        """Say nothing more from now on; those who wait for it learn of the loss when it is its turn."""
        self.disconnected = True
        self.turns.call(lambda: self._end(exc))

    def shutdown(self) -> None:
        """Say goodbye to whoever is still there."""
        if not self.disconnected:
            super().shutdown()

    def _end(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.conn.parser.close()  # it holds what holds it: a thousand who come and go are no work for the collector
        self.hear = None

    def _open(self, data: bytes) -> None:
        if isinstance(self._before, HttpToolsProtocol):
            del self._before.parser  # the same
        self._before = None
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self.handshake_initiated and data.endswith(END_OF_HEAD):
            self._incoming = Incoming()

    def _receive(self, data: bytes, incoming: Incoming) -> None:
        for piece, text in incoming.pieces(data):
            if text is None or self.hear is None or not self.in_turn() or not self.hear(text):
                super().data_received(piece)

    def in_turn(self) -> bool:
        """Whether all that came before has been read, and the connection is not closing."""
        return not self.read_paused and not self.close_sent and not self.transport.is_closing()


def protocol_of(turns: Turns) -> type[Protocol]:
    """The class for uvicorn's `ws`."""
    return type("Protocol", (Protocol,), {"turns": turns})
