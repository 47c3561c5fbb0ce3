"""What became of one row: every change, who made it and when, whether the row is still there or not."""

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson

from rowlock.core.sheet import Sheet
from rowlock.service.ports import EventFilter, Journal
from rowlock.service.queries import folded

ROW_KINDS = ("row_added", "row_updated", "row_deleted", "row_moved")
PAGE = 10_000


async def row_history(journal: Journal, sheet: Sheet, index: int) -> list[Mapping[str, Any]] | None:
    """The events that changed the row, oldest first, as JSON values; None if there never was such a row.

    A row that came with a file begins with that import, its cells as they were then.
    """
    if not 0 <= index < sheet.next_index:
        return None
    row = sheet.row(index)
    now = dict(zip(sheet.columns, sheet.cells(row.record), strict=True)) if row else {}
    events = await _events(journal, EventFilter(index=index, limit=PAGE))
    changes = [event for event in events if event["kind"] in ROW_KINDS]
    if changes and changes[0]["kind"] == "row_added":
        return changes
    imports = await _events(journal, EventFilter(kind="table_imported", limit=PAGE))
    if len(imports) == 1:
        origin, texts = imports[0], _original(now, changes)
    else:
        origin, texts = await asyncio.to_thread(_came_with, journal, imports, index)
    cells = {column: {"from": None, "to": text} for column, text in texts.items()}
    shown = {name: origin[name] for name in ("position", "kind", "at", "actor", "hash")}
    return [shown | {"index": index, "cells": cells}, *changes]


def _came_with(
    journal: Journal, imports: list[Mapping[str, Any]], index: int
) -> tuple[Mapping[str, Any], dict[str, str]]:
    """Which of several imports brought a row, and its cells then. Folding the journal is slow, but only then."""
    for origin in imports:
        sheet = folded(journal, origin["position"])
        if row := sheet.row(index):
            return origin, dict(zip(sheet.columns, sheet.cells(row.record), strict=True))
    raise LookupError(f"no import brought row {index}")


def _original(now: dict[str, str], changes: list[Mapping[str, Any]]) -> dict[str, str]:
    """The cells before the first change: those of now with each change taken back, newest first."""
    cells = dict(now)
    for change in reversed(changes):
        for column, texts in change.get("cells", {}).items():
            cells[column] = texts["from"] or ""
    return cells


async def _events(journal: Journal, wanted: EventFilter) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    while True:
        page = await journal.page(wanted)
        found += [orjson.loads(event) for event in page]
        if len(page) < wanted.limit:
            return found
        wanted = EventFilter(after=found[-1]["position"], limit=PAGE, index=wanted.index, kind=wanted.kind)
