"""Has a second spare of a large file written, a little at a time, so that a backup may take the first one."""

import asyncio
import logging
import time
from contextlib import suppress

from rowlock.service.ports import TableStore

log = logging.getLogger(__name__)

# After each piece the disk is left to others for this many times as long, and at least for so many seconds.
GENTLY = 2
PAUSE_SECONDS = 0.005
# After an error, which a full disk is too.
RETRY_SECONDS = 30.0


class Reserve:
    """Sees to it in a task of its own; what it writes is of use to the next publish at any time."""

    def __init__(self, table: TableStore) -> None:
        self._table = table
        self._wanted = asyncio.Event()
        self._ending = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to watch for when it is wanted."""
        self._task = asyncio.create_task(self._run(), name="rowlock-reserve")

    def want(self) -> None:
        """See to it that there is a reserve, now or soon."""
        self._wanted.set()

    async def close(self) -> None:
        """Write no more; on return nothing is being written."""
        self._ending.set()
        self._wanted.set()
        if self._task:
            await self._task

    async def _run(self) -> None:
        while not self._ending.is_set():
            await self._wanted.wait()
            self._wanted.clear()
            while not self._ending.is_set() and (pause := await self._written()):
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._ending.wait()

    async def _written(self) -> float:
        """Write a piece; for how many seconds to rest then, 0 if there is no more to do."""
        began = time.monotonic()
        try:
            more = await asyncio.to_thread(self._table.reserve)
        except Exception as error:  # the adapter's own are not known here; it costs time to have none, and nothing else
            log.error("no spare of the table's file could be written: %s", error)
            return RETRY_SECONDS
        return max(PAUSE_SECONDS, GENTLY * (time.monotonic() - began)) if more else 0.0
