"""The write path as the server wires it, for the tests of the services."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any

from tests.clocks import HOUR, HandClock

from rowlock.core.commands import AddRow, Caller, Command, ImportTable, Rules, UpdateRow
from rowlock.core.sheet import Sheet
from rowlock.service.editor import Editor, Refused
from rowlock.service.lease_clock import LeaseClock
from rowlock.service.ports import Clock, Journal, StorageError
from rowlock.service.queries import folded
from rowlock.store.accounts import SqlAccounts
from rowlock.store.database import Database
from rowlock.store.journal import SqlJournal
from rowlock.telemetry import Metrics

FILE = b"name,price\nTea,2\nMilk,3\nRye,4\n"
RULES = Rules()
TERM, COOLDOWN = RULES.term, RULES.cooldown
SYSTEM = Caller(actor="system")
ADA = Caller(actor="ada", client="one")
BOB = Caller(actor="bob", client="two")


def price(index: int, text: str, **conditions: Any) -> UpdateRow:
    return UpdateRow(index=index, cells={"price": text}, **conditions)


def named(name: str, after: int | None = None) -> AddRow:
    return AddRow(cells={"name": name}, after=after)


def file_of(sheet: Sheet) -> bytes:
    return b"".join(sheet.file_parts())


async def open_editor(journal: Journal, clock: Clock) -> Editor:
    """An editor that has folded the journal, not started yet."""
    sheet = await asyncio.to_thread(folded, journal)
    lease_clock = LeaseClock(clock, await journal.marks(), RULES.term)
    return Editor(journal, sheet, lease_clock, RULES, Metrics())


@asynccontextmanager
async def running(journal: Journal, clock: Clock) -> AsyncIterator[Editor]:
    """A process: an editor at work; the first one imports the file."""
    editor = await open_editor(journal, clock)
    editor.start()
    if editor.sheet.position == 0:
        await editor.submit(ImportTable(data=FILE, blob=sha256(FILE).digest()), SYSTEM)
    yield editor
    await editor.close()


async def all_at_once(*waiting: Awaitable[Any]) -> Sequence[Any]:
    """The outcomes of what is put into the queue in this order before any of it is decided.

    A refusal is given as its code, a storage error as its class.
    """
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    return [_plain(outcome) for outcome in outcomes]


def _plain(outcome: Any) -> Any:
    if isinstance(outcome, Refused):
        return outcome.refusal.code
    return type(outcome) if isinstance(outcome, StorageError) else outcome


async def code_of(editor: Editor, command: Command, caller: Caller, **key: Any) -> str:
    """The code of the refusal."""
    (outcome,) = await all_at_once(editor.submit(command, caller, **key))
    assert isinstance(outcome, str), outcome
    return outcome


async def log_in(database: Database, clock: HandClock, caller: Caller) -> None:
    """Store the caller's session."""
    account = await SqlAccounts(database).claim(caller.actor, caller.actor, "hash", clock.wall())
    values = (caller.session, account.id, clock.wall(), clock.wall() + HOUR)
    await database.write(
        lambda connection: connection.exec_driver_sql("INSERT INTO session VALUES (?, ?, ?, ?)", values)
    )


async def sessions(database: Database) -> list[str]:
    return await database.read(lambda connection: list(connection.exec_driver_sql("SELECT jti FROM session").scalars()))


def execute(database: Database, *statements: str) -> None:
    """Another program changes the database."""
    with sqlite3.connect(database.url.removeprefix("sqlite:///")) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that another task does."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110  (there is nothing to wait for but time)
            await asyncio.sleep(0.001)


def positions(journal: SqlJournal) -> list[int]:
    return [entry.event.position for entry in journal.entries(check=True)]
