"""Brings the sheet forward without holding up its readers, however much has happened."""

import asyncio
from collections.abc import Sequence

from rowlock.core.draft import Draft
from rowlock.core.events import TableImported
from rowlock.core.evolve import evolve
from rowlock.core.sheet import Sheet
from rowlock.service.ports import Entry

# As much as is folded in the event loop itself: some 20 ms.
AT_ONCE = 1_000


async def fold(sheet: Sheet, entries: Sequence[Entry], draft: Draft | None = None) -> None:
    """Fold the entries into the sheet, in one step for everybody who reads it in this event loop.

    `draft`: a draft over the sheet in which they have happened already, if there is one. Many, or a whole table, are
    folded into a copy in a thread; meanwhile the sheet stays readable as it was.
    """
    if len(entries) <= AT_ONCE and not any(isinstance(entry.event.fact, TableImported) for entry in entries):
        _fold(sheet, entries, draft)
        return
    copy = sheet.copy()
    await asyncio.to_thread(_fold, copy, entries, draft)
    sheet.become(copy)


def _fold(sheet: Sheet, entries: Sequence[Entry], draft: Draft | None) -> None:
    if draft is not None:
        draft.lay_on(sheet)
        return
    for entry in entries:
        evolve(sheet, entry.event)
