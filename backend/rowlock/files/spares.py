"""Files that were displaced: written over when they are free for certain, kept when somebody has written into them."""

import contextlib
import os
import stat
import time
from dataclasses import dataclass, replace
from pathlib import Path

from rowlock.files import reserve
from rowlock.files.exchange import held_alone, sync_data, writers_held_off
from rowlock.files.parts import Held, Parts, holds, size_of, thinned, write_changes
from rowlock.files.scratch import (
    SAFELY,
    Identity,
    Spare,
    Version,
    draft_beside,
    identity_of,
    leftovers_beside,
    regular_at,
)

# What a file up to this size holds is remembered whole: who writes the same bytes into it again has saved nothing. Of a
# larger one that would take too much memory.
REMEMBERED_WHOLE = 8_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A file that is ready to be published; `written` counts the bytes that it took."""

    path: Path
    identity: Identity
    written: int
    reused: bool


class Spares:
    """The displaced files of one table, and what is written next. Raises OSError; the owner holds the file lock.

    A file is written over or removed only while a lease proves that nobody has it open (for writing), and only if its
    identity is what we left: so an edit made through an open descriptor ends among the late ones, never lost.
    """

    def __init__(self) -> None:
        self._spare: Spare | None = None
        self._reserve: Spare | None = None
        self._reserved = False
        self._retired: list[Spare] = []
        self._late: list[Path] = []

    def recover(self, target: Path) -> None:
        """Take over what an earlier run left beside the target, and remove what is worth nothing."""
        found = leftovers_beside(target)
        for path in found.worthless:
            path.unlink(missing_ok=True)
        for path in found.displaced:
            if status := regular_at(path):
                self._retired.append(Spare(path=path, identity=identity_of(status), held=None))
        self._late.extend(found.foreign)

    def draft(self, target: Path, wanted: Parts, like: os.stat_result | None) -> Draft:
        """The bytes in a file of ours beside the target, with owner and mode as in `like`; no litter after an error."""
        path = draft_beside(target)
        try:
            reused = self._written_over_spare(path, wanted, like) or self._written_over_reserve(path, wanted, like)
            # Before a new file is written, so that the space of the old ones is there for it.
            self.settle()
            return reused or _written_new(path, wanted, like)
        except OSError:
            path.unlink(missing_ok=True)
            raise

    def keep(self, version: Version, published: Parts) -> None:
        """This file is ours and may be written over; the table is as in `published` now."""
        self.retire()
        held = _remembered(version.parts or (), published)
        self._spare = Spare(path=version.path, identity=version.identity, held=held)
        if self._reserve is not None:
            self._reserve = replace(self._reserve, held=_remembered(self._reserve.held or (), published))

    def prepare(self, target: Path, wanted: Parts, like: os.stat_result | None) -> None:
        """Have a spare with these bytes, so that the next draft costs no more than what changes until then."""
        if self._spare is None or self._spare.held != wanted:
            draft = self.draft(target, wanted, like)
            self.keep(Version(path=draft.path, identity=draft.identity, parts=wanted), wanted)

    @property
    def reserved(self) -> bool:
        """Whether a second spare is whole, so that the first one may go."""
        return self._reserved

    def reserve(self, target: Path, wanted: Parts) -> bool:
        """Write some more of a second spare, if the disk has room for it; whether there is more to do.

        What follows is as in `wanted`, whatever the table was when it was begun. The one who calls need not hold the
        file lock. It is gone after an error.
        """
        if self._reserved:
            return False
        if self._reserve is None:
            if not reserve.has_room(target.parent, wanted):
                return False
            self._reserve = reserve.begun(target)
        made = self._reserve
        try:
            self._reserve = reserve.extended(made, wanted)
        except OSError:
            self._reserve = None
            made.path.unlink(missing_ok=True)
            raise
        if self._reserve is None:
            self._retired.append(made)
            return True
        self._reserved = len(self._reserve.held or ()) >= len(wanted)
        return not self._reserved

    def release(self) -> None:
        """Have no spare any more: what can be removed is, the rest as soon as it can be."""
        for _ in range(2):
            self.retire()
            self._take_reserve()
        self.settle()

    def keep_foreign(self, path: Path) -> None:
        """What was displaced is not ours to touch: it is told with the late ones."""
        self._late.append(path)

    def take_back(self, path: Path, identity: Identity) -> None:
        """What was foreign is needed no more, as it was at `identity`."""
        self._retired.append(Spare(path=path, identity=identity, held=None))

    def retire(self) -> None:
        """Let go of the spare: it is removed as soon as nobody can write into it any more."""
        if self._spare:
            self._retired.append(self._spare)
        self._spare = None

    def settle(self) -> None:
        """Remove the retired files, but not while somebody may yet write into one, nor if somebody has."""
        self._retired = [spare for spare in self._retired if not self._settled(spare)]

    def tell_late(self) -> tuple[Path, ...]:
        """The files that hold somebody's edits, once."""
        told, self._late = tuple(self._late), []
        return told

    def _written_over_spare(self, path: Path, wanted: Parts, like: os.stat_result | None) -> Draft | None:
        """None, with the spare retired untouched, unless it is unedited, has no second name and nobody has it open."""
        if self._spare is None:
            return None
        try:
            descriptor = os.open(self._spare.path, os.O_RDWR | SAFELY)
        except OSError:
            self.retire()
            return None
        try:
            with held_alone(descriptor) as alone:
                status = os.fstat(descriptor)
                if not alone or status.st_nlink != 1 or identity_of(status) != self._spare.identity:
                    self.retire()
                    return None
                os.rename(self._spare.path, path)
                held, self._spare = self._spare.held, None
                return _filled(descriptor, path, held or (), wanted, like, reused=True)
        finally:
            os.close(descriptor)

    def _written_over_reserve(self, path: Path, wanted: Parts, like: os.stat_result | None) -> Draft | None:
        """The same with the second one, whole or not; the first is no spare any more."""
        self._take_reserve()
        return self._written_over_spare(path, wanted, like)

    def _take_reserve(self) -> None:
        self._spare, self._reserve, self._reserved = self._reserve, None, False

    def _settled(self, spare: Spare) -> bool:
        try:
            descriptor = os.open(spare.path, os.O_RDONLY | SAFELY)
        except FileNotFoundError:
            return True
        except OSError:
            return False
        try:
            with writers_held_off(descriptor) as being_written:
                if being_written:
                    return False
                if _unedited(descriptor, spare):
                    spare.path.unlink(missing_ok=True)
                else:
                    self._late.append(spare.path)
                return True
        except OSError:
            return False
        finally:
            os.close(descriptor)


def has(path: Path, parts: Parts) -> bool:
    """Whether the file under this name holds exactly these bytes."""
    descriptor = os.open(path, os.O_RDONLY | SAFELY)
    try:
        return holds(descriptor, parts)
    finally:
        os.close(descriptor)


def _remembered(held: Held, published: Parts) -> Held:
    return held if size_of(held) <= REMEMBERED_WHOLE else thinned(held, published)


def _unedited(descriptor: int, spare: Spare) -> bool:
    """Whether it is as we left it; where not all of that is known any more, whatever was written there counts."""
    if identity_of(os.fstat(descriptor)) == spare.identity:
        return True
    parts = [part for part in spare.held or () if not isinstance(part, int)]
    return spare.held is not None and len(parts) == len(spare.held) and holds(descriptor, parts)


def _written_new(path: Path, wanted: Parts, like: os.stat_result | None) -> Draft:
    # Closed to others until it has the mode of the file that it replaces.
    mode = 0o600 if like else 0o644
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        return _filled(descriptor, path, (), wanted, like, reused=False)
    finally:
        os.close(descriptor)


def _filled(
    descriptor: int, path: Path, held: Held, wanted: Parts, like: os.stat_result | None, *, reused: bool
) -> Draft:
    written = write_changes(descriptor, held, wanted)
    if like:
        _take_over_owner_and_mode(descriptor, like)
    now = time.time_ns()
    os.utime(descriptor, ns=(now, now))
    sync_data(descriptor)
    return Draft(path=path, identity=identity_of(os.fstat(descriptor)), written=written, reused=reused)


def _take_over_owner_and_mode(descriptor: int, like: os.stat_result) -> None:
    status = os.fstat(descriptor)
    if (status.st_uid, status.st_gid) != (like.st_uid, like.st_gid):
        # Only root may give files away; the mode is kept all the same.
        with contextlib.suppress(PermissionError):
            os.fchown(descriptor, like.st_uid, like.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(like.st_mode))
