"""Takes in what other programs save over the table's file: compared by row, journalled as one batch by `file`.

Nothing that somebody saved is lost: it becomes events, or it is set aside as a conflict that everybody is told of.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rowlock.core.commands import Caller, ChangeTable, TableOp
from rowlock.core.diff import Difference, compare
from rowlock.core.doubt import doubt
from rowlock.core.leases import live_lease
from rowlock.core.merge import Merge, merge, overriding
from rowlock.core.nearest import Origin, nearest
from rowlock.core.outside_table import read_like, torn
from rowlock.core.records import BadTable, Table
from rowlock.core.refusals import BadTableRefused, Refusal
from rowlock.core.sheet import Sheet
from rowlock.service.conflicts import ACCEPTED, Conflict, Conflicts
from rowlock.service.editor import Editor, Refused
from rowlock.service.ports import Answer, Clock, Found, Journal, TableStore

log = logging.getLogger(__name__)

FILE = Caller(actor="file")
REASON = "outside_edit"
# A save is believed to be whole when nothing has changed for so long and nobody has it open for writing ...
STILL_SECONDS = 0.3
# ... and when it reads as a table that is not cut off; what is still none after so long never will be.
PATIENCE_SECONDS = 4.0
STEP_SECONDS = 0.05
# So far back a save may have been made from: events, and the time within which it is a mere race of two programs.
WINDOW_EVENTS = 10_000
RACE_MICROS = 5_000_000
TRIES = 50
WORLD_MOVED = frozenset({"table_moved", "version_mismatch", "row_deleted", "row_not_found", "row_locked"})

Past = Callable[[int], Awaitable[Sheet]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """A save as it was read: its bytes, its table, or why it is none."""

    identity: Any
    data: bytes
    table: Table | None
    bad: BadTable | None

    def whole(self, sheet: Sheet) -> bool:
        """Whether it looks like all that somebody meant to write."""
        return (
            self.table is not None and not torn(self.table, sheet.dialect) and 2 * len(self.table.lengths) > sheet.total
        )


class Outside:
    """Finds, reads and merges outside saves. Its owner, the materialiser, calls it from one task alone."""

    def __init__(
        self, editor: Editor, journal: Journal, past: Past, table: TableStore, conflicts: Conflicts, clock: Clock
    ) -> None:
        self._editor = editor
        self._journal = journal
        self._past = past
        self._table = table
        self._conflicts = conflicts
        self._clock = clock
        self._waiting: list[tuple[Path, int, bool]] = []

    def found(self, paths: Iterable[Path], position: int, *, returning: bool = False) -> None:
        """Remember displaced files that hold somebody's saves, made from the table at `position` or before.

        `returning`: a save of exactly an older state means to go back to it. It does where the file was replaced, but
        not where somebody wrote into a file that had been displaced.
        """
        self._waiting += ((path, position, returning) for path in paths)

    @property
    def waiting(self) -> int:
        """How many displaced files are still to be taken in."""
        return len(self._waiting)

    async def look(self, position: int) -> bool:
        """Take in what lies over the file that was published at `position`; whether there was anything."""
        found = await asyncio.to_thread(self._table.found)
        try:
            identity = await asyncio.to_thread(self._table.identity)
        except Exception as error:
            if getattr(error, "code", None) != "not_regular":
                raise
            await self._conflicts.move(found.path, "not_regular", position)
            return True
        if identity == self._table.published:
            return False
        if identity is None:
            log.warning("the table's file was deleted; it is written again")
            return False
        if (reading := await self._read(found)) is not None:
            await self._take(reading, position, returning=True)
            self._table.accept(reading.identity)
        return True

    async def work(self) -> None:
        """Take in the displaced files that wait; after an error the rest waits for the next time."""
        while self._waiting:
            path, position, returning = self._waiting[0]
            reading = await self._read(await asyncio.to_thread(self._table.found, path))
            if reading is not None:
                await self._take(reading, position, returning=returning)
                await asyncio.to_thread(self._table.release, path, reading.identity)
            elif await asyncio.to_thread(path.exists):
                await self._conflicts.move(path, "not_regular", position)
            del self._waiting[0]

    async def accept(self, conflict: Conflict, caller: Caller) -> Answer:
        """Do what the save asks for after all, as a batch by `caller`, under the same rules as any write of theirs.

        Where it was about some rows, only what those hold. Raises `Refused`, `ConflictNotFound`.
        """
        data = await self._conflicts.read(conflict)
        try:
            table = await asyncio.to_thread(read_like, data, self._editor.sheet.dialect, self._editor.sheet.columns)
        except BadTable as bad:
            raise Refused(BadTableRefused(code=bad.code, reason=bad.detail, line=bad.line, byte=bad.byte)) from None
        base = (await self._past(conflict.base)).copy()
        found = await asyncio.to_thread(compare, base, table)
        only = None if conflict.indexes is None else frozenset(conflict.indexes)

        def plan(ours: Sheet) -> Merge:
            merged = overriding(base, found, ours, only)
            return Merge(ops=compare(ours, table).ops) if merged.reshaped else merged

        _, answer = await self._submit(plan, caller)
        await self._conflicts.settle(conflict, ACCEPTED, caller.actor)
        return answer

    # Reading

    async def _read(self, found: Found) -> _Reading | None:
        """The save once it is whole, or will not become it any more; None if it is gone or no regular file."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PATIENCE_SECONDS
        while True:
            await self._stillness(found, deadline)
            reading = await asyncio.to_thread(self._reading, found)
            if reading is None or reading.whole(self._editor.sheet) or loop.time() >= deadline:
                return reading
            await asyncio.sleep(STEP_SECONDS)

    async def _stillness(self, found: Found, deadline: float) -> None:
        """Return once nobody writes into the file, or at the deadline."""
        loop = asyncio.get_running_loop()
        seen, since = await asyncio.to_thread(found.identity), loop.time()
        while loop.time() < min(deadline, since + STILL_SECONDS):
            await asyncio.sleep(STEP_SECONDS)
            now = await asyncio.to_thread(found.identity)
            if now != seen or await asyncio.to_thread(found.being_written):
                seen, since = now, loop.time()

    def _reading(self, found: Found) -> _Reading | None:
        identity = found.identity()
        data = found.read()
        if data is None or identity is None:
            return None
        sheet = self._editor.sheet
        table, bad = None, None
        try:
            table = read_like(data, sheet.dialect, sheet.columns)
        except BadTable as error:
            bad = error
        return _Reading(identity=identity, data=data, table=table, bad=bad)

    # Merging

    async def _take(self, reading: _Reading, position: int, *, returning: bool) -> None:
        """Journal what the save changed; set aside what cannot be."""
        if reading.table is None:
            assert reading.bad is not None
            detail = f"An outside save was set aside: {reading.bad.detail}"
            await self._conflicts.keep(reading.data, reading.bad.code, position, detail=detail)
            return
        table = reading.table
        origin = await self._origin(table, position, returning=returning)
        base = (await self._past(origin.position)).copy()
        found = await asyncio.to_thread(compare, base, table)
        if reason := doubt(found, base):
            await self._conflicts.keep(reading.data, reason, origin.position, changes=found.counts)
            return
        try:
            merged, _ = await self._submit(lambda ours: merge(base, found, ours, self._held(ours, reading.data)), FILE)
        except Refused as refused:  # so that one save that nobody foresaw does not hold up the file for ever
            detail = f"An outside save was set aside: {refused.refusal.detail()}"
            await self._conflicts.keep(reading.data, refused.refusal.code, origin.position, detail=detail)
            return
        await self._set_aside(reading.data, merged, found, origin.position)
        if unseen := origin.rows - {clash.index for clash in merged.clashes}:
            await self._tell_older(reading.data, table, replace(origin, rows=unseen), position)

    async def _set_aside(self, data: bytes, merged: Merge, found: Difference, base: int) -> None:
        if merged.reshaped:
            await self._conflicts.keep(data, "columns", base, changes=found.counts)
        elif merged.clashes:
            indexes = tuple(sorted({clash.index for clash in merged.clashes}))
            await self._conflicts.keep(data, "rows", base, rows=merged.clashes, indexes=indexes)

    async def _tell_older(self, data: bytes, table: Table, origin: Origin, position: int) -> None:
        """Who saved the file had not seen the newest values: they stay, and that person is told, but not of a race."""
        if origin.since is None or self._clock.wall() - origin.since < RACE_MICROS:
            return
        base = (await self._past(position)).copy()
        found = await asyncio.to_thread(compare, base, table)
        clashes = merge(base, found, self._editor.sheet.copy(), lambda index: index in origin.rows).clashes
        if older := tuple(clash for clash in clashes if clash.index in origin.rows):
            indexes = tuple(sorted({clash.index for clash in older}))
            await self._conflicts.keep(data, "older", position, rows=older, indexes=indexes)

    async def _origin(self, table: Table, position: int, *, returning: bool) -> Origin:
        """What the save was made from; of exactly an older state, some time later, it may be a return to it.

        Looked for up to now, not only up to `position`: a save that was taken in right before a crash is then known.
        """
        start = await self._past(max(1, position - WINDOW_EVENTS))
        sheet = start.copy()
        origin = await asyncio.to_thread(self._nearest, sheet, self._editor.sheet.position, table)
        late = origin.since is not None and self._clock.wall() - origin.since >= RACE_MICROS
        return Origin(position=position, apart=0) if returning and late and origin.apart == 0 else origin

    def _nearest(self, sheet: Sheet, upto: int, table: Table) -> Origin:
        return nearest(sheet, (entry.event for entry in self._journal.entries(sheet.position, upto)), table)

    def _held(self, ours: Sheet, data: bytes) -> Callable[[int], bool]:
        """Rows with a lease, and those that clashed when the same bytes were saved before: somebody is to decide."""
        now, undecided = self._editor.clock.now(), self._conflicts.rows_of(data)
        return lambda index: index in undecided or live_lease(ours, index, now) is not None

    async def _submit(self, plan: Callable[[Sheet], Merge], caller: Caller) -> tuple[Merge, Answer]:
        """Do what can be done to the table as it is; planned anew as long as it moves on meanwhile."""
        tries = 0
        while True:
            tries += 1
            ours = self._editor.sheet.copy()
            merged = await asyncio.to_thread(plan, ours)
            if not merged.ops:
                return merged, {"position": ours.position}
            try:
                return merged, await self._editor.submit(_command(merged.ops, ours, caller), caller)
            except Refused as refused:
                if tries >= TRIES or not _worth_another_try(refused.refusal, caller):
                    raise


def _command(ops: tuple[TableOp, ...], ours: Sheet, caller: Caller) -> ChangeTable:
    """The rows' versions are asked for in the changes themselves, so other rows may change meanwhile."""
    return ChangeTable(ops=ops, reason=REASON, through_cooldown=caller is FILE, under=(ours.dialect, ours.header))


def _worth_another_try(refusal: Refusal, caller: Caller) -> bool:
    """Whether the table has moved on since the plan; for a person a held row is an answer, for the file a clash."""
    return refusal.code in WORLD_MOVED and (caller is FILE or refusal.code != "row_locked")
