"""Takes a whole file into the table: works out what it would change, and has that done as one command."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import Any, Literal

from rowlock.core import records
from rowlock.core.commands import Caller, ChangeTable, ImportTable, TableOp
from rowlock.core.diff import Difference, compare
from rowlock.core.events import Cells
from rowlock.core.records import BadTable, Table
from rowlock.core.refusals import BadTableRefused, OpRefused, Refusal, TableMoved
from rowlock.core.sheet import Sheet
from rowlock.core.upsert import Upsert, upsert
from rowlock.service.editor import Editor, Refused
from rowlock.service.ports import Answer

Mode = Literal["replace", "upsert"]
# Up to so many rows a file that shares none with the table is taken in row by row, so that history tells of each.
ROW_BY_ROW = 10_000
LISTED = 1_000
TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How a file is to be taken in: instead of the table, or row by row by the texts in the column `key`.

    What is None is noticed from the bytes. `add_columns`: an upsert adds the columns that the table lacks.
    """

    mode: Mode = "replace"
    key: str | None = None
    add_columns: bool = False
    encoding: str | None = None
    delimiter: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What would become of a row: `line` is where the file has it, each change a pair as in `events`."""

    verdict: Literal["added", "changed", "moved", "deleted", "unchanged"]
    index: int | None
    line: int | None
    cells: Cells

    def body(self) -> dict[str, Any]:
        """The verdict as JSON."""
        cells = {column: {"from": old, "to": new} for column, (old, new) in self.cells.items()}
        places = {"index": self.index, "line": self.line}
        return {"verdict": self.verdict, **{k: v for k, v in places.items() if v is not None}, "cells": cells}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a file would change of the table at `position`.

    `moved`: rows that were only placed elsewhere. Unchanged rows are listed only where there is room.
    """

    command: ChangeTable | ImportTable
    position: int
    added: int
    changed: int
    moved: int
    deleted: int
    unchanged: int
    rows: Sequence[Verdict]

    def body(self) -> dict[str, Any]:
        """The plan as JSON."""
        counts = {name: getattr(self, name) for name in ("added", "changed", "moved", "deleted", "unchanged")}
        more = sum(counts.values()) - len(self.rows)
        return {**counts, "position": self.position, "rows": [row.body() for row in self.rows], "more": more}


class Importer:
    """Imports on the editor's sheet; comparing takes its time in a thread, on a copy."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor

    async def plan(self, data: bytes, wanted: Wanted) -> Plan:
        """What importing the file would do; nothing is done. Raises `Refused`."""
        return await self._plan(await asyncio.to_thread(_read, data, wanted), data, wanted)

    async def run(self, data: bytes, wanted: Wanted, caller: Caller, *, key: str | None = None) -> Answer:
        """Import the file: one batch, one step to undo. Raises `Refused`, and what `Editor.submit` raises."""
        theirs = await asyncio.to_thread(_read, data, wanted)
        for left in reversed(range(TRIES)):
            plan = await self._plan(theirs, data, wanted)
            try:
                return await self._editor.submit(plan.command, caller, key=key)
            except Refused as refused:
                if not (left and isinstance(refused.refusal, TableMoved)):
                    raise Refused(_of_a_row(refused.refusal)) from None
        raise AssertionError("unreachable")

    async def _plan(self, theirs: Table, data: bytes, wanted: Wanted) -> Plan:
        base = self._editor.sheet.copy()
        outcome = await asyncio.to_thread(_planned, base, theirs, data, wanted)
        if not isinstance(outcome, Plan):
            raise Refused(outcome)
        return outcome


def _read(data: bytes, wanted: Wanted) -> Table:
    try:
        return records.read_table(data, encoding=wanted.encoding, delimiter=wanted.delimiter)
    except BadTable as bad:
        raise Refused(BadTableRefused(code=bad.code, reason=bad.detail, line=bad.line, byte=bad.byte)) from None


def _of_a_row(refusal: Refusal) -> Refusal:
    """The number of an operation means nothing to somebody who sent a file."""
    return refusal.refusal if isinstance(refusal, OpRefused) else refusal


def _planned(base: Sheet, theirs: Table, data: bytes, wanted: Wanted) -> Plan | Refusal:
    request = f"import {sha256(data).hexdigest()} {wanted}"
    if wanted.mode == "upsert":
        assert wanted.key is not None
        merged = upsert(base, theirs, wanted.key, add_columns=wanted.add_columns)
        return _upsert_plan(base, theirs, merged, request) if isinstance(merged, Upsert) else merged
    if _shares_nothing(base, theirs):
        return _whole_plan(base, theirs, data, wanted, request)
    return _replace_plan(base, theirs, request)


def _change(base: Sheet, ops: tuple[TableOp, ...], request: str) -> ChangeTable:
    return ChangeTable(ops=ops, reason="imported", through_cooldown=True, at_position=base.position, request=request)


def _upsert_plan(base: Sheet, theirs: Table, merged: Upsert, request: str) -> Plan:
    added = sum(match.index is None for match in merged.matches)
    return Plan(
        command=_change(base, merged.ops(), request),
        position=base.position,
        added=added,
        changed=len(merged.matches) - added,
        moved=0,
        deleted=0,
        unchanged=len(merged.unchanged[0]),
        rows=_upsert_verdicts(theirs, merged),
    )


def _upsert_verdicts(theirs: Table, merged: Upsert) -> list[Verdict]:
    changed = [
        _Listed(m.number, "added" if m.index is None else "changed", m.index, m.cells) for m in merged.matches[:LISTED]
    ]
    return _verdicts(theirs, changed, zip(*merged.unchanged, strict=True))


def _replace_plan(base: Sheet, theirs: Table, request: str) -> Plan:
    found = compare(base, theirs)
    moved = sum(row.verdict == "moved" for row in found.rows)
    return Plan(
        command=_change(base, found.ops, request),
        position=base.position,
        added=found.added,
        changed=found.changed,
        moved=moved,
        deleted=found.deleted,
        unchanged=base.total - found.changed - moved - found.deleted,
        rows=_replace_verdicts(base, theirs, found),
    )


def _replace_verdicts(base: Sheet, theirs: Table, found: Difference) -> list[Verdict]:
    rows = found.rows[:LISTED]
    gone = [Verdict(verdict="deleted", index=r.index, line=None, cells=r.cells) for r in rows if r.number is None]
    changed = [_Listed(r.number, r.verdict, r.index, r.cells) for r in rows if r.number is not None]
    numbers, indexes = {r.number for r in found.rows}, {r.index for r in found.rows}
    # Rows that neither changed nor moved stand in the same order on both sides.
    same = zip(
        (number for number in range(len(theirs.lengths)) if number not in numbers),
        (index for index in base.indexes() if index not in indexes),
        strict=True,
    )
    return [*gone, *_verdicts(theirs, changed, same, LISTED - len(gone))]


@dataclass(frozen=True, slots=True)
class _Listed:
    """A row of the file that is listed, before its line is known."""

    number: int
    verdict: Literal["added", "changed", "moved", "deleted", "unchanged"]
    index: int | None
    cells: Cells


def _verdicts(
    theirs: Table, changed: list[_Listed], unchanged: Iterator[tuple[int, int]], room: int = LISTED
) -> list[Verdict]:
    same = (_Listed(number, "unchanged", index, {}) for number, index in unchanged)
    listed = sorted([*changed, *islice(same, room - len(changed))], key=lambda row: row.number)
    lines = theirs.lines(row.number for row in listed)
    return [
        Verdict(verdict=row.verdict, index=row.index, line=line, cells=row.cells)
        for row, line in zip(listed, lines, strict=True)
    ]


def _shares_nothing(base: Sheet, theirs: Table) -> bool:
    """Whether a large file has nothing of the table, as far as a quick look tells: then it is taken in whole."""
    rows = len(theirs.lengths)
    if rows <= ROW_BY_ROW:
        return False
    if base.ordinals.keys().isdisjoint(theirs.columns):
        return True
    return base.total * 10 <= rows and {row.record for _, row in base.rows()}.isdisjoint(theirs.records())


def _whole_plan(base: Sheet, theirs: Table, data: bytes, wanted: Wanted, request: str) -> Plan:
    return Plan(
        command=ImportTable(
            data=data,
            blob=sha256(data).digest(),
            delimiter=wanted.delimiter,
            encoding=wanted.encoding,
            table=theirs,
            reason="imported",
            at_position=base.position,
            request=request,
        ),
        position=base.position,
        added=len(theirs.lengths),
        changed=0,
        moved=0,
        deleted=base.total,
        unchanged=0,
        rows=list(islice(_whole_verdicts(base, theirs), LISTED)),
    )


def _whole_verdicts(base: Sheet, theirs: Table) -> Iterator[Verdict]:
    for index, row in base.rows():
        texts = zip(base.columns, base.cells(row.record), strict=True)
        cells: Cells = {column: (text, None) for column, text in texts}
        yield Verdict(verdict="deleted", index=index, line=None, cells=cells)
    for line, record in zip(theirs.lines(range(len(theirs.lengths))), theirs.records(), strict=True):
        texts = zip(theirs.columns, records.cells(record, theirs.dialect, len(theirs.columns)), strict=True)
        yield Verdict(verdict="added", index=None, line=line, cells={column: (None, text) for column, text in texts})
