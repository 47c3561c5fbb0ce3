"""Notices that somebody saved over the table's file: by the folder's events, and by a look now and then."""

import asyncio
import logging
import os
from collections.abc import Callable
from pathlib import Path

from watchfiles import Change, awatch

from rowlock.files.table_file import TableFile, TableFileError

log = logging.getLogger(__name__)

# The folder, not the file: a watched file is lost sight of as soon as another takes its name.
DEBOUNCE_MILLIS = 100
POLL_SECONDS = 2.0
RETRY_SECONDS = 60.0


class Watch:
    """Calls `changed` in the event loop whenever the file may not be what was published; our own publishes are none.

    Where a folder cannot be watched (a network, too many watches) the look now and then finds the same, later.
    """

    def __init__(self, table: TableFile, changed: Callable[[], None], poll: float = POLL_SECONDS) -> None:
        self._table = table
        self._changed = changed
        self._poll = poll
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to watch."""
        for name, job in (("watching", self._watching()), ("polling", self._polling())):
            self._tasks.append(asyncio.create_task(job, name=f"rowlock-file-{name}"))

    async def close(self) -> None:
        """Stop."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _watching(self) -> None:
        while True:
            try:
                await self._follow((await asyncio.to_thread(self._table.found)).path)
            except Exception as error:  # whatever the system refuses: polling goes on
                log.warning("the table's folder cannot be watched, only looked at now and then: %s", error)
            await asyncio.sleep(RETRY_SECONDS)

    async def _follow(self, target: Path) -> None:
        def concerns(_: Change, path: str) -> bool:
            return os.path.basename(path) == target.name

        async for _ in awatch(
            target.parent, watch_filter=concerns, debounce=DEBOUNCE_MILLIS, step=DEBOUNCE_MILLIS // 2, recursive=False
        ):
            await self._look()

    async def _polling(self) -> None:
        while True:
            await asyncio.sleep(self._poll)
            await self._look()

    async def _look(self) -> None:
        try:
            if not await asyncio.to_thread(self._table.changed):
                return
        except TableFileError:
            pass  # a folder in its place, say: that too is to be seen to
        self._changed()
