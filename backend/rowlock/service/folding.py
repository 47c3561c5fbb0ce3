"""Brings the sheet forward without holding up its readers, however much has happened."""

import asyncio
from collections.abc import Sequence

from rowlock.core.draft import Draft
from rowlock.core.events import TableImported
from rowlock.core.evolve import evolve
from rowlock.core.sheet import Sheet
from rowlock.service.ports import Entry

# So many events, or changes of the rows' order, are folded in the event loop itself: some 20 ms.
AT_ONCE = 1_000
# So many updates of a draft are laid on the sheet in as long. A copy would hold up the loop no less: the blocks of as
# many rows would have to be joined for it.
LAID_AT_ONCE = 10_000


async def fold(sheet: Sheet, entries: Sequence[Entry], draft: Draft | None = None) -> None:
    """Fold the entries into the sheet, in one step for everybody who reads it in this event loop.

    `draft`: a draft over the sheet in which they have happened already, if there is one. Many, or a whole table, are
    folded into a copy in a thread; meanwhile the sheet stays readable as it was.
    """
    if _quick(entries, draft):
        _fold(sheet, entries, draft)
        return
    copy = sheet.copy()
    await asyncio.to_thread(_fold, copy, entries, draft)
    sheet.become(copy)


async def settle(sheet: Sheet) -> None:
    """Join the records that changed, before all of the sheet is looked at; others have their turn in between.

    Where thousands of rows have changed it takes 30 to 100 ms.
    """
    for _ in sheet.settle():
        await asyncio.sleep(0)


def _quick(entries: Sequence[Entry], draft: Draft | None) -> bool:
    if draft is not None:
        return draft.steps <= AT_ONCE and len(entries) <= LAID_AT_ONCE
    return len(entries) <= AT_ONCE and not any(isinstance(entry.event.fact, TableImported) for entry in entries)


def _fold(sheet: Sheet, entries: Sequence[Entry], draft: Draft | None) -> None:
    if draft is not None:
        draft.lay_on(sheet)
        return
    for entry in entries:
        evolve(sheet, entry.event)
