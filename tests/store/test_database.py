"""The database: every write is committed and fsynced or not made, and what goes wrong has a name."""

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from tests.store.facts import IMPORT, OIL, PRICE, append

from rowlock.service.ports import OutcomeUnknown, StorageBusy, StorageFailed, StorageFull
from rowlock.store import database as databases
from rowlock.store.database import Database, SchemaError
from rowlock.store.journal import SqlJournal

pytestmark = pytest.mark.anyio


@pytest.fixture
def hasty(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A database that does not wait for others."""
    monkeypatch.setattr(databases, "BUSY_SECONDS", 0.05)
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Another program with the database open."""
    connection = sqlite3.connect(tmp_path / "rowlock.db", isolation_level=None)
    yield connection
    connection.close()


def names(connection: Connection) -> list[str]:
    return list(connection.exec_driver_sql("SELECT name FROM mark ORDER BY name").scalars())


@pytest.mark.parametrize(
    ("name", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("trusted_schema", 0)]
)
async def test_the_writer_waits_for_the_disk_and_its_readers_for_nobody(
    database: Database, name: str, value: object
) -> None:
    def read(connection: Connection) -> object:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()

    assert await database.write(read) == value
    assert await database.read(read) == value


async def test_of_several_that_open_a_database_without_wal_at_once_none_is_refused(tmp_path: Path) -> None:
    for number in range(50):
        url = f"sqlite:///{tmp_path}/{number}.db"
        with closing(sqlite3.connect(tmp_path / f"{number}.db")) as connection:
            connection.execute("CREATE TABLE mark (name)")
        opened = [Database(url) for _ in range(3)]
        await asyncio.gather(*(each.write(names) for each in opened))
        for each in opened:
            each.close()


async def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(StorageFailed, match="readonly"):
        await database.read(lambda connection: connection.exec_driver_sql("DELETE FROM mark"))


async def test_what_was_written_is_read(database: Database) -> None:
    await database.write(lambda connection: connection.exec_driver_sql("INSERT INTO mark VALUES ('a', '1')"))
    assert await database.read(names) == ["a"]


async def test_a_job_that_raises_is_rolled_back_and_the_next_one_works(database: Database) -> None:
    def job(connection: Connection) -> None:
        connection.exec_driver_sql("INSERT INTO mark VALUES ('a', '1')")
        raise KeyError("on purpose")

    with pytest.raises(KeyError):
        await database.write(job)
    await database.write(lambda connection: connection.exec_driver_sql("INSERT INTO mark VALUES ('b', '1')"))
    assert await database.read(names) == ["b"]


async def test_a_broken_rule_of_the_schema_is_the_jobs_own_error(database: Database) -> None:
    with pytest.raises(DBAPIError, match="NOT NULL"):
        await database.write(lambda connection: connection.exec_driver_sql("INSERT INTO mark VALUES ('a', NULL)"))


async def test_a_database_held_by_another_program_is_busy_and_free_again_later(
    hasty: Database, other: sqlite3.Connection
) -> None:
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StorageBusy, match="another program"):
        await append(SqlJournal(hasty), IMPORT)
    other.execute("ROLLBACK")
    await append(SqlJournal(hasty), IMPORT)
    assert (await SqlJournal(hasty).head()).position == 1


async def test_a_reader_is_not_held_up_by_another_programs_writing(hasty: Database, other: sqlite3.Connection) -> None:
    await append(SqlJournal(hasty), IMPORT)
    other.execute("BEGIN IMMEDIATE")
    assert (await SqlJournal(hasty).head()).position == 1
    other.execute("ROLLBACK")


async def test_a_commit_that_fails_leaves_the_outcome_open_and_the_next_write_works(database: Database) -> None:
    """A deferred foreign key is checked by COMMIT itself, so it fails there as a broken disk would."""
    journal = SqlJournal(database)
    await append(journal, IMPORT)

    def job(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        connection.exec_driver_sql("INSERT INTO session VALUES ('s', 99, 0, 0)")

    with pytest.raises(OutcomeUnknown, match="not known yet"):
        await database.write(job)
    await append(journal, PRICE)
    assert [entry.event.position for entry in journal.entries(check=True)] == [1, 2]
    count = "SELECT count(*) FROM session"
    assert await database.read(lambda connection: connection.exec_driver_sql(count).scalar()) == 0


FILLED_UP = """
import asyncio, resource, signal, sys
from tests.store.facts import IMPORT, PRICE, append
from rowlock.service.ports import OutcomeUnknown, StorageError
from rowlock.store.database import Database
from rowlock.store.journal import SqlJournal

async def main():
    database = Database(sys.argv[1])
    journal = SqlJournal(database)
    await append(journal, IMPORT)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
    written, failures = 1, []
    for _ in range(100):
        try:
            written += len(await append(journal, *[PRICE] * 20))
        except StorageError as error:
            failures.append(type(error).__name__)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    written += len(await append(journal, PRICE))
    found = len(list(journal.entries(check=True)))
    database.close()
    print(len(failures), *sorted(set(failures)), found - written)

asyncio.run(main())
"""


def test_a_disk_that_fills_up_loses_nothing_and_takes_events_again_when_there_is_room(database_url: str) -> None:
    """Each answer is true: what was said to be stored is, what was said not to be is not."""
    command = [sys.executable, "-c", FILLED_UP, database_url]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, cwd=Path(__file__).parents[2], check=False
    )
    assert done.returncode == 0, done.stderr
    count, *kinds, difference = done.stdout.split()
    assert int(count) > 0
    assert set(kinds) <= {"StorageFull", "StorageFailed", "OutcomeUnknown"}
    assert int(difference) == 0


def test_a_full_database_is_told_apart(database: Database) -> None:
    def job(connection: Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        connection.exec_driver_sql("INSERT INTO mark SELECT name, hex(zeroblob(100000)) FROM sqlite_master")

    with pytest.raises(StorageFull):
        database.write_now(job)
    assert database.read_now(names) == []


async def test_two_programs_write_in_turn_and_see_each_other(database: Database, database_url: str) -> None:
    other = Database(database_url)
    await append(SqlJournal(database), IMPORT)
    await append(SqlJournal(other), PRICE)
    await append(SqlJournal(database), OIL)
    assert list(SqlJournal(other).entries(check=True)) == list(SqlJournal(database).entries())
    other.close()


def test_damaged_pages_are_found_when_the_database_is_opened(database_url: str, tmp_path: Path) -> None:
    database = Database(database_url)
    database.check()
    database.close()
    path = tmp_path / "rowlock.db"
    content = bytearray(path.read_bytes())
    content[4096 * 2 : 4096 * 3] = b"\xff" * 4096
    path.write_bytes(content)
    database = Database(database_url)
    with pytest.raises((SchemaError, StorageFailed), match=r"damaged|malformed"):
        database.check()
    database.close()


def test_what_is_no_database_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "rowlock.db").write_bytes(b"a,b\n1,2\n" * 1000)
    database = Database(f"sqlite:///{tmp_path / 'rowlock.db'}")
    with pytest.raises(StorageFailed, match="not a database"):
        database.write_now(names)
    with pytest.raises(StorageFailed, match="not a database"):
        database.read_now(names)
    database.close()
