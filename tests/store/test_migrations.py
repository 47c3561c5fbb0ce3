"""The migrations lead to the schema that the code expects, from any state, and leave foreign databases alone."""

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlmodel import SQLModel
from tests.store.facts import IMPORT, append

from rowlock.store.database import NEWEST, Database, SchemaError, migrate
from rowlock.store.journal import SqlJournal


def url(path: Path) -> str:
    return f"sqlite:///{path}"


def schema(path: Path) -> list[tuple[str, str]]:
    connection = sqlite3.connect(path)
    found = connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
    connection.close()
    return found


def execute(path: Path, statement: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()


def test_the_newest_schema_is_that_of_the_tables_in_the_code(migrated: Path) -> None:
    engine = create_engine(url(migrated))
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []
    engine.dispose()


def test_the_newest_migration_is_the_one_that_the_code_knows_as_such() -> None:
    folder = ScriptDirectory(str(Path(__file__).resolve().parents[2] / "migrations"))
    assert folder.get_current_head() == NEWEST


def test_the_journal_is_guarded_by_triggers(migrated: Path) -> None:
    assert {"event_refuses_update", "event_refuses_delete"} <= {name for name, _ in schema(migrated)}


@pytest.mark.anyio
async def test_migrating_again_changes_nothing(database_url: str, tmp_path: Path) -> None:
    database = Database(database_url)
    entries = await append(SqlJournal(database), IMPORT)
    database.close()
    before = schema(tmp_path / "rowlock.db")
    migrate(database_url)
    assert schema(tmp_path / "rowlock.db") == before
    database = Database(database_url)
    assert list(SqlJournal(database).entries(check=True)) == entries
    database.close()


def test_a_database_that_is_not_there_yet_is_made(tmp_path: Path, migrated: Path) -> None:
    migrate(url(tmp_path / "new.db"))
    assert schema(tmp_path / "new.db") == schema(migrated)


def test_another_programs_database_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    execute(path, "CREATE TABLE recipe (name TEXT)")
    before = path.read_bytes()
    with pytest.raises(SchemaError, match="another program"):
        migrate(url(path))
    assert (path.read_bytes(), [each.name for each in tmp_path.iterdir()]) == (before, ["other.db"])


def test_a_newer_schema_is_refused_untouched(tmp_path: Path, migrated: Path) -> None:
    path = Path(shutil.copy(migrated, tmp_path / "newer.db"))
    execute(path, "UPDATE alembic_version SET version_num = '9999'")
    before = path.read_bytes()
    with pytest.raises(SchemaError, match="newer version of Rowlock"):
        migrate(url(path))
    assert path.read_bytes() == before


def test_a_first_start_that_was_cut_off_half_way_can_be_repeated(tmp_path: Path) -> None:
    path = tmp_path / "rowlock.db"
    # Half of a migration that was not one transaction would be there: a table, and no note of it.
    killed = f"""
import os
from sqlalchemy import event
from sqlalchemy.engine import Engine
from rowlock.store.database import migrate
@event.listens_for(Engine, "after_cursor_execute")
def after(connection, cursor, statement, *rest):
    if "CREATE TABLE event" in statement:
        os._exit(9)
migrate({url(path)!r})
"""
    assert subprocess.run([sys.executable, "-c", killed], check=False).returncode == 9

    migrate(url(path))

    assert any(name == "event" for name, _ in schema(path))
