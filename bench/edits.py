"""Single-row edits over HTTP: acknowledged ones a second on tables of three sizes, against what else one could do.

Every server runs all the time; each round measures each of them for some seconds, one after the other.
"""

import os
import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from bench import datasette, disk, figures, load, servers
from bench.load import Figures

CLIENTS, MANY = 16, 64
SECONDS = 1.0
# Under load the file of a large table is written each 1.7 s, and not at once: several writes must fall into a round, or
# what they take falls behind its end. As long on the small ones, to which it is compared.
OUR_SECONDS = 3.4
ROUNDS = 5
SIZES = (1_000, 100_000, 1_000_000)
SMALL, LARGE = SIZES[0], SIZES[-1]

Run = Callable[[], Figures]


def edits(number: int, rows: int, token: str = "") -> Iterator[bytes]:
    """Endless edits of random rows that no other client edits, so that nobody waits for a cooldown."""
    # Others each time: an edit that says what is there already makes no event, and is no edit to measure.
    chance = random.Random()
    while True:
        row = chance.randrange(number, rows, MANY)
        yield load.request("PUT", f"/api/update_csv/{row}", b'{"pnl":"%.2f"}' % chance.uniform(-999, 999), token)


def on(port: int, rows: int, tokens: list[str], clients: int = CLIENTS, seconds: float = SECONDS) -> Run:
    """Edits of a server that speaks Rowlock's HTTP."""
    return lambda: load.run(port, clients, seconds, lambda number: edits(number, rows, tokens[number]))


class Servers:
    """Rowlock on tables of several sizes and the yardsticks, all running."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        anonymous = [""] * MANY
        floor = stack.enter_context(servers.floor(self._made("floor")))
        self.floor = {clients: on(floor, SMALL, anonymous, clients) for clients in (1, CLIENTS, MANY)}
        bare = stack.enter_context(servers.bare(Path(__file__)))
        self.bare = {clients: on(bare, SMALL, anonymous, clients) for clients in (1, CLIENTS, MANY)}
        self.naive = on(stack.enter_context(servers.naive(self._table("naive", SMALL))), SMALL, anonymous)
        self.datasette = self._datasette()
        self.rowlock = {rows: self._rowlock(rows) for rows in SIZES}

    def _made(self, name: str) -> Path:
        folder = self._folder / name
        folder.mkdir()
        return folder

    def _table(self, name: str, rows: int) -> Path:
        table = self._made(name) / "data" / "backend_table.csv"
        table.parent.mkdir()
        servers.write_table(table, rows)
        return table

    def _rowlock(self, rows: int) -> dict[int, Run]:
        """With login, leases, journal FULL, hash chain, file, backups and push on."""
        table = self._table(f"rowlock-{rows}", rows)
        port = self._stack.enter_context(servers.rowlock(table.parents[1]))
        tokens = [servers.login(port, f"bench{number}") for number in range(MANY)]
        alone = {1: on(port, rows, tokens, 1)}
        return alone | {clients: on(port, rows, tokens, clients, OUR_SECONDS) for clients in (CLIENTS, MANY)}

    def _datasette(self) -> Run | None:
        if (program := datasette.installed()) is None:
            return None
        port, token = self._stack.enter_context(datasette.server(program, self._made("datasette"), SMALL))

        def requests(number: int) -> Iterator[bytes]:
            chance = random.Random()
            while True:
                path = f"/bench/edits/{chance.randrange(SMALL)}/-/update"
                yield load.request("POST", path, b'{"update":{"pnl":"%.2f"}}' % chance.uniform(-999, 999), token)

        return lambda: load.run(port, CLIENTS, SECONDS, requests)


def measured(runs: dict[str, Run]) -> dict[str, list[Figures]]:
    """Each of the runs in each of the rounds, in turn."""
    found: dict[str, list[Figures]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            found[name].append(run())
    return found


def report() -> Iterator[str]:
    """The lines of the tables."""
    with ExitStack() as stack:
        running = Servers(stack)
        os.sync()  # what the tables' making left for the disk is not of a server's every day
        for clients in (CLIENTS, MANY):
            yield from _table(running, clients)
        yield from _alone(running)


def _table(running: Servers, clients: int) -> Iterator[str]:
    ours = {f"Rowlock, {rows:,} rows": runs[clients] for rows, runs in running.rowlock.items()}
    theirs: dict[str, Run] = {"floor": running.floor[clients], "bare": running.bare[clients]}
    if clients == CLIENTS:
        theirs |= {"disk, one caller": lambda: disk.run(SECONDS), "naive": running.naive}
        theirs |= {"Datasette": running.datasette} if running.datasette else {}
    found = measured(theirs | ours)
    seconds = f"{SECONDS:g} s a run (Rowlock: {OUR_SECONDS:g})"
    yield f"Single-row edits, HTTP, {clients} clients, {seconds}, {ROUNDS} rounds in turn, medians"
    yield figures.line("", "edits/s", "p50 ms", "p99 ms", "to floor", "spread", "to bare", "p99/floor", "refused")
    rates = {name: [run.rate for run in runs] for name, runs in found.items()}
    ends = {name: [run.quantile(0.99) for run in runs] for name, runs in found.items()}
    for name, runs in found.items():
        cells = [f"{median(rates[name]):,.0f}"]
        cells += [f"{median([run.quantile(share) for run in runs]):.2f}" for share in (0.5, 0.99)]
        cells += [*figures.ratio(rates[name], rates["floor"]), figures.ratio(rates[name], rates["bare"])[0]]
        cells += [figures.ratio(ends[name], ends["floor"])[0], str(sum(run.refused for run in runs))]
        yield figures.line(name, *cells)
    if clients == CLIENTS and running.datasette is None:
        yield figures.line("Datasette", "SKIPPED: it could not be installed here")
    of_size = {rows: rates[f"Rowlock, {rows:,} rows"] for rows in SIZES}
    middle, spread = figures.ratio(of_size[LARGE], of_size[SMALL])
    yield f"{LARGE:,} rows to {SMALL:,}: {middle} ({spread})"
    costs = {rows: [1 / rate for rate in of_size[rows]] for rows in SIZES}
    yield f"the cost of an edit {figures.growth(costs)}"
    yield ""


def _alone(running: Servers) -> Iterator[str]:
    names = {"bare": running.bare[1], "floor": running.floor[1], "Rowlock, 1,000 rows": running.rowlock[SMALL][1]}
    found = measured(names)
    yield "One client, the time of an edit"
    yield figures.line("", "p50 ms", "p99 ms", "p50 to bare", "spread")
    middles = {name: [run.quantile(0.5) for run in runs] for name, runs in found.items()}
    for name, runs in found.items():
        yield figures.line(
            name,
            f"{median(middles[name]):.2f}",
            f"{median([run.quantile(0.99) for run in runs]):.2f}",
            *figures.ratio(middles[name], middles["bare"]),
        )
