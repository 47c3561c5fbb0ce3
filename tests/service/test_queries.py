"""Windows of the table: in file order, sorted, filtered, searched, and as it was."""

from collections.abc import AsyncIterator
from hashlib import sha256

import pytest
from tests.clocks import HandClock
from tests.service.running import ADA, SYSTEM, named, open_editor, price

from rowlock.core.commands import AddColumn, DeleteRow, ImportTable
from rowlock.core.fields import cells
from rowlock.core.query import Filter, Operator, Query
from rowlock.service import queries as queries_module
from rowlock.service.editor import Editor, Refused
from rowlock.service.queries import Queries, Window
from rowlock.store.database import Database
from rowlock.store.journal import SqlJournal

pytestmark = pytest.mark.anyio
FILE = "name,price,note\nTea,10,\nmilk,9,x\nRye,,Äpfel\nOil,1.5,NA\nJam,n/a,\nHam,-3,x y\nEgg,9,007\n".encode()


@pytest.fixture
async def editor(database: Database, clock: HandClock) -> AsyncIterator[Editor]:
    editor = await open_editor(SqlJournal(database), clock)
    editor.start()
    await editor.submit(ImportTable(data=FILE, blob=sha256(FILE).digest()), SYSTEM)
    yield editor
    await editor.close()


@pytest.fixture
def queries(editor: Editor, database: Database) -> Queries:
    queries = Queries(editor.sheet, SqlJournal(database))
    editor.listen(queries.extend)
    return queries


def shown(window: Window) -> list[tuple[int, int, list[str]]]:
    texts = [cells(record, window.dialect, len(window.columns)) for record in window.rows.records]
    return list(zip(window.rows.indexes, window.rows.versions, texts, strict=True))


def names(window: Window) -> list[str]:
    return [texts[0] for _, _, texts in shown(window)]


async def found(queries: Queries, query: Query) -> list[str]:
    window = await queries.window(query, 0, 100)
    assert window.total == len(window.rows.indexes)
    return names(window)


async def filtered(queries: Queries, column: str, operator: Operator, value: str) -> list[str]:
    return await found(queries, Query(filters=(Filter(column=column, operator=operator, value=value),)))


async def test_a_window_shows_rows_in_file_order(queries: Queries) -> None:
    window = await queries.window(Query(), 1, 2)
    assert shown(window) == [(1, 1, ["milk", "9", "x"]), (2, 1, ["Rye", "", "Äpfel"])]
    assert (window.columns, window.total, window.position) == (("name", "price", "note"), 7, 1)


async def test_numbers_sort_by_size_then_texts_then_empty_cells(queries: Queries) -> None:
    ascending = ["Ham", "Oil", "milk", "Egg", "Tea", "Jam", "Rye"]
    assert await found(queries, Query(sort="price")) == ascending


async def test_descending_turns_all_round_but_the_empty_cells_and_those_that_are_equal(queries: Queries) -> None:
    descending = ["Jam", "Tea", "milk", "Egg", "Oil", "Ham", "Rye"]
    assert await found(queries, Query(sort="price", descending=True)) == descending


async def test_texts_sort_by_character(queries: Queries) -> None:
    assert await found(queries, Query(sort="name")) == ["Egg", "Ham", "Jam", "Oil", "Rye", "Tea", "milk"]


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("eq", "9", ["milk", "Egg"]),
        ("eq", "", ["Rye"]),
        ("ne", "9", ["Tea", "Rye", "Oil", "Jam", "Ham"]),
        ("lt", "9", ["Oil", "Ham"]),
        ("le", "9", ["milk", "Oil", "Ham", "Egg"]),
        ("gt", "1.5", ["Tea", "milk", "Egg"]),
        ("ge", "9.0", ["Tea", "milk", "Egg"]),
        ("contains", "1", ["Tea", "Oil"]),
        ("empty", "", ["Rye"]),
        ("empty", "true", ["Rye"]),
        ("empty", "false", ["Tea", "milk", "Oil", "Jam", "Ham", "Egg"]),
    ],
)
async def test_rows_are_filtered(queries: Queries, operator: Operator, value: str, expected: list[str]) -> None:
    assert await filtered(queries, "price", operator, value) == expected


async def test_texts_are_compared_as_texts(queries: Queries) -> None:
    assert await filtered(queries, "name", "lt", "Jam") == ["Ham", "Egg"]
    assert await filtered(queries, "name", "contains", "M") == ["milk", "Jam", "Ham"]
    assert await filtered(queries, "note", "eq", "NA") == ["Oil"]
    assert await filtered(queries, "note", "eq", "7") == []
    assert await filtered(queries, "note", "contains", "x.") == []


async def test_several_filters_must_all_hold(queries: Queries) -> None:
    cheap = Filter(column="price", operator="lt", value="10")
    noted = Filter(column="note", operator="contains", value="x")
    assert await found(queries, Query(filters=(cheap, noted), sort="name")) == ["Ham", "milk"]


async def test_a_text_is_found_in_any_cell_whatever_its_case(queries: Queries) -> None:
    assert await found(queries, Query(text="ÄPF")) == ["Rye"]
    assert await found(queries, Query(text="x")) == ["milk", "Ham"]
    assert await found(queries, Query(text=".5")) == ["Oil"]
    assert await found(queries, Query(text="nobody")) == []


async def test_a_result_is_shown_in_windows_too(queries: Queries) -> None:
    window = await queries.window(Query(sort="name"), 2, 2)
    assert (names(window), window.total) == (["Jam", "Oil"], 7)
    assert shown(await queries.window(Query(sort="name"), 99, 2)) == []


@pytest.mark.parametrize(
    "query", [Query(sort="colour"), Query(filters=(Filter(column="colour", operator="eq", value=""),))]
)
async def test_an_unknown_column_is_refused(queries: Queries, query: Query) -> None:
    with pytest.raises(Refused) as refused:
        await queries.window(query, 0, 1)
    assert refused.value.refusal.code == "unknown_column"


async def test_an_edit_is_seen_at_once_in_every_order(queries: Queries, editor: Editor) -> None:
    assert (await found(queries, Query(sort="price")))[0] == "Ham"
    await editor.submit(price(0, "-9"), ADA)
    await editor.submit(DeleteRow(index=5), ADA)
    assert (await found(queries, Query(sort="price")))[:2] == ["Tea", "Oil"]
    await editor.submit(AddColumn(column="colour"), ADA)
    assert len(await found(queries, Query(sort="colour"))) == 6


async def test_the_table_is_shown_as_it_was_at_a_position(queries: Queries, editor: Editor) -> None:
    await editor.submit(price(0, "5"), ADA)
    await editor.submit(named("Fig"), ADA)
    await editor.submit(DeleteRow(index=0), ADA)
    was = await queries.window(Query(), 0, 1, at=1)
    assert (shown(was), was.position, was.total) == ([(0, 1, ["Tea", "10", ""])], 1, 7)
    assert shown(await queries.window(Query(), 0, 1, at=2)) == [(0, 2, ["Tea", "5", ""])]
    assert (await queries.window(Query(sort="price", descending=True), 1, 1, at=1)).rows.indexes[0] == 0
    for now in (None, 4, 99):
        assert (await queries.window(Query(), 0, 1, at=now)).rows.indexes[0] == 1
    assert shown(await queries.window(Query(), 0, 1, at=0)) == []


async def test_only_a_few_orders_and_past_tables_are_kept(
    queries: Queries, editor: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries_module, "ORDERS", 2)
    for name in "abcd":
        await editor.submit(named(name), ADA)
    for at in (1, 2, 3, 1, 4):
        assert (await queries.window(Query(), 0, 1, at=at)).total == 6 + at
        assert len(await found(queries, Query(text=str(at), sort="name"))) <= 11
    assert (len(queries._orders), len(queries._past)) == (2, 2)


async def test_a_table_without_rows_can_be_sorted_and_searched(queries: Queries, editor: Editor) -> None:
    data = b"a,b\n"
    await editor.submit(ImportTable(data=data, blob=sha256(data).digest()), SYSTEM)
    filters = (Filter(column="a", operator="lt", value="1"), Filter(column="b", operator="contains", value="x"))
    assert await found(queries, Query(sort="a", text="x", filters=filters)) == []
