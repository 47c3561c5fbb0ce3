"""The table as it was: copies that cost nothing to make, thinned by age, and outside saves that were set aside."""

import errno
import hashlib
import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from rowlock.files import exchange
from rowlock.files.scratch import Identity, identity_of, regular_at
from rowlock.files.told import told
from rowlock.files.whole import write_whole
from rowlock.service.ports import BackupError, BackupNotFound

_NAME = re.compile(r"(\d{12})-(\d{8}T\d{6}\.\d{3})Z\.csv", re.ASCII)
_PARTIAL = re.compile(rf"\.{_NAME.pattern}\.partial", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = 1_000_000
_MILLISECOND = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """The table as it was at `position` of the journal, laid aside `at` (UTC, microseconds since 1970), `size` bytes.

    Its name says both: `<position, 12 digits>-<yyyymmddThhmmss.mmm>Z.csv`, so that a plain listing is in order.
    """

    name: str
    position: int
    at: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """Among backups younger than `age`, keep the first of each `every` (both in seconds; 0 keeps all)."""

    age: int
    every: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Thinning:
    """Which backups stay: by age, and no more than `budget` bytes in all (None: no limit). What no tier covers goes."""

    tiers: tuple[Tier, ...] = (
        Tier(age=60, every=0),
        Tier(age=600, every=1),
        Tier(age=3_600, every=10),
        Tier(age=86_400, every=3_600),
        Tier(age=30 * 86_400, every=86_400),
    )
    budget: int | None = None


def to_drop(backups: Iterable[Backup], now: int, policy: Thinning) -> list[Backup]:
    """Those that the policy gives up, oldest first; `now` in microseconds since 1970.

    Never the newest, by position or by time (a clock may have been wrong). Dropping them and asking again drops none.
    """
    ordered = sorted(backups, key=lambda backup: (backup.position, backup.at, backup.name))
    if not ordered:
        return []
    newest = {ordered[-1], max(ordered, key=lambda backup: backup.at)}
    kept = newest | _kept_by_age(ordered, now, policy.tiers)
    if policy.budget is not None:
        kept = newest | _kept_by_size(ordered, kept, newest, policy.budget)
    return [backup for backup in ordered if backup not in kept]


def _kept_by_age(ordered: list[Backup], now: int, tiers: tuple[Tier, ...]) -> set[Backup]:
    # The first of each span, not the last: what was kept once then stays until it reaches the next tier.
    first: dict[tuple[int, int], Backup] = {}
    for number, backup in enumerate(ordered):
        tier = next((tier for tier in tiers if now - backup.at <= tier.age * _SECOND), None)
        if tier:
            span = backup.at // (tier.every * _SECOND) if tier.every else -number - 1
            first.setdefault((tier.age, span), backup)
    return set(first.values())


def _kept_by_size(ordered: list[Backup], kept: set[Backup], newest: set[Backup], budget: int) -> set[Backup]:
    left = budget - sum(backup.size for backup in newest)
    affordable: set[Backup] = set()
    for backup in reversed([backup for backup in ordered if backup in kept - newest]):
        left -= backup.size
        if left < 0:
            break
        affordable.add(backup)
    return affordable


class Backups:
    """The backups in one folder, made when first needed. Blocking: call it from a thread.

    Only regular files with a name of ours are ever listed, opened or removed. Every method raises `BackupError` only.
    """

    def __init__(self, folder: Path, policy: Thinning | None = None) -> None:
        self.folder = folder
        self.conflicts = folder / "conflicts"
        self._policy = policy or Thinning()
        self._digests: dict[str, tuple[Identity, str]] = {}

    def link(self, source: Path, position: int, at: int, sha256: str | None = None) -> Backup:
        """Give a displaced file a second name here, at no cost that grows with it; a copy if this is another disk.

        A power cut right after may undo it: the folder is not synced, as the journal holds every version anyway.
        `sha256` (hex), if the caller knows it, spares reading the file when its digest is asked for.
        """
        with told(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            name = self._add(position, at, lambda target: exchange.link_or_copy(source, target))
            if sha256:
                self._digests[name] = (self._identity(name), sha256)
            return self._backup_of(name)

    def write(self, parts: Sequence[bytes], position: int, at: int) -> Backup:
        """A backup with these bytes; it appears whole or not at all, and outlasts a power cut."""
        with told(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            return self._backup_of(self._add(position, at, lambda target: write_whole(target, parts, replacing=False)))

    def list(self) -> tuple[Backup, ...]:
        """All backups, ordered by position, then time; none if there is no folder."""
        with told(self.folder):
            names = sorted(os.listdir(self.folder)) if self.folder.exists() else []
            return tuple(backup for name in names if (backup := self._backup(name)))

    def path_of(self, name: str) -> Path:
        """Where the backup lies; BackupNotFound for whatever is not the name of one in the list."""
        with told(self.folder):
            return self.folder / self._backup_of(name).name

    def digest(self, name: str) -> str:
        """SHA-256 (hex) of the backup's bytes, read once unless the file changes. BackupNotFound as for `path_of`."""
        path = self.path_of(name)
        with told(self.folder):
            identity, digest = self._digests.get(name, (None, ""))
            if identity != self._identity(name):
                identity = self._identity(name)
                with path.open("rb") as file:
                    digest = hashlib.file_digest(file, "sha256").hexdigest()
                self._digests[name] = (identity, digest)
            return digest

    def set_aside(self, source: Path, at: int) -> str:
        """Move somebody's save to `conflicts/`, whatever it is, without replacing any; its name there."""
        with told(self.folder):
            self.conflicts.mkdir(parents=True, exist_ok=True)
            names = (f"{_stamp(at + later)}.csv" for later in count(step=_MILLISECOND))
            return _made(self.conflicts, names, lambda target: _move(source, target))

    def keep_aside(self, data: bytes, at: int) -> str:
        """Keep the bytes of somebody's save in `conflicts/`; its name there, as `set_aside` gives it."""
        with told(self.folder):
            self.conflicts.mkdir(parents=True, exist_ok=True)
            names = (f"{_stamp(at + later)}.csv" for later in count(step=_MILLISECOND))
            return _made(self.conflicts, names, lambda target: write_whole(target, [data], replacing=False))

    def thin(self, now: int) -> tuple[Backup, ...]:
        """Remove what the policy gives up, one by one (19 ms for 95 MB): what was removed.

        BackupError if some could not be; the others are gone all the same.
        """
        dropped = to_drop(self.list(), now, self._policy)
        failures = [failure for backup in dropped if (failure := self._failed_to_remove(backup))]
        with told(self.folder):
            self._clear_partials(now)
        if failures:
            raise BackupError("Could not be removed: " + "; ".join(failures))
        return tuple(dropped)

    def _failed_to_remove(self, backup: Backup) -> str | None:
        self._digests.pop(backup.name, None)
        try:
            (self.folder / backup.name).unlink(missing_ok=True)
        except OSError as error:
            return f"{backup.name}: {error.strerror}"
        return None

    def _clear_partials(self, now: int) -> None:
        """Remove what a crash left half-written, an hour later: it may still be growing before."""
        for path in self.folder.iterdir() if self.folder.exists() else ():
            status = regular_at(path) if _PARTIAL.fullmatch(path.name) else None
            if status and now - status.st_ctime_ns // 1000 > 3_600 * _SECOND:
                path.unlink(missing_ok=True)

    def _add(self, position: int, at: int, make: Callable[[Path], None]) -> str:
        # Two within a millisecond: the later one is a millisecond younger, so that none is lost and the order stays.
        names = (f"{position:012d}-{_stamp(at + later)}.csv" for later in count(step=_MILLISECOND))
        return _made(self.folder, names, make)

    def _identity(self, name: str) -> Identity:
        return identity_of(os.lstat(self.folder / name))

    def _backup(self, name: str) -> Backup | None:
        match = _NAME.fullmatch(name)
        at = _micros(match[2]) if match else None
        status = regular_at(self.folder / name) if match else None
        if match is None or at is None or status is None:
            return None
        return Backup(name=name, position=int(match[1]), at=at, size=status.st_size)

    def _backup_of(self, name: str) -> Backup:
        backup = self._backup(name)
        if backup is None:
            raise BackupNotFound(f"There is no backup named {name!r}.")
        return backup


def _made(folder: Path, names: Iterable[str], make: Callable[[Path], None]) -> str:
    """Make the file under the first name that is free; that name."""
    for name in names:
        try:
            make(folder / name)
        except FileExistsError:
            continue
        return name
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(folder))


def _move(source: Path, target: Path) -> None:
    try:
        exchange.place(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        exchange.copy(source, target)
        exchange.sync_folder(target.parent)
        source.unlink()


def _stamp(at: int) -> str:
    moment = _EPOCH + timedelta(microseconds=at)
    return f"{moment:%Y%m%dT%H%M%S}.{moment.microsecond // 1000:03d}Z"


def _micros(stamp: str) -> int | None:
    try:
        moment = datetime.strptime(stamp, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)
    except ValueError:
        return None
    return (moment - _EPOCH) // timedelta(microseconds=1)
