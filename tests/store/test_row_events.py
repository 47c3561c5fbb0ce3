"""What is about a row is found whether it is in the index already or not."""

import pytest
from sqlalchemy import select, union_all
from sqlalchemy.dialects import sqlite
from tests.store.facts import IMPORT, OIL, PRICE, append
from tests.store.older import downgrade

from rowlock.core.events import ColumnAdded, LeaseExpired
from rowlock.service.ports import EventFilter
from rowlock.store import journal as journals
from rowlock.store import row_events
from rowlock.store.database import Database, migrate
from rowlock.store.journal import SqlJournal
from rowlock.store.tables import EVENT

pytestmark = pytest.mark.anyio
ENDED = LeaseExpired(index=0, token=1)
ADDED = ColumnAdded(column="colour", place=2, values={})
ALL = [2, 4, 6, 7]


@pytest.fixture
async def journal(database: Database) -> SqlJournal:
    """The first row's events stand at 2, 4, 6 and 7, the table's at 1 and 5."""
    journal = SqlJournal(database)
    await append(journal, IMPORT, PRICE, OIL, PRICE, ADDED, PRICE, ENDED)
    return journal


async def indexed(database: Database, monkeypatch: pytest.MonkeyPatch, upto: int, most: int = 100) -> None:
    """The events up to `upto` are in the index, if they were not too many."""
    monkeypatch.setattr(row_events, "LEAST", 1)
    monkeypatch.setattr(row_events, "MOST", upto)
    lot = await database.read(row_events.next_lot)
    assert lot is not None
    await database.write(lambda connection: row_events.take_in(connection, lot, most))


@pytest.mark.parametrize("upto", [0, 1, 3, 4, 6, 7])
async def test_a_rows_events_are_the_same_however_many_are_indexed(
    journal: SqlJournal, database: Database, monkeypatch: pytest.MonkeyPatch, upto: int
) -> None:
    if upto:
        await indexed(database, monkeypatch, upto)
    assert [entry.event.position for entry in journal.about(0)] == [1, *ALL[:2], 5, *ALL[2:]]
    assert [entry.event.position for entry in journal.about(0, 2, 6)] == [4, 5, 6]
    assert [entry.event.position for entry in journal.about(None)] == [1, 5]
    assert len(await journal.page(EventFilter(index=0))) == len(ALL)
    assert len(await journal.page(EventFilter(index=0, after=2, upto=6, actor="ada"))) == 2
    newest = await journal.page(EventFilter(index=0, limit=1, newest_first=True))
    assert b'"position":7' in newest[0]


@pytest.mark.parametrize("done", [1, 2, 4])
async def test_a_lot_that_was_cut_off_half_way_is_gone_on_with(
    journal: SqlJournal, database: Database, monkeypatch: pytest.MonkeyPatch, done: int
) -> None:
    await indexed(database, monkeypatch, 7, most=done)
    assert [entry.event.position for entry in journal.about(0)] == [1, 2, 4, 5, 6, 7]
    await append(journal, PRICE)
    await journal.index_rows()
    assert (await database.read(row_events.taken)).position == 8
    assert [entry.event.position for entry in journal.about(0)] == [1, 2, 4, 5, 6, 7, 8]
    rows = await database.read(lambda connection: connection.exec_driver_sql("SELECT * FROM row_event").fetchall())
    assert sorted(map(tuple, rows)) == [(0, 2), (0, 4), (0, 6), (0, 7), (0, 8), (2, 3)]


async def test_what_takes_too_long_is_left_for_the_next_time(
    journal: SqlJournal, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(row_events, "LEAST", 1)
    monkeypatch.setattr(journals, "INDEXED_AT_ONCE", 1)
    for done in (1, 2, 3):
        await journal.index_rows(0)
        assert await database.read(row_events.taken) == row_events.Taken(0, 7, done)
    await journal.index_rows()
    assert await database.read(row_events.taken) == row_events.Taken(7)


async def test_a_few_new_events_are_left_to_be_looked_through(journal: SqlJournal, database: Database) -> None:
    await journal.index_rows()
    assert await database.read(row_events.taken) == row_events.Taken()


async def test_a_journal_from_before_finds_what_is_about_its_rows(journal: SqlJournal, database: Database) -> None:
    downgrade(database.url, "0003")
    migrate(database.url)
    assert [entry.event.position for entry in journal.about(0)] == [1, 2, 4, 5, 6, 7]


async def test_the_journal_is_not_looked_through_for_what_is_indexed(
    journal: SqlJournal, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await indexed(database, monkeypatch, 7)
    positions = await database.read(lambda connection: row_events.about_row(connection, 0, 0, 7))
    asked = select(EVENT).where(EVENT.c.position.in_(union_all(row_events.about_table(0, 7), *positions)))
    text = str(asked.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
    plan = await database.read(lambda connection: connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}").fetchall())
    steps = [row[-1] for row in plan]
    assert steps[0] == "SEARCH event USING INTEGER PRIMARY KEY (rowid=?)"
    assert [step for step in steps if step.startswith("SEARCH event USING INDEX ix_event_whole_table")]
    assert "SEARCH row_event USING PRIMARY KEY (row_index=? AND position>? AND position<?)" in steps
    assert not [step for step in steps if step.startswith("SCAN")]
