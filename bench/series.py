"""24 hours of numbers, one a second, as a plot over HTTP, against a bare route that has the answer."""

import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench import figures, servers
from bench.reads import Reader

SIZES = (3_600, 21_600, 86_400)
ROUNDS = 15
POINTS = 500


def of_size(count: int) -> tuple[list[float], list[float]]:
    """The bare route's and our seconds for a plot of so many numbers, round by round."""
    with tempfile.TemporaryDirectory() as name, servers.rowlock(Path(name)) as port:
        fill(Path(name) / "data" / "rowlock.db", count)
        path = f"/api/numbers/series?points={POINTS}"
        reader = Reader(port, servers.login(port, "bench"))
        (Path(name) / "answer").write_bytes(reader.ask(path))
        with servers.bare(Path(name) / "answer") as bare:
            yardstick = Reader(bare, "")
            runs = [(seconds(yardstick, "/api/fetch_csv"), seconds(reader, path)) for _ in range(ROUNDS)]
    return [one for one, _ in runs], [other for _, other in runs]


def fill(database: Path, count: int) -> None:
    """Numbers for the last so many seconds."""
    now = int(time.time())
    connection = sqlite3.connect(database, timeout=30)
    with connection:
        rows = ((1000 * (now - second), second * 7919 % 10_000 / 100) for second in range(1, count))
        connection.executemany("INSERT OR IGNORE INTO number (timestamp, value) VALUES (?, ?)", rows)
        connection.execute(
            "INSERT OR REPLACE INTO number_minute (timestamp, count, min, max, mean) SELECT timestamp / 60000 * 60000,"
            " count(*), min(value), max(value), avg(value) FROM number GROUP BY timestamp / 60000"
        )
    connection.close()


def seconds(reader: Reader, path: str) -> float:
    """How long one answer took."""
    began = time.perf_counter()
    reader.ask(path)
    return time.perf_counter() - began


def report() -> Iterator[str]:
    """The lines of the table."""
    yield f"Numbers, one a second, as a plot of {POINTS} points, HTTP, 1 client, {ROUNDS} interleaved rounds"
    yield figures.line("", "ms", "to bare", "spread", "slowest ms")
    costs = {}
    for count in SIZES:
        bare, ours = of_size(count)
        costs[count] = ours
        yield figures.line(
            f"{count / 3600:.0f} hours", figures.ms(ours), *figures.ratio(ours, bare), figures.ms([max(ours)])
        )
    yield figures.growth(costs)
