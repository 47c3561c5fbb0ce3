"""The table as a Parquet file: every column text, written a few rows at a time."""

import io
from array import array
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from rowlock.core import records
from rowlock.core.records import Dialect

ROW_GROUP = 50_000


class ParquetMissing(Exception):
    """The library that writes Parquet is not installed."""

    def __init__(self) -> None:
        super().__init__("Parquet needs pyarrow: install rowlock[parquet].")


def parquet_parts(
    dialect: Dialect, columns: Sequence[str], blocks: Sequence[tuple[bytes, "array[int]"]]
) -> Iterator[bytes]:
    """The bytes of the file, in parts. Raises `ParquetMissing` at once."""
    try:
        import pyarrow.parquet
    except ImportError:
        raise ParquetMissing from None
    schema = pyarrow.schema([(column, pyarrow.string()) for column in columns])
    rows = (
        records.cells(record, dialect, len(columns)) for block in blocks for record in records.split_records(*block)
    )
    return _parts(pyarrow, schema, rows)


def _parts(pyarrow: Any, schema: Any, rows: Iterator[list[str]]) -> Iterator[bytes]:
    pipe = _Pipe()
    with pyarrow.parquet.ParquetWriter(pipe, schema) as writer:
        while group := list(islice(rows, ROW_GROUP)):
            arrays = [pyarrow.array(texts, pyarrow.string()) for texts in zip(*group, strict=True)]
            writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))
            yield pipe.taken()
    yield pipe.taken()


class _Pipe(io.RawIOBase):
    """What the writer takes for its file: holds what was written until it is taken."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def writable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """How much was written in all."""
        return self._size

    def write(self, data: Any) -> int:
        """Hold these bytes."""
        part = bytes(data)
        self._parts.append(part)
        self._size += len(part)
        return len(part)

    def taken(self) -> bytes:
        """What was written since it was taken last."""
        parts, self._parts = self._parts, []
        return b"".join(parts)
