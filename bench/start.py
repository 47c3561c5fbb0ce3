"""Starting on many rows and events: until the first window is there, its memory, and a full collection of garbage."""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench import figures, servers
from bench.reads import Reader
from bench.replay import write_journal
from rowlock.core.sheet import BLOCK_ROWS
from rowlock.service.materializer import MARK
from rowlock.service.queries import folded
from rowlock.service.snapshots import EVENTS_A_PAGE, EVERY, Snapshots
from rowlock.store.database import Database, migrate
from rowlock.store.journal import SqlJournal

SIZES = (10_000, 100_000, 1_000_000)
ROUNDS = 5
# A running server forgets cooldowns as soon as they are over.
OVER = 2**60
# What anybody pays who starts a server of these libraries.
LIBRARIES = "import fastapi, socketio, sqlmodel, uvicorn, alembic.command, apscheduler.schedulers.asyncio"
COLLECTING = """
import gc, sys, time
import rowlock.main
from rowlock.service.queries import folded
from rowlock.store.database import Database
from rowlock.store.journal import SqlJournal
gc.collect()
gc.freeze()
sheet = folded(SqlJournal(Database(sys.argv[1])))
for _ in range(5):
    began = time.perf_counter()
    gc.collect()
    print(time.perf_counter() - began)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Seconds until the first window was answered, and the bytes that were resident half a second later."""

    seconds: float
    resident: int


def prepare(folder: Path, size: int) -> int:
    """A journal of `size` rows and events, its last snapshot as old as a server lets it get; the file's bytes."""
    (folder / "data").mkdir()
    migrate(_url(folder))
    database = Database(_url(folder))
    write_journal(database, folder, size, size)
    journal = SqlJournal(database)
    # One event more, and each start would begin with a snapshot.
    last = size - max(EVERY, EVENTS_A_PAGE * size // BLOCK_ROWS) + 1
    if last > 1:
        sheet = folded(journal, last)
        sheet.forget_cooling(OVER)
        asyncio.run(Snapshots(sheet, journal.snapshots).take())
    content = b"".join(folded(journal).file_parts())
    (folder / "data" / "backend_table.csv").write_bytes(content)
    asyncio.run(journal.set_marks({MARK: str(size)}))
    database.close()
    return len(content)


def signed_in(folder: Path) -> str:
    """The token of a session that outlives restarts: to check a password takes its time by intent, and is no start."""
    with servers.rowlock(folder) as port:
        return servers.login(port, "bench")


def of_rowlock(folder: Path, token: str) -> Start:
    """One start. Nothing is written, so the next one finds what this one found."""
    began = time.perf_counter()
    with servers.rowlock_process(folder) as (port, process):
        Reader(port, token).ask("/api/fetch_csv?limit=100")
        seconds = time.perf_counter() - began
        time.sleep(0.5)
        return Start(seconds=seconds, resident=_resident(process))


def of_libraries() -> float:
    """Seconds that Python takes to import the libraries and end."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", LIBRARIES], check=True)
    return time.perf_counter() - began


def collections(folder: Path) -> list[float]:
    """Seconds for full collections of garbage with the table in memory and nothing of it set aside."""
    command = [sys.executable, "-c", COLLECTING, _url(folder)]
    return [float(line) for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()]


def _url(folder: Path) -> str:
    return f"sqlite:///{folder / 'data' / 'rowlock.db'}"


def _resident(process: int) -> int:
    """The resident bytes of a process."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def report() -> Iterator[str]:
    """The lines of the table."""
    yield f"Start until the first window is answered, as many events as rows, {ROUNDS} interleaved rounds"
    yield figures.line("", "ms", "to imports", "spread", "MB", "to CSV", "gc ms")
    costs = {}
    for size in SIZES:
        with tempfile.TemporaryDirectory() as name:
            content = prepare(Path(name), size)
            token = signed_in(Path(name))
            runs = [(of_libraries(), of_rowlock(Path(name), token)) for _ in range(ROUNDS)]
            collected = collections(Path(name))
        costs[size] = seconds = [start.seconds for _, start in runs]
        ratio = figures.ratio(seconds, [libraries for libraries, _ in runs])
        resident = max(start.resident for _, start in runs)
        memory = (f"{resident / 1e6:.0f}", f"{resident / content:.2f}x")
        yield figures.line(f"{size:,} rows", figures.ms(seconds, 0), *ratio, *memory, figures.ms(collected))
    yield figures.growth(costs)
