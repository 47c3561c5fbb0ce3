"""Undo and restore through the write path: decided on what has happened by the time they are committed."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from tests.clocks import HandClock
from tests.service.running import ADA, BOB, COOLDOWN, FILE, all_at_once, file_of, named, open_editor, price, running

from rowlock.core.commands import Caller, TakeLease
from rowlock.core.gathering import Selection
from rowlock.service.editor import Editor
from rowlock.service.queries import Queries
from rowlock.service.restorer import Goal, Part, Restorer
from rowlock.store.database import Database
from rowlock.store.journal import SqlJournal
from rowlock.store.memory import MemoryJournal

pytestmark = pytest.mark.anyio
FIRST = Goal(position=1)
ALL = Part()


@dataclass
class Desk:
    editor: Editor
    journal: SqlJournal
    clock: HandClock

    @property
    def restorer(self) -> Restorer:
        return Restorer(self.editor, self.journal, Queries(self.editor.sheet, self.journal))

    @property
    def file(self) -> bytes:
        return file_of(self.editor.sheet)

    async def edit(self, index: int, text: str, caller: Caller = ADA) -> None:
        """An edit whose cooldown is over at once."""
        await self.editor.submit(price(index, text), caller)
        self.clock.advance(COOLDOWN)


@pytest.fixture
async def desk(database: Database, clock: HandClock) -> AsyncIterator[Desk]:
    journal = SqlJournal(database)
    async with running(journal, clock) as editor:
        yield Desk(editor, journal, clock)


def these(*positions: int) -> Selection:
    return Selection(positions=frozenset(positions))


async def test_an_edit_that_slips_in_stands_in_the_way(desk: Desk) -> None:
    await desk.edit(0, "5")
    outcomes = await all_at_once(desk.restorer.undo(these(2), "refuse", ADA), desk.editor.submit(price(0, "6"), BOB))
    assert outcomes[0] == "undo_conflict"
    assert desk.file == FILE.replace(b"Tea,2", b"Tea,6")


async def test_an_edit_of_another_process_stands_in_the_way(desk: Desk) -> None:
    await desk.edit(0, "5")
    command = await desk.restorer._undoing(these(2), "refuse")
    other = await open_editor(desk.journal, desk.clock)
    other.start()
    await other.submit(price(0, "6"), ADA)
    await other.close()
    assert await all_at_once(desk.editor.submit(command, ADA)) == ["undo_conflict"]


async def test_a_restore_takes_what_slips_in_along(desk: Desk) -> None:
    await desk.edit(0, "5")
    await all_at_once(desk.restorer.restore(FIRST, ALL, ADA), desk.editor.submit(named("Oil"), BOB))
    assert desk.file == FILE


async def test_a_dry_run_does_nothing(desk: Desk) -> None:
    await desk.edit(0, "5")
    await desk.edit(0, "6", BOB)
    before = await desk.journal.head()
    answer = await desk.restorer.would_undo(these(2), "refuse", ADA)
    assert (answer["undone"], [each["by"] for each in answer["conflicts"]]) == ([], [3])
    assert (await desk.restorer.would_undo(these(2), "dependants", ADA))["undone"] == [2, 3]
    assert (await desk.restorer.would_restore(FIRST, ALL, ADA))["changed"] == 1
    assert await desk.journal.head() == before


async def test_the_same_key_takes_back_once(desk: Desk) -> None:
    await desk.edit(0, "5")
    first = await desk.restorer.undo(these(2), "refuse", ADA, key="k")
    assert await desk.restorer.undo(these(2), "refuse", ADA, key="k") == first
    again = await all_at_once(desk.restorer.undo(these(2), "skip", ADA, key="k"))
    assert again == ["idempotency_mismatch"]
    restored = await desk.restorer.restore(FIRST, ALL, ADA, key="r")
    await desk.edit(0, "7")
    assert await desk.restorer.restore(FIRST, ALL, ADA, key="r") == restored
    assert await all_at_once(desk.restorer.restore(FIRST, Part(rows=frozenset({0})), ADA, key="r")) == [
        "idempotency_mismatch"
    ]


async def test_history_only_grows_and_every_older_point_stays(desk: Desk) -> None:
    await desk.edit(0, "5")
    await desk.editor.submit(TakeLease(index=1), BOB)
    before = [entry.hash for entry in desk.journal.entries(check=True)]
    for goal in (FIRST, Goal(position=2), FIRST):
        await desk.restorer.restore(goal, ALL, ADA)
    after = list(desk.journal.entries(check=True))
    assert [entry.hash for entry in after[: len(before)]] == before
    assert desk.file == FILE
    queries = Queries(desk.editor.sheet, desk.journal)
    assert file_of(await queries.sheet_at(2)) == FILE.replace(b"Tea,2", b"Tea,5")


async def test_a_backup_that_is_no_moment_is_compared_with_the_table_of_now(desk: Desk) -> None:
    await desk.edit(0, "5")
    goal = Goal(position=1, name="b.csv", data=b"name,price\nRye,4\nTea,7\n")
    slow = desk.restorer.restore(goal, ALL, ADA)
    outcomes = await all_at_once(slow, desk.editor.submit(named("Oil"), BOB))
    assert outcomes[0]["deleted"] == 2
    assert desk.file == goal.data
    assert list(desk.editor.sheet.indexes()) == [2, 0]
    broken = Goal(position=1, name="b.csv", data=b'name\n"x')
    assert await all_at_once(desk.restorer.restore(broken, ALL, ADA)) == ["unclosed_quote"]


async def test_a_journal_in_memory_will_do(clock: HandClock) -> None:
    journal = MemoryJournal()
    async with running(journal, clock) as editor:
        await editor.submit(price(0, "5"), ADA)
        restorer = Restorer(editor, journal, Queries(editor.sheet, journal))
        await restorer.undo(these(2), "refuse", ADA)
        assert file_of(editor.sheet) == FILE
