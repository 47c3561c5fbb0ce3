"""A statement that is spelt once does what it says each time, and goes to any driver in that one's manner."""

from sqlite3 import Connection as Driver
from sqlite3 import IntegrityError

import pytest
from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.dialects import registry
from sqlalchemy.exc import DBAPIError

from rowlock.store.database import Database
from rowlock.store.prepared import ROWS_A_STEP, Insertion, Prepared, padded, spelt
from rowlock.store.tables import HEAD, MARK

pytestmark = pytest.mark.anyio
INSERT = Prepared(insert(MARK))
ALL = Prepared(select(MARK.c.name, MARK.c.value).order_by(MARK.c.name))
NAMED = Prepared(select(MARK.c.value).where(MARK.c.name == bindparam("wanted")))
MOVE = update(HEAD).where(HEAD.c.sheet == 7).values(position=bindparam("p"), hash=bindparam("h"))


async def test_rows_are_stored_and_found_by_the_names_of_their_values(database: Database) -> None:
    await database.write(lambda connection: INSERT.run(connection, value="1", name="a"))
    await database.write(lambda connection: INSERT.run(connection, name="b", value="2"))
    assert await database.read(ALL.rows) == [("a", "1"), ("b", "2")]
    assert await database.read(lambda connection: NAMED.rows(connection, wanted="b")) == [("2",)]
    assert await database.read(lambda connection: NAMED.rows(connection, wanted="d")) == []


@pytest.mark.parametrize("count", [0, 1, 2, 3, 63, 64, 65, 200])
async def test_any_number_of_rows_is_put_in_in_few_steps(database: Database, count: int) -> None:
    rows = [(f"{number:03}", str(number)) for number in range(count)]
    steps: list[str] = []

    def put_in(connection: Connection) -> None:
        driver = connection.connection.driver_connection
        assert isinstance(driver, Driver)
        driver.set_trace_callback(steps.append)
        Insertion(MARK).run(connection, rows)
        driver.set_trace_callback(None)

    await database.write(put_in)
    assert await database.read(ALL.rows) == rows
    assert len(steps) == count // ROWS_A_STEP + (count % ROWS_A_STEP).bit_count()


async def test_rows_that_the_driver_refuses_are_an_error_of_the_database(database: Database) -> None:
    with pytest.raises(DBAPIError, match="NOT NULL"):
        await database.write(lambda connection: Insertion(MARK).run(connection, [("a", "1"), ("b", None)]))
    assert await database.read(ALL.rows) == []


async def test_rows_that_are_there_already_are_left_as_they_are_if_only_new_ones_are_to_be_put_in(
    database: Database,
) -> None:
    await database.write(lambda connection: INSERT.run(connection, name="b", value="2"))
    new = Insertion(MARK, new_only=True)
    await database.write(lambda connection: new.run(connection, [("a", "1"), ("b", "3"), ("c", "4"), ("c", "5")]))
    assert await database.read(ALL.rows) == [("a", "1"), ("b", "2"), ("c", "4")]


def test_rows_go_by_name_where_the_driver_names_values() -> None:
    text, names = Insertion(MARK)._ready(registry.load("postgresql")(), 2)
    assert names == ["name_0", "value_0", "name_1", "value_1"]
    assert "(%(name_0)s" in text
    text, _ = Insertion(MARK, new_only=True)._ready(registry.load("postgresql")(), 2)
    assert text.endswith("ON CONFLICT DO NOTHING")


async def test_what_the_driver_refuses_is_an_error_like_any_other_of_the_database(database: Database) -> None:
    with pytest.raises(DBAPIError, match="NOT NULL") as refused:
        await database.write(lambda connection: INSERT.run(connection, name="a", value=None))
    assert isinstance(refused.value.orig, IntegrityError)
    assert await database.read(ALL.rows) == []


def test_values_go_in_order_where_the_driver_counts_them_and_by_name_where_it_names_them() -> None:
    given = {"p": 3, "h": b"x"}
    text, parameters_of = spelt(MOVE, registry.load("sqlite")())
    assert (text.count("?"), parameters_of(given)) == (3, (3, b"x", 7))
    text, parameters_of = spelt(MOVE, registry.load("postgresql")())
    assert "%(p)s" in text
    assert parameters_of(given) == {**given, "sheet_1": 7}


@pytest.mark.parametrize(("count", "wanted"), [(1, 1), (2, 2), (3, 4), (5, 8), (500, 512)])
def test_values_are_padded_to_one_of_few_numbers_with_no_other_values(count: int, wanted: int) -> None:
    values = padded(range(count))
    assert len(values) == wanted
    assert set(values) == set(range(count))
