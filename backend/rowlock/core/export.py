"""The table for other programs: the same cells, made safe or read in another form."""

from array import array
from collections.abc import Iterator, Sequence

from rowlock.core import records
from rowlock.core.records import Dialect

# What makes a spreadsheet take a cell for a formula (OWASP, "CSV injection").
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def guarded(dialect: Dialect, header: bytes, blocks: Sequence[tuple[bytes, "array[int]"]]) -> Iterator[bytes]:
    """The file's bytes with `'` put before every cell that a spreadsheet would take for a formula, block by block."""
    yield from records.file_parts(dialect, _guarded_record(header, dialect), [])
    for data, lengths in blocks:
        start = 0
        found = []
        for length in lengths:
            found.append(_guarded_record(data[start : start + length], dialect))
            start += length
        yield b"".join(found)


def _guarded_record(record: bytes, dialect: Dialect) -> bytes:
    fields = records.raw_fields(record, dialect)
    texts = records.cells(record, dialect, len(fields))
    changes = {at: f"'{text}" for at, text in enumerate(texts) if text.startswith(FORMULA_STARTS)}
    return records.changed_record(record, changes, dialect) if changes else record
