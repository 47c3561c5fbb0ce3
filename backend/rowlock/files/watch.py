"""Notices that somebody saved over the table's file, by looking at it several times a second."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread

from rowlock.files.table_file import TableFile, TableFileError

LOOK_SECONDS = 0.1


class Watch:
    """Calls `changed` in the event loop whenever the file may not be what was published; our own publishes are none.

    It looks from a thread of its own, since a disk may take its time, and a look waits for a publish.
    """

    def __init__(self, table: TableFile, changed: Callable[[], None], seconds: float = LOOK_SECONDS) -> None:
        self._table = table
        self._changed = changed
        self._seconds = seconds
        self._ending = Event()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin to watch."""
        loop = asyncio.get_running_loop()
        self._thread = Thread(target=self._run, args=(loop,), name="rowlock-file-watch", daemon=True)
        self._thread.start()

    async def close(self) -> None:
        """Stop; on return nothing is looked at any more."""
        self._ending.set()
        if self._thread:
            await asyncio.to_thread(self._thread.join)

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        while not self._ending.wait(self._seconds):
            if self._is_changed():
                with suppress(RuntimeError):  # the loop is closed, and nobody wants to know any more
                    loop.call_soon_threadsafe(self._changed)

    def _is_changed(self) -> bool:
        try:
            return self._table.changed()
        except TableFileError:  # a folder in its place, say: that too is to be seen to
            return True
