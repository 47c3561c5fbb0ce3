"""The columns: what may be done to them, and what that makes of every record."""

from collections.abc import Callable, Mapping
from typing import assert_never

from rowlock.core import records
from rowlock.core.commands import AddColumn, ColumnCommand, DeleteColumn, MoveColumn, RenameColumn
from rowlock.core.dialects import MAX_COLUMNS
from rowlock.core.draft import Rows
from rowlock.core.events import ColumnAdded, ColumnDeleted, ColumnMoved, ColumnRenamed
from rowlock.core.refusals import BadCell, BadColumn, ColumnExists, UnknownColumn
from rowlock.core.sheet import Sheet

Refused = ColumnExists | BadColumn | UnknownColumn | BadCell
ColumnFact = ColumnAdded | ColumnRenamed | ColumnMoved | ColumnDeleted


def decide_columns(table: Rows, command: ColumnCommand) -> list[ColumnFact] | Refused:
    """What a change of columns makes happen, or why it may not."""
    match command:
        case AddColumn():
            return _add(table, command)
        case RenameColumn():
            return _rename(table, command)
        case MoveColumn():
            return _move(table, command)
        case DeleteColumn():
            return _delete(table, command)
        case _:
            assert_never(command)


def columns_after(columns: tuple[str, ...], fact: ColumnFact) -> tuple[str, ...]:
    """The names of the columns once `fact` has happened."""
    match fact:
        case ColumnAdded():
            return (*columns[: fact.place], fact.column, *columns[fact.place :])
        case ColumnRenamed():
            return tuple(fact.to if name == fact.column else name for name in columns)
        case ColumnMoved():
            names = [*columns[: fact.was], *columns[fact.was + 1 :]]
            return (*names[: fact.place], fact.column, *names[fact.place :])
        case ColumnDeleted():
            return columns[: fact.place] + columns[fact.place + 1 :]
        case _:
            assert_never(fact)


def evolve_columns(sheet: Sheet, fact: ColumnFact) -> None:
    """Change the sheet's header and every record as `fact` says."""
    dialect = sheet.dialect
    match fact:
        case ColumnAdded():
            at, values = fact.place, fact.values
            header = records.insert_field(sheet.header, at, fact.column, dialect)
            _reshape(
                sheet, fact, header, lambda index, old: records.insert_field(old, at, values.get(index, ""), dialect)
            )
        case ColumnRenamed():
            header = records.rename_header(sheet.header, sheet.ordinals[fact.column], fact.to, dialect)
            sheet.rename(header, columns_after(sheet.columns, fact))
        case ColumnMoved():
            was, at = fact.was, fact.place
            header = records.move_field(sheet.header, was, at, dialect)
            _reshape(sheet, fact, header, lambda _, old: records.move_field(old, was, at, dialect))
        case ColumnDeleted():
            at = fact.place
            header = records.remove_field(sheet.header, at, dialect)
            _reshape(sheet, fact, header, lambda _, old: records.remove_field(old, at, dialect))
        case _:
            assert_never(fact)


def _reshape(
    sheet: Sheet, fact: ColumnAdded | ColumnMoved | ColumnDeleted, header: bytes, change: Callable[[int, bytes], bytes]
) -> None:
    """Change every record, but for those whose bytes the fact itself gives."""
    sheet.reshape(header, columns_after(sheet.columns, fact), records_given(fact.records, change))


def records_given(given: Mapping[int, str], change: Callable[[int, bytes], bytes]) -> Callable[[int, bytes], bytes]:
    """The same change of records, but for the rows whose records are `given`."""
    if not given:
        return change
    return lambda index, record: given[index].encode() if index in given else change(index, record)


def _add(table: Rows, command: AddColumn) -> list[ColumnFact] | Refused:
    if refusal := _bad_name(table, command.column):
        return refusal
    at = len(table.columns) if command.place is None else command.place
    if not 0 <= at <= len(table.columns):
        return BadColumn(reason=f"A column can be number 0 to {len(table.columns)}, not {at}.")
    if len(table.columns) >= MAX_COLUMNS:
        return BadColumn(reason=f"A table has at most {MAX_COLUMNS:,} columns.")
    return [ColumnAdded(column=command.column, place=at, values={})]


def _rename(table: Rows, command: RenameColumn) -> list[ColumnFact] | Refused:
    if command.column not in table.ordinals:
        return UnknownColumn(column=command.column, columns=table.columns)
    if command.to == command.column:
        return []
    if refusal := _bad_name(table, command.to):
        return refusal
    return [ColumnRenamed(column=command.column, to=command.to)]


def _move(table: Rows, command: MoveColumn) -> list[ColumnFact] | Refused:
    was = table.ordinals.get(command.column)
    if was is None:
        return UnknownColumn(column=command.column, columns=table.columns)
    if not 0 <= command.place < len(table.columns):
        return BadColumn(reason=f"A column can be number 0 to {len(table.columns) - 1}, not {command.place}.")
    return [] if was == command.place else [ColumnMoved(column=command.column, place=command.place, was=was)]


def _delete(table: Rows, command: DeleteColumn) -> list[ColumnFact] | Refused:
    at = table.ordinals.get(command.column)
    if at is None:
        return UnknownColumn(column=command.column, columns=table.columns)
    if len(table.columns) == 1:
        return BadColumn(reason="The last column cannot be deleted.")
    texts = ((index, table.cells(row.record)[at]) for index, row in table.rows())
    return [ColumnDeleted(column=command.column, place=at, values={index: text for index, text in texts if text})]


def _bad_name(table: Rows, name: str) -> Refused | None:
    titles = records.cells(table.header, table.dialect, len(table.columns))
    if name in table.ordinals or name in titles:  # two equal titles in the file would be read as other names
        return ColumnExists(column=name)
    if not name.strip():
        return BadColumn(reason="A column needs a name.")
    code = records.check_cell(name, table.dialect.encoding)
    return BadCell(code=code, column=name) if code else None
