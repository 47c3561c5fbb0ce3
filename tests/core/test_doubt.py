"""A file is doubted when most of its rows are gone or a spreadsheet has mangled it, and believed else."""

import pytest
from tests.core.differing import sheet_of

from rowlock.core.diff import compare
from rowlock.core.doubt import doubt, mangled
from rowlock.core.records import read_table


def table(rows: int, code: str = "00{n}", day: str = "2024-01-0{n}") -> bytes:
    return "".join(["code,day\n", *(f"{code},{day}\n".replace("{n}", str(n)) for n in range(rows))]).encode()


def doubted(data: bytes, base: bytes) -> str | None:
    sheet = sheet_of(base)
    return doubt(compare(sheet, read_table(data)), sheet)


def test_half_of_the_rows_may_go_but_no_more() -> None:
    assert doubted(table(5), table(10)) is None
    assert doubted(table(4), table(10)) == "half_lost"


def test_another_table_altogether_is_doubted() -> None:
    assert doubted(b"code,day\nx,y\nz,w\n", table(2)) == "half_lost"


def test_a_table_whose_codes_lost_their_zeros_is_doubted() -> None:
    assert doubted(table(30, code="{n}"), table(30)) == "damaged"


def test_many_honest_edits_are_believed() -> None:
    assert doubted(table(30, code="new {n}"), table(30)) is None


@pytest.mark.parametrize(
    ("before", "after", "is_so"),
    [
        ("1234567890123", "1.23457E+12", True),
        ("1.2E+5", "1.3E+5", False),
        ("007", "7", True),
        ("1.10", "1.1", True),
        ("7", "8", False),
        ("2024-02-03", "03.02.2024", True),
        ("2024-02-03", "2024-02-04", False),
        ("a", "b", False),
        ("", "1", False),
    ],
)
def test_what_a_spreadsheet_does_to_a_cell_is_known(before: str, after: str, is_so: bool) -> None:
    assert mangled(before, after) is is_so
