"""The table as it was: any moment of a journal, from the nearest snapshot, as a running server leaves them."""

import asyncio
import gc
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench import figures
from bench.replay import write_journal
from bench.start import OVER
from rowlock import garbage
from rowlock.core.sheet import BLOCK_ROWS, Sheet
from rowlock.service.queries import folded
from rowlock.service.snapshots import EVENTS_A_PAGE, EVERY, Snapshots, kept
from rowlock.store.database import Database, migrate
from rowlock.store.journal import SqlJournal

EVENTS = 300_000
SIZES = (10_000, 100_000, 1_000_000)
MOMENTS = 9


def take_snapshots(journal: SqlJournal, rows: int) -> None:
    """Those that a running server would have left behind."""
    step = max(EVERY, EVENTS_A_PAGE * rows // BLOCK_ROWS)
    sheet = Sheet()
    for position in sorted(kept(range(step, EVENTS + 1, step))):
        for _ in journal.replay(sheet, position, check=False):
            pass
        sheet.forget_cooling(OVER)
        asyncio.run(Snapshots(sheet, journal.snapshots).take())


def seconds(journal: SqlJournal, position: int) -> float:
    """How long it takes to fold the table at a position."""
    gc.collect()
    began = time.perf_counter()
    if folded(journal, position).position != position:
        raise RuntimeError("another moment was folded")
    return time.perf_counter() - began


def of_size(rows: int) -> list[float]:
    """Seconds to go to each of some moments anywhere."""
    with tempfile.TemporaryDirectory() as name:
        url = f"sqlite:///{Path(name) / 'bench.db'}"
        migrate(url)
        database = Database(url)
        write_journal(database, Path(name), rows, EVENTS)
        journal = SqlJournal(database)
        take_snapshots(journal, rows)
        chance = random.Random(11)
        found = [seconds(journal, chance.randrange(1, EVENTS)) for _ in range(MOMENTS)]
        database.close()
        return found


def report() -> Iterator[str]:
    """The lines of the table."""
    garbage.relax()  # as the server and the tools do
    yield f"The table at {MOMENTS} moments anywhere in {EVENTS:,} events, from the nearest snapshot"
    yield figures.line("", "ms", "least", "most")
    costs = {}
    for rows in SIZES:
        costs[rows] = found = of_size(rows)
        yield figures.line(
            f"{rows:,} rows", *(figures.ms([each], 0) for each in (median(found), min(found), max(found)))
        )
    yield figures.growth(costs)
