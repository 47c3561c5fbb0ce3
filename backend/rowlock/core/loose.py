"""Rows taken apart into their fields, while many changes come one after the other: each costs only its own field."""

from array import array
from collections.abc import Iterator, Mapping

from rowlock.core.blocks import Row
from rowlock.core.fields import changed_field, changed_record, raw_fields, split_end
from rowlock.core.records import Dialect


class LooseRows:
    """The newest records of some rows, by index.

    The fields of all that have as many as the table has columns stand in one list, with where they begin in an array:
    where a million changes are scattered over the rows, it is the way to the memory that takes the time. The records
    of others are kept whole.
    """

    __slots__ = ("_delimiter", "_dialect", "_fields", "_indexes", "_starts", "_versions", "_whole", "_width")

    def __init__(self, dialect: Dialect, width: int, rows: int) -> None:
        """For a table of `width` columns; `rows`: what the indexes of its rows are below."""
        self._dialect = dialect
        self._delimiter = dialect.delimiter.encode()
        self._width = width
        self._whole: dict[int, Row] = {}
        self._fields: list[bytes] = [b""]
        self._indexes: list[int] = []
        # By index: where its fields begin, 0 if they do not; and its version.
        self._starts = array("Q", bytes(8 * rows))
        self._versions = array("Q", bytes(8 * rows))

    def __len__(self) -> int:
        return len(self._indexes) + len(self._whole)

    def take(self, index: int, row: Row) -> None:
        """Have a row lie loose that did not."""
        body, end = split_end(row.record)
        fields = raw_fields(body, self._dialect)
        if len(fields) != self._width or index >= len(self._starts):
            self._whole[index] = row
            return
        self._starts[index] = len(self._fields)
        self._versions[index] = row.version
        self._indexes.append(index)
        self._fields += fields
        self._fields.append(end)

    def put(self, index: int, row: Row) -> None:
        """Give a row another record, loose or not."""
        self.forget(index)
        self._whole[index] = row

    def change(self, index: int, version: int, changes: Mapping[int, str]) -> bool:
        """Give a row other texts in the cells that `changes` names by ordinal, as `changed_record` does.

        False if the row does not lie loose.
        """
        start = self._starts[index] if index < len(self._starts) else 0
        if not start or 0 in changes:  # how a record begins is more than a matter of its first field
            if (row := self.row(index)) is None:
                return False
            self.put(index, Row(version, changed_record(row.record, changes, self._dialect)))
            return True
        fields = self._fields
        for at, text in changes.items():
            fields[start + at] = changed_field(fields[start + at], text, self._dialect)
        self._versions[index] = version
        return True

    def row(self, index: int) -> Row | None:
        """The row, if it lies loose."""
        if start := self._start(index):
            end = start + self._width
            return Row(self._versions[index], self._delimiter.join(self._fields[start:end]) + self._fields[end])
        return self._whole.get(index)

    def rows(self) -> Iterator[tuple[int, Row]]:
        """Index and row of every loose row."""
        yield from self._whole.items()
        for index in self._indexes:
            if self._starts[index] and (row := self.row(index)):
                yield index, row

    def forget(self, index: int) -> None:
        """Drop a row, if it is loose."""
        self._whole.pop(index, None)
        if self._start(index):
            self._starts[index] = 0

    def _start(self, index: int) -> int:
        return self._starts[index] if index < len(self._starts) else 0
