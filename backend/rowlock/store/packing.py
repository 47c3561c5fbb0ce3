"""Large values as the database keeps them: compressed with Zstandard (RFC 8878), quicker than zlib by far.

Earlier versions compressed with zlib; what they stored is read too.
"""

import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import zstandard

if TYPE_CHECKING:
    from typing_extensions import Buffer

LEVEL = 1
_ZSTANDARD = zstandard.FRAME_HEADER


class Unreadable(ValueError):
    """The bytes are no compressed value."""


def packed(data: bytes) -> bytes:
    """The bytes to be stored. Other threads run meanwhile."""
    return zstandard.compress(data, LEVEL)


def all_packed(values: Sequence[bytes]) -> list[bytes]:
    """What is to be stored of each of some values, at least one, in one step.

    Between two steps each thread that waits for the interpreter takes its turn, and each hands it back in its own time.
    """
    found = zstandard.ZstdCompressor(LEVEL).multi_compress_to_buffer(list(values))
    return [found[number].tobytes() for number in range(len(found))]


def unpacked(stored: bytes) -> bytes:
    """What was packed. Other threads run meanwhile. Raises `Unreadable`."""
    try:
        return zstandard.decompress(stored) if stored.startswith(_ZSTANDARD) else zlib.decompress(stored)
    except (zstandard.ZstdError, zlib.error, MemoryError) as error:
        raise Unreadable(str(error)) from None


def all_unpacked(stored: Sequence[bytes]) -> "Sequence[Buffer]":
    """What was packed, of many at once: other threads run meanwhile. Raises `Unreadable`.

    It is to be copied soon: each of them keeps all of them in memory.
    """
    if not all(each.startswith(_ZSTANDARD) for each in stored):
        return [unpacked(each) for each in stored]
    try:
        found = zstandard.ZstdDecompressor().multi_decompress_to_buffer(list(stored))
    except (zstandard.ZstdError, ValueError, MemoryError) as error:
        raise Unreadable(str(error)) from None
    # Buffers they are, though their types do not say so.
    return [memoryview(found[number]) for number in range(len(found))]  # type: ignore[arg-type]
