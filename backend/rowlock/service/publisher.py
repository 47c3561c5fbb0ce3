"""Sends what the journal holds to everybody who listens: in order, without a gap, several edits in one message."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from rowlock.core.events import (
    Fact,
    LeaseExpired,
    LeaseGranted,
    LeaseReleased,
    LeaseRenewed,
    RowDeleted,
    RowUpdated,
)
from rowlock.core.leases import Status, status
from rowlock.service.editor import Editor
from rowlock.service.feed import Feed
from rowlock.service.ports import Entry

log = logging.getLogger(__name__)

MESSAGE_EVENTS = 1_000
STATUSES_AT_ONCE = 500
SECONDS_AN_EVENT = 0.001
LONGEST_WINDOWS = 5
LOCK_FACTS = (RowUpdated, RowDeleted, LeaseGranted, LeaseRenewed, LeaseReleased, LeaseExpired)


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """Every event after `after` up to `position`, as JSON, in order."""

    after: int
    position: int
    events: Sequence[bytes]


class Sink(Protocol):
    """Where messages go: the sockets, the streams. Sending waits for nothing, so who joins meanwhile misses nothing."""

    @property
    def count(self) -> int:
        """How many listen, or are about to."""
        ...

    def updated(self, update: Update) -> None:
        """Send new events."""
        ...

    def locked(self, position: int, statuses: Sequence[Status]) -> None:
        """Send who may write which rows now."""
        ...

    async def sent(self) -> None:
        """Wait until what was sent so far is on its way to everybody, or waits for those who are behind."""
        ...


class Sinks:
    """Several sinks as one. One that fails does not keep a message from the others."""

    def __init__(self, *sinks: Sink) -> None:
        self._sinks = sinks

    @property
    def count(self) -> int:
        """How many listen, or are about to."""
        return sum(sink.count for sink in self._sinks)

    def updated(self, update: Update) -> None:
        """Send new events."""
        self._each(lambda sink: sink.updated(update))

    def locked(self, position: int, statuses: Sequence[Status]) -> None:
        """Send who may write which rows now."""
        self._each(lambda sink: sink.locked(position, statuses))

    async def sent(self) -> None:
        """Wait until what was sent so far is on its way."""
        for sink in self._sinks:
            await sink.sent()

    def _each(self, send: Callable[[Sink], None]) -> None:
        failed: Exception | None = None
        for sink in self._sinks:
            try:
                send(sink)
            except Exception as error:
                failed = error
        if failed is not None:
            raise failed


class Publisher:
    """Gathers new entries for `window` seconds, but sends the first after a quiet spell at once.

    Nor is anything sent before the last message is on its way, which to a thousand takes as long as the window. After
    many events the window is longer, up to five times: what changes thousands of times a second is not looked at fifty
    times.
    """

    def __init__(self, editor: Editor, feed: Feed, sink: Sink, window: float) -> None:
        self.position = feed.position
        self._editor = editor
        self._feed = feed
        self._sink = sink
        self._window = window
        self._rows: set[int] = set()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to send."""
        self._task = asyncio.create_task(self._run(), name="rowlock-publisher")

    async def close(self) -> None:
        """Send what is left and stop."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            await self._flush()

    def extend(self, entries: Sequence[Entry]) -> None:
        """Take new entries; the editor calls this after folding them."""
        facts = (entry.event.fact for entry in entries)
        self._rows.update(fact.index for fact in facts if isinstance(fact, LOCK_FACTS) and _locks(fact))
        self._wake.set()

    def announce(self, rows: Iterable[int]) -> None:
        """Say of these rows who may write them now, though no event has happened: their cooldown is over."""
        self._rows.update(rows)
        self._wake.set()

    @property
    def behind(self) -> int:
        """How many events have not been sent yet."""
        return self._feed.position - self.position

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        ready = loop.time()
        while True:
            await self._wake.wait()
            if (wait := ready - loop.time()) > 0:
                await asyncio.sleep(wait)
            self._wake.clear()
            after, began = self.position, loop.time()
            try:
                await self._flush()
            except Exception:  # one failed message must not end the stream; clients repair the gap by `sync`
                log.exception("sending events up to %d failed", self._feed.position)
            await self._sink.sent()
            gather = max(self._window, SECONDS_AN_EVENT * (self.position - after))
            ready = began + min(gather, LONGEST_WINDOWS * self._window)

    async def _flush(self) -> None:
        while (after := self.position) < self._feed.position:
            upto = min(self._feed.position, after + MESSAGE_EVENTS)
            events = await self._feed.since(after, upto) if self._sink.count else None
            self.position = upto
            if events is not None:
                self._sink.updated(Update(after=after, position=upto, events=events))
        await self._send_statuses()

    async def _send_statuses(self) -> None:
        rows, self._rows = sorted(self._rows) if self._sink.count else [], set()
        for start in range(0, len(rows), STATUSES_AT_ONCE):
            now = self._editor.clock.now()
            some = rows[start : start + STATUSES_AT_ONCE]
            statuses = [status(self._editor.sheet, index, now) for index in some]
            self._sink.locked(self.position, statuses)
            await asyncio.sleep(0)  # after an import these may be very many


def _locks(fact: Fact) -> bool:
    """Whether it changes who may write the row; an update that leaves no cooldown (an outside save) does not."""
    return not isinstance(fact, RowUpdated) or fact.until > 0
