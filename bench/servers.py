"""Starts the servers to be measured, each as a process of its own, and stops them."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson

START_SECONDS = 120
PAGE, TICKS = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_CLK_TCK")
COLUMNS = "user,broker,API key,API secret,pnl,margin,max_risk"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def write_table(path: Path, rows: int) -> None:
    """A CSV file of so many invented rows, some 95 bytes each."""
    with path.open("w", newline="") as file:
        file.write(COLUMNS + "\n")
        for start in range(0, rows, 10_000):
            lines = (
                f"user{row:07d},Northwind Futures,key-{row:010d},secret-{row:024d},{row % 9973}.50,{row % 777}00,0.02\n"
                for row in range(start, min(rows, start + 10_000))
            )
            file.write("".join(lines))


@contextmanager
def rowlock(folder: Path) -> Iterator[int]:
    """A Rowlock server on `folder/data`; its port."""
    with rowlock_process(folder) as (port, _):
        yield port


@contextmanager
def rowlock_process(folder: Path, *settings: str) -> Iterator[tuple[int, int]]:
    """A Rowlock server with more flags if need be; its port and process."""
    port = free_port()
    flags = ["--data-dir", str(folder / "data"), "--backup-dir", str(folder / "backups"), "--port", str(port)]
    command = [sys.executable, "-m", "rowlock", "serve", *flags, *settings, "--log-level", "WARNING"]
    with process(command, port) as started:
        yield port, started.pid


@contextmanager
def floor(folder: Path) -> Iterator[int]:
    """The yardstick's server; its port."""
    port = free_port()
    with process([sys.executable, "-m", "bench.floor", str(folder / "floor.db"), str(port)], port):
        yield port


@contextmanager
def bare(answer: Path) -> Iterator[int]:
    """The yardstick's server that answers from memory, reads with the content of a file; its port."""
    port = free_port()
    with process([sys.executable, "-m", "bench.bare", str(answer), str(port)], port):
        yield port


@contextmanager
def naive(table: Path) -> Iterator[int]:
    """The server that does with pandas what is often done, on this table; its port."""
    port = free_port()
    with process([sys.executable, "-m", "bench.naive", str(table), str(port)], port):
        yield port


def login(port: int, username: str) -> str:
    """A session's token."""
    body = orjson.dumps({"username": username, "password": "bench"})
    url = f"http://127.0.0.1:{port}/api/login"
    asked = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked) as answer:
        return str(orjson.loads(answer.read())["access_token"])


@contextmanager
def telling(*command: str) -> Iterator[tuple[int, int]]:
    """A server that tells its sockets something now and then, given its port as the last word; port and process."""
    port = free_port()
    with process([*command, str(port)], port) as started:
        yield port, started.pid


def memory(pid: int) -> int:
    """Resident bytes of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE


def processor_seconds(pid: int) -> float:
    """Processor time that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def position(port: int, token: str) -> int:
    """How far the journal of a Rowlock server goes."""
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/fetch_csv?limit=0", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(asked) as answer:
        return int(orjson.loads(answer.read())["position"])


@contextmanager
def process(command: list[str], port: int, *, quiet: bool = False) -> "Iterator[subprocess.Popen[bytes]]":
    """A program that listens on `port`, until the block ends; `quiet` if its log is nobody's concern."""
    output = subprocess.DEVNULL if quiet else None
    started = subprocess.Popen(command, stdout=output, stderr=output, env=_as_installed())
    try:
        _wait_for(port, started)
        yield started
    finally:
        started.terminate()
        started.wait(30)


def _as_installed() -> dict[str, str]:
    """The environment, but that a program compiled once stays compiled, as whatever is installed does."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    raise RuntimeError(f"the server did not start: {process.args!r}")
