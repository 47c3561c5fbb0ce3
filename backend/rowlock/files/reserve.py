"""A spare in the making: written a slice at a time, of use before it is whole, as it holds the table's first parts."""

import os
import time
from itertools import islice
from pathlib import Path

from rowlock.files import writeback
from rowlock.files.parts import Parts, size_of, write_at
from rowlock.files.scratch import SAFELY, Spare, draft_beside, identity_of

# So little that a publish which has to wait for it does not notice, also where a disk is slow with new pages.
SLICE = 2_000_000
# Nothing is begun unless the disk has room for so many files of this size: what is left is the journal's.
ROOM = 4


def has_room(folder: Path, parts: Parts) -> bool:
    """Whether a file of this size is nothing that the disk would miss. OSError if the folder is not there."""
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize > ROOM * size_of(parts)


def begun(target: Path) -> Spare:
    """A new file beside the target, with nothing in it; a crash leaves it under a name that is worth nothing."""
    path = draft_beside(target)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            return Spare(path=path, identity=identity_of(os.fstat(descriptor)), held=())
        finally:
            os.close(descriptor)
    except OSError:
        path.unlink(missing_ok=True)
        raise


def extended(spare: Spare, wanted: Parts) -> Spare | None:
    """The file, which holds as many parts as were written so far, with the next ones of `wanted`, on the disk.

    None, and nothing was written, if somebody has changed or removed it. OSError: it holds nobody knows what.
    """
    held = spare.held or ()
    try:
        descriptor = os.open(spare.path, os.O_WRONLY | SAFELY)
    except FileNotFoundError:
        return None
    try:
        if identity_of(os.fstat(descriptor)) != spare.identity:
            return None
        start, following = size_of(held), _slice(wanted, len(held))
        writeback.finish(descriptor, start, write_at(descriptor, start, following))
        now = time.time_ns()
        os.utime(descriptor, ns=(now, now))
        return Spare(path=spare.path, identity=identity_of(os.fstat(descriptor)), held=(*held, *following))
    finally:
        os.close(descriptor)


def _slice(wanted: Parts, first: int) -> list[bytes]:
    """Parts from this one on, some `SLICE` bytes of them, but at least one."""
    taken, size = list[bytes](), 0
    for part in islice(wanted, first, None):
        if size >= SLICE or len(taken) == os.sysconf("SC_IOV_MAX"):
            break
        taken.append(part)
        size += len(part)
    return taken
