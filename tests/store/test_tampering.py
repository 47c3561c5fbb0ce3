"""The journal on the disk cannot be changed by accident, and what was changed on purpose is found."""

import sqlite3
import sys
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError
from tests.store.facts import FILE, IMPORT, OIL, PRICE, append

from rowlock.core.sheet import Sheet
from rowlock.service.ports import ChainBroken, StorageFailed
from rowlock.store import chunks
from rowlock.store import journal as journals
from rowlock.store.database import Database
from rowlock.store.journal import SqlJournal

pytestmark = pytest.mark.anyio


@pytest.fixture
async def journal(database: Database) -> SqlJournal:
    journal = SqlJournal(database)
    await append(journal, IMPORT, PRICE, OIL)
    return journal


def tamper(tmp_path: Path, *statements: str) -> None:
    """What somebody with a database shell and bad intentions does."""
    with sqlite3.connect(tmp_path / "rowlock.db") as connection:
        for change in ("update", "delete"):
            connection.execute(f"DROP TRIGGER event_refuses_{change}")
        for statement in statements:
            connection.execute(statement)
    connection.close()


def broken(journal: SqlJournal) -> int:
    """Where the chain is found broken: whoever looks, and in this process or in one beside it."""
    with pytest.raises(ChainBroken) as found:
        list(journal.entries(check=True))
    reached = []
    for apart in (1, 1_000_000):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(journals, "CHECKED_APART", apart)
            sheet = Sheet()
            with pytest.raises(ChainBroken) as again:
                list(journal.replay(sheet, check=True))
        assert (again.value.position, again.value.detail) == (found.value.position, found.value.detail)
        assert list(sheet.rows()) == list(replayed(journal, sheet.position).rows())
        reached.append(sheet.position)
    assert reached[0] == reached[1]
    return found.value.position


def replayed(journal: SqlJournal, upto: int) -> Sheet:
    sheet = Sheet()
    list(journal.replay(sheet, upto))
    return sheet


@pytest.mark.parametrize("statement", ["UPDATE event SET actor = 'eve' WHERE position = 2", "DELETE FROM event"])
async def test_the_database_itself_refuses_to_change_or_delete_events(
    journal: SqlJournal, database: Database, statement: str
) -> None:
    before = list(journal.entries())
    with pytest.raises(IntegrityError, match="append-only"):
        await database.write(lambda connection: connection.exec_driver_sql(statement))
    assert list(journal.entries(check=True)) == before


async def test_a_flipped_byte_is_found(journal: SqlJournal, tmp_path: Path) -> None:
    tamper(tmp_path, """UPDATE event SET payload = replace(payload, '"5"', '"6"') WHERE position = 2""")
    assert broken(journal) == 2


async def test_events_cut_off_the_end_are_found(journal: SqlJournal, tmp_path: Path) -> None:
    tamper(tmp_path, "DELETE FROM event WHERE position = 3")
    assert broken(journal) == 3
    tamper_again = "DELETE FROM event WHERE position > 0"
    with sqlite3.connect(tmp_path / "rowlock.db") as connection:
        connection.execute(tamper_again)
    connection.close()
    assert broken(journal) == 1


async def test_a_missing_event_is_found(journal: SqlJournal, tmp_path: Path) -> None:
    tamper(tmp_path, "DELETE FROM event WHERE position = 2")
    assert broken(journal) == 2


async def test_swapped_events_are_found(journal: SqlJournal, tmp_path: Path) -> None:
    swap = "UPDATE event SET position = {} WHERE position = {}"
    tamper(tmp_path, swap.format(9, 2), swap.format(2, 3), swap.format(3, 9))
    assert broken(journal) == 2


async def test_a_last_event_exchanged_together_with_its_hash_is_found(journal: SqlJournal, tmp_path: Path) -> None:
    """The head holds the hash a second time."""
    with sqlite3.connect(tmp_path / "rowlock.db") as connection:
        connection.execute("UPDATE head SET hash = ?", (bytes(32),))
    connection.close()
    assert broken(journal) == 3


async def test_tampering_is_found_across_chunks(
    journal: SqlJournal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "CHUNK", 1)
    assert [entry.event.position for entry in journal.entries(check=True)] == [1, 2, 3]
    tamper(tmp_path, "DELETE FROM event WHERE position = 2")
    assert broken(journal) == 2


@pytest.mark.parametrize(
    "damage", ["DELETE FROM blob", "UPDATE blob SET data = x'789c030000000001'", "UPDATE blob SET data = x'00'"]
)
async def test_a_stored_file_that_is_gone_or_damaged_is_said_to_be(
    journal: SqlJournal, tmp_path: Path, damage: str
) -> None:
    tamper(tmp_path, damage)
    with pytest.raises(StorageFailed, match="missing or damaged"):
        list(journal.entries())


async def test_the_same_file_is_stored_once_and_compressed(journal: SqlJournal, database: Database) -> None:
    await append(journal, IMPORT)
    sizes = "SELECT size FROM blob"
    found = await database.read(lambda connection: list(connection.exec_driver_sql(sizes).scalars()))
    assert found == [len(FILE)]


async def test_a_check_beside_the_fold_goes_on_to_what_was_appended_meanwhile(
    journal: SqlJournal, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journals, "CHECKED_APART", 1)
    sheet = Sheet()
    steps = journal.replay(sheet, check=True)
    assert next(steps) == 3
    await append(journal, PRICE)
    assert list(steps) == [4]


async def test_a_check_beside_the_fold_that_cannot_be_made_is_no_proof(
    journal: SqlJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journals, "CHECKED_APART", 1)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(StorageFailed, match="could not be checked"):
        list(journal.replay(Sheet(), check=True))
