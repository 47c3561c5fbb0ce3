"""The table's file: replaced whole or not at all, and never over somebody else's save unseen."""

import errno
import os
import stat
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from rowlock.files import exchange
from rowlock.files.found import FoundFile
from rowlock.files.parts import Parts
from rowlock.files.scratch import SAFELY, Identity, Version, aside_beside, identity_of, regular_at
from rowlock.files.spares import Draft, Spares, has

_CODES = {
    errno.ENOSPC: "no_space",
    errno.EDQUOT: "no_space",
    errno.EFBIG: "no_space",
    errno.EACCES: "denied",
    errno.EPERM: "denied",
    errno.EROFS: "denied",
    errno.ELOOP: "not_regular",
}


class TableFileError(Exception):
    """The file cannot be read or replaced; what was published stays as it was.

    `code` is `not_regular` (a folder, pipe, socket, device or circle of links), `locked` (another program holds the
    lock), `no_space`, `denied` (rights, a read-only disk) or `io` (anything else); `detail` is a sentence for people.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What a publish did.

    `displaced` is where the file that lay there before lies now; None if there was none or nothing had to be written.
    If `foreign`, it holds bytes that we neither wrote last nor wrote now: the caller moves it away and keeps it, we
    never touch it again. Else the caller may link it (a backup) before the next publish or `prepare`, or leave it to be
    reused.
    `late` are files displaced earlier that turned out to hold somebody's edits; they too are the caller's now.
    `identity` is that of the file now published, `written` counts bytes, `reused` says that no new file was made.
    """

    displaced: Path | None
    foreign: bool
    late: tuple[Path, ...]
    identity: Identity
    written: int
    reused: bool


class TableFile:
    """One file that other programs read, and may save over, at any time. Blocking: call it from a thread.

    A symlink is resolved at each call and stays a link. Methods raise nothing but `TableFileError`.
    On local Linux file systems no outside save is lost, however it falls. Elsewhere, or if not `exchanging`, one is
    that falls into the microseconds between our look and our rename. Where there are no leases, so is what is written
    through a descriptor that is kept open beyond the publish after the one that displaced its file.
    """

    def __init__(
        self, path: Path, lock_path: Path | None = None, lock_timeout: float = 5.0, *, exchanging: bool = True
    ) -> None:
        """Clears the leftovers of a crash, or leaves that to the next call if the folder is locked or not writable."""
        self.path = path
        self._lock = FileLock(lock_path or f"{path}.lock", timeout=lock_timeout, fallback_to_soft=False)
        self._turn = threading.RLock()
        self._swap = exchange.swap_by_exchange if exchanging else exchange.swap_by_replacing
        self._ours: Version | None = None
        self._spares = Spares()
        self._recovered = self._unsynced = False
        with suppress(TableFileError):
            self.close()

    @property
    def published(self) -> Identity | None:
        """The identity of what we last published, matched or accepted: as long as `identity()` equals it, no news."""
        return self._ours.identity if self._ours else None

    def identity(self) -> Identity | None:
        """The identity of what lies there now, None if nothing does."""
        with self._told():
            status = self._look()
            return identity_of(status) if status else None

    def changed(self) -> bool:
        """Whether what lies there is not what we last published, matched or accepted; a publish is waited for."""
        with self._turn:
            return self.identity() != self.published

    def read(self) -> bytes | None:
        """The file's bytes, None if there is no file.

        Who saves in place may show half of its work: two equal `identity()` around it, some time apart, say it is done.
        """
        with self._told():
            if self._look() is None:
                return None
            with open(os.open(self._target(), os.O_RDONLY | SAFELY), "rb") as file:
                return file.read()

    def matches(self, parts: Sequence[bytes]) -> bool:
        """Whether the file holds exactly these bytes; read only if its identity is new. A match counts as published."""
        with self._turn, self._told():
            status = self._look()
            if status is None:
                return False
            version = Version(path=self._target(), identity=identity_of(status), parts=tuple(parts))
            if self._ours != version:
                if not has(version.path, tuple(parts)):
                    return False
                self._ours = version
            return True

    def found(self, path: Path | None = None) -> FoundFile:
        """A look at what somebody else saved: over the table, or in a file that was displaced."""
        return FoundFile(path or self._target())

    def release(self, path: Path, identity: Identity) -> None:
        """A foreign file has been taken in as it was at `identity`: it may go once nobody can write into it any more.

        What somebody writes into it until then makes it one of the `late_saves`.
        """
        with self._turn:
            self._spares.take_back(path, identity)

    def accept(self, identity: Identity) -> None:
        """The file of this identity has been taken in: displacing it is not foreign, unless it changes again."""
        with self._turn:
            self._ours = Version(path=self._target(), identity=identity, parts=None)

    def publish(self, parts: Sequence[bytes]) -> Published:
        """Make the file hold exactly these bytes, in one step that outlasts a power cut.

        After an error the next publish starts over; foreign files found before the error are then among the `late`.
        """
        with self._alone():
            return self._publish(self._target(), tuple(parts))

    def prepare(self) -> None:
        """Bring the file that is written next to what is published, so that a change costs the next publish the least.

        It takes as long as a publish, and the displaced file is ours from then on: for times when nothing happens.
        """
        with self._alone():
            if self._ours and self._ours.parts is not None:
                self._spares.prepare(self._target(), self._ours.parts, self._look())

    @property
    def reserved(self) -> bool:
        """Whether there is a second spare, so that a backup may take the displaced file and the next publish costs
        no more for it."""
        return self._spares.reserved

    def reserve(self) -> bool:
        """Write some more of a second spare; whether there is more to do.

        A piece is short, outside of the lock, and on the disk when this returns. What is there is of use to a publish
        also before it is whole. False too if nothing was published or accepted yet, or the disk is rather full.
        """
        with self._turn, self._told():
            parts = self._ours.parts if self._ours and self._recovered else None
            return parts is not None and self._spares.reserve(self._target(), parts)

    def late_saves(self) -> tuple[Path, ...]:
        """Files that were displaced, lately or before a crash, and hold somebody's edits: the caller's, told once."""
        with self._alone():
            self._spares.settle()
            return self._spares.tell_late()

    def close(self) -> None:
        """Leave no spare behind. The object may be used again."""
        with self._alone():
            self._spares.release()

    def _publish(self, target: Path, wanted: Parts) -> Published:
        status = self._look()
        seen = identity_of(status) if status else None
        if seen and self._ours == Version(path=target, identity=seen, parts=wanted):
            self._sync_folder(target)
            return self._unchanged(seen)
        draft = self._spares.draft(target, wanted, status)
        aside = aside_beside(target, seen=seen, ours=seen is not None and seen == self.published)
        displaced = self._swapped(draft.path, aside, target)
        foreign = displaced and self._is_foreign(aside, wanted)
        self._ours = Version(path=target, identity=draft.identity, parts=wanted)
        self._sync_folder(target)
        return self._changed(draft, aside if displaced else None, foreign)

    def _unchanged(self, identity: Identity) -> Published:
        late = self._spares.tell_late()
        return Published(displaced=None, foreign=False, late=late, identity=identity, written=0, reused=False)

    def _changed(self, draft: Draft, displaced: Path | None, foreign: bool) -> Published:
        return Published(
            displaced=displaced,
            foreign=foreign,
            late=tuple(path for path in self._spares.tell_late() if path != displaced),
            identity=draft.identity,
            written=draft.written,
            reused=draft.reused,
        )

    def _swapped(self, draft: Path, aside: Path, target: Path) -> bool:
        """Publish the draft; whether there was a file, which then lies aside. No draft is left after an error."""
        self._unsynced = True
        try:
            try:
                return self._swap(draft, aside, target)
            except OSError as error:
                if not exchange.is_unsupported(error):
                    raise
                self._swap = exchange.swap_by_replacing
                return self._swap(draft, aside, target)
        except OSError:
            draft.unlink(missing_ok=True)
            raise

    def _is_foreign(self, aside: Path, wanted: Parts) -> bool:
        """Whether what was displaced is somebody's save; else it is the next spare. What cannot be read may be one."""
        version = None
        with suppress(OSError):
            version = self._as_ours(aside, wanted)
        if version is None:
            self._spares.keep_foreign(aside)
            return True
        self._spares.keep(version, wanted)
        return False

    def _as_ours(self, aside: Path, wanted: Parts) -> Version | None:
        status = regular_at(aside)
        if status is None:
            return None
        # Taken before the reading: an edit made during it gives the spare another identity than the one kept.
        identity = identity_of(status)
        known = self._ours.parts if self._ours else None
        if identity == self.published:
            return Version(path=aside, identity=identity, parts=known)
        for parts in (known, wanted):
            if parts is not None and has(aside, parts):
                return Version(path=aside, identity=identity, parts=parts)
        return None

    def _sync_folder(self, target: Path) -> None:
        if self._unsynced:
            exchange.sync_folder(target.parent)
            self._unsynced = False

    def _target(self) -> Path:
        return Path(os.path.realpath(self.path))

    def _look(self) -> os.stat_result | None:
        try:
            status = os.stat(self.path)
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(status.st_mode):
            raise TableFileError("not_regular", f"{self.path} is not a regular file.")
        return status

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._turn, self._told(), self._lock:
            if not self._recovered:
                self._spares.recover(self._target())
                self._recovered = True
            yield

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except Timeout as error:
            raise TableFileError("locked", f"Another program holds the lock of {self.path}.") from error
        except OSError as error:
            code = _CODES.get(error.errno or 0, "io")
            raise TableFileError(code, f"{self.path}: {error.strerror or error}.") from error
