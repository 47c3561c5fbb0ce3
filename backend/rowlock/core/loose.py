"""Rows taken apart into their fields, while many changes come one after the other: each costs only its own field."""

from array import array
from collections.abc import Iterator, Mapping

from rowlock.core.blocks import Row
from rowlock.core.fields import changed_field, changed_record, raw_fields, split_end
from rowlock.core.leases import Cooling
from rowlock.core.records import Dialect

# The update of a row: its index; columns and, under "to", what they became; its cooldown's end, or 0; position; actor.
Change = tuple[int, Mapping[str, Mapping[str, str | None]], int, int, str]


class LooseRows:
    """The newest records and cooldowns of some rows, by index.

    The fields of all that have as many as the table has columns stand in one list, with where they begin in an array:
    where a million changes are scattered over the rows, it is the way to the memory that takes the time. The records
    of others are kept whole.
    """

    __slots__ = (
        "_actors",
        "_delimiter",
        "_dialect",
        "_fields",
        "_indexes",
        "_names",
        "_numbers",
        "_starts",
        "_untils",
        "_versions",
        "_whole",
        "_width",
        "position",
    )

    def __init__(self, dialect: Dialect, width: int, rows: int) -> None:
        """For a table of `width` columns; `rows`: what the indexes of its rows are below, for now."""
        self._dialect = dialect
        self._delimiter = dialect.delimiter.encode()
        self._width = width
        self._whole: dict[int, Row] = {}
        self._fields: list[bytes] = [b""]
        self._indexes: list[int] = []
        # By index: where its fields begin, 0 if they do not; its version; until when and for whom it cools, 0 if not.
        self._starts = array("Q", bytes(8 * rows))
        self._versions = array("Q", bytes(8 * rows))
        self._untils = array("Q", bytes(8 * rows))
        self._actors = array("I", bytes(4 * rows))
        self._names: list[str] = []
        self._numbers: dict[str, int] = {}
        self.position = 0

    def __len__(self) -> int:
        return len(self._indexes) + len(self._whole)

    def take(self, index: int, row: Row) -> None:
        """Have a row lie loose that did not."""
        if index >= len(self._starts):
            self._make_room(index)
        body, end = split_end(row.record)
        fields = raw_fields(body, self._dialect)
        if len(fields) != self._width:
            self._whole[index] = row
            return
        self._starts[index] = len(self._fields)
        self._versions[index] = row.version
        self._indexes.append(index)
        self._fields += fields
        self._fields.append(end)

    def put(self, index: int, row: Row) -> None:
        """Give a row another record, loose or not."""
        if index >= len(self._starts):
            self._make_room(index)
        self._starts[index] = 0
        self._whole[index] = row

    def change_all(self, changes: Iterator[Change], ordinals: Mapping[str, int]) -> Change | None:
        """Give rows other texts as `changed_record` does, and cooldowns; `ordinals`: the place of each column.

        Stops behind the first change of a row that does not lie loose, and gives it back; else None. `position` tells
        how far it came.
        """
        # A journal is replayed at this speed.
        starts, versions, untils, actors = self._starts, self._versions, self._untils, self._actors
        fields, numbers, dialect, indexes = self._fields, self._numbers, self._dialect, len(starts)
        first = next(iter(ordinals), None)
        for change in changes:
            index, cells, until, position, actor = change
            start = starts[index] if index < indexes else 0
            if start and first not in cells:
                for column, made in cells.items():
                    at = start + ordinals[column]
                    fields[at] = changed_field(fields[at], made["to"] or "", dialect)
                versions[index] = position
            elif row := self.row(index):  # how a record begins is more than a matter of its first field
                texts = {ordinals[column]: made["to"] or "" for column, made in cells.items()}
                self.put(index, Row(position, changed_record(row.record, texts, dialect)))
            else:
                return change
            if until:
                untils[index] = until
                number = numbers.get(actor)
                actors[index] = self._number_of(actor) if number is None else number
            self.position = position
        return None

    def row(self, index: int) -> Row | None:
        """The row, if it lies loose."""
        start = self._starts[index] if index < len(self._starts) else 0
        if start:
            end = start + self._width
            return Row(self._versions[index], self._delimiter.join(self._fields[start:end]) + self._fields[end])
        return self._whole.get(index)

    def rows(self) -> Iterator[tuple[int, Row]]:
        """Index and row of every loose row."""
        yield from self._whole.items()
        for index in self._indexes:
            if self._starts[index] and (row := self.row(index)):
                yield index, row

    def cooling(self, index: int) -> Cooling | None:
        """The cooldown that the row was given last, if any."""
        if index >= len(self._untils) or not (until := self._untils[index]):
            return None
        return Cooling(until, self._names[self._actors[index]])

    def coolings(self) -> Iterator[tuple[int, Cooling]]:
        """Index and cooldown of every row that was given one."""
        for index in (*self._whole, *self._indexes):
            if cooling := self.cooling(index):
                yield index, cooling

    def forget(self, index: int) -> None:
        """Drop a row with its cooldown, if it is loose."""
        self._whole.pop(index, None)
        if index < len(self._starts):
            self._starts[index] = 0
        self.forget_cooling(index)

    def forget_cooling(self, index: int) -> None:
        """Drop the cooldown of a row."""
        if index < len(self._untils):
            self._untils[index] = 0

    def _number_of(self, actor: str) -> int:
        self._names.append(actor)
        return self._numbers.setdefault(actor, len(self._numbers))

    def _make_room(self, index: int) -> None:
        """Twice as many indexes, so that rows that are added one by one cost no more than others."""
        more = max(index + 1, 2 * len(self._starts)) - len(self._starts)
        for column in (self._starts, self._versions, self._untils, self._actors):
            column.extend(array(column.typecode, bytes(column.itemsize * more)))
