"""A message to many watchers, until the last has it: against Node's socket.io, and libraries as they come."""

import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench import figures, servers
from bench.watchers import Watchers, watchers

# By the number of watchers; the others show how it grows.
ROUNDS = {1_000: 5, 500: 1, 2_000: 1}
WARM_SECONDS = 0.5
SECONDS = 1.2
NODES, LIBRARY, BARE, OURS = "Node's socket.io", "python-socketio's emit", "websockets' broadcast", "Rowlock"
NODE = Path(__file__).parent / "node"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Seconds until the last watcher had each message, bytes a watcher, processor seconds a message and watcher."""

    delays: list[float]
    bytes_each: float
    processor: float


def of_server(command: tuple[str, ...], number: int) -> Run:
    """What a server needs for so many watchers."""
    with servers.telling(*command) as (port, pid):
        before = servers.memory(pid)
        with watchers(port, number, {}) as crowd:
            time.sleep(WARM_SECONDS)
            each = (servers.memory(pid) - before) / number
            return _heard(crowd, number, pid, each)


def _heard(crowd: Watchers, number: int, pid: int, bytes_each: float) -> Run:
    crowd.ask("report")
    used = servers.processor_seconds(pid)
    time.sleep(SECONDS)
    used = servers.processor_seconds(pid) - used
    heard = crowd.ask("report")
    delays = [last - sent for _, _, sent, last, count in heard if count == number]
    if len(delays) < len(heard) - 2:
        raise RuntimeError("a message did not reach everybody")
    return Run(delays=delays, bytes_each=bytes_each, processor=used / sum(count for *_, count in heard))


def report() -> Iterator[str]:
    """The lines of the tables."""
    commands = {LIBRARY: _python("default"), BARE: _python("bare"), OURS: _python("ours")}
    missing = _missing_node()
    if missing:
        yield f"SKIPPED: Node's socket.io, since {missing}"
    else:
        commands = {NODES: ("node", str(NODE / "server.js"))} | commands
    costs = {}
    for number, rounds in ROUNDS.items():
        yield f"A message of 200 bytes to {number:,} watchers, the last has it; {rounds} rounds, in turn; medians"
        yield figures.line(
            "", "p50 ms", "p99 ms", "CPU us each", "kB each", "p50 ratio", "spread", "p99 ratio", "spread"
        )
        runs: dict[str, list[Run]] = {name: [] for name in commands if rounds > 1 or name in (NODES, OURS)}
        for _ in range(rounds):
            for name, found in runs.items():
                found.append(of_server(commands[name], number))
        for name, found in runs.items():
            yield _line(name, found, found)
        for name in (NODES, LIBRARY, BARE):
            if name in runs:
                yield _line(f"{OURS}, to {name}", runs[OURS], runs[name])
        costs[number] = [figures.quantile(run.delays, 0.5) for run in runs[OURS]]
    yield f"{OURS}: {figures.growth(dict(sorted(costs.items())))}"


def _line(name: str, found: list[Run], base: list[Run]) -> str:
    p50, p99 = ([figures.quantile(run.delays, share) for run in found] for share in (0.5, 0.99))
    base50, base99 = ([figures.quantile(run.delays, share) for run in base] for share in (0.5, 0.99))
    return figures.line(
        name,
        figures.ms(p50),
        figures.ms(p99),
        f"{1e6 * statistics.median(run.processor for run in found):.1f}",
        f"{statistics.median(run.bytes_each for run in found) / 1000:.1f}",
        *figures.ratio(p50, base50),
        *figures.ratio(p99, base99),
    )


def _python(kind: str) -> tuple[str, ...]:
    return sys.executable, "-m", "bench.fanout_server", kind


def _missing_node() -> str | None:
    """Why Node's server cannot run here, after an attempt to install it; None if it can."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "there is no Node here"
    if not (NODE / "node_modules").is_dir():
        done = subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=NODE, capture_output=True, text=True)
        if done.returncode:
            return f"its packages could not be installed: {done.stderr.strip()[-200:]}"
    return None
