"""Many edits at once: batches of 500, and the three steps of somebody who takes a row, edits it and gives it back.

A batch changes one cell of each of its rows, or all of them, as a paste does.
"""

import random
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median

import orjson

from bench import figures, load, servers
from bench.edits import CLIENTS, MANY, ROUNDS, SECONDS, edits
from bench.load import Figures

ROWS = 100_000
BATCH = 500
WIDTH = len(servers.COLUMNS.split(","))


def batches(number: int, token: str, cells: Callable[[random.Random], dict[str, str]]) -> Iterator[bytes]:
    """Endless batches of such cells in rows that no other client edits."""
    chance = random.Random()
    own = range(number, ROWS, MANY)
    while True:
        ops = [{"op": "update", "index": row, "cells": cells(chance)} for row in chance.sample(own, BATCH)]
        yield load.request("POST", "/api/batch_csv", orjson.dumps({"ops": ops}), token)


def one_cell(chance: random.Random) -> dict[str, str]:
    """An edit of one cell of a row."""
    return {"pnl": f"{chance.uniform(-999, 999):.2f}"}


def all_cells(chance: random.Random) -> dict[str, str]:
    """An edit of a whole row."""
    number = chance.randrange(10**7)
    texts = (
        *(f"user{number:07d}", f"Broker {number}", f"key-{number:010d}", f"secret-{number:024d}"),
        *(f"{chance.uniform(-999, 999):.2f}", f"{number % 777}00", f"0.{number % 90 + 10}"),
    )
    return dict(zip(servers.COLUMNS.split(","), texts, strict=True))


def turns(number: int, token: str) -> Iterator[bytes]:
    """Endlessly: take a row, edit it, give it back."""
    edit = edits(number, ROWS, token)
    for request in edit:
        row = int(request.split(b" ", 2)[1].rpartition(b"/")[2])
        yield load.request("POST", f"/api/rows/{row}/lease", b"{}", token)
        yield request
        yield load.request("DELETE", f"/api/rows/{row}/lease", token=token)


def report() -> Iterator[str]:
    """The lines of the table."""
    with tempfile.TemporaryDirectory() as name:
        table = Path(name) / "data" / "backend_table.csv"
        table.parent.mkdir()
        servers.write_table(table, ROWS)
        with servers.rowlock(Path(name)) as port:
            tokens = [servers.login(port, f"bench{number}") for number in range(CLIENTS)]
            # Before the batches: what a second of those leaves for snapshots and the file is done in the next ones.
            held = [_round(port, tokens, turns) for _ in range(ROUNDS)]
            written = [_round(port, tokens, of_one_cell, of_all_cells) for _ in range(ROUNDS)]
    yield f"Several edits at once, {CLIENTS} clients, {ROWS:,} rows, {ROUNDS} rounds in turn, medians"
    yield figures.line("", "a second", "p50 ms", "p99 ms", "to edits", "spread", "refused")
    yield _line("single-row edits", held, 0, 1.0)
    yield _line("lease taken, row edited, lease released", held, 1, 1 / 3)
    yield _line("single-row edits between batches", written, 0, 1.0)
    yield _line(f"cells, one a row, in batches of {BATCH}", written, 1, float(BATCH))
    yield _line(f"cells, {WIDTH} a row, in batches of {BATCH}", written, 2, float(BATCH * WIDTH))


def of_one_cell(number: int, token: str) -> Iterator[bytes]:
    """Batches of one cell a row."""
    return batches(number, token, one_cell)


def of_all_cells(number: int, token: str) -> Iterator[bytes]:
    """Batches of whole rows."""
    return batches(number, token, all_cells)


def _line(label: str, rounds: list[tuple[Figures, ...]], number: int, each: float) -> str:
    """The line of what stands there in each round, an answer counted as `each`, to the edits of the same round."""
    runs = [measured[number] for measured in rounds]
    rates = [run.rate * each for run in runs]
    return figures.line(
        label,
        f"{median(rates):,.0f}",
        *(f"{median([run.quantile(share) for run in runs]):.2f}" for share in (0.5, 0.99)),
        *figures.ratio(rates, [measured[0].rate for measured in rounds]),
        str(sum(run.refused for run in runs)),
    )


def _round(port: int, tokens: list[str], *kinds: Callable[[int, str], Iterator[bytes]]) -> tuple[Figures, ...]:
    """Plain edits, then each of these."""
    requests: list[Callable[[int], Iterator[bytes]]] = [lambda number: edits(number, ROWS, tokens[number])]
    requests += [partial(_of_client, kind, tokens) for kind in kinds]
    return tuple(load.run(port, CLIENTS, SECONDS, each) for each in requests)


def _of_client(kind: Callable[[int, str], Iterator[bytes]], tokens: list[str], number: int) -> Iterator[bytes]:
    return kind(number, tokens[number])
