"""Opens the journal and the write path on it, for the server and for command line tools beside it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from rowlock.clock import SystemClock
from rowlock.core.commands import Rules
from rowlock.core.sheet import Sheet
from rowlock.service.editor import Editor
from rowlock.service.lease_clock import LeaseClock
from rowlock.service.ports import ChainBroken, Clock, StorageError, Telemetry
from rowlock.service.queries import folded
from rowlock.settings import Settings
from rowlock.store.codec import UnknownEvent
from rowlock.store.database import Database, SchemaError, migrate
from rowlock.store.journal import SqlJournal

SECOND = 1_000_000


class StartError(Exception):
    """The server cannot start; the text says why and what helps. Nothing was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """The journal's database, opened and brought to the newest schema."""

    database: Database
    journal: SqlJournal


def open_storage(settings: Settings) -> Storage:
    """Open the journal, for the server or for a command line tool beside it. Raises `StartError`."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        migrate(settings.journal_url)
        database = Database(settings.journal_url)
        database.check()
    except (OSError, SQLAlchemyError, StorageError, SchemaError) as error:
        raise StartError(f"the journal {settings.journal_url} cannot be opened: {error}") from error
    return Storage(database=database, journal=SqlJournal(database))


def loaded_sheet(journal: SqlJournal) -> Sheet:
    """The sheet as the journal has it, its hash chain checked on the way. Raises `StartError`."""
    try:
        return folded(journal, check=True)
    except (ChainBroken, UnknownEvent, StorageError) as error:
        hint = "`rowlock verify` says more; a copy of rowlock.db from before is the way back"
        raise StartError(f"the journal is damaged: {error}; {hint}") from error


def rules_of(settings: Settings) -> Rules:
    """The settings of leases, in microseconds."""
    return Rules(
        term=int(settings.lease_seconds * SECOND),
        longest=int(settings.lease_max_seconds * SECOND),
        cooldown=int(settings.cooldown_seconds * SECOND),
        lease_limit=settings.lease_limit,
    )


async def opened_editor(
    storage: Storage, sheet: Sheet, settings: Settings, clock: Clock, telemetry: Telemetry
) -> Editor:
    """The editor on a sheet that was just loaded; it is not started yet."""
    rules = rules_of(settings)
    lease_clock = LeaseClock(clock, await storage.journal.marks(), rules.term)
    return Editor(storage.journal, sheet, lease_clock, rules, telemetry)


class Silent:
    """Telemetry for tools that nobody watches."""

    def committed(self, commands: int, kinds: Mapping[str, int], seconds: float) -> None:
        """A batch was committed."""

    def refused(self, code: str) -> None:
        """A command was refused."""

    def failed(self) -> None:
        """A batch could not be committed."""


@asynccontextmanager
async def editing(storage: Storage, settings: Settings) -> AsyncIterator[Editor]:
    """The write path for a tool: the same journal under the same rules as a server that may be running beside it."""
    sheet = await asyncio.to_thread(loaded_sheet, storage.journal)
    editor = await opened_editor(storage, sheet, settings, SystemClock(), Silent())
    editor.start()
    try:
        yield editor
    finally:
        await editor.close()
