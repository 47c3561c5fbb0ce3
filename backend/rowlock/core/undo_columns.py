"""Takes changes of columns, and of the file's manner, back: with the texts, and where it can the bytes, from before."""

from collections.abc import Mapping
from dataclasses import replace

from rowlock.core.columns import ColumnFact, decide_columns
from rowlock.core.commands import AddColumn, ColumnCommand, DeleteColumn, MoveColumn, RenameColumn
from rowlock.core.differences import differing
from rowlock.core.events import (
    ColumnAdded,
    ColumnDeleted,
    ColumnMoved,
    ColumnRenamed,
    Event,
    StyleChanged,
)
from rowlock.core.evolve import evolve
from rowlock.core.gathering import Deed
from rowlock.core.lineage import Lineage
from rowlock.core.records import check_cell
from rowlock.core.refusals import BadTableRefused, ColumnExists, Refusal
from rowlock.core.sheet import Sheet
from rowlock.core.steps import Steps
from rowlock.core.style import fits


def take_back_columns(steps: Steps, lineage: Lineage, deed: Deed) -> Refusal | None:
    """Take back what the deed did to the columns or the manner, or say why it cannot be."""
    fact, sheet = deed.event.fact, steps.sheet
    before, after = deed.before.table, deed.after.table
    assert before is not None
    assert after is not None
    untouched = (sheet.header, sheet.columns, sheet.dialect) == (after.header, after.columns, after.dialect)
    if isinstance(fact, StyleChanged):
        if not fits(sheet, before.dialect.encoding):
            return lacking(before.dialect.encoding)
        manner = style_of(sheet, before)
        _record(steps, lineage, deed, replace(manner, records=_records(sheet, manner, deed)))
        return None
    opposite = _opposite(sheet, lineage, deed, exactly=untouched)
    if not isinstance(opposite, ColumnAdded | ColumnRenamed | ColumnMoved | ColumnDeleted):
        return opposite
    if not isinstance(opposite, ColumnRenamed):
        opposite = replace(opposite, records=_records(sheet, opposite, deed))
    _record(steps, lineage, deed, opposite)
    if untouched and (sheet.header, sheet.columns) != (before.header, before.columns):
        _record(steps, lineage, deed, style_of(sheet, before))
    return None


def style_of(sheet: Sheet, wanted: Sheet) -> StyleChanged:
    """What gives the sheet the manner, the header and the names of the wanted one, which has as many columns."""
    return StyleChanged(
        dialect=wanted.dialect,
        header=wanted.header.decode(),
        columns=wanted.columns,
        was=sheet.dialect,
        was_header=sheet.header.decode(),
    )


def _opposite(sheet: Sheet, lineage: Lineage, deed: Deed, *, exactly: bool) -> ColumnFact | Refusal | None:
    """`exactly`: the header will be what it was, so whatever name was there may come back."""
    fact = deed.event.fact
    name = next((lineage.name(number) for number in deed.columns.values()), None) or ""
    match fact:
        case ColumnAdded():
            return _decided(sheet, DeleteColumn(column=name))
        case ColumnMoved():
            return _decided(sheet, MoveColumn(column=name, place=min(fact.was, len(sheet.columns) - 1)))
        case ColumnRenamed() if exactly:
            return ColumnRenamed(column=name, to=fact.column)
        case ColumnRenamed():
            return _decided(sheet, RenameColumn(column=name, to=fact.column))
        case ColumnDeleted():
            return _returned(sheet, fact, exactly=exactly)
        case _:
            raise TypeError(f"{type(fact).__name__} is no change of a column")


def _returned(sheet: Sheet, fact: ColumnDeleted, *, exactly: bool) -> ColumnFact | Refusal | None:
    """The column, at its place, with the texts of the rows that are still there."""
    place = min(fact.place, len(sheet.columns))
    added: ColumnFact | Refusal | None = ColumnAdded(column=fact.column, place=place, values={})
    if fact.column in sheet.ordinals:
        return ColumnExists(column=fact.column)
    if not exactly:
        added = _decided(sheet, AddColumn(column=fact.column, place=place))
    if not isinstance(added, ColumnAdded):
        return added
    values = {index: text for index, text in fact.values.items() if sheet.row(index)}
    return replace(added, values=values) if _writable(values, sheet) else lacking(sheet.dialect.encoding)


def _writable(values: Mapping[int, str], sheet: Sheet) -> bool:
    """Whether the sheet's file can hold the texts, which it held once, maybe in another encoding."""
    encoding = sheet.dialect.encoding
    return encoding == "utf-8" or not any(check_cell(text, encoding) for text in values.values())


def lacking(encoding: str) -> BadTableRefused:
    """The file would be written in an encoding that lacks some of the characters."""
    return BadTableRefused(code="encoding", reason=f"The encoding {encoding} lacks a character that is needed.")


def _decided(sheet: Sheet, command: ColumnCommand) -> ColumnFact | Refusal | None:
    outcome = decide_columns(sheet, command)
    return next(iter(outcome), None) if isinstance(outcome, list) else outcome


def _records(sheet: Sheet, fact: ColumnFact | StyleChanged, deed: Deed) -> Mapping[int, str]:
    """The bytes from before for the rows that still have those that the deed left, where the fact would give others."""
    before, after = deed.before.table, deed.after.table
    assert before is not None
    assert after is not None
    trial = sheet.copy()
    evolve(trial, Event(position=sheet.position, at=0, actor="", fact=fact))
    was, _ = differing(before, trial)
    found = {}
    for index, record in was.items():
        now, then, result = sheet.row(index), after.row(index), trial.row(index)
        if now and then and result and now.record == then.record and result.record != record:
            found[index] = record.decode()
    return found


def _record(steps: Steps, lineage: Lineage, deed: Deed, fact: ColumnFact | StyleChanged) -> None:
    steps.record(fact, deed.event.position)
    if isinstance(fact, ColumnAdded):
        number = next(iter(deed.columns.values()))
        lineage.insert(fact, number)
    else:
        lineage.take(Event(position=steps.sheet.position, at=0, actor="", fact=fact))
