"""Another program's file is read in the old one's manner where that fits, and else in its own."""

import pytest

from rowlock.core.outside_table import read_like, torn
from rowlock.core.records import BadTable, Dialect

LATIN = Dialect(encoding="iso8859-1")
WIDE = Dialect(encoding="utf-16-le", bom=True)
COMMA = Dialect()


@pytest.mark.parametrize(
    ("data", "dialect", "encoding", "delimiter"),
    [
        (b"a,b\n1,2\n", COMMA, "utf-8", ","),
        (b"a;b\n1;2\n", COMMA, "utf-8", ";"),
        (b"a;b\n1,5;2,5\n", COMMA, "utf-8", ";"),
        (b"a,b;c\n1,2\n", COMMA, "utf-8", ","),
        (b'"x";a\n1;2\n', COMMA, "utf-8", ";"),
        ("a,é\n1,ü\n".encode("latin-1"), LATIN, "iso8859-1", ","),
        ("a,é\n1,ü\n".encode(), LATIN, "utf-8", ","),
        (b"a,b\n1,2\n", LATIN, "iso8859-1", ","),
        ("\ufeffa,é\n1,2\n".encode("utf-16-le"), WIDE, "utf-16-le", ","),
    ],
)
def test_encoding_and_delimiter_are_the_old_ones_if_they_fit(
    data: bytes, dialect: Dialect, encoding: str, delimiter: str
) -> None:
    found = read_like(data, dialect, ["a"]).dialect
    assert (found.encoding, found.delimiter) == (encoding, delimiter)


@pytest.mark.parametrize("data", [b"", b"a,b\n1,\0\n", b'a,b\n"1,2\n', b"PK\x03\x04"])
def test_what_is_no_table_in_any_manner_is_refused(data: bytes) -> None:
    with pytest.raises(BadTable):
        read_like(data, COMMA, ["a"])


def test_a_file_is_torn_if_its_last_line_end_is_missing_and_used_to_be_there() -> None:
    table = read_like(b"a,b\n1,2", COMMA, ["a"])
    assert torn(table, COMMA)
    assert not torn(table, table.dialect)
