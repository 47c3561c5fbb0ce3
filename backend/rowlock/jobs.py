"""What happens by the clock: numbers, the lock clean-up, sessions, thinning, and the watch over all that."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from rowlock.core.commands import Caller, ExpireLeases
from rowlock.service.editor import Overloaded
from rowlock.service.number_ports import Number
from rowlock.service.ports import BackupStore, StorageError
from rowlock.service.services import Services
from rowlock.settings import Settings

log = logging.getLogger(__name__)

SCHEDULER = Caller(actor="scheduler")
WATCH_SECONDS = 1.0
FOLLOW_SECONDS = 0.5
HOUSEKEEPING_SECONDS = 300
ANSWERS_KEPT = 7 * 24 * 3600 * 1_000_000
MISSED_BEFORE_WAKING = 3


class Jobs:
    """Runs the jobs on APScheduler, and wakes it when a wall clock that was set back has put it to sleep."""

    def __init__(
        self,
        services: Services,
        backups: BackupStore,
        settings: Settings,
        send_number: Sequence[Callable[[Number], None]],
    ) -> None:
        self.ticks = 0
        self.failures = 0
        self._services = services
        self._backups = backups
        self._settings = settings
        self._send_number = send_number
        self._scheduler: AsyncIOScheduler | None = None
        self._watch: asyncio.Task[None] | None = None
        self._last_tick = services.clock.elapsed()
        self._ticks_now = False

    def start(self) -> None:
        """Begin."""
        self._scheduler = self._scheduled()
        self._last_tick = self._services.clock.elapsed()
        self._watch = asyncio.create_task(self._watching(), name="rowlock-watch")

    async def close(self) -> None:
        """Stop, and note where the lease clock stands."""
        if self._watch:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        self._stop()
        await self._guarded("the lease clock", self._note_clock)

    @property
    def problem(self) -> str | None:
        """What is wrong with the scheduler, or None."""
        silent = self.seconds_since_tick
        if silent < max(10.0, 5 * self._settings.number_seconds):
            return None
        return f"the number generator last ran {silent:.0f} seconds ago"

    @property
    def seconds_since_tick(self) -> float:
        """How long ago the number generator last ran."""
        return (self._services.clock.elapsed() - self._last_tick) / 1_000_000

    def _scheduled(self) -> AsyncIOScheduler:
        options = {"coalesce": True, "max_instances": 1, "misfire_grace_time": 1}
        scheduler = AsyncIOScheduler(job_defaults=options, timezone="UTC")
        for seconds, name, job in self._jobs():
            scheduler.add_job(self._in_turn, "interval", seconds=seconds, args=[name, job], id=name)
        scheduler.start()
        return scheduler

    def _stop(self) -> None:
        """A scheduler that is shut down already must not stop the one who would start it anew."""
        if self._scheduler and self._scheduler.running:
            # It shuts down in the loop's next turn; what is due there would be cancelled unbegun, and called an error.
            self._scheduler.pause()
            self._scheduler.shutdown(wait=False)

    def _jobs(self) -> Iterable[tuple[float, str, Callable[[], Awaitable[object]]]]:
        yield self._settings.number_seconds, "the number generator", self._tick
        yield self._settings.cleanup_seconds, "the lock clean-up", self._clean_up
        yield self._settings.cleanup_seconds, "the session check", self._services.accounts.poll
        yield FOLLOW_SECONDS, "the journal check", self._follow
        yield self._settings.cleanup_seconds, "the late saves", self._services.materializer.collect_late
        yield self._settings.cleanup_seconds, "the index of rows", self._index_rows
        yield HOUSEKEEPING_SECONDS, "the thinning", self._thin

    async def _in_turn(self, name: str, job: Callable[[], Awaitable[object]]) -> None:
        """A job at its time. Who stops the scheduler interrupts it, and the scheduler would call that an error."""
        try:
            await self._guarded(name, job)
        except asyncio.CancelledError:
            log.info("%s was interrupted", name)

    async def _guarded(self, name: str, job: Callable[[], Awaitable[object]]) -> None:
        """A job that fails is logged and tried again at its next time; it never ends the others."""
        try:
            await job()
        except (StorageError, Overloaded) as error:
            self.failures += 1
            log.error("%s failed: %s", name, error)
        except Exception:
            self.failures += 1
            log.exception("%s failed", name)

    async def _tick(self) -> None:
        self._last_tick = self._services.clock.elapsed()
        self._ticks_now = True
        try:
            number = await self._services.numbers.tick()
        finally:
            self._ticks_now = False
        self.ticks += 1
        if number is not None:
            for send in self._send_number:
                send(number)

    async def _clean_up(self) -> None:
        """Record the leases that have run out and announce the rows whose cooldown is over."""
        editor = self._services.editor
        now = editor.clock.now()
        lapsed = (editor.sheet.lease(index) for index in editor.sheet.leased())
        if any(lease is not None and not lease.live(now) for lease in lapsed):
            await editor.submit(ExpireLeases(), SCHEDULER)
        if over := editor.sheet.forget_cooling(now):
            self._services.publisher.announce(over)
        await self._note_clock()

    async def _note_clock(self) -> None:
        await self._services.journal.set_marks(self._services.editor.clock.marks())

    async def _follow(self) -> None:
        """Notice what another process has written to the journal."""
        head = await self._services.journal.head()
        if head.position > self._services.editor.sheet.position:
            self._services.editor.catch_up()

    async def _index_rows(self) -> None:
        """For half of the time until the next time at most."""
        await self._services.journal.index_rows(self._settings.cleanup_seconds / 2)

    async def _thin(self) -> None:
        await self._services.numbers.thin()
        await self._services.journal.drop_answers(self._services.clock.wall() - ANSWERS_KEPT)
        await asyncio.to_thread(self._backups.thin, self._services.clock.wall())

    async def _watching(self) -> None:
        """APScheduler sleeps by the wall clock: set back, it would be silent until that has caught up."""
        limit = MISSED_BEFORE_WAKING * max(self._settings.number_seconds, WATCH_SECONDS)
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if self.seconds_since_tick > limit and not self._ticks_now:
                log.warning("the scheduler was silent for %.0f s; it is started anew", self.seconds_since_tick)
                self._stop()
                self._scheduler = self._scheduled()
                self._last_tick = self._services.clock.elapsed()
