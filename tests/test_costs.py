"""What an edit costs, counted and not timed: statements, memory, bytes. None of it grows with rows or history."""

import asyncio
import gc
import sqlite3
import sys
import tracemalloc
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from types import CodeType, FrameType

import pytest
from sqlalchemy import Connection
from tests.clocks import HandClock
from tests.service.running import ADA, SYSTEM, log_in, open_editor

from rowlock.core.blocks import Block
from rowlock.core.commands import AddRow, ChangeRows, ImportTable, RowOp, UpdateRow
from rowlock.core.fields import with_texts
from rowlock.core.query import Query
from rowlock.core.records import read_table
from rowlock.core.sheet import Sheet
from rowlock.files.table_file import TableFile
from rowlock.service.editor import Editor
from rowlock.service.queries import Queries
from rowlock.store import codec
from rowlock.store.database import Database
from rowlock.store.journal import SqlJournal
from rowlock.wire.windows import window_json

pytestmark = pytest.mark.anyio

LINE = "user{:07d},Northwind Futures,key-{:010d},secret-{:024d},{}.50,{}00,0.02\n"
HEADER = "user,broker,API key,API secret,pnl,margin,max_risk\n"


def table(rows: int) -> bytes:
    lines = (LINE.format(row, row, row, row % 9000 + 1000, row % 900 + 100) for row in range(rows))
    return (HEADER + "".join(lines)).encode()


@asynccontextmanager
async def editing(database: Database, clock: HandClock, rows: int) -> AsyncIterator[Editor]:
    """An editor of a table with so many rows."""
    editor = await open_editor(SqlJournal(database), clock)
    editor.start()
    data = table(rows)
    await editor.submit(ImportTable(data=data, blob=sha256(data).digest()), SYSTEM)
    yield editor
    await editor.close()


def change(index: int, text: str) -> UpdateRow:
    return UpdateRow(index=index, cells={"pnl": text})


async def statements(database: Database) -> list[str]:
    """The statements that are executed from now on, in order; one that is executed for many rows stands once."""
    heard: list[str] = []

    def hear(statement: str) -> None:
        words = " ".join(statement.split()[:3])
        if not heard or heard[-1] != words:
            heard.append(words)

    await database.write(lambda connection: _driver(connection).set_trace_callback(hear))
    heard.clear()
    return heard


def _driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


async def test_edits_that_wait_together_are_one_transaction_of_few_statements(
    database: Database, clock: HandClock
) -> None:
    ada = replace(ADA, session="s")
    await log_in(database, clock, ada)
    async with editing(database, clock, 100) as editor:
        heard = await statements(database)
        await asyncio.gather(*(editor.submit(change(row, "1.25"), ada, key=f"k{row}") for row in range(64)))
    assert [statement.split()[0] for statement in heard] == [
        "BEGIN",
        "SELECT",  # the head
        "SELECT",  # the sessions
        "SELECT",  # the keys
        "INSERT",  # the events
        "UPDATE",  # the head
        "INSERT",  # the answers
        "COMMIT",
    ]


async def test_each_edit_of_a_batch_is_looked_up_rendered_and_encoded_once(
    database: Database, clock: HandClock
) -> None:
    async with editing(database, clock, 1_000) as editor:
        # what is made once is made
        await editor.submit(ChangeRows(ops=tuple(change(row, "0.25") for row in range(200))), ADA)
        called: Counter[CodeType] = Counter()
        await listen(database, called)
        await editor.submit(ChangeRows(ops=tuple(change(row, "1.25") for row in range(200))), ADA)
        await listen(database, None)
    once = (Block.row, with_texts, codec.values_of, codec.wire_of)
    assert [called[function.__code__] for function in once] == [200] * 4
    assert called.total() < 55 * 200


async def test_many_updates_are_laid_on_the_table_itself_and_many_new_rows_on_a_copy(
    database: Database, clock: HandClock
) -> None:
    ops: tuple[Callable[[int], RowOp], ...] = (
        lambda row: change(row, "1.25"),
        lambda row: AddRow(cells={"user": f"new {row}"}),
    )
    copies = []
    async with editing(database, clock, 2_000) as editor:
        for op in ops:
            called: Counter[CodeType] = Counter()
            await listen(database, called)
            await editor.submit(ChangeRows(ops=tuple(op(row) for row in range(2_000))), ADA)
            await listen(database, None)
            copies.append(called[Sheet.copy.__code__])
    assert copies == [0, 1]


def test_an_edit_leaves_nothing_behind_that_calls_for_the_collector_of_garbage() -> None:
    rows = 2_000
    sheet = Sheet()
    sheet.load(read_table(table(rows)))
    # what is made once is made
    edit_all(sheet, rows, 2)
    gc.collect()
    gc.disable()
    try:
        before = gc.get_count()[0]
        edit_all(sheet, rows, 3)
        made = gc.get_count()[0] - before
    finally:
        gc.enable()
    assert made < rows // 20


def edit_all(sheet: Sheet, rows: int, version: int) -> None:
    sheet.forget_cooling(version)
    for index in range(rows):
        sheet.replace(index, version, b"x\n")
        sheet.cool(index, version, "ada")


async def listen(database: Database, called: "Counter[CodeType] | None") -> None:
    """Count the calls of Python functions from now on, here and in the writer's thread; None: no more."""

    def hear(frame: FrameType, event: str, _argument: object) -> None:
        if called is not None and event == "call":
            called[frame.f_code] += 1

    heard = None if called is None else hear
    await database.write(lambda _: sys.setprofile(heard))
    sys.setprofile(heard)


@pytest.mark.parametrize("rows", [1_000, 50_000])
async def test_a_sorted_window_looks_each_of_its_rows_up_once_and_is_json_at_once(
    database: Database, clock: HandClock, rows: int
) -> None:
    called: Counter[CodeType] = Counter()
    async with editing(database, clock, rows) as editor:
        queries = Queries(editor.sheet, SqlJournal(database))
        await queries.window(Query(sort="pnl"), rows // 2, 100)
        await listen(database, called)
        window_json(await queries.window(Query(sort="pnl"), rows // 2, 100))
        await listen(database, None)
    assert called[Block.versioned.__code__] == 100
    assert called.total() < 100 * 3 + 100  # some hundred are those of listening and of the window itself


@pytest.mark.parametrize("rows", [1_000, 50_000])
async def test_the_memory_that_an_edit_takes_does_not_grow_with_the_rows(
    database: Database, clock: HandClock, rows: int
) -> None:
    async with editing(database, clock, rows) as editor:
        for row in range(20):  # what is made once is made
            await editor.submit(change(row, "1.25"), ADA)
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        for row in range(rows - 20, rows):
            await editor.submit(change(row, "1.25"), ADA)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    # Twenty blocks of some 25 kB, each copied once, and what the edits themselves need.
    assert peak - before < 20 * 60_000


async def test_an_edit_takes_less_than_300_bytes_of_the_database(
    database: Database, clock: HandClock, tmp_path: Path
) -> None:
    ada = replace(ADA, actor="somebody", session="s" * 22)
    await log_in(database, clock, ada)

    def size() -> int:
        with sqlite3.connect(tmp_path / "rowlock.db") as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        return (tmp_path / "rowlock.db").stat().st_size

    async with editing(database, clock, 1_000) as editor:
        before = size()
        for turn in range(3):
            await asyncio.gather(*(editor.submit(change(row, f"{turn}{row:03d}.25"), ada) for row in range(1_000)))
        assert (size() - before) / 3_000 < 300


async def test_an_edit_of_the_same_length_writes_its_block_and_no_more(
    database: Database, clock: HandClock, tmp_path: Path
) -> None:
    file = TableFile(tmp_path / "table.csv")
    async with editing(database, clock, 10_000) as editor:
        for row in (1, 2, 3):  # the second publish makes the spare that the third writes over
            await editor.submit(change(row, f"{row}111.50"), ADA)
            published = file.publish(editor.sheet.file_parts())
        await editor.submit(change(5_000, "2222.50"), ADA)
        published = file.publish(editor.sheet.file_parts())
        blocks = editor.sheet.parts()
    assert published.reused
    # What the spare lacks: this edit, and the one that it missed while it lay aside.
    assert published.written <= 2 * max(map(len, blocks))


def test_the_collector_of_garbage_walks_a_few_objects_for_a_block_and_none_for_a_row_that_was_edited() -> None:
    walked = []
    for edited in (0, 10_000):
        sheet = Sheet()
        sheet.load(read_table(table(10_000)))
        sheet.change_all((index, {4: "1"}, 7, 7, "ada") for index in range(edited))
        gc.collect()
        before = len(gc.get_objects())
        blocks = len(sheet.stretches())
        del sheet
        walked.append((before - len(gc.get_objects())) / blocks)
    assert max(walked) < 10
