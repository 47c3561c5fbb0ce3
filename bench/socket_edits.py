"""Single-row edits over Socket.IO, each acknowledged, against the same edits over HTTP.

A socket's client need not wait for one answer before it sends the next message, so both are measured: one edit at a
time, as over HTTP, and some in flight.
"""

import asyncio
import random
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median

from bench import edits, figures, load, servers
from bench.load import Figures
from bench.websocket import Connection

ROWS = 1_000
ROUNDS = 5
FLIGHTS = (1, 8)
ANSWER = re.compile(rb'43(\d+)\[(\{"error")?')


class Editor(Connection):
    """One who keeps so many edits in flight, sends the next when one is answered, and hears everybody's."""

    def __init__(self, auth: dict[str, object], changes: Iterator[tuple[int, bytes]], flight: int) -> None:
        super().__init__(auth)
        self.latencies: list[float] = []
        self.refused = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._until = 0.0
        self._changes = changes
        self._flight = flight
        self._sent: dict[int, float] = {}
        self._number = 0

    def begin(self, until: float) -> None:
        """Send the first edits; the last ones before `until` (seconds, performance counter)."""
        self._until = until
        for _ in range(self._flight):
            self._ask()

    def inflated(self, payload: bytes) -> bytes:
        """Nothing: sixteen clients in one process would inflate the same sixteen times. Answers come as they are."""
        return b""

    def heard(self, message: bytes) -> None:
        found = ANSWER.match(message)
        if found is None:
            return
        now = time.perf_counter()
        sent = self._sent.pop(int(found[1]))
        if found[2]:
            self.refused += 1
        else:
            self.latencies.append(now - sent)
        if now < self._until:
            self._ask()
        elif not self._sent:
            self.done.set_result(None)

    def _ask(self) -> None:
        self._number += 1
        self._sent[self._number] = time.perf_counter()
        self.say(b'42%d["update",{"index":%d,"cells":%b}]' % (self._number, *next(self._changes)))


def changes(number: int) -> Iterator[tuple[int, bytes]]:
    """Endless changes of rows that no other client edits, so that nobody waits for a cooldown."""
    chance = random.Random()
    while True:
        yield chance.randrange(number, ROWS, edits.CLIENTS), b'{"pnl":"%.2f"}' % chance.uniform(-999, 999)


def of_sockets(port: int, tokens: list[str], flight: int) -> Figures:
    """Edits over Socket.IO."""
    return asyncio.run(_of_sockets(port, tokens, flight))


async def _of_sockets(port: int, tokens: list[str], flight: int) -> Figures:
    loop = asyncio.get_running_loop()
    clients = []
    for number, token in enumerate(tokens):
        editor = partial(Editor, {"token": token}, changes(number), flight)
        _, client = await loop.create_connection(editor, "127.0.0.1", port)
        await client.joined
        clients.append(client)
    began = time.perf_counter()
    for client in clients:
        client.begin(began + edits.SECONDS)
    await asyncio.gather(*(client.done for client in clients))
    seconds = time.perf_counter() - began
    for client in clients:
        assert client.transport
        client.transport.close()
    return Figures(
        seconds=seconds,
        latencies=[each for client in clients for each in client.latencies],
        refused=sum(client.refused for client in clients),
    )


def of_http(port: int, tokens: list[str]) -> Figures:
    """The same edits over HTTP."""

    def requests(number: int) -> Iterator[bytes]:
        for row, cells in changes(number):
            yield load.request("PUT", f"/api/update_csv/{row}", cells, tokens[number])

    return load.run(port, len(tokens), edits.SECONDS, requests)


class _Run:
    """What a run gave, and the microseconds of processor time that the server took for an edit."""

    def __init__(self, pid: int, run: Callable[[], Figures]) -> None:
        before = servers.processor_seconds(pid)
        self.figures = run()
        self.server = 1e6 * (servers.processor_seconds(pid) - before) / len(self.figures.latencies)


def report() -> Iterator[str]:
    """The lines of the table."""
    yield f"Single-row edits, {edits.CLIENTS} clients, {edits.SECONDS:.0f} s a run, {ROUNDS} interleaved rounds"
    yield figures.line("", "edits/s", "p50 ms", "p99 ms", "server µs", "to HTTP", "spread", "refused")
    http: list[_Run] = []
    sockets: dict[int, list[_Run]] = {flight: [] for flight in FLIGHTS}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "data").mkdir()
        servers.write_table(folder / "data" / "backend_table.csv", ROWS)
        with servers.rowlock_process(folder) as (port, pid):
            tokens = [servers.login(port, f"bench{number}") for number in range(edits.CLIENTS)]
            for _ in range(ROUNDS):
                http.append(_Run(pid, partial(of_http, port, tokens)))
                for flight, runs in sockets.items():
                    runs.append(_Run(pid, partial(of_sockets, port, tokens, flight)))
    base = [each.figures.rate for each in http]
    labelled = {"HTTP": http} | {f"Socket.IO, {flight} in flight a client": runs for flight, runs in sockets.items()}
    for label, runs in labelled.items():
        yield figures.line(
            label,
            f"{median(each.figures.rate for each in runs):,.0f}",
            f"{median(each.figures.quantile(0.5) for each in runs):.2f}",
            f"{median(each.figures.quantile(0.99) for each in runs):.2f}",
            f"{median(each.server for each in runs):.0f}",
            *figures.ratio([each.figures.rate for each in runs], base),
            str(sum(each.figures.refused for each in runs)),
        )
