"""The table for other programs: guarded, as JSON lines, and the file itself a part at a time."""

import json

import pytest
from tests.core.differing import sheet_of
from tests.core.odd_files import ODD_FILES, OddFile

from rowlock.core import records
from rowlock.core.export import guarded, json_lines

TAKEN = [odd for odd in ODD_FILES if odd.code is None]


def as_json(data: bytes) -> list[dict[str, str]]:
    sheet = sheet_of(data)
    lines = b"".join(json_lines(sheet.dialect, sheet.columns, sheet.blocks()))
    return [json.loads(line) for line in lines.decode().split("\n")[:-1]]


def as_guarded(data: bytes) -> bytes:
    sheet = sheet_of(data)
    return b"".join(guarded(sheet.dialect, sheet.header, sheet.blocks()))


def test_json_lines_have_one_object_a_line_and_names_as_data() -> None:
    data = b'__proto__,id,a\n1,"x\ny",\n2,"\xe2\x80\xa8",007\n'
    assert as_json(data) == [{"__proto__": "1", "id": "x\ny", "a": ""}, {"__proto__": "2", "id": "\u2028", "a": "007"}]


def test_json_lines_of_no_rows_are_nothing() -> None:
    assert as_json(b"a,b\n") == []


@pytest.mark.parametrize("odd", TAKEN, ids=[odd.name for odd in TAKEN])
def test_a_file_leaves_in_parts_as_it_came(odd: OddFile) -> None:
    table = records.read_table(odd.data, encoding=odd.encoding, delimiter=odd.delimiter)
    assert b"".join(records.file_stream(table.dialect, table.header, table.records())) == odd.data


def test_formulas_are_neutralised_in_header_and_cells() -> None:
    assert as_guarded(b'=a,b\n+1,x\n"@y",2\n') == b"'=a,b\n'+1,x\n\"'@y\",2\n"


@pytest.mark.parametrize("data", [b"a,b\n1,=2", b"a,b", b"\xef\xbb\xbfa\r\n=1\r\n"])
def test_a_guarded_file_keeps_bom_and_missing_final_newline(data: bytes) -> None:
    assert as_guarded(data) == data.replace(b"=", b"'=")
