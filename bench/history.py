"""What a long history costs: edits on journals of three lengths, in turn, and the bytes that an event takes."""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from bench import figures, servers
from bench.edits import CLIENTS, MANY, on
from bench.replay import write_journal
from rowlock.service.queries import folded
from rowlock.service.snapshots import Snapshots
from rowlock.store.database import Database, migrate
from rowlock.store.journal import SqlJournal

ROWS = 10_000
EVENTS = (1, 100_000, 1_000_000)
ROUNDS = 8


def report() -> Iterator[str]:
    """The lines of the table."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        sizes = {events: prepare(folder / str(events), events) for events in EVENTS}
        ports = {events: stack.enter_context(servers.rowlock(folder / str(events))) for events in EVENTS}
        runs = {}
        for events, port in ports.items():
            tokens = [servers.login(port, f"bench{number}") for number in range(MANY)]
            runs[events] = on(port, ROWS, tokens)
        # Forth and back in turn: what one leaves for the disk is done in the next one's round.
        orders = [EVENTS if number % 2 else EVENTS[::-1] for number in range(ROUNDS)]
        found = [{events: runs[events]() for events in order} for order in orders]
    yield f"Edits on {ROWS:,} rows after a long history, {CLIENTS} clients, {ROUNDS} interleaved rounds"
    yield figures.line("", "edits/s", "p99 ms", "to none", "spread", "bytes/event")
    rates = {events: [measured[events].rate for measured in found] for events in EVENTS}
    for events in EVENTS:
        end = median([measured[events].quantile(0.99) for measured in found])
        size = "" if events == 1 else f"{(sizes[events] - sizes[1]) / events:,.0f}"
        cells = (f"{median(rates[events]):,.0f}", f"{end:.2f}", *figures.ratio(rates[events], rates[1]), size)
        yield figures.line("after the import" if events == 1 else f"after {events:,} events", *cells)
    costs = {events: [1 / rate for rate in rates[events]] for events in EVENTS}
    yield f"The cost of an edit {figures.growth(costs)}"


def prepare(folder: Path, events: int) -> int:
    """A folder of a server with a journal of so many events; the bytes of its database."""
    (folder / "data").mkdir(parents=True)
    path = folder / "data" / "rowlock.db"
    migrate(f"sqlite:///{path}")
    database = Database(f"sqlite:///{path}")
    write_journal(database, folder, ROWS, events)
    size = path.stat().st_size
    journal = SqlJournal(database)
    sheet = folded(journal)
    asyncio.run(Snapshots(sheet, journal.snapshots).take())
    (folder / "data" / "backend_table.csv").write_bytes(b"".join(sheet.file_parts()))
    database.close()
    return size
