"""Keeps the sheet at rest now and then, so that starting and going to a moment stay quick however long the history."""

import asyncio
import logging
from collections.abc import Collection, Sequence
from contextlib import suppress
from operator import attrgetter

from rowlock.core.sheet import BLOCK_ROWS, Image, Sheet
from rowlock.service.folding import settle
from rowlock.service.ports import Entry, PagesMissing, SnapshotStore, SnapshotUnfit, StorageError

log = logging.getLogger(__name__)

EVERY = 20_000
# Where edits are scattered all over a large table each snapshot stores most of it anew: so many events a page must pay.
EVENTS_A_PAGE = 20
QUIET_SECONDS = 60.0
# So many pages in one transaction, and as long a pause after each: an edit never waits long for its turn.
PAGES_AT_ONCE = 32
# What a fold from the nearest snapshot may take: far back, a sixteenth of all history, once that is longer.
FARTHEST = 50_000
SHARE = 16


class Snapshots:
    """Takes a snapshot after `every` events (of a large table, more), or once all is quiet for `quiet` seconds."""

    def __init__(self, sheet: Sheet, store: SnapshotStore, *, every: int = EVERY, quiet: float = QUIET_SECONDS) -> None:
        self.position = 0
        self._sheet = sheet
        self._store = store
        self._every = every
        self._quiet = quiet
        self._last_change = 0.0
        self._changed = asyncio.Event()
        self._due = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to follow the sheet."""
        self.position = next(iter(await asyncio.to_thread(self._store.positions)), 0)
        self._look()
        self._task = asyncio.create_task(self._run(), name="rowlock-snapshots")

    async def close(self) -> None:
        """Stop; what the last snapshot lacks is folded at the next start."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def extend(self, entries: Sequence[Entry]) -> None:
        """Take new entries; the editor calls this after folding them."""
        self._look()

    def _look(self) -> None:
        behind = self._sheet.position - self.position
        if behind > 0:
            self._last_change = asyncio.get_running_loop().time()
            self._changed.set()
        if behind >= self._every and behind >= EVENTS_A_PAGE * self._sheet.total // BLOCK_ROWS:
            self._due.set()

    async def _run(self) -> None:
        while True:
            await self._changed.wait()
            await self._until_due()
            self._changed.clear()
            self._due.clear()
            try:
                await self.take()
            except StorageError as error:  # it is a cache: starting takes longer, no more
                log.error("no snapshot was taken: %s", error)
            else:  # what came in meanwhile was counted from the one before
                self._due.clear()
                self._look()

    async def _until_due(self) -> None:
        """Return after enough events, or when all has been quiet for a while."""
        loop = asyncio.get_running_loop()
        while not self._due.is_set() and (wait := self._last_change + self._quiet - loop.time()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._due.wait()

    async def take(self) -> None:
        """Keep the sheet as it is now, and drop the snapshots that are too many for their age."""
        await settle(self._sheet)
        image = self._sheet.image()
        try:
            await self._keep(image)
        except PagesMissing:
            await self._keep(image, anew=True)
        self.position = image.position
        positions = await asyncio.to_thread(self._store.positions)
        if superfluous := set(positions) - set(kept(positions, self._every)):
            await self._store.drop(superfluous)

    async def _keep(self, image: Image, *, anew: bool = False) -> None:
        names = {number: page.kept for number, page in enumerate(image.pages) if page.kept is not None and not anew}
        fresh = [number for number in range(len(image.pages)) if number not in names]
        for start in range(0, len(fresh), PAGES_AT_ONCE):
            numbers = fresh[start : start + PAGES_AT_ONCE]
            began = asyncio.get_running_loop().time()
            stored = await self._store.keep_pages([image.pages[number] for number in numbers])
            names.update(zip(numbers, stored, strict=True))
            await asyncio.sleep(asyncio.get_running_loop().time() - began)
        await self._store.keep(image, [names[number] for number in range(len(image.pages))])
        for number in fresh:
            image.pages[number].note_kept(names[number])


def kept(positions: Collection[int], every: int = EVERY) -> list[int]:
    """Which of the snapshots are worth their place: the newest, and of older ones fewer the older they are.

    What is dropped leaves no gap longer than half its age, than what may be folded in a moment, or than `every`.
    """
    newest_first = sorted(positions, reverse=True)
    chosen = newest_first[:1]
    for position, older in zip(newest_first[1:], [*newest_first, 0][2:], strict=True):
        head = chosen[0]
        gap = min((head - older) // 2, max(FARTHEST, head // SHARE))
        if chosen[-1] - older > max(gap, every):
            chosen.append(position)
    return chosen


def alike(one: Sheet, other: Sheet) -> bool:
    """Whether two sheets are the same, but for cooldowns that one of them has forgotten."""
    first, second = one.image(), other.image()
    named = attrgetter("position", "next_index", "dialect", "header", "columns", "leases")
    forgotten = first.cooling.keys() ^ second.cooling.keys()
    cooling = [{i: each for i, each in image.cooling.items() if i not in forgotten} for image in (first, second)]
    return named(first) == named(second) and cooling[0] == cooling[1] and _rows_of(first) == _rows_of(second)


def _rows_of(image: Image) -> tuple[bytes, ...]:
    """Everything about the rows, however they are divided into pages."""
    return tuple(
        b"".join(memoryview(column).cast("B") for column in columns)
        for columns in zip(*(page[2:] for page in image.pages), strict=True)
    )


def nearest(store: SnapshotStore, upto: int | None) -> Sheet:
    """The sheet of the last snapshot at or before `upto` that can be used, or an empty one. Blocks."""
    for position in store.positions():
        if upto is None or position <= upto:
            try:
                return Sheet.of(store.load(position))
            except SnapshotUnfit as unfit:
                log.warning("the snapshot at position %d is not used: %s", position, unfit)
    return Sheet()
