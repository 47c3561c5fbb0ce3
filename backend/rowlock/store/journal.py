"""The journal in SQL: events appended by one writer, read in order by anybody."""

import asyncio
import math
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cache, lru_cache, partial
from typing import Any, TypeVar, cast

import orjson
from sqlalchemy import Connection, and_, bindparam, delete, insert, or_, select, union_all, update

from rowlock.core.events import Event, TableImported
from rowlock.core.sheet import Sheet
from rowlock.service.ports import (
    ChainBroken,
    Entry,
    EventFilter,
    Head,
    KeyedAnswer,
    Link,
    SnapshotStore,
    Transaction,
)
from rowlock.store import accounts, chain, codec, row_events
from rowlock.store.chain_check import ChainCheck
from rowlock.store.chunks import FOREVER, blob_of, brief_chunks, chunks, rows_after, rows_at
from rowlock.store.database import Database
from rowlock.store.fold import Brief, Fold, briefs, folding
from rowlock.store.packing import packed
from rowlock.store.prepared import Insertion, Prepared, padded
from rowlock.store.snapshots import SqlSnapshots
from rowlock.store.tables import ANSWER, BLOB, EVENT, HEAD, MARK
from rowlock.store.updates import Stored

T = TypeVar("T")
StoredRow = codec.StoredRow
# So many events are indexed in one transaction, and so many times as long a pause after each: edits hardly notice.
INDEXED_AT_ONCE = 1_000
INDEX_PAUSE = 4
# So many events are checked in a process of their own: fewer are done before it has started.
CHECKED_APART = 50_000
NOTHING = Head(position=0, hash=chain.GENESIS)

_HEAD = select(HEAD.c.position, HEAD.c.hash).where(HEAD.c.sheet == codec.SHEET)
_LOCKED_HEAD = Prepared(_HEAD.with_for_update())
_MOVE_HEAD = Prepared(
    update(HEAD).where(HEAD.c.sheet == codec.SHEET).values(position=bindparam("p"), hash=bindparam("h"))
)
_FIRST_HEAD = Prepared(insert(HEAD))
_INSERT_EVENTS = Insertion(EVENT)
_INSERT_ANSWERS = Insertion(ANSWER)


class SqlTransaction:
    """The journal on a connection that is inside a write transaction (see `ports.Transaction`)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def head(self) -> Head:
        """The last position and its hash; on PostgreSQL this takes the one writer's place."""
        rows = _LOCKED_HEAD.rows(self._connection)
        return Head(position=rows[0][0], hash=rows[0][1]) if rows else NOTHING

    def entries_after(self, position: int) -> list[Entry]:
        """Every event after `position`, in order."""
        return list(_entries(map(codec.named, rows_after(self._connection, position)), _blobs(self._connection)))

    def live_sessions(self, sessions: Collection[str], at: int) -> set[str]:
        """Those of the sessions that are there and not expired at `at` (UTC in microseconds)."""
        return accounts.live_sessions(self._connection, sessions, at)

    def end_session(self, session: str) -> None:
        """Delete a session, so that nothing can be done in it any more."""
        accounts.delete_session(self._connection, session)

    def answers(self, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], KeyedAnswer]:
        """The answers kept under these pairs of actor and key."""
        if not keys:
            return {}
        pairs = padded(keys)
        asked = {name: text for n, pair in enumerate(pairs) for name, text in zip(_names(n), pair, strict=True)}
        rows = _answers(len(pairs)).rows(self._connection, **asked)
        kept = (_answer(dict(zip(ANSWER.c.keys(), row, strict=True))) for row in rows)
        return {(each.actor, each.key): each for each in kept}

    def keep_answers(self, answers: Sequence[KeyedAnswer]) -> None:
        """Keep answers to be given again."""
        _INSERT_ANSWERS.run(self._connection, [_answer_row(answer) for answer in answers])

    def append(self, events: Sequence[Event], head: Head) -> list[Entry]:
        """Append events whose positions go on from `head`, and move the head."""
        rows, entries, previous = [], [], head.hash
        for event in events:
            if isinstance(event.fact, TableImported):
                self._keep_blob(event.fact)
            values = codec.values_of(event, previous)
            previous = values[chain.HASH]
            rows.append(values)
            entries.append(Entry(event=event, wire=codec.wire_of(values), hash=previous))
        _INSERT_EVENTS.run(self._connection, rows)
        self._move_head(head, Head(position=events[-1].position, hash=previous))
        return entries

    def _move_head(self, old: Head, new: Head) -> None:
        if old.position == 0:
            _FIRST_HEAD.run(self._connection, sheet=codec.SHEET, position=new.position, hash=new.hash)
        else:
            _MOVE_HEAD.run(self._connection, p=new.position, h=new.hash)

    def _keep_blob(self, fact: TableImported) -> None:
        if self._connection.execute(select(BLOB.c.size).where(BLOB.c.hash == fact.blob)).first() is None:
            data = packed(fact.data)
            self._connection.execute(insert(BLOB), [{"hash": fact.blob, "size": len(fact.data), "data": data}])


class SqlJournal:
    """The journal of a database (see `ports.Journal`)."""

    def __init__(self, database: Database) -> None:
        self.snapshots: SnapshotStore = SqlSnapshots(database)
        self._database = database

    async def write(self, job: Callable[[Transaction], T]) -> T:
        """Run `job` in one write transaction in the writer's thread."""
        return await self._database.write(lambda connection: job(SqlTransaction(connection)))

    async def head(self) -> Head:
        """The last position and its hash."""
        return await self._database.read(_head)

    def entries(self, after: int = 0, upto: int | None = None, *, check: bool = False) -> Iterator[Entry]:
        """Every event after `after` up to `upto`, in order, one short read transaction a chunk.

        With `check` (from the first event on only) every hash is computed anew; raises `ChainBroken`.
        """
        assert not (check and after)
        known = NOTHING
        for rows in chunks(self._database, after, upto):
            yield from _entries(map(codec.named, chain.checked_values(rows, known) if check else rows), self._blob)
            known = Head(position=rows[-1][chain.POSITION], hash=rows[-1][chain.HASH])
        if check and upto is None:
            self._check_end(known)

    def replay(self, sheet: Sheet, upto: int | None = None, *, check: bool = False) -> Iterator[int]:
        """Bring the sheet on to `upto` in steps (see `ports.Journal`), one short read transaction each."""
        if not check:
            yield from self._folded(sheet, upto)
            return
        last = self._head_now().position if upto is None else upto
        if (path := self._database.path) and last - sheet.position >= CHECKED_APART:
            beside = ChainCheck(path, self._head_at(sheet.position), last)
            yield from self._folded_beside(beside, sheet, last)
            if upto is not None:
                return
        yield from self._folded_checking(sheet, upto)

    def _folded(self, sheet: Sheet, upto: int | None) -> Iterator[int]:
        with self._folding(sheet) as fold:
            for rows in brief_chunks(self._database, sheet.position, upto):
                if isinstance(rows, Stored):
                    fold.take_updates(rows)
                else:
                    fold.take(cast(Sequence[Brief], rows))
                yield fold.position

    def _folded_checking(self, sheet: Sheet, upto: int | None) -> Iterator[int]:
        """Each chunk checked, then folded."""
        known = self._head_at(sheet.position)
        with self._folding(sheet) as fold:
            for rows in chunks(self._database, sheet.position, upto):
                checked: list[chain.Values] = []
                try:
                    for values in chain.checked_values(rows, known):
                        checked.append(values)
                finally:
                    if checked:
                        fold.take(briefs(checked))
                known = Head(position=fold.position, hash=rows[-1][chain.HASH])
                yield fold.position
        if upto is None:
            self._check_end(known)

    def _folding(self, sheet: Sheet) -> AbstractContextManager[Fold]:
        return folding(sheet, partial(rows_at, self._database), self._blob)

    def _folded_beside(self, check: ChainCheck, sheet: Sheet, upto: int) -> Iterator[int]:
        """All folded while another process checks it: half the time, and a broken chain is only known at the end."""
        try:
            try:
                yield from self._folded(sheet, upto)
            except Exception:  # the fold may stumble where the chain is broken, or behind it
                check.head()
                raise
            check.head()
        except ChainBroken as broken:
            right = Sheet()
            for _ in self._folded(right, broken.position - 1):
                pass
            sheet.become(right)
            raise
        finally:
            check.end()

    def _head_at(self, position: int) -> Head:
        return Head(position=position, hash=self.hash_at(position) or b"")

    def _head_now(self) -> Head:
        return self._database.read_now(_head)

    def _blob(self, name: bytes) -> bytes:
        return self._database.read_now(lambda connection: blob_of(connection, name))

    def hash_at(self, position: int) -> bytes | None:
        """The hash of the event there (32 zero bytes at 0), None if there is none."""
        statement = select(EVENT.c.hash).where(EVENT.c.position == position)
        found = self._database.read_now(lambda connection: connection.execute(statement).scalar())
        return found if position else chain.GENESIS

    async def link(self, position: int) -> Link | None:
        """The event there as it is stored, and the hash before it; None if there is none."""
        return await self._database.read(lambda connection: _link(connection, position))

    def rows(self, after: int = 0, upto: int | None = None) -> Iterator[StoredRow]:
        """The stored rows themselves, for somebody who wants to check them."""
        for rows in chunks(self._database, after, upto):
            yield from map(codec.named, rows)

    def about(self, index: int | None, after: int = 0, upto: int | None = None) -> Sequence[Entry]:
        """Every event about the row, or about the whole table, in order (see `ports.Journal`)."""
        last = FOREVER if upto is None else upto
        return self._database.read_now(partial(_about, index=index, after=after, upto=last))

    async def index_rows(self, seconds: float = math.inf) -> None:
        """Bring the index of what is about a row up to date, if enough is new; what takes longer is left for later."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while lot := await self._database.read(row_events.next_lot):
            while lot:
                began = loop.time()
                lot = await self._database.write(partial(row_events.take_in, lot=lot, most=INDEXED_AT_ONCE))
                pause = INDEX_PAUSE * (loop.time() - began)
                if loop.time() + pause >= until:
                    return
                await asyncio.sleep(pause)

    async def page(self, events: EventFilter) -> list[bytes]:
        """The JSON of the events that match, in order."""
        return await self._database.read(lambda connection: _page(connection, events))

    async def position_at(self, at: int) -> int:
        """The last position recorded at or before `at` (UTC in microseconds); 0 if there is none."""
        return await self._database.read(lambda connection: _position_at(connection, at))

    async def marks(self) -> Mapping[str, str]:
        """The small facts kept by `set_marks`."""
        return await self._database.read(
            lambda connection: {row.name: row.value for row in connection.execute(select(MARK))}
        )

    async def set_marks(self, marks: Mapping[str, str]) -> None:
        """Keep small facts that outlive a restart."""
        await self._database.write(lambda connection: _set_marks(connection, marks))

    async def drop_answers(self, before: int) -> int:
        """Forget the answers kept before `before` (UTC in microseconds) and say how many."""
        statement = delete(ANSWER).where(ANSWER.c.at < before)
        return await self._database.write(lambda connection: connection.execute(statement).rowcount)

    def _check_end(self, known: Head) -> None:
        """The head is stored beside the events: it tells whether the last ones were cut off.

        Events that were appended while the last ones were checked are no concern of this check.
        """
        head = self._head_now()
        if head.position > known.position and self.hash_at(known.position + 1) is None:
            raise ChainBroken(known.position + 1, "an event is missing")
        if head.position < known.position:
            raise ChainBroken(head.position + 1, "an event follows the last one that the head names")
        if head.position == known.position and head.hash != known.hash:
            raise ChainBroken(known.position, "the last event is not the one that the head names")


@cache
def _answers(count: int) -> Prepared:
    """Which answers are kept under so many pairs of actor and key: asked in most transactions of edits."""
    names = map(_names, range(count))
    pairs = (and_(ANSWER.c.actor == bindparam(actor), ANSWER.c.key == bindparam(key)) for actor, key in names)
    return Prepared(select(ANSWER).where(or_(*pairs)))


def _names(number: int) -> tuple[str, str]:
    return f"actor{number}", f"key{number}"


def _head(connection: Connection) -> Head:
    row = connection.execute(_HEAD).first()
    return NOTHING if row is None else Head(position=row[0], hash=row[1])


def _link(connection: Connection, position: int) -> Link | None:
    between = select(EVENT).where(EVENT.c.position.in_((position - 1, position))).order_by(EVENT.c.position)
    rows = connection.execute(between).mappings().all()
    if not rows or rows[-1]["position"] != position:
        return None
    return codec.link_of(rows[-1], chain.GENESIS if position == 1 else rows[0]["hash"])


def _entries(rows: Iterable[StoredRow], blob: Callable[[bytes], bytes]) -> Iterator[Entry]:
    return (codec.entry_of(row, blob) for row in rows)


def _blobs(connection: Connection) -> Callable[[bytes], bytes]:
    return lru_cache(maxsize=1)(lambda name: blob_of(connection, name))


def _page(connection: Connection, events: EventFilter) -> list[bytes]:
    upto = FOREVER if events.upto is None else events.upto
    if events.index is None:
        statement = select(EVENT).where(EVENT.c.position > events.after, EVENT.c.position <= upto)
    else:
        about = row_events.about_row(connection, events.index, events.after, upto)
        statement = select(EVENT).where(EVENT.c.position.in_(union_all(*about)))
    if events.actor is not None:
        statement = statement.where(EVENT.c.actor == events.actor)
    if events.kind is not None:
        statement = statement.where(EVENT.c.kind == events.kind)
    order = EVENT.c.position.desc() if events.newest_first else EVENT.c.position
    rows = connection.execute(statement.order_by(order).limit(events.limit))
    return [codec.wire_of(row) for row in rows]


def _about(connection: Connection, index: int | None, after: int, upto: int) -> Sequence[Entry]:
    about = [row_events.about_table(after, upto)]
    if index is not None:
        about += row_events.about_row(connection, index, after, upto)
    statement = select(EVENT).where(EVENT.c.position.in_(union_all(*about))).order_by(EVENT.c.position)
    return list(_entries(connection.execute(statement).mappings(), _blobs(connection)))


def _position_at(connection: Connection, at: int) -> int:
    """By halving, without an index on times; where the clock was set back meanwhile, one of the possible answers."""

    def recorded(position: int) -> int:
        return int(connection.execute(select(EVENT.c.at).where(EVENT.c.position == position)).scalar_one())

    return bisect_right(range(1, _head(connection).position + 1), at, key=recorded)


def _set_marks(connection: Connection, marks: Mapping[str, str]) -> None:
    connection.execute(delete(MARK).where(MARK.c.name.in_(list(marks))))
    connection.execute(insert(MARK), [{"name": name, "value": value} for name, value in marks.items()])


def _answer(row: StoredRow) -> KeyedAnswer:
    return KeyedAnswer(
        actor=row["actor"],
        key=row["key"],
        fingerprint=row["fingerprint"],
        position=row["position"],
        at=row["at"],
        answer=orjson.loads(row["body"]),
    )


def _answer_row(answer: KeyedAnswer) -> tuple[Any, ...]:
    """In the order of the columns."""
    body = orjson.dumps(answer.answer).decode()
    return answer.actor, answer.key, answer.fingerprint, answer.position, answer.at, body
