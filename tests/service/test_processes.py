"""Several processes on one journal, and storage that fails half-way: the order is one, and no answer is a lie."""

import logging
import sqlite3
from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError
from tests.clocks import HandClock
from tests.service.running import (
    ADA,
    BOB,
    all_at_once,
    execute,
    file_of,
    log_in,
    named,
    positions,
    price,
    running,
    sessions,
)

from rowlock.core.commands import AddColumn, Caller, TakeLease
from rowlock.service.editor import Editor
from rowlock.service.ports import OutcomeUnknown, StorageBusy
from rowlock.store import database as databases
from rowlock.store.database import Database
from rowlock.store.journal import SqlJournal

pytestmark = pytest.mark.anyio
ADA_IN = Caller(actor="ada", session="ada's", client="one")
TRAP = (
    "CREATE TABLE trap (account INTEGER REFERENCES account (id) DEFERRABLE INITIALLY DEFERRED)",
    "CREATE TRIGGER spring AFTER INSERT ON event BEGIN INSERT INTO trap VALUES (99); END",
)
"""From now on a transaction with an event fails at its commit, as a broken disk would make it fail."""


@pytest.fixture
def journal(database: Database) -> SqlJournal:
    return SqlJournal(database)


@pytest.fixture
async def editor(journal: SqlJournal, clock: HandClock) -> AsyncIterator[Editor]:
    async with running(journal, clock) as editor:
        yield editor


@pytest.fixture
def elsewhere(database_url: str) -> Iterator[SqlJournal]:
    database = Database(database_url)
    yield SqlJournal(database)
    database.close()


@pytest.fixture
async def other(editor: Editor, elsewhere: SqlJournal, clock: HandClock) -> AsyncIterator[Editor]:
    """The same table in another process."""
    async with running(elsewhere, clock) as other:
        yield other


async def test_what_another_process_wrote_is_folded_before_deciding(editor: Editor, other: Editor) -> None:
    await editor.submit(price(0, "5"), ADA)
    answer = await other.submit(named("Oil"), BOB)
    assert (answer["position"], answer["index"]) == (3, 3)
    assert (await editor.submit(price(3, "8"), BOB))["version"] == 4
    assert (await all_at_once(other.submit(price(3, "9", version=3), BOB)))[0] == "version_mismatch"


async def test_all_processes_hear_the_same_events_in_the_same_order(editor: Editor, other: Editor) -> None:
    heard: dict[Editor, list[int]] = {editor: [], other: []}
    for each in heard:
        each.listen(lambda entries, each=each: heard[each].extend(entry.event.position for entry in entries))  # type: ignore[misc]
    turns = [(editor, other)[number % 3 % 2].submit(named(str(number)), ADA) for number in range(60)]
    await all_at_once(*turns)
    await editor.submit(named("last"), ADA)
    await other.submit(named("last of all"), ADA)
    editor.catch_up()
    await editor.submit(price(0, "5"), ADA)
    await other.submit(price(1, "5"), ADA)
    common = heard[editor]
    assert common == list(range(2, 65))
    assert heard[other] == [*common, 65]


async def test_a_process_that_has_nothing_to_do_catches_up(editor: Editor, other: Editor) -> None:
    seen: list[int] = []
    other.listen(lambda entries: seen.append(entries[-1].event.position))
    await editor.submit(AddColumn(column="colour"), ADA)
    other.catch_up()
    await other.close()
    assert seen == [2]
    assert file_of(other.sheet) == file_of(editor.sheet)


async def test_a_lease_taken_in_one_process_holds_in_all(editor: Editor, other: Editor) -> None:
    token = (await editor.submit(TakeLease(index=0), ADA))["token"]
    assert await all_at_once(other.submit(TakeLease(index=0), BOB)) == ["row_locked"]
    assert (await other.submit(price(0, "5", token=token), ADA))["version"] == 3


async def test_a_key_used_in_one_process_is_known_in_all(editor: Editor, other: Editor) -> None:
    assert await other.submit(named("Oil"), ADA, key="k") == await editor.submit(named("Oil"), ADA, key="k")
    assert editor.sheet.total == 4


async def test_a_session_that_ended_in_one_process_has_ended_in_all(
    editor: Editor, other: Editor, database: Database, clock: HandClock
) -> None:
    await log_in(database, clock, ADA_IN)
    await editor.submit(TakeLease(index=0), ADA_IN)
    await other.end_session(ADA_IN, "logout")
    assert await all_at_once(editor.submit(price(0, "5"), ADA_IN)) == ["session_ended"]
    assert list(editor.sheet.leased()) == []


async def test_a_commit_that_fails_leaves_the_sheet_as_it_was_and_tells_every_caller(
    editor: Editor, journal: SqlJournal, database: Database, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    await log_in(database, clock, ADA_IN)
    before = file_of(editor.sheet)
    execute(database, *TRAP)
    waiting = [editor.submit(named(str(number)), ADA, key=str(number)) for number in range(5)]
    refused, ended = editor.submit(price(9, "5"), ADA), editor.end_session(ADA_IN, "logout")
    assert await all_at_once(*waiting, refused, ended) == [OutcomeUnknown] * 7
    assert (file_of(editor.sheet), editor.sheet.position) == (before, 1)
    assert await sessions(database) == ["ada's"]
    execute(database, "DROP TRIGGER spring")
    again = await all_at_once(*(editor.submit(named(str(number)), ADA, key=str(number)) for number in range(5)))
    assert [answer["position"] for answer in again] == [2, 3, 4, 5, 6]
    assert positions(journal) == [1, 2, 3, 4, 5, 6]


async def test_a_commit_that_was_made_after_all_is_found_and_its_key_settles_it(
    editor: Editor, database: Database, journal: SqlJournal, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)

    def commit_and_fail(connection: Connection) -> None:
        event.remove(database._write_engine, "commit", commit_and_fail)
        connection.exec_driver_sql("COMMIT")
        raise OperationalError("COMMIT", {}, sqlite3.OperationalError("disk I/O error"))

    event.listen(database._write_engine, "commit", commit_and_fail)
    assert await all_at_once(editor.submit(named("Oil"), ADA, key="k")) == [OutcomeUnknown]
    assert editor.sheet.total == 3
    assert (await editor.submit(named("Oil"), ADA, key="k"))["position"] == 2
    assert (editor.sheet.total, positions(journal)) == (4, [1, 2])


async def test_a_busy_database_changes_nothing_and_is_worth_another_try(
    database_url: str, clock: HandClock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    monkeypatch.setattr(databases, "BUSY_SECONDS", 0.05)
    database = Database(database_url)
    holder = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)
    async with running(SqlJournal(database), clock) as editor:
        holder.execute("BEGIN EXCLUSIVE")
        assert await all_at_once(editor.submit(price(0, "5"), ADA)) == [StorageBusy]
        holder.execute("ROLLBACK")
        assert (await editor.submit(price(0, "5"), ADA))["position"] == 2
    holder.close()
    database.close()
