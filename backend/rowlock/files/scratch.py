"""Our own files beside the table: their names alone tell, after a crash, whether one may hold somebody's edit."""

import os
import re
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from rowlock.files.parts import Held, Parts

# Never through a link put there meanwhile, never waiting for the other end of a pipe.
SAFELY = os.O_NOFOLLOW | os.O_NONBLOCK


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What tells one state of a file from another without reading it.

    After writing we set `mtime_ns` (nanoseconds since 1970) ourselves: then a later write is told from ours even within
    the same tick of the kernel's clock, some milliseconds.
    """

    device: int
    inode: int
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A file as we left it; `parts` is None if we know only that its bytes need no keeping."""

    path: Path
    identity: Identity
    parts: Parts | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spare:
    """A file that we need no more, as we left it: to be written over, or removed. `held` is None if that is unknown."""

    path: Path
    identity: Identity
    held: Held | None


def identity_of(status: os.stat_result) -> Identity:
    """The identity in a stat result."""
    return Identity(device=status.st_dev, inode=status.st_ino, size=status.st_size, mtime_ns=status.st_mtime_ns)


def regular_at(path: Path) -> os.stat_result | None:
    """The status of the regular file under this very name (a symlink is none), or None."""
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return None
    return status if stat.S_ISREG(status.st_mode) else None


def draft_beside(target: Path) -> Path:
    """A new name for a file that is being written. Whatever a crash leaves there is worth nothing."""
    return target.with_name(f".{target.name}.rowlock-draft-{secrets.token_hex(6)}")


def aside_beside(target: Path, *, seen: Identity | None, ours: bool) -> Path:
    """A new name for what a swap displaces; it states what is about to be displaced, and whether we wrote that."""
    state = f"{seen.inode}-{seen.size}-{seen.mtime_ns}" if seen else "0-0-0"
    return target.with_name(f".{target.name}.rowlock-{'ours' if ours else 'seen'}-{state}-{secrets.token_hex(6)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftovers:
    """What an earlier run left behind beside the table."""

    worthless: tuple[Path, ...]
    displaced: tuple[Path, ...]
    foreign: tuple[Path, ...]


def leftovers_beside(target: Path) -> Leftovers:
    """Sort the files that earlier runs left: drafts and never published ones are worthless, old versions of ours were
    displaced, and whatever is neither may hold an outside save. OSError if the folder cannot be read."""
    pattern = re.compile(re.escape(f".{target.name}.rowlock-") + r"(draft|ours|seen)-(?:(\d+-\d+-\d+)-)?[0-9a-f]+")
    published = _state(target)
    found: dict[str, list[Path]] = {"worthless": [], "displaced": [], "foreign": []}
    for path in sorted(target.parent.iterdir()):
        if match := pattern.fullmatch(path.name):
            found[_worth(path, match[1], match[2], published)].append(path)
    return Leftovers(**{kind: tuple(paths) for kind, paths in found.items()})


def _worth(path: Path, kind: str, stated: str | None, published: str | None) -> str:
    state = _state(path)
    if state is None:
        return "foreign"
    # The swap never came if the published file is still the one it was to displace, or is this very file.
    if kind == "draft" or (published is not None and published in (stated, state)):
        return "worthless"
    return "displaced" if kind == "ours" and stated == state else "foreign"


def _state(path: Path) -> str | None:
    status = regular_at(path)
    return f"{status.st_ino}-{status.st_size}-{status.st_mtime_ns}" if status else None
