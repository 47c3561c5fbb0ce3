"""Statements of the write path: SQLAlchemy spells each once for a kind of database, then the driver runs it.

To make one ready anew each time takes SQLAlchemy ten times as long as SQLite takes to run it.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import cycle, islice
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import ClauseElement, Connection, Dialect
from sqlalchemy.exc import DBAPIError

T = TypeVar("T")
Values = Mapping[str, Any]


class Prepared:
    """A statement with names for its values, which must be of types that the driver takes and gives as they are."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._spelt: dict[str, tuple[str, Callable[[Values], Any]]] = {}

    def rows(self, connection: Connection, **values: Any) -> Sequence[Sequence[Any]]:
        """What a query finds with these values. Raises `DBAPIError`."""
        with self._cursor(connection) as (cursor, text, parameters_of):
            cursor.execute(text, parameters_of(values))
            found: Sequence[Sequence[Any]] = cursor.fetchall()
            return found

    def run(self, connection: Connection, **values: Any) -> None:
        """Have it done with these values. Raises `DBAPIError`."""
        with self._cursor(connection) as (cursor, text, parameters_of):
            cursor.execute(text, parameters_of(values))

    def run_all(self, connection: Connection, rows: Sequence[Values]) -> None:
        """Have it done once for each of the rows. Raises `DBAPIError`."""
        with self._cursor(connection) as (cursor, text, parameters_of):
            cursor.executemany(text, [parameters_of(row) for row in rows])

    @contextmanager
    def _cursor(self, connection: Connection) -> Iterator[tuple[Any, str, Callable[[Values], Any]]]:
        dialect = connection.dialect
        if (ready := self._spelt.get(dialect.name)) is None:
            ready = self._spelt[dialect.name] = spelt(self._statement, dialect)
        cursor = connection.connection.cursor()
        try:
            yield cursor, *ready
        except dialect.loaded_dbapi.Error as error:
            raise DBAPIError(ready[0], None, error) from error
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
