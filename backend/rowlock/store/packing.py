"""Large values as the database keeps them: compressed with Zstandard (RFC 8878), quicker than zlib by far.

Earlier versions compressed with zlib; what they stored is read too.
"""

import zlib

import zstandard

LEVEL = 1
_ZSTANDARD = zstandard.FRAME_HEADER


class Unreadable(ValueError):
    """The bytes are no compressed value."""


def packed(data: bytes) -> bytes:
    """The bytes to be stored. Other threads run meanwhile."""
    return zstandard.compress(data, LEVEL)


def unpacked(stored: bytes) -> bytes:
    """What was packed. Other threads run meanwhile. Raises `Unreadable`."""
    try:
        return zstandard.decompress(stored) if stored.startswith(_ZSTANDARD) else zlib.decompress(stored)
    except (zstandard.ZstdError, zlib.error, MemoryError) as error:
        raise Unreadable(str(error)) from None
