"""What became of one row, from where it came to its end, whoever changed it."""

from collections.abc import AsyncIterator, Mapping
from hashlib import sha256
from typing import Any

import pytest
from tests.clocks import HandClock
from tests.service.running import ADA, FILE, SYSTEM, named, price, running

from rowlock.core.commands import AddColumn, DeleteColumn, DeleteRow, ImportTable, MoveRow, RenameColumn, TakeLease
from rowlock.service.editor import Editor
from rowlock.service.history import row_history
from rowlock.store.database import Database
from rowlock.store.journal import SqlJournal

pytestmark = pytest.mark.anyio


@pytest.fixture
def journal(database: Database) -> SqlJournal:
    return SqlJournal(database)


@pytest.fixture
async def editor(journal: SqlJournal, clock: HandClock) -> AsyncIterator[Editor]:
    async with running(journal, clock) as editor:
        yield editor


async def told(editor: Editor, journal: SqlJournal, index: int) -> list[tuple[int, str, Mapping[str, Any]]]:
    found = await row_history(journal, editor.sheet, index)
    assert found is not None
    return [(each["position"], each["kind"], each.get("cells", {})) for each in found]


def came(**cells: str) -> Mapping[str, Any]:
    return {name: {"from": None, "to": text} for name, text in cells.items()}


TEA = (1, "table_imported", came(name="Tea", price="2"))


async def test_a_row_nobody_touched_came_with_its_file(editor: Editor, journal: SqlJournal) -> None:
    assert await told(editor, journal, 0) == [TEA]


async def test_every_change_is_told_in_order_but_no_lease(editor: Editor, journal: SqlJournal) -> None:
    await editor.submit(TakeLease(index=0), ADA)
    await editor.submit(price(0, "5"), ADA)
    await editor.submit(price(1, "5"), ADA)
    await editor.submit(MoveRow(index=0, after=2), ADA)
    await editor.submit(price(0, ""), ADA)
    assert await told(editor, journal, 0) == [
        TEA,
        (3, "row_updated", {"price": {"from": "2", "to": "5"}}),
        (5, "row_moved", {}),
        (6, "row_updated", {"price": {"from": "5", "to": ""}}),
    ]


async def test_a_deleted_row_keeps_its_history(editor: Editor, journal: SqlJournal) -> None:
    await editor.submit(price(0, "5"), ADA)
    await editor.submit(DeleteRow(index=0), ADA)
    found = await told(editor, journal, 0)
    assert (found[0], [kind for _, kind, _ in found]) == (TEA, ["table_imported", "row_updated", "row_deleted"])


async def test_the_history_of_an_added_row_begins_with_its_addition(editor: Editor, journal: SqlJournal) -> None:
    await editor.submit(named("Oil"), ADA)
    assert await told(editor, journal, 3) == [(2, "row_added", came(name="Oil", price=""))]


@pytest.mark.parametrize("index", [3, 99, -1])
async def test_a_row_that_never_was_has_no_history(editor: Editor, journal: SqlJournal, index: int) -> None:
    assert await row_history(journal, editor.sheet, index) is None


async def test_who_changed_it_and_when_is_told(editor: Editor, journal: SqlJournal) -> None:
    await editor.submit(price(0, "5"), ADA)
    found = await row_history(journal, editor.sheet, 0)
    assert found is not None
    assert [each["actor"] for each in found] == ["system", "ada"]
    assert all(each["at"] == "2026-11-23T08:00:00.000000Z" for each in found)


async def test_a_long_history_is_told_whole(editor: Editor, journal: SqlJournal) -> None:
    for text in "56789":
        await editor.submit(price(0, text), ADA)
    assert [position for position, _, _ in await told(editor, journal, 0)] == [1, 2, 3, 4, 5, 6]


async def test_a_row_of_a_second_file_came_with_that_one(editor: Editor, journal: SqlJournal) -> None:
    await editor.submit(price(0, "5"), ADA)
    data = FILE.replace(b"Tea", b"Fig")
    await editor.submit(ImportTable(data=data, blob=sha256(data).digest()), SYSTEM)
    await editor.submit(price(3, "7"), ADA)
    fig = (3, "table_imported", came(name="Fig", price="2"))
    assert await told(editor, journal, 3) == [fig, (4, "row_updated", {"price": {"from": "2", "to": "7"}})]
    assert (await told(editor, journal, 5))[0][0] == 3


async def test_a_row_that_a_second_file_replaced_came_with_the_first(editor: Editor, journal: SqlJournal) -> None:
    data = FILE.replace(b"Tea", b"Fig")
    await editor.submit(ImportTable(data=data, blob=sha256(data).digest()), SYSTEM)
    assert (await told(editor, journal, 0))[0] == TEA


async def test_columns_that_came_went_or_got_other_names_are_told(editor: Editor, journal: SqlJournal) -> None:
    await editor.submit(price(0, "5"), ADA)
    await editor.submit(RenameColumn(column="price", to="cost"), ADA)
    await editor.submit(AddColumn(column="price"), ADA)
    await editor.submit(DeleteColumn(column="cost"), ADA)
    assert await told(editor, journal, 0) == [
        TEA,
        (2, "row_updated", {"price": {"from": "2", "to": "5"}}),
        (3, "column_renamed", {}),
        (4, "column_added", {"price": {"from": None, "to": ""}}),
        (5, "column_deleted", {"cost": {"from": "5", "to": None}}),
    ]


async def test_a_deleted_row_is_not_told_of_later_columns(editor: Editor, journal: SqlJournal) -> None:
    await editor.submit(DeleteRow(index=0), ADA)
    await editor.submit(AddColumn(column="colour"), ADA)
    assert [kind for _, kind, _ in await told(editor, journal, 0)] == ["table_imported", "row_deleted"]


async def test_a_row_ends_with_the_file_that_replaced_it(editor: Editor, journal: SqlJournal) -> None:
    await editor.submit(ImportTable(data=FILE, blob=sha256(FILE).digest()), SYSTEM)
    await editor.submit(AddColumn(column="colour"), ADA)
    assert await told(editor, journal, 0) == [TEA, (2, "table_imported", {})]
