"""One writer thread and a few readers on a database, and its migrations: the only way to SQL."""

import asyncio
import os
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Select, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from rowlock.service.ports import OutcomeUnknown, StorageBusy, StorageFailed, StorageFull
from rowlock.store.prepared import Prepared
from rowlock.store.worker import Worker

T = TypeVar("T")
BUSY_SECONDS = 5
BUSY_PAUSE = 0.01
READERS = 4
CHECKED_BYTES = 100_000_000
# The last of the migrations.
NEWEST = "0004"


class SchemaError(Exception):
    """The database is damaged, no journal of Rowlock, or from a newer program; the text says which."""


class Database:
    """Runs functions on a connection inside a transaction: `write` one at a time, `read` side by side.

    All writing goes through one thread with one connection, so a writer never waits for another one of this
    process. A transaction begins with BEGIN IMMEDIATE and ends with COMMIT under `synchronous=FULL`.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._write_engine = _engine(url, begin="BEGIN IMMEDIATE")
        self._read_engine = _engine(url, begin="BEGIN", readonly=True)
        self._writer = Worker("rowlock-writer")
        self._read_threads = ThreadPoolExecutor(READERS, thread_name_prefix="rowlock-reader")
        self._connection: Connection | None = None
        self.path = _path_of(url)
        """The file of an SQLite database, else None."""
        self._inode: int | None = None

    async def write(self, job: Callable[[Connection], T]) -> T:
        """Run `job` in the writer thread in one transaction and return what it returned, committed and fsynced.

        Raises `StorageFull`, `StorageBusy` or `StorageFailed` when nothing was changed, `OutcomeUnknown` when the
        commit itself failed; whatever `job` raises rolls back and comes through.
        """
        return await self._writer.do(partial(self.write_now, job))

    async def read(self, job: Callable[[Connection], T]) -> T:
        """Run `job` in a reader thread on a snapshot of the database; it cannot write."""
        return await asyncio.get_running_loop().run_in_executor(self._read_threads, self.read_now, job)

    def write_now(self, job: Callable[[Connection], T]) -> T:
        """`write` for a caller that is itself the only writing thread (a command line tool, the thread above)."""
        connection = self._open()
        self._check_in_place()
        try:
            connection.begin()
            result = job(connection)
        except BaseException as error:
            self._undo(connection)
            raise _translated(error) from error
        try:
            connection.commit()
        except DBAPIError as error:
            self._drop()
            raise _translated(error, committing=True) from error
        return result

    def read_now(self, job: Callable[[Connection], T]) -> T:
        """`read` in the calling thread."""
        try:
            with self._read_engine.connect() as connection, connection.begin():
                return job(connection)
        except DBAPIError as error:
            raise _translated(error) from error

    def check(self) -> None:
        """Raise `SchemaError` if the database's pages are damaged; a large one is only looked at when folded."""
        if self.path and self.path.stat().st_size < CHECKED_BYTES:
            problem = self.read_now(lambda connection: connection.exec_driver_sql("PRAGMA quick_check(1)").scalar())
            if problem != "ok":
                raise SchemaError(f"its pages are damaged: {problem}")

    def close(self) -> None:
        """Wait for running jobs, checkpoint and close every connection."""
        self._writer.close()
        self._read_threads.shutdown(wait=True)
        self._drop()
        self._write_engine.dispose()
        self._read_engine.dispose()

    def _open(self) -> Connection:
        if self._connection is None:
            try:
                self._connection = self._write_engine.connect()
                self._inode = self._inode_now()
            except DBAPIError as error:
                raise _translated(error) from error
        return self._connection

    def _check_in_place(self) -> None:
        """What is written to a file that was deleted or replaced is lost, though every commit succeeds."""
        if self._inode_now() != self._inode:
            raise StorageFailed("the journal's file was deleted or replaced while it was open; start the server anew")

    def _inode_now(self) -> int | None:
        if self.path is None:
            return None
        try:
            return os.stat(self.path).st_ino
        except FileNotFoundError:
            return -1

    def _undo(self, connection: Connection) -> None:
        try:
            connection.rollback()
        except DBAPIError:
            self._drop()

    def _drop(self) -> None:
        """Give the connection up: after a failed commit only a fresh one shows what the database really holds."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()


def _path_of(url: str) -> Path | None:
    """The file of an SQLite database; None for a database that is no file of ours."""
    parsed = make_url(url)
    return Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None


def _engine(url: str, *, begin: str, readonly: bool = False) -> Engine:
    sqlite = make_url(url).get_backend_name() == "sqlite"
    engine = create_engine(url, connect_args=_connect_args(sqlite), pool_size=READERS if readonly else 1)
    begin_by_hand(engine, begin)
    if sqlite:
        event.listen(engine, "connect", lambda connection, _record: _prepare(connection, readonly=readonly))
    return engine


def begin_by_hand(engine: Engine, begin: str) -> None:
    """Have SQLite transactions begin with the statement `begin`.

    By itself pysqlite begins them late, deferred and not for DDL: updates get lost, and a migration is no whole.
    """
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _record: setattr(connection, "isolation_level", None))
        event.listen(engine, "begin", Prepared(text(begin)).run)


def _connect_args(sqlite: bool) -> dict[str, Any]:
    # The writer's connection is opened in one thread and may be closed by another, never used by two at once.
    return {"timeout": BUSY_SECONDS, "check_same_thread": False} if sqlite else {}


def _prepare(connection: sqlite3.Connection, *, readonly: bool) -> None:
    mode = _into_wal(connection)
    if mode not in {"wal", "memory"}:
        raise sqlite3.OperationalError(f"the database refuses WAL and stays in journal mode {mode}")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA trusted_schema=OFF")
    if readonly:
        connection.execute("PRAGMA query_only=ON")


def _into_wal(connection: sqlite3.Connection) -> str:
    """Ask for WAL and answer with the journal mode there is then.

    Where two programs turn a database into one with a WAL at once, SQLite refuses one of them without waiting.
    """
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            return str(connection.execute("PRAGMA journal_mode=WAL").fetchone()[0])
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(BUSY_PAUSE)


def _translated(error: BaseException, *, committing: bool = False) -> BaseException:
    """The storage error that callers know for a driver's error; any other error as it is."""
    if not isinstance(error, DBAPIError):
        return error
    code = getattr(error.orig, "sqlite_errorcode", None)
    primary = code & 0xFF if isinstance(code, int) else None
    if primary == sqlite3.SQLITE_FULL:
        return StorageFull("the disk is full; nothing was changed")
    if primary in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return StorageBusy(f"another program has held the database for over {BUSY_SECONDS} seconds")
    if committing:
        return OutcomeUnknown("the database failed while committing; whether the change is stored is not known yet")
    if not not_text(error) and (primary is None or primary == sqlite3.SQLITE_CONSTRAINT):
        return error
    return StorageFailed(f"the database cannot be used: {error.orig}")


def fetched(connection: Connection, statement: Select[Any], parameters: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
    """The rows as the driver's own tuples: to make a million of SQLAlchemy's takes as long again as to read them.

    Raises `DBAPIError`.
    """
    with connection.execute(statement, parameters) as result:
        assert result.cursor is not None
        try:
            return result.cursor.fetchall()
        except sqlite3.Error as error:
            raise DBAPIError(str(statement), parameters, error) from error


def not_text(error: DBAPIError) -> bool:
    """Whether SQLite's driver found bytes that are no text where text is stored: nobody wrote them through us."""
    return isinstance(error.orig, sqlite3.OperationalError) and not hasattr(error.orig, "sqlite_errorcode")


def migrate(url: str) -> None:
    """Bring the database at `url` to the newest schema, whatever its state; a no-op when it is there already.

    Raises `SchemaError` where it is another program's database or a newer Rowlock's, and leaves it as it is.
    """
    if _version(url) == NEWEST:  # loading Alembic would take a good part of a start
        return
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(_migrations_folder()))
    config.attributes["url"] = url
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise SchemaError(f"it was made by a newer version of Rowlock ({error})") from error


def _version(url: str) -> str | None:
    """The migration that the database stands at; None before the first. Raises `SchemaError` if it is not ours."""
    engine = create_engine(url)
    try:
        tables = set(inspect(engine).get_table_names())
        if tables and "alembic_version" not in tables:
            raise SchemaError("it is another program's database")
        with engine.connect() as connection:
            return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() if tables else None
    finally:
        engine.dispose()


def _migrations_folder() -> Path:
    """`migrations/` beside the package when installed, at the top of the repository when run from there."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parents[1] / "migrations"
