"""The table for other programs: the same cells, made safe or read in another form."""

import json
from array import array
from collections.abc import Iterator, Sequence

from rowlock.core import records
from rowlock.core.records import Dialect

# What makes a spreadsheet take a cell for a formula (OWASP, "CSV injection").
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

# Records of neighbouring rows, joined, and the length of each.
Block = tuple[bytes, "array[int]"]


def guarded(dialect: Dialect, header: bytes, blocks: Sequence[Block]) -> Iterator[bytes]:
    """The file's bytes with `'` put before every cell that a spreadsheet would take for a formula, block by block."""
    safe = (b"".join(_guarded(record, dialect) for record in records.split_records(*block)) for block in blocks)
    return records.file_stream(dialect, _guarded(header, dialect), safe)


def json_lines(dialect: Dialect, columns: Sequence[str], blocks: Sequence[Block]) -> Iterator[bytes]:
    """Each row as a JSON object of column and text on a line of its own, block by block."""
    write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    for block in blocks:
        rows = (records.cells(record, dialect, len(columns)) for record in records.split_records(*block))
        yield "".join(write(dict(zip(columns, texts, strict=True))) + "\n" for texts in rows).encode()


def _guarded(record: bytes, dialect: Dialect) -> bytes:
    fields = records.raw_fields(record, dialect)
    texts = records.cells(record, dialect, len(fields))
    changes = {at: f"'{text}" for at, text in enumerate(texts) if text.startswith(FORMULA_STARTS)}
    return records.changed_record(record, changes, dialect) if changes else record
