"""The services together, as the interfaces are given them."""

import asyncio
from dataclasses import dataclass

from rowlock.core.sheet import Sheet
from rowlock.service.accounts import Accounts
from rowlock.service.conflicts import Conflicts
from rowlock.service.editor import Editor
from rowlock.service.feed import Feed
from rowlock.service.importer import Importer
from rowlock.service.materializer import Materializer
from rowlock.service.numbers import Numbers
from rowlock.service.outside import Outside
from rowlock.service.ports import BackupStore, Clock, Journal, StorageError, TableStore
from rowlock.service.publisher import Publisher
from rowlock.service.queries import Queries
from rowlock.service.restorer import Restorer
from rowlock.service.verifier import file_problem

MATERIALIZE_SECONDS = 10


class FileBehind(Exception):
    """The change is in the journal, but the file could not be written in time; it follows."""


@dataclass(slots=True, kw_only=True)
class Services:
    """Everything the product does, for HTTP, sockets and jobs."""

    clock: Clock
    journal: Journal
    editor: Editor
    queries: Queries
    importer: Importer
    restorer: Restorer
    feed: Feed
    publisher: Publisher
    materializer: Materializer
    conflicts: Conflicts
    outside: Outside
    accounts: Accounts
    numbers: Numbers
    backups: BackupStore
    table: TableStore

    async def journal_problem(self) -> str | None:
        """What keeps the journal from being read or gone on with, or None."""
        try:
            await self.journal.head()
        except StorageError as error:
            return str(error)
        return self.editor.problem

    async def file_problem(self, sheet: Sheet) -> str | None:
        """What is wrong with the file, which should be at the position of `sheet`; None if it has moved on since."""
        data = await asyncio.to_thread(self.table.read)
        if self.materializer.position != sheet.position:
            return None
        return file_problem(sheet, data)

    async def materialized(self, position: int) -> None:
        """Return once the file holds everything up to `position`; raises `FileBehind` if that takes too long."""
        try:
            await asyncio.wait_for(self.materializer.wait(position), MATERIALIZE_SECONDS)
        except TimeoutError:
            raise FileBehind from None
