"""What the services need from the outside world: the storage's errors and the interfaces of its adapters."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

from rowlock.core.blocks import Page
from rowlock.core.events import Event
from rowlock.core.sheet import Image, Sheet

T = TypeVar("T")

# What a caller is told of a change that was made, as JSON: a row, a lease, the result of a batch.
Answer = dict[str, Any]


class StorageError(Exception):
    """The storage could not do what was asked. Nothing was changed, but for `OutcomeUnknown`."""


class StorageFull(StorageError):
    """No space is left on the disk."""


class StorageBusy(StorageError):
    """Another program holds the database; worth another try."""


class StorageFailed(StorageError):
    """The database cannot be read or written."""


class OutcomeUnknown(StorageError):
    """The commit failed half-way: the change may or may not be stored. Repeating it with its key settles it."""


class BackupError(Exception):
    """The backup folder cannot be read or written. Editing goes on without it."""


class BackupNotFound(BackupError):
    """No backup of ours has that name."""


class SnapshotUnfit(Exception):
    """A snapshot cannot be used; the text says why. It is a cache: folding begins elsewhere then."""


class PagesMissing(Exception):
    """Pages that were kept are gone: somebody emptied the cache. All must be kept anew."""


class ChainBroken(Exception):
    """An event of the journal is not what its hash says, or is missing; `position` is where it was found."""

    def __init__(self, position: int, detail: str) -> None:
        super().__init__(f"{detail} at position {position}")
        self.position = position
        self.detail = detail


class Clock(Protocol):
    """Time, passed in so that tests own it."""

    def wall(self) -> int:
        """UTC in microseconds since 1970: for display, and for what must mean something after a restart."""
        ...

    def elapsed(self) -> int:
        """Microseconds from an arbitrary start that never step back and go on while the machine sleeps."""
        ...


class Entry(NamedTuple):
    """An event as the journal holds it: `wire` is its JSON for everybody, `hash` its link in the chain."""

    event: Event
    wire: bytes
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where the journal stands: its last position (0: empty) and that event's hash."""

    position: int
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An event as its hash was made: the stored values by name, and the hash of the event before it."""

    event: Mapping[str, Any]
    previous: bytes
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedAnswer:
    """An answer kept under an idempotency key; `fingerprint` tells whether a request is the same one again."""

    actor: str
    key: str
    fingerprint: bytes
    position: int
    at: int
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """Which events a page of the journal shows: those after `after` that match all that is given, the first of them.

    `upto`: none after this position. `newest_first`: the last of them instead, in reverse order.
    """

    after: int = 0
    upto: int | None = None
    limit: int = 1000
    index: int | None = None
    actor: str | None = None
    kind: str | None = None
    newest_first: bool = False


class Transaction(Protocol):
    """The journal inside one write transaction: everything done through it is committed together or not at all."""

    def head(self) -> Head:
        """The last position and its hash."""
        ...

    def entries_after(self, position: int) -> list[Entry]:
        """Every event after `position`, in order."""
        ...

    def live_sessions(self, sessions: Collection[str], at: int) -> set[str]:
        """Those of the sessions that are there and not expired at `at` (UTC in microseconds)."""
        ...

    def end_session(self, session: str) -> None:
        """Delete a session, so that nothing can be done in it any more."""
        ...

    def answers(self, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], KeyedAnswer]:
        """The answers kept under these pairs of actor and key."""
        ...

    def keep_answers(self, answers: Sequence[KeyedAnswer]) -> None:
        """Keep answers to be given again."""
        ...

    def append(self, events: Sequence[Event], head: Head) -> list[Entry]:
        """Append events whose positions go on from `head`, and move the head."""
        ...


class SnapshotStore(Protocol):
    """Sheets at rest, so that a fold need not begin at the first event. A cache: all of it may be deleted any time."""

    def positions(self) -> list[int]:
        """Where there are snapshots, the newest first. Blocks."""
        ...

    def load(self, position: int) -> Image:
        """The sheet at `position`; raises `SnapshotUnfit` unless all of it is what was stored. Blocks."""
        ...

    async def keep_pages(self, pages: Sequence[Page]) -> list[bytes]:
        """Store pages and name them. A few at a time: this takes the writer's turn."""
        ...

    async def keep(self, image: Image, names: Sequence[bytes]) -> None:
        """Store a snapshot whose pages were stored under these names; raises `PagesMissing` if they are gone."""
        ...

    async def drop(self, positions: Collection[int]) -> None:
        """Delete these snapshots, and then the pages that none is left to name."""
        ...


class Journal(Protocol):
    """The append-only, hash-chained list of events, with what must be committed together with them."""

    @property
    def snapshots(self) -> SnapshotStore:
        """The sheets at rest kept beside the events."""
        ...

    async def write(self, job: Callable[[Transaction], T]) -> T:
        """Run `job` in one write transaction, elsewhere than in the caller's thread; storage errors as `ports` has."""
        ...

    async def head(self) -> Head:
        """The last position and its hash."""
        ...

    def entries(self, after: int = 0, upto: int | None = None, *, check: bool = False) -> Iterator[Entry]:
        """Every event after `after` up to `upto`, in order, read in chunks in the calling thread.

        With `check` (from the first event on only) every hash is computed anew; raises `ChainBroken`.
        """
        ...

    def replay(self, sheet: Sheet, upto: int | None = None, *, check: bool = False) -> Iterator[int]:
        """Bring the sheet on to `upto` as `evolve` does, in steps: each yields the position reached. Blocks.

        With `check` every hash is computed anew from the sheet's position on; at the first that is wrong raises
        `ChainBroken`, the sheet being where all was well. After any other error the sheet is of no use.
        """
        ...

    def hash_at(self, position: int) -> bytes | None:
        """The hash of the event there (32 zero bytes at 0), None if there is none. Blocks."""
        ...

    def about(self, index: int | None, after: int = 0, upto: int | None = None) -> Sequence[Entry]:
        """Every event about the row, or about the whole table (columns, manner, imports), in order.

        Only those after `after` up to `upto`; `index` None: those about the whole table alone. It blocks.
        """
        ...

    async def link(self, position: int) -> Link | None:
        """The event there as it is stored, and the hash before it; None if there is none."""
        ...

    async def index_rows(self, seconds: float) -> None:
        """Bring whatever makes `about` and a `page` of one row quick up to date, a little at a time, no longer than so.

        What is left is done the next time.
        """
        ...

    async def page(self, events: EventFilter) -> list[bytes]:
        """The JSON of the events that match, in order."""
        ...

    async def position_at(self, at: int) -> int:
        """The last position recorded at or before `at` (UTC in microseconds); 0 if there is none."""
        ...

    async def marks(self) -> Mapping[str, str]:
        """The small facts kept by `set_marks`."""
        ...

    async def set_marks(self, marks: Mapping[str, str]) -> None:
        """Keep small facts that outlive a restart."""
        ...

    async def drop_answers(self, before: int) -> int:
        """Forget the answers kept before `before` (UTC in microseconds) and say how many."""
        ...


class Published(Protocol):
    """What a publish of the table's file did (see `TableStore.publish`)."""

    @property
    def displaced(self) -> Path | None:
        """Where the file that lay there before lies now."""
        ...

    @property
    def foreign(self) -> bool:
        """Whether what was displaced is somebody else's save, which must be kept."""
        ...

    @property
    def late(self) -> tuple[Path, ...]:
        """Files displaced earlier that turned out to be somebody else's saves."""
        ...


class Found(Protocol):
    """A file that somebody else wrote. Every method blocks and may raise `OSError`."""

    @property
    def path(self) -> Path:
        """Where it lies."""
        ...

    def identity(self) -> Any:
        """What tells its states apart; None if there is no regular file."""
        ...

    def read(self) -> bytes | None:
        """Its bytes, None if there is no regular file."""
        ...

    def being_written(self) -> bool:
        """Whether somebody has it open for writing; False where that cannot be known."""
        ...


class ConflictStore(Protocol):
    """Notes on the saves that were set aside, by their names. Every method blocks; errors are `BackupError`s."""

    def write(self, name: str, note: Mapping[str, Any]) -> None:
        """Make `note` what is noted of the save."""
        ...

    def all(self) -> Mapping[str, Mapping[str, Any]]:
        """Every note by name, oldest first."""
        ...

    def read(self, name: str) -> bytes | None:
        """The bytes of the save; None if it is gone or no regular file."""
        ...


class TableStore(Protocol):
    """The table's file on the disk. Every method blocks; errors are `OSError`s or the adapter's own."""

    def read(self) -> bytes | None:
        """The file's bytes, None if there is no file."""
        ...

    def matches(self, parts: Sequence[bytes]) -> bool:
        """Whether the file holds exactly these bytes; then they count as published."""
        ...

    @property
    def published(self) -> Any:
        """The identity of what was last published, matched or accepted."""
        ...

    def identity(self) -> Any:
        """The identity of what lies there now, None if nothing does. An error if that is no regular file."""
        ...

    def found(self, path: Path | None = None) -> "Found":
        """A look at what somebody else saved: over the table, or in a file that was displaced."""
        ...

    def accept(self, identity: Any) -> None:
        """The file of this identity has been taken in: displacing it is not foreign, unless it changes again."""
        ...

    def release(self, path: Path, identity: Any) -> None:
        """A displaced file has been taken in as it was at `identity`: it may go, unless somebody writes into it."""
        ...

    def publish(self, parts: Sequence[bytes]) -> Published:
        """Make the file hold exactly these bytes, in one step that outlasts a power cut."""
        ...

    def prepare(self) -> None:
        """Do now, when nothing happens, what the next publish would have to do."""
        ...

    @property
    def reserved(self) -> bool:
        """Whether the next publish costs no more for it if a backup takes the displaced file."""
        ...

    def reserve(self) -> bool:
        """Do a short piece of what makes it so; whether there is more to do."""
        ...

    def late_saves(self) -> tuple[Path, ...]:
        """Files displaced lately, or before a crash, that hold somebody's edits: told once, the caller's to keep."""
        ...

    def close(self) -> None:
        """Leave nothing of our own behind beside the file."""
        ...


class Backup(Protocol):
    """A copy of the table as it was at `position`, made `at` (UTC in microseconds), `size` bytes."""

    @property
    def name(self) -> str:
        """What it is called; it is asked for by this name alone."""
        ...

    @property
    def position(self) -> int:
        """The position of the journal that it shows."""
        ...

    @property
    def at(self) -> int:
        """When it was made, UTC in microseconds."""
        ...

    @property
    def size(self) -> int:
        """Its size in bytes."""
        ...


class BackupStore(Protocol):
    """The backups on the disk. Every method blocks; errors are `BackupError`s."""

    def link(self, source: Path, position: int, at: int) -> Backup:
        """Keep the file `source`, the table at `position`, at no copying cost."""
        ...

    def write(self, parts: Sequence[bytes], position: int, at: int) -> Backup:
        """Make a backup of these bytes."""
        ...

    def list(self) -> Sequence[Backup]:
        """All backups, oldest first."""
        ...

    def path_of(self, name: str) -> Path:
        """Where a backup lies; raises `BackupNotFound`."""
        ...

    def digest(self, name: str) -> str:
        """SHA-256 of a backup's bytes in hex; raises `BackupNotFound`."""
        ...

    def set_aside(self, source: Path, at: int) -> str:
        """Move somebody's save to the conflicts, whatever it is; its name there."""
        ...

    def keep_aside(self, data: bytes, at: int) -> str:
        """Keep the bytes of somebody's save in the conflicts; its name there."""
        ...

    def thin(self, now: int) -> object:
        """Drop the backups that are too many for their age."""
        ...


class Telemetry(Protocol):
    """Where the editor says what it does."""

    def committed(self, commands: int, kinds: Mapping[str, int], seconds: float) -> None:
        """A batch of so many commands became events of these kinds."""
        ...

    def refused(self, code: str) -> None:
        """A command was refused."""
        ...

    def failed(self) -> None:
        """A batch could not be committed."""
        ...
