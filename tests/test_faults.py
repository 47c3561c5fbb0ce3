"""The server as a process: killed, stopped and started under load, it loses nothing that it said was done."""

import hashlib
import json
import multiprocessing
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.live.windows import frames
from tests.server import PASSWORD, User, eventually, made, refusal

from rowlock.__main__ import main
from rowlock.service import verifier
from rowlock.settings import Settings
from rowlock.storage import open_storage

WRITERS = 8
KILLS = 5


# Forks of a process that has imported everything start ten times as quickly as a command.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["rowlock.main", "rowlock.cli.serve", "uvicorn.protocols.http.httptools_impl"])


def serve(folder: Path, flags: tuple[str, ...]) -> None:
    """`rowlock serve` on a folder, on any free port, in this process."""
    log = os.open(folder / "server.log", os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.chdir(folder)
    sys.argv = ["rowlock", "serve", "--port", "0", "--data-dir", "data", "--backup-dir", "backups", *flags]
    main()


class Process:
    """A server that can be killed."""

    def __init__(self, folder: Path, *flags: str) -> None:
        self.log = folder / "server.log"
        self.log.write_text("")
        self.process = FORKS.Process(target=serve, args=(folder, flags))
        self.process.start()
        self.url = eventually(self._listening, 30)

    def _listening(self) -> str | None:
        assert self.process.is_alive(), self.log.read_text()
        found = re.search(r"running on (http://[\d.]+:\d+)", self.log.read_text())
        return found[1] if found else None

    def user(self, name: str, token: str | None = None) -> User:
        """Log in, or go on with a token of before."""
        if token is None:
            with httpx2.Client(timeout=30, verify=False) as client:
                body = {"username": name, "password": PASSWORD}
                token = made(client.post(f"{self.url}/api/login", json=body))["access_token"]
        return User(self.url, name, token)

    def send(self, how: signal.Signals) -> None:
        """Send a signal."""
        assert self.process.pid is not None
        os.kill(self.process.pid, how)

    def end(self, how: signal.Signals) -> float:
        """Send the signal and wait for the end; says how many seconds that took."""
        begin = time.monotonic()
        self.send(how)
        self.process.join(30)
        assert not self.process.is_alive()
        return time.monotonic() - begin


@contextmanager
def process(folder: Path, *flags: str) -> Iterator[Process]:
    server = Process(folder, *flags)
    try:
        yield server
    finally:
        server.process.kill()
        server.process.join()
        server.process.close()


class Load:
    """Writers, each on a row of its own, who note every edit that was acknowledged until the server is gone."""

    def __init__(self, server: Process, rows: list[int], token: str) -> None:
        self.acknowledged: list[tuple[int, int, str]] = []
        self.refused: list[int] = []
        self._pool = ThreadPoolExecutor(WRITERS)
        self._writers = [self._pool.submit(self._write, server, row, token) for row in rows]

    def _write(self, server: Process, row: int, token: str) -> None:
        with server.user("ada", token) as user:
            for number in range(100_000):
                text = f"{row}-{number}-{random.random()}"
                try:
                    response = user.update(row, user=text)
                except httpx2.TransportError:
                    return
                if response.status_code == 503:
                    return
                if response.status_code == 200:
                    self.acknowledged.append((row, response.json()["position"], text))
                else:
                    self.refused.append(response.status_code)

    def finish(self) -> None:
        """Wait until all writers noticed; fails on whatever they did not expect."""
        for writer in self._writers:
            writer.result(30)
        self._pool.shutdown()
        assert self.refused == []


@contextmanager
def reading(path: Path) -> Iterator[set[str]]:
    """The hashes of everything a reader sees in the file meanwhile."""
    seen: set[str] = set()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.add(hashlib.sha256(path.read_bytes()).hexdigest())
            time.sleep(0.001)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield seen
    finally:
        done.set()
        reader.join()


def until_under_way(load: Load, seen: set[str]) -> None:
    """Wait for an answer, and for another version of the file."""
    known = len(seen)
    eventually(lambda: load.acknowledged and len(seen) > known)


class Journal:
    """What is on the disk after the server has gone."""

    def __init__(self, folder: Path) -> None:
        settings = Settings(_env_file=None, data_dir=folder / "data", backup_dir=folder / "backups")
        storage = open_storage(settings)
        try:
            self.events = [json.loads(entry.wire) for entry in storage.journal.entries()]
            self.verification, sheet = verifier.verify(storage.journal)
            self.file = b"".join(sheet.file_parts())
        finally:
            storage.database.close()

    def holds(self, acknowledged: list[tuple[int, int, str]]) -> bool:
        """Whether each acknowledged edit is the event at its position."""
        edits = [event for event in self.events if event["kind"] == "row_updated"]
        found = {(event["index"], event["position"], event["cells"]["user"]["to"]) for event in edits}
        return set(acknowledged) <= found


def versions(events: list[dict[str, Any]], first: bytes) -> set[str]:
    """The hashes of every file that the journal speaks of; only the first column changes, of rows in file order."""
    lines = [line.split(",") for line in first.decode().splitlines()]
    hashes = set()
    for event in [None, *events]:
        if event is not None and event["kind"] == "row_updated":
            lines[event["index"] + 1][0] = event["cells"]["user"]["to"]
        hashes.add(hashlib.sha256("".join(",".join(line) + "\n" for line in lines).encode()).hexdigest())
    return hashes


def test_kills_under_load_lose_no_acknowledged_edit_and_tear_no_file(tmp_path: Path) -> None:
    table = tmp_path / "data" / "backend_table.csv"
    acknowledged: list[tuple[int, int, str]] = []
    token, first = None, b""
    with ExitStack() as stack:
        for _ in range(KILLS):
            with process(tmp_path) as server:
                if token is None:
                    with server.user("ada") as ada:
                        token = ada.token
                    first = table.read_bytes()
                    seen = stack.enter_context(reading(table))
                load = Load(server, list(range(WRITERS)), token)
                until_under_way(load, seen)
                time.sleep(random.uniform(0, 0.5))
                server.end(signal.SIGKILL)
                load.finish()
                acknowledged += load.acknowledged
        with process(tmp_path) as server, server.user("ada", token) as ada:
            assert made(ada.get("/api/verify"))["ok"]
            server.end(signal.SIGTERM)

    journal = Journal(tmp_path)
    assert len(acknowledged) > 100
    assert journal.holds(acknowledged)
    assert [event["position"] for event in journal.events] == list(range(1, len(journal.events) + 1))
    assert journal.verification.problems == []
    assert table.read_bytes() == journal.file
    assert len(seen) > KILLS
    assert seen <= versions(journal.events, first)


def test_a_stop_under_load_is_quick_and_leaves_every_acknowledged_edit_in_the_file(tmp_path: Path) -> None:
    with process(tmp_path, "--publish-seconds", "1") as server:
        with server.user("ada") as ada:
            token = ada.token
        load = Load(server, list(range(WRITERS)), token)
        eventually(lambda: len(load.acknowledged) > 50)
        assert server.end(signal.SIGTERM) < 10
        load.finish()
        assert server.process.exitcode in {0, -signal.SIGTERM}
        log = server.log.read_text()
    journal = Journal(tmp_path)
    assert journal.holds(load.acknowledged)
    assert (tmp_path / "data" / "backend_table.csv").read_bytes() == journal.file
    last = {row: text for row, _, text in sorted(load.acknowledged, key=lambda each: each[1])}
    assert all(text.encode() in journal.file or row not in last for row, text in last.items())
    assert "Traceback" not in log


def test_a_second_server_on_the_same_folder_is_refused_and_told_whose_it_is(tmp_path: Path) -> None:
    with process(tmp_path) as server:
        command = [sys.executable, "-m", "rowlock", "serve", "--port", "0", "--data-dir", str(tmp_path / "data")]
        second = subprocess.run(command, capture_output=True, text=True, timeout=30, cwd=tmp_path, check=False)
        assert second.returncode == 1
        assert str(server.process.pid) in second.stderr
        assert "Traceback" not in second.stderr
        with server.user("ada") as ada:
            made(ada.update(0, pnl="1"))


def test_a_request_repeated_with_its_key_across_a_kill_has_one_effect(tmp_path: Path) -> None:
    key = {"Idempotency-Key": "once and for all"}
    with process(tmp_path) as server, server.user("ada") as ada:
        token = ada.token
        first = made(ada.post("/api/add_csv", json={"user": "once"}, headers=key), 201)
        server.end(signal.SIGKILL)
    with process(tmp_path) as server, server.user("ada", token) as ada:
        assert made(ada.post("/api/add_csv", json={"user": "once"}, headers=key), 201) == first
        refusal(ada.post("/api/add_csv", json={"user": "twice"}, headers=key), 422, "idempotency_mismatch")
        assert len(ada.events(kind="row_added")) == 1
        server.end(signal.SIGKILL)


def test_answers_that_were_lost_in_a_kill_are_settled_by_their_keys(tmp_path: Path) -> None:
    keys = iter(range(1_000_000))
    sent: list[str] = []
    with process(tmp_path) as server, server.user("ada") as ada:
        token = ada.token

        def add() -> None:
            with server.user("ada", token) as user:
                while True:
                    sent.append(f"key {next(keys)}")
                    try:
                        user.post("/api/add_csv", json={"user": sent[-1]}, headers={"Idempotency-Key": sent[-1]})
                    except httpx2.TransportError:
                        return

        writer = threading.Thread(target=add)
        writer.start()
        eventually(lambda: len(sent) > 20)
        server.end(signal.SIGKILL)
        writer.join()
    with process(tmp_path) as server, server.user("ada", token) as ada:
        for key in sent[-5:]:
            made(ada.post("/api/add_csv", json={"user": key}, headers={"Idempotency-Key": key}), 201)
        added = [event["cells"]["user"]["to"] for event in ada.events(kind="row_added")]
        assert added == sent
        server.end(signal.SIGKILL)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_server_even_with_sockets_open_and_twice(tmp_path: Path, sent: signal.Signals) -> None:
    with process(tmp_path) as server, server.user("ada") as ada, frames(server.url) as socket:
        socket.join(ada.token)
        ada.update(0, pnl="last")
        server.send(sent)
        assert server.end(sent) < 10
    assert b"last" in (tmp_path / "data" / "backend_table.csv").read_bytes()
