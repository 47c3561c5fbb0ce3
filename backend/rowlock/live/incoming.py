"""Finds the whole, plain messages in what a client sends, so that they need not go the library's long way."""

from collections.abc import Iterator

# The bits of a frame's head (RFC 6455, 5.2).
FIN, TEXT, CONTROL = 0x80, 0x01, 0x08
MASKED, LENGTH = 0x80, 0x7F


class Incoming:
    """Where in the stream of a client's frames we are."""

    def __init__(self) -> None:
        self._head = b""
        self._owed = 0
        self._in_parts = False

    def pieces(self, data: bytes) -> Iterator[tuple[bytes, bytes | None]]:
        """What comes, in pieces: each a frame that is a message of its own with its text, or anything else with None.

        Nothing is lost or changed: the pieces are what came, but for the beginning of a frame's head, which is kept
        until the rest of it is there.
        """
        if self._head:
            data, self._head = self._head + data, b""
        at, size = 0, len(data)
        if self._owed:
            at = min(self._owed, size)
            self._owed -= at
            yield data[:at], None
        while at < size:
            head, length = self._read_head(data, at)
            if not head:
                self._head = data[at:]
                return
            end = at + head + length
            self._owed = max(0, end - size)
            first, masked = data[at], data[at + 1] & MASKED
            text = None
            if first == FIN | TEXT and masked and end <= size and not self._in_parts:
                text = unmasked(data[at + head - 4 : at + head], data[at + head : end])
            elif not first & CONTROL:
                self._in_parts = not first & FIN
            yield data[at:end], text
            at = end

    @staticmethod
    def _read_head(data: bytes, at: int) -> tuple[int, int]:
        """How long the head of a frame is, and what follows it; zeros while that cannot be told yet."""
        size = len(data) - at
        if size < 2:
            return 0, 0
        short = data[at + 1] & LENGTH
        extended = 0 if short < 126 else 2 if short == 126 else 8
        head = 2 + extended + (4 if data[at + 1] & MASKED else 0)
        if size < head:
            return 0, 0
        return head, int.from_bytes(data[at + 2 : at + 2 + extended]) if extended else short


def unmasked(mask: bytes, payload: bytes) -> bytes:
    """What a client has masked, as it was (RFC 6455, 5.3)."""
    size = len(payload)
    covering = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload) ^ int.from_bytes(covering)).to_bytes(size)
