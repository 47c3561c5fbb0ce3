"""Keeps the table's file equal to the journal, at most a moment behind, and a backup of what it replaces."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rowlock.core import records
from rowlock.core.events import (
    LeaseExpired,
    LeaseGranted,
    LeaseReleased,
    LeaseRenewed,
)
from rowlock.core.evolve import evolve
from rowlock.core.records import Dialect
from rowlock.core.sheet import Sheet
from rowlock.service.ports import Backup, BackupError, BackupStore, Clock, Entry, Journal, TableStore

log = logging.getLogger(__name__)

MARK = "published_position"
LEASE_FACTS = (LeaseGranted, LeaseRenewed, LeaseReleased, LeaseExpired)
# A copy of every version while it is small; of a large file one in a while, since every version is in the journal.
SMALL_FILE = 8_000_000
LARGE_FILE_EVERY = 10_000_000
# A publish takes at most this part of the time, so that huge tables do not keep the disk busy.
DUTY = 4
RETRY_SECONDS = 1.0


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


class Materializer:
    """Publishes the sheet to the file after changes, and says up to which position the file stands."""

    def __init__(
        self,
        sheet: Sheet,
        journal: Journal,
        table: TableStore,
        backups: BackupStore,
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
        self._clock = clock
        self._interval = interval
        self._wanted = 0
        self._last_backup: int | None = None
        self._foreign: list[Path] = []
        self._wake = asyncio.Event()
        self._done = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to follow the sheet."""
        self._task = asyncio.create_task(self._run(), name="rowlock-materializer")

    async def close(self) -> None:
        """Bring the file up to date one last time and stop."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self.position < self._wanted:
            await self._publish()
        await self._tidy(self._table.close)

    async def open(self) -> None:
        """Bring the file and the sheet together at start; what somebody else wrote there meanwhile is set aside."""
        self._wanted = self._sheet.position
        rendering = Rendering.of(self._sheet)
        try:
            if not await asyncio.to_thread(self._table.matches, rendering.file_parts()):
                await self._recognise()
        except Exception as error:  # what cannot be read is not known to be ours, so it will be set aside
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
        """Keep what somebody wrote into a file that we had displaced meanwhile; worth a look now and then."""
        await self._tidy(lambda: self._keep_late(self._table.late_saves()))

    async def back_up(self) -> Backup:
        """Make a backup of the table as it is now; raises `BackupError`."""
        rendering = Rendering.of(self._sheet)
        parts, at = rendering.file_parts(), self._clock.wall()
        return await asyncio.to_thread(self._backups.write, parts, rendering.position, at)

    async def wait(self, position: int) -> None:
        """Return once the file holds everything up to `position`."""
        async with self._done:
            await self._done.wait_for(lambda: self.position >= position)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        ready = loop.time()
        while True:
            await self._wake.wait()
            if (wait := ready - loop.time()) > 0:
                await asyncio.sleep(wait)
            self._wake.clear()
            began = loop.time()
            await self._publish()
            if self.problem:
                ready = loop.time() + RETRY_SECONDS
                self._wake.set()
            else:
                ready = max(began + self._interval, loop.time() + DUTY * (loop.time() - began))

    async def _publish(self) -> None:
        rendering = Rendering.of(self._sheet)
        try:
            await asyncio.to_thread(self._write, rendering)
            await self._journal.set_marks({MARK: str(rendering.position)})
        except Exception as error:  # the journal goes on; the file is late, and health says so
            if self.problem is None:
                log.error("the table's file could not be written, trying again: %s", error)
            self.problem = str(error)
            return
        self.problem = None
        self.publishes += 1
        self.position = rendering.position
        async with self._done:
            self._done.notify_all()

    def _write(self, rendering: Rendering) -> None:
        before = self.position
        parts = rendering.file_parts()
        published = self._table.publish(parts)
        at = self._clock.wall()
        self._keep_late(published.late)
        if published.displaced is None:
            return
        if published.foreign:
            self._keep_late([published.displaced])
        elif self._due(at, parts):
            self._last_backup = at
            try:
                self._backups.link(published.displaced, before, at)
            except BackupError as error:  # a full backup disk must not stop the edits
                log.error("no backup was made: %s", error)

    def _due(self, at: int, parts: Sequence[bytes]) -> bool:
        if self._last_backup is None or at - self._last_backup >= LARGE_FILE_EVERY:
            return True
        return sum(map(len, parts)) < SMALL_FILE

    def _keep_late(self, saves: Iterable[Path]) -> None:
        """Move somebody else's versions of the file to the conflicts. Each is told once: what fails is tried again."""
        self._foreign += saves
        while self._foreign:
            if self._foreign[0].exists():
                name = self._backups.set_aside(self._foreign[0], self._clock.wall())
                log.warning("another program changed the file; it is kept in the backups as conflicts/%s", name)
            del self._foreign[0]

    async def _tidy(self, job: Callable[[], None]) -> None:
        """Do what can wait for another time if the disk does not allow it now."""
        try:
            await asyncio.to_thread(job)
        except Exception as error:  # the adapters' own errors are not known here, and none of them may stop the edits
            log.error("the table's folder could not be tidied: %s", error)

    async def _recognise(self) -> None:
        """Find out whether the file is one that we published: the last one known of, or one right after it.

        A crash may fall between publishing and noting it. Folding the journal anew is slow, but only then.
        """
        known = int((await self._journal.marks()).get(MARK, "0"))
        await asyncio.to_thread(self._match_past, known)

    def _match_past(self, known: int) -> bool:
        past = Sheet()
        for entry in self._journal.entries(0, self._sheet.position):
            evolve(past, entry.event)
            changed = not isinstance(entry.event.fact, LEASE_FACTS)
            due = past.position == known or (past.position > known and changed)
            if due and self._table.matches(past.file_parts()):
                return True
        return False
