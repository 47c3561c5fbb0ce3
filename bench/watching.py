"""A thousand watchers of a table that is edited: until the last has an edit, many cells a second, all lost at once."""

import math
import random
import statistics
import tempfile
import time
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson

from bench import figures, load, servers
from bench.pace import Sent, paced
from bench.watchers import Watchers, watchers

WATCHERS = 1_000
ROWS = 100_000
ROUNDS = 5
SECONDS = 3.0
EDITS = 100
LONE, LONE_EDITS = 8, 6
BATCHES, BATCH_ROWS, CELLS = 20, 72, 7
AWAY_SECONDS = 0.5
SETTLE_SECONDS = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Many:
    """Many cells a second: how many, processors used, bytes a second and watcher, delays, the share that all have."""

    cells: float
    server: float
    crowd: float
    taken: float
    late: list[float]
    share: float


def edits(token: str) -> Iterator[bytes]:
    """Endless edits of one cell; other ones each time, since a change to what is there already is none."""
    chance = random.Random()
    while True:
        path = f"/api/update_csv/{chance.randrange(ROWS)}"
        yield load.request("PUT", path, b'{"pnl":"%.2f"}' % chance.uniform(-999, 999), token)


def batches(token: str) -> Iterator[bytes]:
    """Endless changes of every cell of some rows."""
    chance = random.Random()
    names = servers.COLUMNS.split(",")
    while True:
        rows = chance.sample(range(ROWS), BATCH_ROWS)
        cells = ({name: f"{chance.random():.4f}" for name in names} for _ in rows)
        ops = [{"op": "update", "index": row, "cells": each} for row, each in zip(rows, cells, strict=True)]
        yield load.request("POST", "/api/batch_csv", orjson.dumps({"ops": ops}), token)


def delays(crowd: Watchers, sent: list[Sent]) -> list[float]:
    """Seconds from when each edit was due until the last watcher had it; without those that some never had."""
    heard = sorted((upto, last) for _, upto, _, last, count in crowd.ask("report") if count == WATCHERS)
    upto = [each for each, _ in heard]
    found = ((each, bisect_left(upto, each.position)) for each in sent)
    return [heard[place][1] - each.due for each, place in found if place < len(heard)]


def steady(port: int, token: str, crowd: Watchers) -> tuple[list[float], list[float]]:
    """At a hundred edits a second: seconds until answered, until the last watcher has it."""
    crowd.ask("report")
    with paced(port, EDITS, edits, token) as running:
        time.sleep(SECONDS)
        sent = running.end()
    time.sleep(SETTLE_SECONDS)
    return [each.answered - each.due for each in sent], delays(crowd, sent)


def lone(port: int, token: str, crowd: Watchers) -> list[float]:
    """An edit after quiet: seconds until the last watcher has it."""
    crowd.ask("report")
    with paced(port, LONE, edits, token) as running:
        time.sleep(LONE_EDITS / LONE)
        sent = running.end()
    time.sleep(SETTLE_SECONDS)
    return delays(crowd, sent)


def alone(port: int, token: str, pid: int) -> float:
    """The share of a processor that many cells a second take while nobody watches."""
    with paced(port, BATCHES, batches, token) as running:
        time.sleep(1)
        used, began = servers.processor_seconds(pid), time.perf_counter()
        time.sleep(SECONDS)
        used, seconds = servers.processor_seconds(pid) - used, time.perf_counter() - began
        running.end()
    return used / seconds


def many(port: int, token: str, pid: int, crowd: Watchers) -> Many:
    """Many cells a second, to all watchers."""
    with paced(port, BATCHES, batches, token) as running:
        time.sleep(1)
        crowd.ask("report")
        began = time.perf_counter()
        before = servers.processor_seconds(pid), crowd.ask("used"), crowd.ask("taken")
        time.sleep(SECONDS)
        after = servers.processor_seconds(pid), crowd.ask("used"), crowd.ask("taken")
        ended = time.perf_counter()
        sent = [each for each in running.end() if began <= each.due < ended]
    time.sleep(2 * SETTLE_SECONDS)
    late = delays(crowd, sent)
    server, heard, taken = ((then - now) / (ended - began) for now, then in zip(before, after, strict=True))
    return Many(
        cells=len(sent) * BATCH_ROWS * CELLS / (ended - began),
        server=server,
        crowd=heard,
        taken=taken / WATCHERS,
        late=late,
        share=len(late) / len(sent),
    )


def storm(port: int, token: str, crowd: Watchers) -> tuple[float, list[float]]:
    """All watchers lost and back at once: seconds until all are in step, until each edit meanwhile was answered."""
    with paced(port, EDITS, edits, token) as running:
        time.sleep(1)
        began = time.perf_counter()
        crowd.ask("leave")
        time.sleep(AWAY_SECONDS)
        seconds = crowd.ask("come_back", servers.position(port, token))
        ended = time.perf_counter()
        sent = running.end()
    return seconds, [each.answered - each.due for each in sent if began <= each.due <= ended]


def report() -> Iterator[str]:
    """The lines of the table."""
    yield f"{WATCHERS:,} watchers of {ROWS:,} rows, medians of {ROUNDS} rounds"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "data").mkdir()
        servers.write_table(folder / "data" / "backend_table.csv", ROWS)
        with servers.rowlock_process(folder, "--sockets-per-user", str(2 * WATCHERS)) as (port, pid):
            token = servers.login(port, "bench")
            with watchers(port, WATCHERS, {"token": token}) as crowd:
                yield from _edited(port, token, crowd)
                runs = [many(port, token, pid, crowd) for _ in range(ROUNDS)]
            yield from _many(runs, alone(port, token, pid))


def _edited(port: int, token: str, crowd: Watchers) -> Iterator[str]:
    calm, storms, first = [], [], []
    for _ in range(ROUNDS):
        first.append(lone(port, token, crowd))
        calm.append(steady(port, token, crowd))
        storms.append(storm(port, token, crowd))
    answered = [figures.quantile(each, 0.99) for each, _ in calm]
    in_storm = [figures.quantile(each, 0.99) for _, each in storms]
    yield figures.line("", "p50 ms", "p99 ms", "ratio", "spread")
    yield figures.line("edit after quiet, to the last", *_p50_p99(first))
    yield figures.line(f"edit at {EDITS} a second, to the last", *_p50_p99([each for _, each in calm]))
    yield figures.line("the same, until answered", *_p50_p99([each for each, _ in calm]))
    times = _p50_p99([each for _, each in storms])
    yield figures.line("the same, while all come back", *times, *figures.ratio(in_storm, answered))
    yield figures.line("all back and in step, seconds", f"{statistics.median(seconds for seconds, _ in storms):.2f}")


def _many(runs: list[Many], without: float) -> Iterator[str]:
    cells, taken, share = (statistics.median(column) for column in zip(*_rates(runs), strict=True))
    yield f"{cells:,.0f} cells/s in {BATCHES} batches/s, {taken / 1000:,.0f} kB/s a watcher, {share:.0%} have all"
    yield figures.line("", "p50 ms", "p99 ms")
    yield figures.line("batch, to the last", *_p50_p99([each.late or [math.nan] for each in runs]))
    yield figures.line("", "of a core", "spread")
    for name, shares in (("server", [each.server for each in runs]), ("watchers", [each.crowd for each in runs])):
        spread = f"{min(shares):.2f}-{max(shares):.2f}"
        yield figures.line(name, f"{statistics.median(shares):.2f}", spread)
    yield figures.line("server without watchers", f"{without:.2f}")


def _rates(runs: list[Many]) -> list[tuple[float, float, float]]:
    return [(each.cells, each.taken, each.share) for each in runs]


def _p50_p99(rounds: list[list[float]]) -> tuple[str, str]:
    p50, p99 = ([figures.quantile(each, share) for each in rounds] for share in (0.5, 0.99))
    return figures.ms(p50), figures.ms(p99)
