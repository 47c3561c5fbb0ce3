"""A copy for spreadsheets shows the same table, with no cell that would be taken for a formula."""

import pytest
from tests.core.given import given

from rowlock.core.export import FORMULA_STARTS, guarded


def exported(file: bytes) -> bytes:
    sheet = given(file=file)
    return b"".join(guarded(sheet.dialect, sheet.header, sheet.blocks()))


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_a_cell_that_a_spreadsheet_would_calculate_is_made_text(start: str) -> None:
    cell = f'"{start}1"' if start == "\r" else f"{start}1"
    guard = f'"\'{start}1"' if start == "\r" else f"'{start}1"
    assert exported(f"a,b\n{cell},x\n".encode()) == f"a,b\n{guard},x\n".encode()


def test_all_other_bytes_stay() -> None:
    file = b'\xef\xbb\xbfa,"b"\r\n"x, =1",2\r\ny\r\n'
    assert exported(file) == file


def test_names_of_columns_are_guarded_too() -> None:
    assert exported(b"=a,b\n1,2\n") == b"'=a,b\n1,2\n"


def test_cells_beyond_the_last_column_are_guarded_too() -> None:
    assert exported(b"a\n1,=2\n") == b"a\n1,'=2\n"


def test_a_table_without_rows_is_its_header() -> None:
    assert exported(b"a,b\n") == b"a,b\n"
