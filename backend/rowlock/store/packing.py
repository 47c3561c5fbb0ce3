"""Large values as the database keeps them: compressed with Zstandard (RFC 8878), quicker than zlib by far.

Earlier versions compressed with zlib; what they stored is read too.
"""

import zlib
from collections.abc import Sequence

import zstandard

LEVEL = 1
THREADS = 2
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


def all_unpacked(stored: Sequence[bytes]) -> list[bytes]:
    """What was packed, of many at once: no thread waits for the interpreter. Raises `Unreadable`."""
    if not all(each.startswith(_ZSTANDARD) for each in stored):
        return [unpacked(each) for each in stored]
    try:
        found = zstandard.ZstdDecompressor().multi_decompress_to_buffer(list(stored), threads=THREADS)
    except (zstandard.ZstdError, ValueError, MemoryError) as error:
        raise Unreadable(str(error)) from None
    return [found[number].tobytes() for number in range(len(found))]
