"""Replaying a million events on 100,000 rows, the hash chain checked, against only reading their rows from SQLite."""

import gc
import random
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from statistics import median

from bench import figures, servers
from rowlock import garbage
from rowlock.core.events import Event, Fact, RowUpdated, TableImported
from rowlock.core.records import read_table
from rowlock.service.queries import folded
from rowlock.store import row_events
from rowlock.store.database import Database, migrate
from rowlock.store.journal import SqlJournal, SqlTransaction

ROWS = 100_000
EVENTS = 1_000_000
SIZES = (10_000, 100_000, EVENTS)
ROUNDS = 5
LABELS = ("reading the rows", "chain checked", "chain not checked")
CHUNK = 10_000
COOLDOWN = 15_000_000


def write_journal(database: Database, folder: Path, rows: int = ROWS, events: int = EVENTS) -> None:
    """A table of so many rows and so many events, all but the first the change of one cell."""
    servers.write_table(folder / "bench.csv", rows)
    data = (folder / "bench.csv").read_bytes()
    texts = [cells.split(b",")[4].decode() for cells in data.splitlines()[1:]]
    table = read_table(data)
    imported = TableImported(
        blob=sha256(data).digest(),
        data=data,
        delimiter=table.dialect.delimiter,
        encoding=table.dialect.encoding,
        columns=table.columns,
        rows=rows,
    )
    _append(database, [_event(1, imported)])
    chance = random.Random(7)
    for start in range(2, events + 1, CHUNK):
        _append(database, [_edit(position, chance, texts) for position in range(start, min(start + CHUNK, events + 1))])
    _index(database)


def _index(database: Database) -> None:
    """What a server does a little at a time."""
    while lot := database.read_now(row_events.next_lot):
        while lot:
            lot = database.write_now(partial(row_events.take_in, lot=lot, most=CHUNK))


def _edit(position: int, chance: random.Random, texts: list[str]) -> Event:
    index, text = chance.randrange(len(texts)), f"{chance.uniform(-999, 999):.2f}"
    old, texts[index] = texts[index], text
    return _event(position, RowUpdated(index=index, cells={"pnl": (old, text)}, until=position + COOLDOWN))


def _event(position: int, fact: Fact) -> Event:
    return Event(position=position, at=position, actor="bench", fact=fact, session="s" * 22)


def _append(database: Database, events: list[Event]) -> None:
    def job(transaction: SqlTransaction) -> None:
        transaction.append(events, transaction.head())

    database.write_now(lambda connection: job(SqlTransaction(connection)))


def of_rowlock(journal: SqlJournal, events: int, *, check: bool) -> float:
    """Seconds to fold every event, from the first."""
    gc.collect()
    began = time.perf_counter()
    sheet = folded(journal, check=check)
    seconds = time.perf_counter() - began
    if sheet.position != events:
        raise RuntimeError("not every event was folded")
    return seconds


def of_reading(path: Path) -> float:
    """Seconds to read the rows and do nothing with them."""
    connection = sqlite3.connect(path)
    began = time.perf_counter()
    for _ in connection.execute("SELECT * FROM event ORDER BY position"):
        pass
    seconds = time.perf_counter() - began
    connection.close()
    return seconds


def measured(events: int) -> list[tuple[float, ...]]:
    """Seconds of each of `LABELS` in each round."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "bench.db"
        migrate(f"sqlite:///{path}")
        database = Database(f"sqlite:///{path}")
        write_journal(database, Path(name), events=events)
        journal = SqlJournal(database)
        runs: list[tuple[float, ...]] = [
            (
                of_reading(path),
                of_rowlock(journal, events, check=True),
                of_rowlock(journal, events, check=False),
            )
            for _ in range(ROUNDS)
        ]
        database.close()
    return runs


def report() -> Iterator[str]:
    """The lines of the table."""
    garbage.relax()  # as the server and the tools do
    yield f"Replay on {ROWS:,} rows, {ROUNDS} interleaved rounds"
    yield figures.line("", "seconds", "events/s", "to reading", "spread")
    costs = {}
    for events in SIZES:
        runs = list(zip(*measured(events), strict=True))
        costs[events] = runs[2]
        for label, seconds in zip(LABELS, runs, strict=True):
            rate = f"{events / median(seconds):,.0f}"
            spread = figures.ratio(seconds, runs[0])
            yield figures.line(f"{label}, {events:,} events", f"{median(seconds):.2f}", rate, *spread)
    yield figures.growth(costs)
