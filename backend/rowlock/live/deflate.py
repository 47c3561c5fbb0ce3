"""Compresses what is sent to many once for all of them, where their WebSockets allow it (RFC 7692).

The library would compress each message again for each socket. Here it negotiates `permessage-deflate` and inflates what
clients send, and that is all; what is compressed is made by the broadcaster, the same bytes for everybody. Messages
that are sent in one go are one stream: they refer to each other, which is most of the gain, and to nothing before
them, so that those who have just joined can read them.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from websockets.exceptions import NegotiationError
from websockets.extensions import Extension, ServerExtensionFactory
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode
from websockets.typing import ExtensionParameter

LEVEL = 4
WINDOW_BITS = 15
SUITABLE = {"client_max_window_bits", "client_no_context_takeover"}
# No client has more to say, and what it sends may swell a thousandfold.
INFLATED_LIMIT = 1_000_000


class Inflater(PerMessageDeflate):
    """Inflates what the client sends, and sends what it is given as it is."""

    def __init__(self) -> None:
        super().__init__(True, True, WINDOW_BITS, WINDOW_BITS)

    def decode(self, frame: Frame, *, max_size: int | None = None) -> Frame:
        """The frame as it was before the client compressed it."""
        return super().decode(frame, max_size=min(max_size or INFLATED_LIMIT, INFLATED_LIMIT))

    def encode(self, frame: Frame) -> Frame:
        """The same frame: one that is not compressed is allowed."""
        return frame


class _Negotiation(ServerExtensionFactory):
    """Agrees on compression with clients who keep what they have read; the others are sent everything plain."""

    name = Inflater.name

    def process_request_params(
        self, params: Sequence[ExtensionParameter], accepted_extensions: Sequence[Extension]
    ) -> tuple[list[ExtensionParameter], Extension]:
        """What is answered to an offer: a client forgets what it has sent, so that we need not keep it."""
        if not {name for name, _ in params} <= SUITABLE:
            raise NegotiationError("no compression that suits all")
        return [("client_no_context_takeover", None)], Inflater()


NEGOTIATION = _Negotiation()


def inflates(environ: dict[str, Any]) -> bool:
    """Whether the client of a connection, found through uvicorn's `send`, has agreed to read compressed messages."""
    connection = getattr(getattr(environ.get("asgi.send"), "__self__", None), "conn", None)
    return any(isinstance(each, Inflater) for each in getattr(connection, "extensions", ()))


def deflated(texts: Iterable[bytes]) -> bytes:
    """The frames of some messages, compressed together."""
    together = PerMessageDeflate(False, False, WINDOW_BITS, WINDOW_BITS, {"level": LEVEL})
    return b"".join(Frame(Opcode.TEXT, text).serialize(mask=False, extensions=[together]) for text in texts)
