"""A journal that is deleted or replaced under a running editor is noticed, and not written past."""

import shutil
from pathlib import Path

import pytest
from tests.clocks import HandClock
from tests.service.running import ADA, execute, file_of, named, running

from rowlock.service.ports import StorageFailed
from rowlock.store.database import Database
from rowlock.store.journal import SqlJournal

pytestmark = pytest.mark.anyio


def _path(database: Database) -> Path:
    return Path(database.url.removeprefix("sqlite:///"))


async def test_after_the_journal_was_deleted_nothing_is_acknowledged(database: Database, clock: HandClock) -> None:
    async with running(SqlJournal(database), clock) as editor:
        before = file_of(editor.sheet)
        _path(database).unlink()
        with pytest.raises(StorageFailed, match="deleted or replaced"):
            await editor.submit(named("Oats"), ADA)
        assert file_of(editor.sheet) == before


async def test_a_copy_put_in_its_place_is_not_written_to(database: Database, clock: HandClock, tmp_path: Path) -> None:
    async with running(SqlJournal(database), clock) as editor:
        shutil.copy(_path(database), tmp_path / "copy.db")
        (tmp_path / "copy.db").replace(_path(database))
        with pytest.raises(StorageFailed, match="deleted or replaced"):
            await editor.submit(named("Oats"), ADA)


async def test_a_journal_that_went_back_is_not_gone_on_with(database: Database, clock: HandClock) -> None:
    async with running(SqlJournal(database), clock) as editor:
        await editor.submit(named("Oats"), ADA)
        execute(database, "UPDATE head SET position = 1")
        with pytest.raises(StorageFailed, match="not the one that was loaded"):
            await editor.submit(named("Salt"), ADA)


async def test_a_journal_with_another_past_is_not_gone_on_with(database: Database, clock: HandClock) -> None:
    async with running(SqlJournal(database), clock) as editor:
        await editor.submit(named("Oats"), ADA)
        execute(database, "UPDATE head SET hash = x'00'")
        with pytest.raises(StorageFailed, match="not the one that was loaded"):
            await editor.submit(named("Salt"), ADA)
