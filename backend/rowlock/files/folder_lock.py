"""One server per data folder: taken once at start, and gone with the process however it ends."""

import errno
import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self


class FolderLocked(Exception):
    """Another process works on this folder; `pid` is None if it has not said yet who it is."""

    def __init__(self, pid: int | None) -> None:
        super().__init__(f"Another Rowlock works on this folder (process {pid or 'unknown'}).")
        self.pid = pid


class FolderLock:
    """flock(2) on the file `rowlock.lock` in the folder, which names the holder, and on the folder itself, so that
    deleting the file lets nobody in. Not for two threads: it holds off other processes and other `FolderLock`s."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / "rowlock.lock"
        self._held: list[int] = []

    def acquire(self) -> None:
        """Take the lock at once: FolderLocked if another has it, OSError if the folder is missing or not writable.

        Nothing happens if it is held already.
        """
        if self._held:
            return
        try:
            self._take(os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY), needed=False)
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
            self._take(file, needed=True)
            os.ftruncate(file, 0)
            os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
        except BlockingIOError:
            self.close()
            raise FolderLocked(self._holder()) from None
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Let go. The file stays: who waits on a deleted one would share the lock with who makes a new one."""
        while self._held:
            os.close(self._held.pop())

    def _take(self, descriptor: int, *, needed: bool) -> None:
        self._held.append(descriptor)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            # Some network file systems cannot lock a folder; the file's lock then has to do.
            if needed or error.errno == errno.EAGAIN:
                raise

    def _holder(self) -> int | None:
        try:
            return int(self._path.read_text("ascii"))
        except (OSError, ValueError):
            return None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
