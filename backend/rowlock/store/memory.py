"""The journal in memory, for tests and for trying things out: the same behaviour, nothing kept."""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from rowlock.core.blocks import Page
from rowlock.core.events import Event, TableImported
from rowlock.core.sheet import Image, Sheet
from rowlock.service.ports import (
    Entry,
    EventFilter,
    Head,
    KeyedAnswer,
    Link,
    SnapshotStore,
    SnapshotUnfit,
    Transaction,
)
from rowlock.store import chain, codec
from rowlock.store.fold import briefs, folding

T = TypeVar("T")


class MemoryTransaction:
    """What a job on a `MemoryJournal` works on; taken over by the journal when the job returns."""

    def __init__(self, journal: "MemoryJournal") -> None:
        self._journal = journal
        self.new_rows: list[dict[str, Any]] = []
        self.new_answers: dict[tuple[str, str], KeyedAnswer] = {}
        self.new_blobs: dict[bytes, bytes] = {}
        self.ended: set[str] = set()

    def head(self) -> Head:
        """The last position and its hash."""
        return self._journal.head_now()

    def entries_after(self, position: int) -> list[Entry]:
        """Every event after `position`, in order."""
        return list(self._journal.entries(position))

    def live_sessions(self, sessions: Collection[str], at: int) -> set[str]:
        """Those of the sessions that are there and not expired at `at` (UTC in microseconds)."""
        known = self._journal.sessions
        return {session for session in sessions if at < known.get(session, 0)}

    def end_session(self, session: str) -> None:
        """Delete a session, so that nothing can be done in it any more."""
        self.ended.add(session)

    def answers(self, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], KeyedAnswer]:
        """The answers kept under these pairs of actor and key."""
        return {key: self._journal.kept[key] for key in keys if key in self._journal.kept}

    def keep_answers(self, answers: Sequence[KeyedAnswer]) -> None:
        """Keep answers to be given again."""
        self.new_answers.update({(answer.actor, answer.key): answer for answer in answers})

    def append(self, events: Sequence[Event], head: Head) -> list[Entry]:
        """Append events whose positions go on from `head`."""
        entries, previous = [], head.hash
        for event in events:
            if isinstance(event.fact, TableImported):
                self.new_blobs[event.fact.blob] = event.fact.data
            values = codec.values_of(event, previous)
            previous = values[chain.HASH]
            self.new_rows.append(codec.named(values))
            entries.append(Entry(event=event, wire=codec.wire_of(values), hash=previous))
        return entries


class MemorySnapshots:
    """Snapshots as a dictionary (see `ports.SnapshotStore`): they are what they were."""

    def __init__(self) -> None:
        self._images: dict[int, Image] = {}

    def positions(self) -> list[int]:
        """Where there are snapshots, the newest first."""
        return sorted(self._images, reverse=True)

    def load(self, position: int) -> Image:
        """The sheet at `position`."""
        if position not in self._images:
            raise SnapshotUnfit("it is gone")
        return self._images[position]

    async def keep_pages(self, pages: Sequence[Page]) -> list[bytes]:
        """Pages stay in their image."""
        return [b"" for _ in pages]

    async def keep(self, image: Image, names: Sequence[bytes]) -> None:
        """Keep a snapshot."""
        self._images[image.position] = image

    async def drop(self, positions: Collection[int]) -> None:
        """Delete these snapshots."""
        for position in positions:
            del self._images[position]


class MemoryJournal:
    """The journal as a list (see `ports.Journal`). `sessions` maps live sessions to when they expire."""

    def __init__(self) -> None:
        self.snapshots: SnapshotStore = MemorySnapshots()
        self.sessions: dict[str, int] = {}
        self.kept: dict[tuple[str, str], KeyedAnswer] = {}
        self._rows: list[dict[str, Any]] = []
        self._blobs: dict[bytes, bytes] = {}
        self._marks: dict[str, str] = {}

    async def write(self, job: Callable[[Transaction], T]) -> T:
        """Run `job` in another thread and take its changes over if it returns."""
        transaction = MemoryTransaction(self)
        result = await asyncio.to_thread(job, transaction)
        self._rows += transaction.new_rows
        self._blobs |= transaction.new_blobs
        self.kept |= transaction.new_answers
        for session in transaction.ended:
            self.sessions.pop(session, None)
        return result

    def head_now(self) -> Head:
        """The last position and its hash, now."""
        if not self._rows:
            return Head(position=0, hash=chain.GENESIS)
        return Head(position=self._rows[-1]["position"], hash=self._rows[-1]["hash"])

    async def head(self) -> Head:
        """The last position and its hash."""
        return self.head_now()

    def entries(self, after: int = 0, upto: int | None = None, *, check: bool = False) -> Iterator[Entry]:
        """Every event after `after` up to `upto`, in order; with `check` every hash is computed anew."""
        rows = self.rows(after, upto)
        if check:
            rows = codec.checked(rows, Head(position=0, hash=chain.GENESIS))
        return (codec.entry_of(row, self._blobs.__getitem__) for row in rows)

    def replay(self, sheet: Sheet, upto: int | None = None, *, check: bool = False) -> Iterator[int]:
        """Bring the sheet on to `upto` (see `ports.Journal`), in one step."""
        rows: list[chain.Values] = [tuple(row.values()) for row in self._rows[sheet.position : upto]]
        known = Head(position=sheet.position, hash=self.hash_at(sheet.position) or b"")
        with folding(sheet, self._rows_at, self._blobs.__getitem__) as fold:
            if rows:
                fold.take(briefs(chain.checked_values(rows, known) if check else rows))
        yield sheet.position

    def _rows_at(self, positions: Sequence[int]) -> Iterator[chain.Values]:
        return (tuple(self._rows[position - 1].values()) for position in positions)

    def hash_at(self, position: int) -> bytes | None:
        """The hash of the event there (32 zero bytes at 0), None if there is none."""
        if position == 0:
            return chain.GENESIS
        return self._rows[position - 1]["hash"] if position <= len(self._rows) else None

    async def link(self, position: int) -> Link | None:
        """The event there as it is stored, and the hash before it; None if there is none."""
        if not 1 <= position <= len(self._rows):
            return None
        return codec.link_of(self._rows[position - 1], self.hash_at(position - 1) or b"")

    def rows(self, after: int = 0, upto: int | None = None) -> Iterator[codec.StoredRow]:
        """The stored rows themselves, for somebody who wants to check them."""
        return iter(self._rows[after:upto])

    def about(self, index: int | None, after: int = 0, upto: int | None = None) -> Sequence[Entry]:
        """Every event about the row, or about the whole table, in order (see `ports.Journal`)."""
        rows = (row for row in self._rows[after:upto] if row["row_index"] in {index, None})
        return [codec.entry_of(row, self._blobs.__getitem__) for row in rows]

    async def index_rows(self, seconds: float) -> None:
        """Nothing to do: a list is looked through."""

    async def page(self, events: EventFilter) -> list[bytes]:
        """The JSON of the events that match, in order."""
        wanted = {"row_index": events.index, "actor": events.actor, "kind": events.kind}
        rows = self._rows[events.after : events.upto]
        found = (
            row
            for row in (reversed(rows) if events.newest_first else rows)
            if all(value is None or row[name] == value for name, value in wanted.items())
        )
        return [codec.wire_of(codec.in_order(row)) for row, _ in zip(found, range(events.limit), strict=False)]

    async def position_at(self, at: int) -> int:
        """The last position recorded at or before `at` (UTC in microseconds); 0 if there is none."""
        return max((row["position"] for row in self._rows if row["at"] <= at), default=0)

    async def marks(self) -> Mapping[str, str]:
        """The small facts kept by `set_marks`."""
        return dict(self._marks)

    async def set_marks(self, marks: Mapping[str, str]) -> None:
        """Keep small facts that outlive a restart."""
        self._marks |= marks

    async def drop_answers(self, before: int) -> int:
        """Forget the answers kept before `before` (UTC in microseconds) and say how many."""
        old = [key for key, kept in self.kept.items() if kept.at < before]
        for key in old:
            del self.kept[key]
        return len(old)
