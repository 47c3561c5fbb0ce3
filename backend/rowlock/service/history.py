"""What became of one row: every change, who made it and when, whether the row is still there or not."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from rowlock.core.events import (
    LEASE_FACTS,
    ColumnAdded,
    ColumnDeleted,
    ColumnRenamed,
    Event,
    RowAdded,
    RowDeleted,
    RowUpdated,
    TableImported,
)
from rowlock.core.lineage import Lineage
from rowlock.core.sheet import Sheet
from rowlock.service.ports import Entry, Journal
from rowlock.service.queries import folded

COLUMN_FACTS = (ColumnAdded, ColumnRenamed, ColumnDeleted)
Shown = Mapping[str, Any]


async def row_history(journal: Journal, sheet: Sheet, index: int) -> list[Shown] | None:
    """What changed the row, oldest first, as JSON values; None if there never was such a row.

    A row that came with a file begins with that import, its cells as they were then, and may end with another. Columns
    that came, went or got other names while the row was there are told too, with the row's cell in them.
    """
    if not 0 <= index < sheet.next_index:
        return None
    row = sheet.row(index)
    texts = sheet.cells(row.record) if row else []
    entries = [
        entry
        for entry in await asyncio.to_thread(journal.about, index, 0, sheet.position)
        if not isinstance(entry.event.fact, LEASE_FACTS)
    ]
    return await asyncio.to_thread(_story, journal, entries, index, texts)


def _story(journal: Journal, entries: Sequence[Entry], index: int, texts: list[str]) -> list[Shown]:
    imports = [entry for entry in entries if isinstance(entry.event.fact, TableImported)]
    first = next((entry for entry in entries if getattr(entry.event.fact, "index", None) == index), None)
    if first is not None and isinstance(first.event.fact, RowAdded):
        origin, story = first, []
    else:
        origin = imports[0] if len(imports) == 1 else _came_with(journal, imports, index)
        story = [_origin(origin, _later(entries, origin), index, texts, only=len(imports) == 1, journal=journal)]
    there = bool(story)
    for entry in _later(entries, origin) if there else [origin, *_later(entries, origin)]:
        fact = entry.event.fact
        there = there or isinstance(fact, RowAdded)
        if there and (shown := _shown(entry, index)):
            story.append(shown)
        there = there and not isinstance(fact, RowDeleted | TableImported)
    return story


def _later(entries: Sequence[Entry], origin: Entry) -> list[Entry]:
    return [entry for entry in entries if entry.event.position > origin.event.position]


def _shown(entry: Entry, index: int) -> Shown | None:
    """The event as this row sees it; None if it does not."""
    fact = entry.event.fact
    if getattr(fact, "index", None) == index:
        return dict(orjson.loads(entry.wire))
    if isinstance(fact, TableImported):
        return _head(entry) | {"index": index}
    if not isinstance(fact, COLUMN_FACTS):
        return None
    names = {"column": fact.column} | ({"to": fact.to} if isinstance(fact, ColumnRenamed) else {})
    return _head(entry) | {"index": index} | names | {"cells": _cell(fact, index)}


def _cell(fact: ColumnAdded | ColumnRenamed | ColumnDeleted, index: int) -> Shown:
    match fact:
        case ColumnAdded():
            return {fact.column: {"from": None, "to": fact.values.get(index, "")}}
        case ColumnDeleted():
            return {fact.column: {"from": fact.values.get(index, ""), "to": None}}
        case _:
            return {}


def _head(entry: Entry) -> dict[str, Any]:
    event = orjson.loads(entry.wire)
    return {name: event[name] for name in ("position", "kind", "at", "actor", "hash")}


def _came_with(journal: Journal, imports: Sequence[Entry], index: int) -> Entry:
    """Which of several imports brought a row. Folding the journal is slow, but only then."""
    for origin in imports:
        if folded(journal, origin.event.position).row(index):
            return origin
    raise LookupError(f"no import brought row {index}")


def _origin(
    origin: Entry, later: Sequence[Entry], index: int, texts: list[str], *, only: bool, journal: Journal
) -> Shown:
    """The import that brought the row, with the cells it had then."""
    fact = origin.event.fact
    assert isinstance(fact, TableImported)
    if only:
        cells = _original(fact.columns, [entry.event for entry in later], index, texts)
    else:
        sheet = folded(journal, origin.event.position)
        row = sheet.row(index)
        assert row is not None
        cells = sheet.cells(row.record)
    changes = zip(fact.columns, cells, strict=True)
    return _head(origin) | {"index": index, "cells": {name: {"from": None, "to": text} for name, text in changes}}


def _original(columns: Sequence[str], later: Sequence[Event], index: int, texts: list[str]) -> list[str]:
    """The cells before the first change: those of now with each change taken back, newest first."""
    lineage = Lineage(columns)
    changes: list[dict[int, str]] = []
    for event in later:
        changes.append(_before(event, lineage, index))
        lineage.take(event)
    cells = dict(zip(lineage.numbers, texts, strict=False))
    for change in reversed(changes):
        cells |= change
    return [cells.get(number, "") for number in range(len(columns))]


def _before(event: Event, lineage: Lineage, index: int) -> dict[int, str]:
    """The texts, by the number of their column, that the event replaced or took away."""
    fact = event.fact
    match fact:
        case RowUpdated() | RowDeleted():
            return {lineage.number(column): was or "" for column, (was, _) in fact.cells.items()}
        case ColumnDeleted():
            return {lineage.number(fact.column): fact.values.get(index, "")}
        case _:
            return {}
