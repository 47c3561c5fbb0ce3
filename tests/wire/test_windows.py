"""Windows as JSON: what JSON writes otherwise than CSV does comes out right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowlock.core.dialects import DELIMITERS, Dialect
from rowlock.core.fields import cells, new_record
from rowlock.core.sheet import RowColumns
from rowlock.service.queries import Window
from rowlock.wire import strict_json
from rowlock.wire.windows import window_json

COLUMNS = ("a", 'b "quoted"', "c")


def window_of(records: list[bytes], dialect: Dialect) -> Window:
    numbers = range(len(records))
    rows = RowColumns([number + 5 for number in numbers], [number + 7 for number in numbers], records)
    return Window(columns=COLUMNS, dialect=dialect, rows=rows, total=99, position=12)


def read(window: Window) -> list[list[str]]:
    """The cells, the rest being checked."""
    made = strict_json.loads(window_json(window))
    assert (made["columns"], made["total"], made["position"]) == (list(COLUMNS), 99, 12)
    assert [row["index"] for row in made["rows"]] == window.rows.indexes
    assert [row["version"] for row in made["rows"]] == window.rows.versions
    return [row["cells"] for row in made["rows"]]


@given(st.lists(st.lists(st.text('ab%,;|\t\\"\n\r\x01\x7fÄ€ ', max_size=6), max_size=5)), st.sampled_from(DELIMITERS))
def test_cells_are_those_of_the_records(table: list[list[str]], delimiter: str) -> None:
    dialect = Dialect(delimiter=delimiter)
    records = [new_record(texts, dialect, None) for texts in table]
    assert read(window_of(records, dialect)) == [cells(record, dialect, 3) for record in records]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (b"1,2,3\r\n", ["1", "2", "3"]),
        (b"1,2,3\n\r\n\n", ["1", "2", "3"]),
        (b"1\n", ["1", "", ""]),
        (b"1,2,3,4\n", ["1", "2", "3"]),
        (b'5" pipe,2,3\n', ['5" pipe', "2", "3"]),
        (b"C:\\dir,\t,3\n", ["C:\\dir", "\t", "3"]),
    ],
)
def test_odd_records_are_read_as_everywhere(record: bytes, expected: list[str]) -> None:
    assert read(window_of([record, b"x,y,z\n"], Dialect())) == [expected, ["x", "y", "z"]]
