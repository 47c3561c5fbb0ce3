"""The columns: what may be done to them, and what that makes of every record."""

from typing import assert_never

from rowlock.core import records
from rowlock.core.commands import AddColumn, DeleteColumn, MoveColumn, RenameColumn
from rowlock.core.draft import Rows
from rowlock.core.events import ColumnAdded, ColumnDeleted, ColumnMoved, ColumnRenamed
from rowlock.core.refusals import BadCell, BadColumn, ColumnExists, UnknownColumn
from rowlock.core.sheet import Sheet

Refused = ColumnExists | BadColumn | UnknownColumn | BadCell
ColumnCommand = AddColumn | RenameColumn | MoveColumn | DeleteColumn
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


def evolve_columns(sheet: Sheet, fact: ColumnFact) -> None:
    """Change the sheet's header and every record as `fact` says."""
    match fact:
        case ColumnAdded():
            _evolve_added(sheet, fact)
        case ColumnRenamed():
            at = sheet.ordinals[fact.column]
            header = records.rename_header(sheet.header, at, fact.to, sheet.dialect)
            sheet.reshape(header, _with(sheet.columns, at, fact.to), lambda _index, record: record)
        case ColumnMoved():
            was, at, dialect = fact.was, fact.place, sheet.dialect
            names = list(sheet.columns)
            names.insert(at, names.pop(was))
            sheet.reshape(
                records.move_field(sheet.header, was, at, dialect),
                tuple(names),
                lambda _index, record: records.move_field(record, was, at, dialect),
            )
        case ColumnDeleted():
            at, dialect = fact.place, sheet.dialect
            sheet.reshape(
                records.remove_field(sheet.header, at, dialect),
                sheet.columns[:at] + sheet.columns[at + 1 :],
                lambda _index, record: records.remove_field(record, at, dialect),
            )
        case _:
            assert_never(fact)


def _evolve_added(sheet: Sheet, fact: ColumnAdded) -> None:
    at, values, dialect = fact.place, fact.values, sheet.dialect
    header = records.insert_field(sheet.header, at, fact.column, dialect)
    columns = (*sheet.columns[:at], fact.column, *sheet.columns[at:])
    sheet.reshape(
        header, columns, lambda index, record: records.insert_field(record, at, values.get(index, ""), dialect)
    )


def _add(table: Rows, command: AddColumn) -> list[ColumnFact] | Refused:
    if refusal := _bad_name(table, command.column):
        return refusal
    at = len(table.columns) if command.place is None else command.place
    if not 0 <= at <= len(table.columns):
        return BadColumn(reason=f"A column can be number 0 to {len(table.columns)}, not {at}.")
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
    if name in table.ordinals:
        return ColumnExists(column=name)
    if not name.strip():
        return BadColumn(reason="A column needs a name.")
    code = records.check_cell(name, table.dialect.encoding)
    return BadCell(code=code, column=name) if code else None


def _with(columns: tuple[str, ...], at: int, name: str) -> tuple[str, ...]:
    return (*columns[:at], name, *columns[at + 1 :])
