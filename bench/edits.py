"""Single-row edits over HTTP: acknowledged ones a second, on tables of three sizes, against the yardstick."""

import random
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench import load, servers
from bench.load import Figures

CLIENTS = 16
SECONDS = 4.0
ROUNDS = 3
SIZES = (1_000, 100_000, 1_000_000)


def edits(number: int, rows: int, token: str = "") -> Iterator[bytes]:
    """Endless edits of random rows that no other client edits, so that nobody waits for a cooldown."""
    chance = random.Random(number)
    while True:
        row = chance.randrange(number, rows, CLIENTS)
        yield load.request("PUT", f"/api/update_csv/{row}", b'{"pnl":"%.2f"}' % chance.uniform(-999, 999), token)


def of_rowlock(rows: int) -> Figures:
    """Rowlock with login, leases, journal FULL, hash chain, file, backups and push on."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "data").mkdir()
        servers.write_table(folder / "data" / "backend_table.csv", rows)
        with servers.rowlock(folder) as port:
            tokens = [servers.login(port, f"bench{number}") for number in range(CLIENTS)]
            return load.run(port, CLIENTS, SECONDS, lambda number: edits(number, rows, tokens[number]))


def of_floor() -> Figures:
    """The yardstick."""
    with tempfile.TemporaryDirectory() as name, servers.floor(Path(name)) as port:
        return load.run(port, CLIENTS, SECONDS, lambda number: edits(number, 1_000))


def report() -> Iterator[str]:
    """The lines of the table; rounds of yardstick and Rowlock in turn, medians, ratios within a round."""
    yield f"Single-row edits, HTTP, {CLIENTS} clients, {SECONDS:.0f} s a run, medians of {ROUNDS} interleaved rounds"
    yield f"{'':>28}{'edits/s':>9}{'p50 ms':>8}{'p99 ms':>8}{'to yardstick':>14}{'spread':>14}{'refused':>9}"
    runs: dict[str, list[Figures]] = {"yardstick (FastAPI + SQLite)": []}
    for _ in range(ROUNDS):
        runs["yardstick (FastAPI + SQLite)"].append(of_floor())
        for rows in SIZES:
            runs.setdefault(f"Rowlock, {rows:,} rows", []).append(of_rowlock(rows))
    floor = [figures.rate for figures in runs["yardstick (FastAPI + SQLite)"]]
    for name, found in runs.items():
        ratios = [figures.rate / base for figures, base in zip(found, floor, strict=True)]
        yield (
            f"{name:>28}{_median([f.rate for f in found]):>9.0f}{_median([f.quantile(0.5) for f in found]):>8.2f}"
            f"{_median([f.quantile(0.99) for f in found]):>8.2f}{_median(ratios):>13.2f}x"
            f"{min(ratios):>8.2f}-{max(ratios):<5.2f}{sum(f.refused for f in found):>9}"
        )


def _median(values: list[float]) -> float:
    return statistics.median(values)
