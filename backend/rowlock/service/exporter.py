"""Hands the table out as a file of one format or another, a part at a time."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from rowlock.core import records
from rowlock.core.export import guarded, json_lines
from rowlock.core.records import Dialect
from rowlock.core.sheet import Sheet
from rowlock.service.parquet import parquet_parts

Format = Literal["csv", "jsonl", "parquet"]
FORMATS: tuple[Format, ...] = get_args(Format)
MEDIA_TYPES = {"csv": "text/csv", "jsonl": "application/jsonl", "parquet": "application/vnd.apache.parquet"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """The table as it was when it was taken: shared bytes, so taking them costs next to nothing."""

    position: int
    columns: tuple[str, ...]
    dialect: Dialect
    header: bytes
    blocks: Sequence[tuple[bytes, "array[int]"]]

    @classmethod
    def of(cls, sheet: Sheet) -> "Export":
        """The sheet as it is now."""
        return cls(
            position=sheet.position,
            columns=sheet.columns,
            dialect=sheet.dialect,
            header=sheet.header,
            blocks=sheet.blocks(),
        )

    def parts(self, form: Format, *, guard: bool = False) -> Iterator[bytes]:
        """The bytes of the file, in parts; `guard` neutralises formulas in a CSV. Raises `ParquetMissing` at once."""
        if form == "jsonl":
            return json_lines(self.dialect, self.columns, self.blocks)
        if form == "parquet":
            return parquet_parts(self.dialect, self.columns, self.blocks)
        if guard:
            return guarded(self.dialect, self.header, self.blocks)
        return records.file_stream(self.dialect, self.header, (data for data, _ in self.blocks))

    @property
    def csv_size(self) -> int | None:
        """How many bytes the file has, if that can be told without writing it."""
        if self.dialect.encoding != "utf-8":
            return None
        return sum(map(len, records.file_stream(self.dialect, self.header, (data for data, _ in self.blocks))))
