"""Statements of the write path: SQLAlchemy spells each once for a kind of database, then the driver runs it.

To make one ready anew each time takes SQLAlchemy ten times as long as SQLite takes to run it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from importlib import import_module
from itertools import chain, cycle, islice
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import BindParameter, ClauseElement, Connection, Dialect, Insert, Table, bindparam, insert
from sqlalchemy.exc import DBAPIError

# A power of two: each number up to it that is one has a statement of its own.
ROWS_A_STEP = 64

T = TypeVar("T")
Values = Mapping[str, Any]


class Prepared:
    """A statement with names for its values, which must be of types that the driver takes and gives as they are."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._spelt: dict[str, tuple[str, Callable[[Values], Any]]] = {}

    def rows(self, connection: Connection, **values: Any) -> Sequence[Sequence[Any]]:
        """What a query finds with these values. Raises `DBAPIError`."""
        text, parameters_of = self._ready(connection.dialect)
        return _executed(connection, text, parameters_of(values))

    def run(self, connection: Connection, **values: Any) -> None:
        """Have it done with these values. Raises `DBAPIError`."""
        text, parameters_of = self._ready(connection.dialect)
        _executed(connection, text, parameters_of(values))

    def _ready(self, dialect: Dialect) -> tuple[str, Callable[[Values], Any]]:
        if (ready := self._spelt.get(dialect.name)) is None:
            ready = self._spelt[dialect.name] = spelt(self._statement, dialect)
        return ready


class Insertion:
    """Rows put into a table, many in one step.

    Between two steps SQLite's driver lets other threads of the program run, and each takes its time before it gives way
    again: a step for each row costs as much as all the rest.
    """

    def __init__(self, table: Table, *, new_only: bool = False) -> None:
        """`new_only`: a row whose key is there already is left as it is there."""
        self._table = table
        self._new_only = new_only
        self._spelt: dict[tuple[str, int], tuple[str, Sequence[str] | None]] = {}

    def run(self, connection: Connection, rows: Sequence[Sequence[Any]]) -> None:
        """Put in rows, each of a value for every column in order. Raises `DBAPIError`."""
        start = 0
        while start < len(rows):
            count = min(ROWS_A_STEP, 1 << (len(rows) - start).bit_length() - 1)
            values = tuple(chain.from_iterable(rows[start : start + count]))
            text, names = self._ready(connection.dialect, count)
            _executed(connection, text, values if names is None else dict(zip(names, values, strict=True)))
            start += count

    def _ready(self, dialect: Dialect, count: int) -> tuple[str, Sequence[str] | None]:
        """The statement for so many rows, and the names of its values if they do not go by their order."""
        if (ready := self._spelt.get((dialect.name, count))) is None:
            columns = [column.name for column in self._table.c]
            places = [{name: _place(name, number) for name in columns} for number in range(count)]
            inserted = _new_inserted(self._table, dialect) if self._new_only else insert(self._table)
            compiled = inserted.values(places).compile(dialect=dialect)
            in_order = [_place(name, number).key for number in range(count) for name in columns]
            counted = getattr(compiled, "positiontup", None)
            assert counted in (None, in_order)
            ready = self._spelt[dialect.name, count] = str(compiled), in_order if counted is None else None
        return ready


def _new_inserted(table: Table, dialect: Dialect) -> Insert:
    """Each kind of database has words of its own for keys that are there; they are loaded only where they are used."""
    own = import_module(f"sqlalchemy.dialects.{dialect.name}")
    inserted: Insert = own.insert(table).on_conflict_do_nothing()
    return inserted


def _place(name: str, number: int) -> BindParameter[Any]:
    return bindparam(f"{name}_{number}")


def _executed(connection: Connection, text: str, parameters: Any) -> Sequence[Sequence[Any]]:
    """What the driver finds when it executes this; nothing if it is no query."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(text, parameters)
        found: Sequence[Sequence[Any]] = () if cursor.description is None else cursor.fetchall()
        return found
    except connection.dialect.loaded_dbapi.Error as error:
        raise DBAPIError(text, None, error) from error
    finally:
        cursor.close()


def spelt(statement: ClauseElement, dialect: Dialect) -> tuple[str, Callable[[Values], Any]]:
    """The statement as a driver wants it, and what makes values with names the parameters."""
    compiled = statement.compile(dialect=dialect)
    fixed = {name: value for name, value in compiled.params.items() if value is not None}
    return str(compiled), _parameters(getattr(compiled, "positiontup", None), fixed)


def _parameters(names: Sequence[str] | None, fixed: Values) -> Callable[[Values], Any]:
    """What makes named values the driver's parameters: in the order of `names`, or by name if there is none."""
    if names is None:
        return lambda values: {**fixed, **values}
    if len(names) > 1 and not fixed:
        return itemgetter(*names)
    return lambda values: tuple(values[name] if name in values else fixed[name] for name in names)


def padded(values: Collection[T]) -> list[T]:
    """The values, some of them (there must be one) again, so that there are 1, 2, 4, 8 ...: few statements serve all.

    For a statement that asks for any of so many: spelling one for each number would take longer than it saves.
    """
    wanted = 1 << (len(values) - 1).bit_length()
    return list(islice(cycle(values), wanted))
