"""A file as a list of byte parts, so that only the parts that changed need to be written again."""

import errno
import os
from collections.abc import Iterator, Sequence
from itertools import accumulate

from rowlock.files import writeback

Parts = tuple[bytes, ...]
# What a file holds: its parts, or of one that is wanted no more only how many bytes it has.
Held = tuple[bytes | int, ...]

# Parts handed to the kernel at once (6 MB): the interpreter, which other threads want too, is asked for after each lot,
# so with 32 a write took three times as long beside a busy one. Few enough that the disk begins before all is written.
_PARTS_AT_ONCE = 256


def size_of(parts: Sequence[bytes | int]) -> int:
    """Bytes of the whole file."""
    return sum(map(_size, parts))


def thinned(held: Held, wanted: Parts) -> Held:
    """`held` without the bytes of parts that are not among `wanted`: else many versions of a table stay in memory."""
    worth = set(map(id, wanted))
    return tuple(part if id(part) in worth else _size(part) for part in held)


def write_changes(descriptor: int, held: Sequence[bytes | int], wanted: Sequence[bytes]) -> int:
    """Turn a file that holds `held` into one that holds `wanted`; how many bytes that took. OSError: a mixture."""
    written = 0
    for offset, stretch in _changed(held, wanted):
        count = write_at(descriptor, offset, stretch)
        writeback.begin(descriptor, offset, count)
        written += count
    os.ftruncate(descriptor, size_of(wanted))
    return written


def holds(descriptor: int, parts: Sequence[bytes]) -> bool:
    """Whether the file's content is exactly these parts; nothing but one part at a time is read into memory."""
    if os.fstat(descriptor).st_size != size_of(parts):
        return False
    starts = accumulate(map(len, parts), initial=0)
    return all(os.pread(descriptor, len(part), start) == part for start, part in zip(starts, parts, strict=False))


def _size(part: bytes | int) -> int:
    return part if isinstance(part, int) else len(part)


def _changed(held: Sequence[bytes | int], wanted: Sequence[bytes]) -> Iterator[tuple[int, list[bytes]]]:
    """Stretches of neighbouring parts of `wanted` that the file lacks, each with its offset.

    A part is there already if `held` has the same bytes at the same offset, whatever their numbers in the lists.
    """
    there = dict(zip(accumulate(map(_size, held), initial=0), held, strict=False))
    offset, start = 0, 0
    stretch: list[bytes] = []
    for part in wanted:
        old = there.get(offset)
        changed = bool(part) and not (old is part or old == part)
        if stretch and (not changed or len(stretch) == _PARTS_AT_ONCE):
            yield start, stretch
            stretch = []
        if changed:
            start = start if stretch else offset
            stretch.append(part)
        offset += len(part)
    if stretch:
        yield start, stretch


def write_at(descriptor: int, offset: int, stretch: list[bytes]) -> int:
    """Write all of the stretch at the offset, however little the kernel takes at a time."""
    left: list[memoryview] = [memoryview(part) for part in stretch]
    end = offset
    while left:
        taken = os.pwritev(descriptor, left, end)
        if taken == 0:
            raise OSError(errno.EIO, "the file takes no more bytes")
        end += taken
        left = _beyond(left, taken)
    return end - offset


def _beyond(views: list[memoryview], taken: int) -> list[memoryview]:
    """What remains of the views after their first `taken` bytes."""
    for number, view in enumerate(views):
        if taken < len(view):
            return [view[taken:], *views[number + 1 :]]
        taken -= len(view)
    return []
