"""Folds the journal's rows into a sheet, a million at a time: what later ones overwrite is never laid into it.

Updates of rows are only noted, and so are leases, for neither says anything about the other; a fact of another kind, or
the end, settles them. The result is that of `evolve`, event by event.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import Any

import orjson

from rowlock.core.events import KINDS, LEASE_FACTS, Event, LeaseGranted, LeaseRenewed, RowUpdated
from rowlock.core.evolve import evolve
from rowlock.core.sheet import Sheet
from rowlock.service.ports import ChainBroken
from rowlock.store.chain import COLUMNS, POSITION, Values
from rowlock.store.codec import VERSION, event_of, fact_of, named
from rowlock.store.updates import Stored, Updates, said_of, said_of_one_cell

# What most events need to be folded: position, kind, index of the row, actor, session, payload.
Brief = tuple[int, str, int, str, str | None, str]
BRIEF = ("position", "kind", "row_index", "actor", "session", "payload")
_position, _kind = (itemgetter(BRIEF.index(name)) for name in ("position", "kind"))
_brief = itemgetter(*map(COLUMNS.index, BRIEF))

UPDATED = KINDS[RowUpdated]
GRANTED, RENEWED = KINDS[LeaseGranted], KINDS[LeaseRenewed]
LEASES = frozenset(KINDS[fact] for fact in LEASE_FACTS)
NOTED = LEASES | {UPDATED}
# So many updates and changed cells are noted at most: some 100 MB.
MOST = 2_000_000

Find = Callable[[Sequence[int]], Iterable[Values]]
Blob = Callable[[bytes], bytes]


class Fold:
    """The rows that were taken, of which the sheet has those that are settled; see `folding`."""

    def __init__(self, sheet: Sheet, find: Find, blob: Blob) -> None:
        self.position = sheet.position
        """The position of the last row that was taken."""
        self._sheet = sheet
        self._find = find
        self._blob = blob
        self._updates = Updates(sheet)
        # By index of the row: the last grant and what came after it. Nothing is left where it was given back.
        self._leases: dict[int, list[Brief]] = {}

    def take(self, rows: Sequence[Brief]) -> None:
        """Take rows that go on from `position`."""
        if set(map(_kind, rows)) == {UPDATED}:
            self._take_rows(rows)
        else:
            self._take_all(rows)
        self._reach(_position(rows[-1]))

    def take_updates(self, stored: Stored) -> None:
        """Take updates that go on from `position`."""
        positions, indexes, actors = stored.positions, stored.indexes, stored.actors
        if said := said_of_one_cell(len(positions), stored.payloads):
            self._updates.note(positions, indexes, actors, said)
        elif len(read := stored.payloads.split("\n")) == len(positions):
            self._take_json(positions, indexes, actors, read)
        else:  # written by somebody else: JSON may be broken into lines
            self._take_rows(briefs(self._find(positions)))
        self._reach(positions[-1])

    def _reach(self, position: int) -> None:
        self.position = position
        if len(self._updates) > MOST:
            self.settle()

    def settle(self) -> None:
        """Lay into the sheet what was only noted."""
        self._updates.settle()
        for index, rows in self._leases.items():
            if not rows:
                self._sheet.hold(index, None)
            for row in rows:
                evolve(self._sheet, self._lease(row))
        self._leases = {}
        self._sheet.position = max(self._sheet.position, self.position)

    def _take_all(self, rows: Sequence[Brief]) -> None:
        others = self._whole([_position(row) for row in rows if _kind(row) not in NOTED])
        updates: list[Brief] = []
        for row in rows:
            kind = _kind(row)
            if kind == UPDATED:
                updates.append(row)
            elif kind in LEASES:
                self._note_lease(row)
            else:
                self._take_rows(updates)
                updates = []
                self._evolve(others[_position(row)])
        self._take_rows(updates)

    def _note_lease(self, row: Brief) -> None:
        _, kind, index, _, _, payload = row
        held = self._leases.get(index)
        if held is None or kind == GRANTED:
            self._leases[index] = [row]
        elif held and kind != RENEWED and _position(held[0]) == orjson.loads(payload)["token"]:
            held.clear()
        elif held:
            held.append(row)

    def _lease(self, row: Brief) -> Event:
        """The event, but for when it was: no fold asks for it."""
        position, kind, index, actor, session, payload = row
        fact = fact_of(kind, index, orjson.loads(payload), self._blob)
        return Event(position=position, at=0, actor=actor, session=session, fact=fact)

    def _take_rows(self, rows: Sequence[Brief]) -> None:
        if not rows:
            return
        positions, _, indexes, actors, _, payloads = zip(*rows, strict=True)
        if said := said_of_one_cell(len(rows), "\n".join(payloads)):
            self._updates.note(positions, indexes, actors, said)
        else:
            self._take_json(positions, indexes, actors, payloads)

    def _take_json(
        self, positions: Sequence[int], indexes: Sequence[int], actors: Sequence[str], payloads: Sequence[str]
    ) -> None:
        read = orjson.loads("[" + ",".join(payloads) + "]")
        others = [number for number, payload in enumerate(read) if payload.get("v") != VERSION or "raw" in payload]
        whole = self._whole([positions[number] for number in others])
        start = 0
        for end in (*others, len(read)):
            some = slice(start, end)
            self._updates.note(positions[some], indexes[some], actors[some], said_of(read[some]))
            if end < len(read):
                self._evolve(whole[positions[end]])
            start = end + 1

    def _whole(self, positions: Sequence[int]) -> dict[int, Values]:
        return {values[POSITION]: values for values in self._find(positions)} if positions else {}

    def _evolve(self, values: Values) -> None:
        self.settle()
        evolve(self._sheet, event_of(named(values), self._blob))


@contextmanager
def folding(sheet: Sheet, find: Find, blob: Blob) -> Iterator[Fold]:
    """Within, rows are taken; at the end, or at a `ChainBroken`, the sheet is at the last of them.

    `find` gives whole rows by their positions, in order; `blob` large values by their hash. After any other error the
    sheet is of no use.
    """
    fold = Fold(sheet, find, blob)
    try:
        yield fold
    except ChainBroken:
        fold.settle()
        raise
    fold.settle()


def briefs(rows: Iterable[Values]) -> list[Any]:
    """What `Fold` takes of whole rows."""
    return list(map(_brief, rows))
