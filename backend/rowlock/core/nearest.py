"""Finds the state of the table that somebody's file was made from: of all the recent ones, the one it is closest to.

Who saves a file has read it some time before, and the table may have moved on in between. Compared with its newest
state, rows that others changed meanwhile would look as if that person had changed them back.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate, pairwise

from rowlock.core.events import Event, RowAdded, RowDeleted, RowMoved, RowUpdated
from rowlock.core.evolve import TABLE_FACTS, evolve
from rowlock.core.records import Table
from rowlock.core.sheet import Sheet

ROW_FACTS = (RowAdded, RowUpdated, RowDeleted, RowMoved)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The state at `position` is `apart` records from the file, and none is closer.

    `rows` have changed after it, first at the time `since` (None: nothing has). Where the file says nothing on which of
    several states in a row it was made from, it is the newest state if that is one of them, else the oldest of them:
    whoever made it may not have seen what came after.
    """

    position: int
    apart: int
    rows: frozenset[int] = frozenset()
    since: int | None = None


def nearest(sheet: Sheet, events: Iterable[Event], theirs: Table) -> Origin:
    """The state closest to `theirs` from that of `sheet` on, through all the `events`, which are folded into it."""
    search = _Search(sheet, theirs)
    for event in events:
        search.pass_by(event)
    return search.origin()


class _Search:
    """How far the file is from the state that the fold has come to: records that only one of the two has."""

    def __init__(self, sheet: Sheet, theirs: Table) -> None:
        self.sheet = sheet
        self.theirs = Counter(theirs.data[a:b] for a, b in pairwise(accumulate(theirs.lengths, initial=0)))
        self.surplus: Counter[bytes] = Counter()
        self.apart = 0
        self.measure()
        self.mark()

    def measure(self) -> None:
        self.surplus = self.theirs.copy()
        self.surplus.subtract(row.record for _, row in self.sheet.rows())
        self.apart = sum(map(abs, self.surplus.values()))

    def mark(self) -> None:
        """Begin a run of states that are equally close."""
        self.best = self.apart
        self.running = True
        self.position = self.sheet.position
        self.rows: set[int] = set()
        self.since: int | None = None

    def pass_by(self, event: Event) -> None:
        fact = event.fact
        index = fact.index if isinstance(fact, ROW_FACTS) else None
        self.count(index, 1)
        evolve(self.sheet, event)
        self.count(index, -1)
        if isinstance(fact, TABLE_FACTS):
            self.measure()
        elif index is None:
            return
        self.since = self.since or event.at
        if index is not None:
            self.rows.add(index)
        if self.apart < self.best or (self.apart == self.best and not self.running):
            self.mark()
        self.running = self.apart == self.best

    def count(self, index: int | None, step: int) -> None:
        """Take the row out of the comparison (1) or put it back (-1)."""
        row = None if index is None else self.sheet.row(index)
        if row is not None:
            old = self.surplus[row.record]
            self.surplus[row.record] = old + step
            self.apart += abs(old + step) - abs(old)

    def origin(self) -> Origin:
        if self.running:
            return Origin(position=self.sheet.position, apart=self.best)
        return Origin(position=self.position, apart=self.best, rows=frozenset(self.rows), since=self.since)
