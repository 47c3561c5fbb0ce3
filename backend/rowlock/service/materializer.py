"""Keeps the table's file equal to the journal, at most a moment behind, and a backup of what it replaces."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from rowlock.core import records
from rowlock.core.events import LEASE_FACTS
from rowlock.core.evolve import evolve
from rowlock.core.records import Dialect
from rowlock.core.sheet import Sheet
from rowlock.service.folding import settle
from rowlock.service.outside import Outside
from rowlock.service.ports import Backup, BackupError, BackupStore, Clock, Entry, Journal, TableStore
from rowlock.service.queries import folded
from rowlock.service.reserve import Reserve

log = logging.getLogger(__name__)

MARK = "published_position"
# A copy of every version while it is small; of a large file one in a while, since every version is in the journal.
SMALL_FILE = 8_000_000
LARGE_FILE_EVERY = 10_000_000
# One that takes the only spare makes the next publish write a file anew: of a large file it may be so much late.
BACKUP_PATIENCE = 30_000_000
# While so many events come in a second, edits need the machine: the file rests for so many times as long as a publish
# took, unless somebody waits for it or has saved over it.
MANY_EVENTS = 500
SELDOM = 20
LOOK_SECONDS = 0.1
# It is promised to be less than two seconds behind, and the next publish may take longer than the last one.
BEHIND_SECONDS = 1.8
# When nothing has changed for so long, the next publish is prepared.
QUIET_SECONDS = 1.0
RETRY_SECONDS = 1.0
# After quiet the watchers get the first edit before the file is written: both want the interpreter and a processor.
HEAD_START_SECONDS = 0.03
# How many events behind the last position known to be published are looked at, after a crash: each renders the table.
NOTED_LATE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """The file at a position, not yet joined: taken in the event loop, written in a thread."""

    position: int
    dialect: Dialect
    header: bytes
    parts: Sequence[bytes]

    @classmethod
    def of(cls, sheet: Sheet) -> "Rendering":
        """What the file must hold for the sheet as it is now."""
        return cls(position=sheet.position, dialect=sheet.dialect, header=sheet.header, parts=sheet.parts())

    def file_parts(self) -> list[bytes]:
        """The file's bytes, in parts."""
        return records.file_parts(self.dialect, self.header, self.parts)


def rest_under_load(*took: float) -> float:
    """How long the file may rest after publishes that took so long, if the next one takes as long; seconds.

    What changes right after a publish has begun is in the file after the rest of it, this rest and the next one. A
    single slow one is no reason for a long rest.
    """
    return min(SELDOM * min(took), BEHIND_SECONDS - 2 * max(took))


class Materializer:
    """Publishes the sheet to the file after changes, and says up to which position the file stands."""

    def __init__(
        self,
        sheet: Sheet,
        journal: Journal,
        table: TableStore,
        backups: BackupStore,
        outside: Outside,
        clock: Clock,
        interval: float,
    ) -> None:
        self.position = 0
        self.problem: str | None = None
        self.publishes = 0
        self._sheet = sheet
        self._journal = journal
        self._table = table
        self._backups = backups
        self._outside = outside
        self._clock = clock
        self._interval = interval
        self._reserve = Reserve(table)
        self._wanted = 0
        self._writing = (0.0, 0.0)
        self._large = False
        self._last_backup: int | None = None
        self._backup_owed: int | None = None
        self._wake = asyncio.Event()
        self._done = asyncio.Condition()
        self._awaited = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to follow the sheet."""
        self._task = asyncio.create_task(self._run(), name="rowlock-materializer")
        self._reserve.start()

    async def close(self) -> None:
        """Bring the file up to date one last time and stop."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._reserve.close()
        if self.position < self._wanted:
            await self._publish()
        await self._tidy(self._table.close)

    async def open(self) -> None:
        """Bring the file and the sheet together at start; what somebody else wrote there meanwhile is taken in."""
        self._wanted = self._sheet.position
        try:
            await self._recognise()
        except Exception as error:  # what cannot be read is not known to be ours, so it is an outside save
            log.error("the table's file cannot be read: %s", error)
        await self._publish()
        await self.collect_late()
        if self.problem:
            self._wake.set()

    def extend(self, entries: Sequence[Entry]) -> None:
        """Take new entries; the editor calls this after folding them."""
        position = entries[-1].event.position
        # While the file is behind, leases too must wait for the next publish to know that the file has all before them.
        if self.position == self._wanted and all(isinstance(entry.event.fact, LEASE_FACTS) for entry in entries):
            self.position = self._wanted = position
            return
        self._wanted = position
        self._wake.set()

    @property
    def behind(self) -> int:
        """How many events the file has not yet."""
        return max(0, self._wanted - self.position)

    async def collect_late(self) -> None:
        """Take in what somebody wrote into a file that we had displaced meanwhile; worth a look now and then."""
        await self._tidy(lambda: self._outside.found(self._table.late_saves(), self.position))
        if self._outside.waiting:
            self.look()

    def look(self) -> None:
        """Somebody may have saved over the file: see to it soon, under load too."""
        self._awaited.set()
        self._wake.set()

    async def back_up(self) -> Backup:
        """Make a backup of the table as it is now; raises `BackupError`."""
        rendering = Rendering.of(self._sheet)
        parts, at = rendering.file_parts(), self._clock.wall()
        return await asyncio.to_thread(self._backups.write, parts, rendering.position, at)

    async def wait(self, position: int) -> None:
        """Return once the file holds everything up to `position`."""
        if self.position < position:
            self._awaited.set()
        async with self._done:
            await self._done.wait_for(lambda: self.position >= position)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        began = ready = loop.time()
        before = took = 0.0
        while True:
            await self._woken()
            if (wait := ready - loop.time()) > 0:
                since, known = began, self.position
                await asyncio.sleep(wait)
            else:
                # What woke us may be one batch; if more follows at once, it is load.
                since, known = loop.time(), self._wanted
                await self._unless_awaited(HEAD_START_SECONDS)
            if self._many(known, since):
                await self._rest(max(since, began + took) + rest_under_load(before, took))
            self._wake.clear()
            self._awaited.clear()
            began = loop.time()
            await self._publish()
            now = loop.time()
            before, took = took, now - began
            if self.problem:
                ready, took = now + RETRY_SECONDS, 0.0
                self._wake.set()
            else:
                # The disk rests for as long as it took, for huge tables; one slow write is no rule.
                ready = max(began + self._interval, now + min(self._writing))

    async def _woken(self) -> None:
        """Wait for a change; if none comes for a while, make use of it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(QUIET_SECONDS):
                await self._wake.wait()
                return
        await self._tidy(self._table.prepare)
        if self._large:
            self._reserve.want()
        await self._wake.wait()

    async def _unless_awaited(self, seconds: float) -> None:
        """Wait so long, or until somebody waits for the file."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._awaited.wait()

    def _many(self, known: int, since: float) -> bool:
        """Whether many events have come in behind position `known` since then."""
        return self._wanted - known > MANY_EVENTS * (asyncio.get_running_loop().time() - since)

    async def _rest(self, until: float) -> None:
        """Rest until then, but no longer than many events come in and nobody waits for the file."""
        loop = asyncio.get_running_loop()
        while (now := loop.time()) < until and not self._awaited.is_set():
            known = self._wanted
            await self._unless_awaited(min(LOOK_SECONDS, until - now))
            if not self._many(known, now):
                return

    async def _publish(self) -> None:
        """What somebody saved over the file is taken in before it is written, what slips in between right after."""
        try:
            taken = await self._outside.look(self.position)
            await settle(self._sheet)
            rendering = Rendering.of(self._sheet)
            began = time.monotonic()
            await asyncio.to_thread(self._write, rendering, taken)
            self._writing = (self._writing[1], time.monotonic() - began)
            await self._journal.set_marks({MARK: str(rendering.position)})
            self.position = rendering.position
            await self._outside.work()
        except Exception as error:  # the journal goes on; the file is late, and health says so
            if self.problem is None:
                log.error("the table's file could not be written, trying again: %s", error)
            self.problem = str(error)
            return
        self.problem = None
        self.publishes += 1
        if self._large:
            self._reserve.want()
        async with self._done:
            self._done.notify_all()

    def _write(self, rendering: Rendering, taken: bool) -> None:
        before = self.position
        parts = rendering.file_parts()
        self._large = sum(map(len, parts)) >= SMALL_FILE
        if taken and self._table.matches(parts):  # nothing but that save has happened: its file may stay
            return
        published = self._table.publish(parts)
        at = self._clock.wall()
        self._outside.found(published.late, before)
        if published.displaced is None:
            return
        if published.foreign:
            self._outside.found([published.displaced], before, returning=True)
        elif self._due(at):
            self._last_backup, self._backup_owed = at, None
            try:
                self._backups.link(published.displaced, before, at)
            except BackupError as error:  # a full backup disk must not stop the edits
                log.error("no backup was made: %s", error)

    def _due(self, at: int) -> bool:
        if not self._large:
            return True
        if self._last_backup is not None and at - self._last_backup < LARGE_FILE_EVERY:
            return False
        if self._backup_owed is None:
            self._backup_owed = at
        return self._table.reserved or at - self._backup_owed >= BACKUP_PATIENCE

    async def _tidy(self, job: Callable[[], None]) -> None:
        """Do what can wait for another time if the disk does not allow it now."""
        try:
            await asyncio.to_thread(job)
        except Exception as error:  # the adapters' own errors are not known here, and none of them may stop the edits
            log.error("the table's folder could not be tidied: %s", error)

    async def _recognise(self) -> None:
        """Find out whether the file is one that we published: the one of now, the last one known of, or one after it.

        A crash may fall between publishing and noting it. Folding the journal anew is slow, but only then.
        """
        self.position = max(1, int((await self._journal.marks()).get(MARK, "1")))
        if not await asyncio.to_thread(self._table.matches, Rendering.of(self._sheet).file_parts()):
            await asyncio.to_thread(self._match_past, self.position)

    def _match_past(self, known: int) -> None:
        """Have the table compared with what it was at `known`, and then after each event until it is the same.

        A crash leaves few events between; a file that shows none of the first of them is an outside save, which comes
        to nothing where it only has what the journal has too.
        """
        if self._table.identity() is None:
            return
        past = folded(self._journal, known)
        if self._table.matches(past.file_parts()):
            return
        for entry in self._journal.entries(known, min(self._sheet.position, known + NOTED_LATE)):
            evolve(past, entry.event)
            if not isinstance(entry.event.fact, LEASE_FACTS) and self._table.matches(past.file_parts()):
                return
