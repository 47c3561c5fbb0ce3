"""How far the file is behind the journal while rows are edited, and what keeping it up to date costs the edits."""

import os
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from bench import edits, figures, load, servers
from bench.reads import Reader

SIZES = (10_000, 100_000, 1_000_000)
EDITS_A_SECOND = 100
SECONDS = 5.0
RATE_SECONDS = 1.0
# As in `edits`: several writes of a large file must fall into a round.
LARGE_RATE_SECONDS = 3.4
WRITERS = 50
ROUNDS = 5
# An edit is answered once the file has it.
WAIT = {"Prefer": "wait=materialized"}


def until_in_file(port: int, rows: int) -> list[float]:
    """Seconds from each edit to the answer that the file has it, `EDITS_A_SECOND` of them begun each second."""
    token, found = servers.login(port, "behind"), list[float]()
    began = time.perf_counter() + 0.2

    def run(first: int) -> None:
        writer = Reader(port, token)
        for number in range(first, int(EDITS_A_SECOND * SECONDS), WRITERS):
            time.sleep(max(0.0, began + number / EDITS_A_SECOND - time.perf_counter()))
            sent = time.perf_counter()
            writer.ask(f"/api/update_csv/{number * 7919 % rows}", "PUT", b'{"pnl":"%d"}' % time.time_ns(), WAIT)
            found.append(time.perf_counter() - sent)

    threads = [threading.Thread(target=run, args=(first,)) for first in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(found) < int(EDITS_A_SECOND * SECONDS):
        raise RuntimeError("not every edit was answered")
    return found


def costs(port: int, rows: int, lock: FileLock) -> tuple[list[float], list[float]]:
    """Seconds an edit, while the file is written and while somebody holds its lock, so that it is not; in turn."""
    tokens = [servers.login(port, f"bench{number}") for number in range(edits.CLIENTS)]
    seconds = LARGE_RATE_SECONDS if rows == edits.LARGE else RATE_SECONDS

    def cost() -> float:
        found = load.run(port, edits.CLIENTS, seconds, lambda number: edits.edits(number, rows, tokens[number]))
        return 1 / found.rate

    written, unwritten = [], []
    for _ in range(ROUNDS):
        written.append(cost())
        with lock:
            unwritten.append(cost())
    return written, unwritten


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Seconds: behind for each edit, right after the start and then; an edit while the file is written and is not."""

    first: list[float]
    then: list[float]
    written: list[float]
    unwritten: list[float]


def of_size(rows: int) -> Found:
    """What is found for a table of so many rows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = folder / "data" / "backend_table.csv"
        table.parent.mkdir()
        servers.write_table(table, rows)
        with servers.rowlock(folder) as port:
            os.sync()  # what the table's making and its import left for the disk is not of a server's every day
            first, then = until_in_file(port, rows), until_in_file(port, rows)
            written, unwritten = costs(port, rows, FileLock(f"{table}.lock"))
    return Found(first=first, then=then, written=written, unwritten=unwritten)


def report() -> Iterator[str]:
    """The lines of the table."""
    yield f"The file behind the journal, {EDITS_A_SECOND} edits/s; edits/s to those while it is not written"
    yield figures.line("", "p50 ms", "p99 ms", "most ms", "edits/s", "spread", "p99, first 5 s")
    behind = {}
    for rows in SIZES:
        found = of_size(rows)
        behind[rows] = found.then
        times = (found.then, [figures.quantile(found.then, 0.99)], [max(found.then)])
        rates = figures.ratio(found.unwritten, found.written)
        cold = figures.ms([figures.quantile(found.first, 0.99)], 0)
        yield figures.line(f"{rows:,} rows", *(figures.ms(each, 0) for each in times), *rates, cold)
    yield figures.growth(behind)
