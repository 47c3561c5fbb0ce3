"""Reading windows over HTTP, plain, sorted, filtered and searched, against a bare route that answers from memory."""

import http.client
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path
from urllib.parse import quote

from bench import figures, load, servers

SIZES = (1_000, 100_000, 1_000_000)
ROUNDS = 5
SECONDS = 0.2
LIMIT = 100
SORTS = ("pnl", "-pnl", *servers.COLUMNS.split(",")[:4], "margin")
SEARCHES = ("user0000123", "0042", "zzz", "Northwind", "7")
EDITS_A_SECOND = 100


@dataclass(slots=True)
class Watch:
    """What somebody meets who asks for something small again and again: seconds for each answer."""

    seconds: list[float] = field(default_factory=list)


class Reader:
    """One connection that stays open."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port)
        self._headers = {"Authorization": f"Bearer {token}"}

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, more: Mapping[str, str] | None = None
    ) -> bytes:
        """The answer, asked for with `more` headers; raises RuntimeError unless it is a good one."""
        headers = self._headers | ({"Content-Type": "application/json"} if body else {}) | dict(more or {})
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path} was answered with {answer.status}: {content[:200]!r}")
        return content


def windows(rows: int) -> dict[str, str]:
    """The address of each kind of window."""
    middle = f"/api/fetch_csv?limit={LIMIT}&offset={rows // 2}"
    return {
        "first rows": f"/api/fetch_csv?limit={LIMIT}&offset=0",
        "middle": middle,
        "last rows": f"/api/fetch_csv?limit={LIMIT}&offset={rows - LIMIT}",
        "middle, sorted by pnl": f"{middle}&sort=pnl",
        "middle, sorted by user, descending": f"{middle}&sort=-user",
        "pnl over 100": f"/api/fetch_csv?limit={LIMIT}&filter=pnl:gt:100&sort=margin",
        "with 5.50 in it": f"/api/fetch_csv?limit={LIMIT}&q=5.50",
    }


def p50(port: int, path: str, token: str) -> float:
    """Seconds in which half of the answers to one client came."""
    asked = load.request("GET", path, token=token)
    found = load.run(port, 1, SECONDS, lambda _: repeat(asked))
    if found.refused:
        raise RuntimeError(f"{path} was refused")
    return found.quantile(0.5) / 1000


@contextmanager
def watching(port: int, token: str) -> Iterator[Watch]:
    """Meanwhile somebody asks for something small."""
    watch, over = Watch(), threading.Event()

    def run() -> None:
        reader = Reader(port, token)
        while not over.is_set():
            began = time.perf_counter()
            reader.ask("/api/session")
            watch.seconds.append(time.perf_counter() - began)
            time.sleep(0.005)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield watch
    finally:
        over.set()
        thread.join()


@contextmanager
def editing(port: int, token: str, rows: int) -> Iterator[None]:
    """Meanwhile somebody edits one row after the other, some 100 a second."""
    over = threading.Event()

    def run() -> None:
        reader, number = Reader(port, token), 0
        while not over.wait(1 / EDITS_A_SECOND):
            number += 1
            row = number * 7919 % rows
            reader.ask(f"/api/update_csv/{row}", "PUT", b'{"pnl":"%d.25"}' % (number * 31 % 9000))

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def firsts(port: int, token: str, paths: list[str]) -> tuple[list[float], float]:
    """Seconds for each of the first answers, and the longest that somebody else waited meanwhile."""
    reader, seconds = Reader(port, token), []
    with watching(port, token) as watch:
        for path in paths:
            began = time.perf_counter()
            reader.ask(path)
            seconds.append(time.perf_counter() - began)
            time.sleep(0.05)
    return seconds, max(watch.seconds)


def of_size(rows: int) -> Iterator[tuple[str, list[float], list[float]]]:
    """For each kind of window the bare route's and our seconds, round by round."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "data").mkdir()
        servers.write_table(folder / "data" / "backend_table.csv", rows)
        with servers.rowlock(folder) as port:
            token = servers.login(port, "bench")
            sorts = [f"/api/fetch_csv?limit={LIMIT}&sort={quote(column)}" for column in SORTS]
            searches = [f"/api/fetch_csv?limit={LIMIT}&q={text}" for text in SEARCHES]
            for label, paths in (("first sort", sorts), ("first search", searches)):
                seconds, pause = firsts(port, token, paths)
                yield f"{label}, {rows:,} rows", [], seconds
                yield "somebody else waited at most", [], [pause]
            (folder / "answer").write_bytes(Reader(port, token).ask(windows(rows)["middle"]))
            with servers.bare(folder / "answer") as bare:
                for label, path in windows(rows).items():
                    p50(port, path, token)
                    runs = [(p50(bare, path, ""), p50(port, path, token)) for _ in range(ROUNDS)]
                    yield f"{label}, {rows:,} rows", [one for one, _ in runs], [other for _, other in runs]
                path = windows(rows)["middle, sorted by pnl"]
                with editing(port, token, rows):
                    runs = [(p50(bare, path, ""), p50(port, path, token)) for _ in range(ROUNDS)]
                label = f"sorted by pnl, {EDITS_A_SECOND} edits/s of it, {rows:,} rows"
                yield label, [one for one, _ in runs], [other for _, other in runs]


def report() -> Iterator[str]:
    """The lines of the tables."""
    yield f"Windows of {LIMIT} rows, HTTP, 1 client, p50; a bare route answers from memory; {ROUNDS} interleaved rounds"
    yield figures.line("", "ms", "to bare", "spread", "slowest ms")
    costs: dict[str, dict[int, list[float]]] = {}
    for rows in SIZES:
        for label, bare, ours in of_size(rows):
            ratio = figures.ratio(ours, bare) if bare else ("", "")
            yield figures.line(label, figures.ms(ours), *ratio, figures.ms([max(ours)]))
            costs.setdefault(label.removesuffix(f", {rows:,} rows"), {})[rows] = ours
    for label, by_size in costs.items():
        yield f"{label}: {figures.growth(by_size)}"
