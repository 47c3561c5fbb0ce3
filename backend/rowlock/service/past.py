"""Looks at what lies between two moments: what differs, and who last set each cell."""

import asyncio
from dataclasses import dataclass

from rowlock.core.blame import Blame, Setter
from rowlock.core.differences import Differences, differences
from rowlock.core.lineage import kept_columns
from rowlock.core.refusals import RowDeleted, RowNotFound, UnknownColumn
from rowlock.core.sheet import RowColumns, Sheet
from rowlock.service.editor import Refused
from rowlock.service.ports import Journal
from rowlock.service.queries import Queries


async def differences_between(journal: Journal, queries: Queries, begin: int, end: int) -> Differences:
    """What turns the table at one position into the table at the other, which may be the earlier one."""
    old, new = [(await queries.sheet_at(position)).copy() for position in (begin, end)]
    return await asyncio.to_thread(compared, journal, old, new)


def compared(journal: Journal, old: Sheet, new: Sheet) -> Differences:
    """`differences` of two moments of one journal. It blocks."""
    first, last = sorted((old, new), key=lambda sheet: sheet.position)
    between = (entry.event for entry in journal.about(None, first.position, last.position))
    kept = kept_columns(first.columns, between)
    if first is not old:
        kept = {now: was for was, now in kept.items()}
    return differences(old, new, kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blamed:
    """Who last set each of the cells in `columns`, of some rows, up to `position`; `total` rows are there."""

    position: int
    columns: tuple[str, ...]
    rows: list[tuple[int, list[str], list[Setter]]]
    total: int


async def blamed(
    journal: Journal, sheet: Sheet, *, index: int | None, column: str | None, offset: int = 0, limit: int = 1000
) -> Blamed:
    """Who last set the cells of a row, or of `limit` rows from number `offset` on; of one column, or of all.

    Raises `Refused`: no such row or column.
    """
    if column is not None and column not in sheet.ordinals:
        raise Refused(UnknownColumn(column=column, columns=sheet.columns))
    rows = sheet.window(offset, limit) if index is None else _row(sheet, index)
    columns = sheet.columns if column is None else (column,)
    texts = [dict(zip(sheet.columns, sheet.cells(record), strict=True)) for record in rows.records]
    position, total = sheet.position, sheet.total if index is None else 1
    blame = await asyncio.to_thread(_blame, journal, index, position)
    found = [
        (number, [cells[name] for name in columns], blame.of(number, columns))
        for number, cells in zip(rows.indexes, texts, strict=True)
    ]
    return Blamed(position=position, columns=columns, rows=found, total=total)


def _row(sheet: Sheet, index: int) -> RowColumns:
    if sheet.row(index) is None:
        raise Refused(RowDeleted(index=index) if 0 <= index < sheet.next_index else RowNotFound(index=index))
    return sheet.picked([index])


def _blame(journal: Journal, index: int | None, position: int) -> Blame:
    """Of one row only what is about it is read; of the table, everything."""
    blame = Blame()
    for entry in journal.entries(0, position) if index is None else journal.about(index, 0, position):
        blame.take(entry.event)
    return blame
