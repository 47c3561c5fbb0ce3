"""What the services need from the outside world: the storage's errors and the interfaces of its adapters."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from rowlock.core.events import Event

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
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

    `newest_first`: the last of them instead, in reverse order.
    """

    after: int = 0
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


class Journal(Protocol):
    """The append-only, hash-chained list of events, with what must be committed together with them."""

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


class TableStore(Protocol):
    """The table's file on the disk. Every method blocks; errors are `OSError`s or the adapter's own."""

    def read(self) -> bytes | None:
        """The file's bytes, None if there is no file."""
        ...

    def matches(self, parts: Sequence[bytes]) -> bool:
        """Whether the file holds exactly these bytes."""
        ...

    def publish(self, parts: Sequence[bytes]) -> Published:
        """Make the file hold exactly these bytes, in one step that outlasts a power cut."""
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

    def set_aside(self, source: Path, at: int) -> object:
        """Move somebody's save to the conflicts."""
        ...

    def thin(self, now: int) -> object:
        """Drop the backups that are too many for their age."""
        ...


class Telemetry(Protocol):
    """Where the editor says what it does."""

    def committed(self, commands: int, kinds: list[str], seconds: float) -> None:
        """A batch of so many commands became events of these kinds."""
        ...

    def refused(self, code: str) -> None:
        """A command was refused."""
        ...

    def failed(self) -> None:
        """A batch could not be committed."""
        ...
