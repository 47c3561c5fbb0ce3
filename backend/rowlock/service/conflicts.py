"""What of outside saves was set aside and waits for somebody to decide: kept, listed, settled.

A conflict is a note beside its file in the backups (not a row of the database), so that the two are never apart, and
so that the folder says all of it by itself, also to somebody who restores the journal from elsewhere.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rowlock.core.merge import Clash
from rowlock.service.ports import BackupStore, Clock, ConflictStore

log = logging.getLogger(__name__)

ROWS_KEPT = 1_000
OPEN, ACCEPTED, DISMISSED = "open", "accepted", "dismissed"

# Why something was set aside; the codes of `BadTable` come beside these.
REASONS = {
    "rows": "rows were held by somebody or had been changed meanwhile",
    "older": "rows in the saved file are older than the table",
    "columns": "the columns were changed here meanwhile",
    "half_lost": "the file has lost more than half of its rows",
    "damaged": "a program seems to have mangled many cells",
    "not_regular": "it is no regular file",
}


class ConflictNotFound(Exception):
    """No conflict of this id is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """An outside save that was set aside, or some of its rows: `indexes` (None: all of the save).

    `base`: the position that it is to be compared with. `rows` are the first of the values that stayed out, `changes`
    counts of what the whole save would change, where it could be read.
    """

    id: str
    at: int
    reason: str
    detail: str
    base: int
    sha256: str | None = None
    rows: tuple[Clash, ...] = ()
    indexes: tuple[int, ...] | None = None
    changes: Mapping[str, int] | None = None
    state: str = OPEN
    by: str | None = None

    @property
    def file(self) -> str:
        """The name of the file in the backups' folder `conflicts`."""
        return f"{self.id}.csv"


Listener = Callable[[Conflict], None]


class Conflicts:
    """The conflicts that are open, and their files."""

    def __init__(self, notes: ConflictStore, backups: BackupStore, clock: Clock) -> None:
        self._notes = notes
        self._backups = backups
        self._clock = clock
        self._open: dict[str, Conflict] = {}
        self._listeners: list[Listener] = []

    async def load(self) -> None:
        """Find what was left open before the start."""
        notes = await asyncio.to_thread(self._notes.all)
        found = (_conflict(name, note) for name, note in notes.items())
        self._open = {each.id: each for each in found if each is not None and each.state == OPEN}

    def listen(self, listener: Listener) -> None:
        """Call `listener` with each new conflict."""
        self._listeners.append(listener)

    def list(self) -> Sequence[Conflict]:
        """Those that are open, newest first."""
        return [self._open[name] for name in sorted(self._open, reverse=True)]

    def find(self, name: str) -> Conflict:
        """An open one by its id; raises `ConflictNotFound`."""
        try:
            return self._open[name]
        except KeyError:
            raise ConflictNotFound(f"There is no open conflict {name!r}.") from None

    def rows_of(self, data: bytes) -> frozenset[int]:
        """The rows of these bytes, saved before, that somebody is still to decide on."""
        digest = hashlib.sha256(data).hexdigest()
        return frozenset(index for each in self._open.values() if each.sha256 == digest for index in each.indexes or ())

    async def read(self, conflict: Conflict) -> bytes:
        """The bytes of the save; raises `ConflictNotFound` if they are gone or were no file."""
        data = await asyncio.to_thread(self._notes.read, conflict.id)
        if data is None:
            raise ConflictNotFound(f"The file conflicts/{conflict.file} is gone, or is none.")
        return data

    async def keep(self, data: bytes, reason: str, base: int, **more: Any) -> None:
        """Set the bytes of a save aside and tell everybody; once for the same bytes and reason."""
        digest = hashlib.sha256(data).hexdigest()
        if any((each.sha256, each.reason) == (digest, reason) for each in self._open.values()):
            return
        name = await asyncio.to_thread(self._backups.keep_aside, data, self._clock.wall())
        await self._note(name, reason, base, sha256=digest, **more)

    async def move(self, path: Path, reason: str, base: int, **more: Any) -> None:
        """Set aside whatever lies there, by moving it, and tell everybody."""
        name = await asyncio.to_thread(self._backups.set_aside, path, self._clock.wall())
        await self._note(name, reason, base, **more)

    async def settle(self, conflict: Conflict, state: str, by: str) -> None:
        """Note who accepted or dismissed it; it is open no more. Raises `ConflictNotFound`."""
        self.find(conflict.id)
        await asyncio.to_thread(self._notes.write, conflict.id, _note_of(replace(conflict, state=state, by=by)))
        self._open.pop(conflict.id, None)

    async def _note(self, name: str, reason: str, base: int, **more: Any) -> None:
        more.setdefault("detail", f"An outside save was set aside: {REASONS.get(reason, reason)}.")
        conflict = Conflict(id=name.removesuffix(".csv"), at=self._clock.wall(), reason=reason, base=base, **more)
        await asyncio.to_thread(self._notes.write, conflict.id, _note_of(conflict))
        self._open[conflict.id] = conflict
        log.warning("%s It is kept in the backups as conflicts/%s", conflict.detail, conflict.file)
        for listener in self._listeners:
            listener(conflict)


def _note_of(conflict: Conflict) -> Mapping[str, Any]:
    rows = [[clash.index, clash.column, clash.ours, clash.theirs] for clash in conflict.rows[:ROWS_KEPT]]
    return {
        "at": conflict.at,
        "reason": conflict.reason,
        "detail": conflict.detail,
        "base": conflict.base,
        "sha256": conflict.sha256,
        "rows": rows,
        "indexes": conflict.indexes,
        "changes": conflict.changes,
        "state": conflict.state,
        "by": conflict.by,
    }


def _conflict(name: str, note: Mapping[str, Any]) -> Conflict | None:
    """The conflict that a note tells of; None if somebody has changed it beyond recognition."""
    try:
        rows = tuple(Clash(index=i, column=c, ours=o, theirs=t) for i, c, o, t in note["rows"])
        indexes = None if note["indexes"] is None else tuple(note["indexes"])
        return Conflict(id=name, **{**note, "rows": rows, "indexes": indexes})
    except (KeyError, TypeError, ValueError) as error:
        log.warning("the note conflicts/%s.json is none of ours: %s", name, error)
        return None
