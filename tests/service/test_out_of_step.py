"""A fault of the editor's own is answered, and never built upon."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest
from tests.clocks import HandClock
from tests.service.running import ADA, RULES, SYSTEM, named, price, running

from rowlock.core.commands import ImportTable
from rowlock.core.sheet import Row, Sheet
from rowlock.service.editor import Editor
from rowlock.service.lease_clock import LeaseClock
from rowlock.service.ports import Entry, StorageFailed
from rowlock.store.database import Database
from rowlock.store.journal import SqlJournal
from rowlock.telemetry import Metrics

pytestmark = pytest.mark.anyio


class Breaking(Sheet):
    """A sheet on which no row can be changed any more."""

    def replace_all(self, rows: Mapping[int, Row]) -> None:
        raise MemoryError


async def test_after_a_fold_that_failed_the_edit_is_answered_and_no_other_is_taken(
    database: Database, clock: HandClock
) -> None:
    journal = SqlJournal(database)
    editor = Editor(journal, Breaking(), LeaseClock(clock, {}, RULES.term), RULES, Metrics())
    editor.start()
    await editor.submit(ImportTable(data=b"name,price\nTea,2\n", blob=bytes(32)), SYSTEM)

    answer = await editor.submit(price(0, "3"), ADA)

    assert answer["position"] == (await journal.head()).position == 2
    with pytest.raises(StorageFailed, match="out of step"):
        await editor.submit(named("Oats"), ADA)
    assert (await journal.head()).position == 2
    await editor.close()


async def test_a_listener_that_fails_disturbs_neither_the_edit_nor_the_other_listeners(
    database: Database, clock: HandClock
) -> None:
    heard: list[int] = []

    def failing(entries: Sequence[Entry]) -> None:
        raise RuntimeError

    async with running(SqlJournal(database), clock) as editor:
        editor.listen(failing)
        editor.listen(lambda entries: heard.extend(entry.event.position for entry in entries))
        await editor.submit(named("Oats"), ADA)
        await asyncio.sleep(0)
        assert heard == [2]
