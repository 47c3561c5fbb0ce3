"""The journal as everybody sees it: the latest events at hand, older ones read, in order and without a gap."""

from collections import deque
from collections.abc import Sequence

from rowlock.service.ports import Entry, EventFilter, Journal

TAIL = 20_000
PAGE = 10_000
PAGE_BYTES = 3_000_000


class Feed:
    """Answers "what came after position p?"; the tail in memory serves the many who are only a little behind."""

    def __init__(self, journal: Journal, position: int) -> None:
        self.position = position
        self._journal = journal
        self._tail: deque[tuple[int, bytes]] = deque(maxlen=TAIL)

    def extend(self, entries: Sequence[Entry]) -> None:
        """Take new entries in order; the editor calls this after folding them."""
        self._tail.extend((entry.event.position, entry.wire) for entry in entries)
        self.position = entries[-1].event.position

    def recent(self, after: int, upto: int) -> list[bytes] | None:
        """The JSON of the events after `after` up to `upto`, if all of them are at hand."""
        if after >= upto:
            return []
        if not self._tail or self._tail[0][0] > after + 1:
            return None
        first = self._tail[0][0]
        return [self._tail[position - first][1] for position in range(after + 1, upto + 1)]

    async def since(self, after: int, upto: int | None = None) -> list[bytes] | None:
        """The JSON of the events after `after` up to `upto` (None: all).

        None if that is over 10,000 events or 3 MB, or if `after` is ahead of the journal: whoever asks must load the
        table anew. Some clients take no larger message.
        """
        last = self.position if upto is None else min(upto, self.position)
        if after > self.position or last - after > PAGE:
            return None
        events = self.recent(after, last)
        if events is None:
            events = await self._journal.page(EventFilter(after=after, limit=last - after))
        return events if sum(map(len, events)) <= PAGE_BYTES else None
