"""Sheets at rest: whatever has happened, a fold from one of them comes to what the fold of everything comes to."""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select, update
from tests.clocks import HandClock
from tests.core.histories import History, files, given_history, steps
from tests.service.running import ADA, execute, named, price, running, until

from rowlock.core import blocks
from rowlock.core import sheet as sheets
from rowlock.core.blocks import Page
from rowlock.core.commands import ImportTable
from rowlock.core.events import Event, TableImported
from rowlock.core.evolve import evolve
from rowlock.core.sheet import Image, Sheet
from rowlock.service.ports import Head, Journal, SnapshotUnfit, Transaction
from rowlock.service.queries import folded
from rowlock.service.snapshots import EVERY, FARTHEST, SHARE, Snapshots, alike, kept, nearest
from rowlock.service.verifier import verify
from rowlock.store.database import Database
from rowlock.store.journal import SqlJournal
from rowlock.store.memory import MemoryJournal, MemorySnapshots
from rowlock.store.packing import unpacked
from rowlock.store.pages import cooldowns_of
from rowlock.store.tables import PAGE, SNAPSHOT

pytestmark = pytest.mark.anyio
SMALL_BLOCKS = 2


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (blocks, sheets):
        monkeypatch.setattr(module, "BLOCK_ROWS", SMALL_BLOCKS)


@pytest.fixture
def journal(database: Database) -> SqlJournal:
    return SqlJournal(database)


def as_earlier(connection: Connection) -> None:
    """Make of the one snapshot what earlier versions stored: cooldowns in its body, pages named by their content."""
    names = []
    for page in connection.execute(select(PAGE)).all():
        name = sha256(unpacked(page.data)).digest()
        connection.execute(update(PAGE).where(PAGE.c.name == page.name).values(name=name))
        names.append((page.name, name))
    [snapshot] = connection.execute(select(SNAPSHOT)).all()
    told = orjson.loads(snapshot.body)
    pages, cooling = snapshot.pages[: 32 * told["pages"]], snapshot.pages[32 * told["pages"] :]
    for now, then in names:
        pages = pages.replace(now, then)
    del told["pages"]
    stored = connection.execute(select(PAGE.c.data).where(PAGE.c.name == dict(names)[cooling])).scalar_one()
    cooldowns = [(index, *each) for index, each in cooldowns_of(unpacked(stored)).items()]
    body = orjson.dumps(told | {"format": [1, sys.byteorder], "cooling": cooldowns})
    digest = sha256(sha256(body).digest() + pages).digest()
    connection.execute(update(SNAPSHOT).values(body=body, pages=pages, digest=digest))


@contextmanager
def fresh_journal(migrated: Path, kind: str) -> Iterator[Journal]:
    if kind == "memory":
        yield MemoryJournal()
        return
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{shutil.copy(migrated, Path(folder) / 'rowlock.db')}")
        yield SqlJournal(database)
        database.close()


def stored(event: Event) -> Event:
    """The event with its file named as the journal wants it."""
    fact = event.fact
    return (
        event._replace(fact=replace(fact, blob=sha256(fact.data).digest()))
        if isinstance(fact, TableImported)
        else event
    )


async def record(journal: Journal, history: History, taken: Sequence[int]) -> None:
    """Append what happened; a sheet that goes through it is put at rest at some positions."""

    def append(transaction: Transaction) -> None:
        transaction.append([stored(event) for event in history.events], transaction.head())

    await journal.write(append)
    sheet = Sheet()
    snapshots = Snapshots(sheet, journal.snapshots, every=1)
    for event in history.events:
        evolve(sheet, event)
        if event.position in taken:
            await snapshots.take()


@pytest.mark.parametrize("kind", ["memory", "sql"])
@settings(deadline=None, max_examples=60)
@given(file=files, happened=steps, taken=st.sets(st.integers(1, 14)))
def test_a_fold_from_a_snapshot_is_the_fold_of_everything(
    migrated: Path, kind: str, file: bytes, happened: list[tuple[str, int, int, str]], taken: set[int]
) -> None:
    history = given_history(file, happened)
    with fresh_journal(migrated, kind) as journal:
        asyncio.run(record(journal, history, sorted(taken)))
        for position in range(history.position + 1):
            assert alike(folded(journal, position, check=True), history.at(position))
            from_the_first = Sheet()
            for _ in journal.replay(from_the_first, position, check=True):
                pass
            assert alike(from_the_first, history.at(position))
        expected = {position for position in taken if position <= history.position}
        assert set(journal.snapshots.positions()) <= expected
        assert max(journal.snapshots.positions(), default=0) == max(expected, default=0)
        assert verify(journal)[0].ok


async def test_pages_that_did_not_change_are_stored_once(
    journal: SqlJournal, clock: HandClock, database: Database
) -> None:
    async with running(journal, clock) as editor:
        for number in range(20):
            await editor.submit(named(f"row {number}"), ADA)
        snapshots = Snapshots(editor.sheet, journal.snapshots, every=1)
        await snapshots.take()
        pages = await count(database, "page")
        assert pages == len(editor.sheet.parts())
        await editor.submit(price(0, "8"), ADA)
        await snapshots.take()
        assert await count(database, "page") == pages + len(("the page that changed", "the cooldowns"))


async def test_dropping_a_snapshot_drops_the_pages_that_only_it_names(
    journal: SqlJournal, clock: HandClock, database: Database
) -> None:
    async with running(journal, clock) as editor:
        snapshots = Snapshots(editor.sheet, journal.snapshots, every=1)
        for text in ("5", "6", "7"):
            await editor.submit(price(0, text), ADA)
            await snapshots.take()
        before = await count(database, "page")
        await journal.snapshots.drop([journal.snapshots.positions()[-1]])
        assert await count(database, "page") == before - 1
        assert verify(journal)[0].ok


async def test_a_cache_that_somebody_emptied_is_filled_again(
    journal: SqlJournal, clock: HandClock, database: Database
) -> None:
    async with running(journal, clock) as editor:
        snapshots = Snapshots(editor.sheet, journal.snapshots, every=1)
        await snapshots.take()
        execute(database, "DELETE FROM snapshot", "DELETE FROM page")
        await editor.submit(price(0, "5"), ADA)
        await snapshots.take()
        assert alike(nearest(journal.snapshots, None), editor.sheet.copy())


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ("UPDATE snapshot SET body = body || x'20'", "its content is not what its hash says"),
        ("UPDATE snapshot SET pages = substr(pages, 33)", "its content is not what its hash says"),
        ("UPDATE page SET data = zeroblob(length(data))", "a page is missing or not what"),
        ("DELETE FROM page", "a page is missing or not what its hash says"),
    ],
)
async def test_a_snapshot_that_was_changed_is_not_used_and_verify_says_so(
    journal: SqlJournal, clock: HandClock, database: Database, change: str, detail: str
) -> None:
    async with running(journal, clock) as editor:
        await editor.submit(price(0, "5"), ADA)
        await Snapshots(editor.sheet, journal.snapshots).take()
        await editor.submit(price(0, "6"), ADA)
        expected = editor.sheet.copy()
    execute(database, change)
    with pytest.raises(SnapshotUnfit, match=detail):
        journal.snapshots.load(2)
    assert alike(folded(journal), expected)
    found, _ = verify(journal)
    assert found.problems[0].startswith(f"snapshot at position 2: {detail}")
    assert len(found.problems) == 1


async def test_a_snapshot_that_an_earlier_version_stored_is_used(
    journal: SqlJournal, clock: HandClock, database: Database
) -> None:
    async with running(journal, clock) as editor:
        await editor.submit(price(0, "5"), ADA)
        await Snapshots(editor.sheet, journal.snapshots).take()
        expected = editor.sheet.copy()
    await database.write(as_earlier)

    assert alike(nearest(journal.snapshots, None), expected)
    assert verify(journal)[0].ok


async def test_a_snapshot_of_another_past_is_not_used(
    journal: SqlJournal, clock: HandClock, database: Database
) -> None:
    async with running(journal, clock) as editor:
        await editor.submit(price(0, "5"), ADA)
        await Snapshots(editor.sheet, journal.snapshots).take()
    allowed = ["DROP TRIGGER event_refuses_update", "DROP TRIGGER event_refuses_delete"]
    execute(database, *allowed, "UPDATE event SET hash = zeroblob(32) WHERE position = 2")
    with pytest.raises(SnapshotUnfit, match="another event there"):
        journal.snapshots.load(2)
    execute(database, "DELETE FROM event WHERE position = 2")
    with pytest.raises(SnapshotUnfit, match="does not reach it"):
        journal.snapshots.load(2)
    assert nearest(journal.snapshots, None).position == 0


async def test_a_snapshot_that_lies_is_found_though_its_hashes_are_right(journal: SqlJournal, clock: HandClock) -> None:
    async with running(journal, clock) as editor:
        await editor.submit(price(0, "5"), ADA)
        forged = editor.sheet.copy()
        forged.replace(1, 1, b"Gold,1\n")
        await Snapshots(forged, journal.snapshots).take()
    assert verify(journal)[0].problems == ["snapshot at position 2: it is not what the journal says; it is not used"]


async def test_snapshots_are_taken_behind_the_edits(journal: SqlJournal, clock: HandClock) -> None:
    async with running(journal, clock) as editor:
        snapshots = Snapshots(editor.sheet, journal.snapshots, every=3)
        editor.listen(snapshots.extend)
        await snapshots.start()
        for text in "56":
            await editor.submit(price(0, text), ADA)
        await until(lambda: snapshots.position == 3)
        assert alike(nearest(journal.snapshots, None), editor.sheet.copy())
        await snapshots.close()


class Slow(MemorySnapshots):
    """Snapshots that take until they may end."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.may_end = asyncio.Event(), asyncio.Event()

    async def keep(self, image: Image, names: Sequence[bytes]) -> None:
        """Keep a snapshot, in time."""
        self.begun.set()
        await self.may_end.wait()
        await super().keep(image, names)


async def test_edits_during_a_snapshot_do_not_call_for_another_at_once(clock: HandClock) -> None:
    async with running(MemoryJournal(), clock) as editor:
        store, every = Slow(), 5
        snapshots = Snapshots(editor.sheet, store, every=every)
        editor.listen(snapshots.extend)
        await snapshots.start()
        texts = map(str, range(100))
        while not store.begun.is_set():
            await editor.submit(price(0, next(texts)), ADA)
        await editor.submit(price(0, next(texts)), ADA)
        store.may_end.set()
        await until(lambda: bool(store.positions()))
        for _ in range(every):
            await editor.submit(price(0, next(texts)), ADA)
        await until(lambda: len(store.positions()) > 1)
        second, first = store.positions()
        assert second - first >= every
        await snapshots.close()


class Turns(MemorySnapshots):
    """Snapshots that note how many turns others had before the first pages came."""

    def __init__(self) -> None:
        super().__init__()
        self.turns = self.before_pages = 0

    async def count(self) -> None:
        """Take a turn after the other."""
        while True:
            self.turns += 1
            await asyncio.sleep(0)

    async def keep_pages(self, pages: Sequence[Page]) -> list[bytes]:
        """Note the turns."""
        self.before_pages = self.before_pages or self.turns
        return await super().keep_pages(pages)


async def test_others_have_their_turn_while_the_rows_that_changed_are_joined(
    clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "SETTLED_AT_ONCE", 1)
    rows = 20
    async with running(MemoryJournal(), clock) as editor:
        data = b"name,price\n" + b"Tea,2\n" * rows
        await editor.submit(ImportTable(data=data, blob=sha256(data).digest()), ADA)
        for index in range(editor.sheet.next_index - rows, editor.sheet.next_index):
            await editor.submit(price(index, "5"), ADA)
        others = Turns()
        snapshots = Snapshots(editor.sheet, others)
        counting = asyncio.create_task(others.count())
        await snapshots.take()
        counting.cancel()
    assert others.before_pages >= rows // SMALL_BLOCKS


async def test_a_few_edits_are_at_rest_after_a_while(journal: SqlJournal, clock: HandClock) -> None:
    async with running(journal, clock) as editor:
        snapshots = Snapshots(editor.sheet, journal.snapshots, quiet=0.01)
        await snapshots.start()
        await until(lambda: snapshots.position == 1)
        await snapshots.close()
        again = Snapshots(editor.sheet, journal.snapshots, quiet=0.01)
        await again.start()
        assert again.position == 1
        await again.close()


def test_old_snapshots_are_thinned_but_never_leave_a_long_way() -> None:
    positions: list[int] = []
    for head in range(EVERY, 2_000_000 + 1, EVERY):
        positions = kept([*positions, head])
        assert positions[0] == head
        for newer, older in zip(positions, [*positions[1:], 0], strict=True):
            assert newer - older <= max(EVERY, min((head - older) // 2 + EVERY, max(FARTHEST, head // SHARE) + EVERY))
    assert len(positions) < 30


async def count(database: Database, table: str) -> int:
    return await database.read(
        lambda connection: int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())
    )


async def test_a_check_begins_at_the_hash_that_the_journal_has_there(journal: SqlJournal, clock: HandClock) -> None:
    async with running(journal, clock) as editor:
        await editor.submit(price(0, "5"), ADA)
        head: Head = await journal.head()
        assert journal.hash_at(2) == head.hash
        assert journal.hash_at(0) == bytes(32)
        assert journal.hash_at(3) is None
