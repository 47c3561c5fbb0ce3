"""The system calls beneath the table file: swapping two names, proving who has a file open, making a rename last."""

import ctypes
import errno
import fcntl
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rowlock.files.scratch import identity_of, regular_at

# renameat2(2) and fcntl(2): numbers, because Python has names on Linux only, and elsewhere the calls just fail.
_AT_FDCWD = -100
_RENAME_NOREPLACE = 1
_RENAME_EXCHANGE = 2
_F_SETSIG = 10
_F_SETLEASE = 1024

_LIBC = ctypes.CDLL(None, use_errno=True)
_UNSUPPORTED = frozenset({errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP})
_NO_LINK = frozenset({errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP, errno.ENOSYS})

sync_data = getattr(os, "fdatasync", os.fsync)
"""Make a file's bytes and size last; what is not needed to read them again (its times) may be lost."""


def is_unsupported(error: OSError) -> bool:
    """Whether the kernel or this file system cannot do the call at all, so that asking again is pointless."""
    return error.errno in _UNSUPPORTED


def swap_by_exchange(draft: Path, aside: Path, target: Path) -> bool:
    """Publish the draft in one step; whether there was something, which then lies aside, whatever it was.

    OSError: nothing happened, and the draft bears its name again.
    """
    os.rename(draft, aside)
    try:
        return _exchange_or_place(aside, target)
    except OSError:
        os.rename(aside, draft)
        raise


def swap_by_replacing(draft: Path, aside: Path, target: Path) -> bool:
    """The same where names cannot be swapped: a save that falls between the look and the rename is lost."""
    try:
        displaced = _linked_aside(target, aside)
        os.replace(draft, target)
        return displaced
    except OSError:
        aside.unlink(missing_ok=True)
        raise


def exchange(one: Path, other: Path) -> None:
    """Swap what two names stand for, in one step. FileNotFoundError if either is missing."""
    _renameat2(one, other, _RENAME_EXCHANGE)


def place(source: Path, target: Path) -> None:
    """Rename without ever replacing: FileExistsError if the target is there."""
    try:
        _renameat2(source, target, _RENAME_NOREPLACE)
    except OSError as error:
        if not is_unsupported(error):
            raise
        os.link(source, target, follow_symlinks=False)
        os.unlink(source)


def link_or_copy(source: Path, target: Path) -> None:
    """Give the file a second name, or a copy where the file system has no links or is another one.

    FileExistsError if the target is there. A copy appears whole or not at all.
    """
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINK:
            raise
        copy(source, target)


def copy(source: Path, target: Path) -> None:
    """Copy bytes, mode and times to a new name; FileExistsError if it is there, no litter on failure."""
    partial = partial_of(target)
    try:
        shutil.copy2(source, partial, follow_symlinks=False)
        sync_file(partial)
        place(partial, target)
    finally:
        partial.unlink(missing_ok=True)


def partial_of(target: Path) -> Path:
    """The name under which a file is written until it is whole."""
    return target.with_name(f".{target.name}.partial")


def sync_file(path: Path) -> None:
    """Make the bytes of a closed file last."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        sync_data(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last: without it a power cut may undo a rename that has returned."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def held_alone(descriptor: int) -> Iterator[bool]:
    """Whether the kernel vouches that no other open file stands for this one, and while the block runs none will.

    Who opens the file meanwhile waits until the block ends. False also where there are no leases (fcntl(2)).
    """
    with _leased(descriptor, fcntl.F_WRLCK) as refusal:
        yield refusal is None


@contextmanager
def writers_held_off(descriptor: int) -> Iterator[bool]:
    """Whether somebody has this file, which we opened read-only, open for writing; False where it cannot be known.

    If it is False, who opens it for writing while the block runs waits until it ends.
    """
    with _leased(descriptor, fcntl.F_RDLCK) as refusal:
        yield refusal == errno.EAGAIN


def _exchange_or_place(aside: Path, target: Path) -> bool:
    while True:
        try:
            exchange(aside, target)
            return True
        except FileNotFoundError:
            try:
                place(aside, target)
                return False
            except FileExistsError:
                continue  # It came back in between.


def _linked_aside(target: Path, aside: Path) -> bool:
    """Keep what is there now under a second name, looking again right before the replacing; whether there was any."""
    while status := regular_at(target):
        link_or_copy(target, aside)
        again = regular_at(target)
        if again and identity_of(again) == identity_of(status):
            return True
        aside.unlink()
    return False


@contextmanager
def _leased(descriptor: int, kind: int) -> Iterator[int | None]:
    """Take a lease for the block; yields the errno of the refusal, or None."""
    refusal = None
    try:
        # Whoever breaks a lease makes the kernel send a signal: SIGIO, which ends a process, unless we choose another.
        fcntl.fcntl(descriptor, _F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, _F_SETLEASE, kind)
    except OSError as error:
        refusal = error.errno
    try:
        yield refusal
    finally:
        if refusal is None:
            fcntl.fcntl(descriptor, _F_SETLEASE, fcntl.F_UNLCK)


def _renameat2(source: Path, target: Path, flags: int) -> None:
    call = getattr(_LIBC, "renameat2", None)
    if call is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if call(_AT_FDCWD, os.fsencode(source), _AT_FDCWD, os.fsencode(target), ctypes.c_uint(flags)) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), str(source), None, str(target))
