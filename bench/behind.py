"""How far the file is behind the journal while rows are edited, and what keeping it up to date costs the edits."""

import os
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench import edits, figures, load, servers
from bench.reads import Reader

SIZES = (10_000, 100_000, 1_000_000)
EDITS_A_SECOND = 100
SECONDS = 5.0
RATE_SECONDS = 3.0
WRITERS = 50
ROUNDS = 3
# An edit is answered once the file has it.
WAIT = {"Prefer": "wait=materialized"}
# As seldom as it may be.
SELDOM = ("--publish-seconds", "1")


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


def rate(port: int, rows: int) -> float:
    """Seconds an edit, without waiting for the file."""
    tokens = [servers.login(port, f"bench{number}") for number in range(edits.CLIENTS)]
    found = load.run(port, edits.CLIENTS, RATE_SECONDS, lambda number: edits.edits(number, rows, tokens[number]))
    return 1 / found.rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Seconds: behind for each edit, right after the start and then; an edit with publishing and with hardly any."""

    first: list[float]
    then: list[float]
    publishing: list[float]
    resting: list[float]


def of_size(rows: int) -> Found:
    """What is found for a table of so many rows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "data").mkdir()
        servers.write_table(folder / "data" / "backend_table.csv", rows)
        with servers.rowlock(folder) as port:
            os.sync()  # what the table's making and its import left for the disk is not of a server's every day
            first, then = until_in_file(port, rows), until_in_file(port, rows)
        publishing, resting = [], []
        for _ in range(ROUNDS):
            with servers.rowlock_process(folder, *SELDOM) as (port, _):
                resting.append(rate(port, rows))
            with servers.rowlock(folder) as port:
                publishing.append(rate(port, rows))
    return Found(first=first, then=then, publishing=publishing, resting=resting)


def report() -> Iterator[str]:
    """The lines of the table."""
    yield f"The file behind the journal, {EDITS_A_SECOND} edits/s; edits/s to those with one write a second"
    yield figures.line("", "p50 ms", "p99 ms", "most ms", "edits/s", "spread", "p99, first 5 s")
    costs = {}
    for rows in SIZES:
        found = of_size(rows)
        costs[rows] = found.then
        behind = (found.then, [figures.quantile(found.then, 0.99)], [max(found.then)])
        kept = figures.ratio(found.resting, found.publishing)
        cold = figures.ms([figures.quantile(found.first, 0.99)], 0)
        yield figures.line(f"{rows:,} rows", *(figures.ms(each, 0) for each in behind), *kept, cold)
    yield figures.growth(costs)
