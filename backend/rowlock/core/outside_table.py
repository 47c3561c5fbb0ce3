"""Reads a file that another program saved over the table, in the table's own manner where that fits."""

from collections.abc import Collection

from rowlock.core.records import BadTable, Dialect, Table, read_table


def read_like(data: bytes, dialect: Dialect, columns: Collection[str]) -> Table:
    """The table in `data`; encoding and delimiter are those of the old file unless they cannot be. Raises BadTable."""
    encoding = _encoding(data, dialect.encoding)
    try:
        table = read_table(data, encoding=encoding, delimiter=dialect.delimiter)
    except BadTable as bad:
        if bad.code not in {"unclosed_quote", "bad_record"}:
            raise
        return read_table(data, encoding=encoding)
    if not set(table.columns).isdisjoint(columns):
        return table
    return read_table(data, encoding=encoding)


def torn(table: Table, dialect: Dialect) -> bool:
    """Whether the file may have been cut off: its last line has no end, where it used to have one."""
    return dialect.final_newline and not table.dialect.final_newline


def _encoding(data: bytes, encoding: str) -> str:
    """Programs save as UTF-8 what they have read as something else; the other way round is noticed by the reader."""
    if encoding == "utf-8" or data.isascii() or b"\0" in data:
        return encoding
    try:
        data.decode()
    except UnicodeDecodeError:
        return encoding
    return "utf-8"
