"""Merges the rows of a file into the table by a key column: what is new is added, what differs is changed."""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rowlock.core.blocks import Row
from rowlock.core.commands import AddColumn, AddRow, ColumnCommand, RowOp, UpdateRow
from rowlock.core.events import Cells
from rowlock.core.fields import cell, texts_of
from rowlock.core.records import Table
from rowlock.core.refusals import AmbiguousKey, BadTableRefused, UnknownColumn
from rowlock.core.sheet import Sheet

Refused = UnknownColumn | AmbiguousKey | BadTableRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A row of the file, by its number from 0: the table's row with its key (None: a new one), and what differs.

    Each change is a pair as in `events`: from, to.
    """

    number: int
    index: int | None
    cells: Cells


@dataclass(frozen=True, slots=True, kw_only=True)
class Upsert:
    """The rows of the file that are new or differ, in file order, and the file's columns that the table lacks.

    `unchanged`: the numbers of the other rows, and the indexes of the table's rows that they are.
    """

    matches: Sequence[Match]
    columns: tuple[str, ...]
    unchanged: tuple["array[int]", "array[int]"]

    def ops(self) -> tuple[RowOp | ColumnCommand, ...]:
        """The changes to make, in order: new columns come last in the table, and so do new rows."""
        columns = (AddColumn(column=column) for column in self.columns)
        return (*columns, *map(_op, self.matches))


def upsert(base: Sheet, theirs: Table, key: str, *, add_columns: bool = False) -> Upsert | Refused:
    """Match the rows of `theirs` with those of `base` by their text in the column `key`, be it empty.

    Columns that the file lacks are left alone; those that the table lacks are refused, unless `add_columns`. A key
    that two rows of the file have is refused, and one that two rows of the table have, if the file has it too.
    """
    for columns in (theirs.columns, base.columns):
        if key not in columns:
            return UnknownColumn(column=key, columns=columns)
    new = tuple(column for column in theirs.columns if column not in base.ordinals)
    if new and not add_columns:
        return UnknownColumn(column=new[0], columns=base.columns)
    try:
        return _merged(base, theirs, key, new)
    except _Refused as refused:
        return refused.refusal


class _Refused(Exception):
    def __init__(self, refusal: Refused) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


def _merged(base: Sheet, theirs: Table, key: str, new: tuple[str, ...]) -> Upsert:
    wanted = _numbers_by_key(theirs, key)
    known = _rows_by_key(base, wanted, key)
    same_form = (base.columns, base.dialect.delimiter) == (theirs.columns, theirs.dialect.delimiter)
    matches: list[Match] = []
    unchanged = array("I"), array("I")
    for number, (text, record) in enumerate(zip(wanted, theirs.records(), strict=True)):
        index, row = known.get(text, (None, None))
        cells = {} if same_form and row and row.record == record else _changes(base, theirs, row, record, number)
        if index is None or cells:
            matches.append(Match(number=number, index=index, cells=cells))
        else:
            unchanged[0].append(number)
            unchanged[1].append(index)
    return Upsert(matches=matches, columns=new, unchanged=unchanged)


def _numbers_by_key(theirs: Table, key: str) -> dict[str, int]:
    at = theirs.columns.index(key)
    numbers: dict[str, int] = {}
    for number, record in enumerate(theirs.records()):
        text = cell(record, theirs.dialect, at)
        if (first := numbers.setdefault(text, number)) != number:
            one, other = theirs.lines((first, number))
            raise _Refused(AmbiguousKey(column=key, text=text, lines=(one, other)))
    return numbers


def _rows_by_key(base: Sheet, wanted: Mapping[str, int], key: str) -> dict[str, tuple[int, Row]]:
    at = base.ordinals[key]
    found: dict[str, tuple[int, Row]] = {}
    for index, row in base.rows():
        text = cell(row.record, base.dialect, at)
        if text in wanted and (first := found.setdefault(text, (index, row))[0]) != index:
            raise _Refused(AmbiguousKey(column=key, text=text, rows=(first, index)))
    return found


def _texts(record: bytes, theirs: Table, number: int) -> list[str]:
    """The cells of a row of the file; text beyond the last column would be lost, so it is refused."""
    width = len(theirs.columns)
    texts = texts_of(record, theirs.dialect)
    if any(texts[width:]):
        (line,) = theirs.lines((number,))
        reason = f"Line {line} has more cells than there are columns."
        raise _Refused(BadTableRefused(code="bad_record", reason=reason, line=line))
    return texts[:width] + [""] * (width - len(texts))


def _changes(base: Sheet, theirs: Table, row: Row | None, record: bytes, number: int) -> Cells:
    texts = zip(theirs.columns, _texts(record, theirs, number), strict=True)
    if row is None:
        return {column: (None, text) for column, text in texts}
    old = dict(zip(base.columns, base.cells(row.record), strict=True))
    return {column: (was, text) for column, text in texts if (was := old.get(column, "")) != text}


def _op(match: Match) -> RowOp:
    cells = {column: text for column, (_, text) in match.cells.items() if text is not None}
    return AddRow(cells=cells) if match.index is None else UpdateRow(index=match.index, cells=cells)
