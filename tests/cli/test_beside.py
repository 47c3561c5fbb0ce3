"""The command line beside a running server under edits: same journal, same rules, and neither disturbs the other."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

ROWS = 500
SETTINGS = {"ROWLOCK_COOLDOWN_SECONDS": "0", "ROWLOCK_LOG_LEVEL": "WARNING"}


class Running:
    """A server in a process of its own, and somebody who edits without a pause."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        self.flags = ["--data-dir", str(folder / "data")]
        self.edits = 0
        self._stop = threading.Event()

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "rowlock", *words, *self.flags]

    def run(self, *words: str) -> "subprocess.CompletedProcess[bytes]":
        """A command in a process of its own."""
        return subprocess.run(self.command(*words), capture_output=True, timeout=60)

    def serve(self) -> "subprocess.Popen[bytes]":
        port = self.url.rpartition(":")[2]
        flags = ["--port", port, "--backup-dir", str(self.folder / "backups")]
        return subprocess.Popen(self.command("serve", *flags), env=os.environ | SETTINGS, stderr=subprocess.PIPE)

    def log_in(self) -> httpx2.Client:
        client = httpx2.Client(base_url=self.url, verify=False, timeout=30)
        deadline = time.monotonic() + 30
        while True:
            try:
                token = client.post("/api/login", json={"username": "ann", "password": "p"}).json()["access_token"]
                break
            except httpx2.HTTPError:
                assert time.monotonic() < deadline, "the server did not start"
                time.sleep(0.05)
        client.headers["Authorization"] = f"Bearer {token}"
        return client

    def edit(self, client: httpx2.Client) -> None:
        while not self._stop.is_set():
            answer = client.put(f"/api/update_csv/{self.edits % ROWS}", json={"pnl": str(self.edits)})
            assert answer.status_code == 200, answer.text
            self.edits += 1

    def stop_editing(self) -> None:
        self._stop.set()


@contextmanager
def edited(folder: Path) -> Iterator[Running]:
    running = Running(folder)
    (folder / "data").mkdir()
    table = "user,pnl\n" + "".join(f"user {row},{row}\n" for row in range(ROWS))
    (folder / "data" / "backend_table.csv").write_text(table)
    with running.serve() as server:
        try:
            client = running.log_in()
            editing = threading.Thread(target=running.edit, args=(client,))
            editing.start()
            try:
                yield running
            finally:
                running.stop_editing()
                editing.join()
                client.close()
        finally:
            server.send_signal(signal.SIGTERM)
        assert server.wait(10) == -signal.SIGTERM
        assert server.stderr is not None
        assert server.stderr.read() == b""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with edited(tmp_path_factory.mktemp("beside")) as running:
        yield running


@pytest.mark.parametrize(
    "words",
    [
        ["log", "-n", "5"],
        ["log", "--json"],
        ["show", "--json"],
        ["show", "--at", "2", "--json"],
        ["verify"],
        ["verify", "--json"],
        ["replay", "--to", "1", "--out", "-"],
        ["export", "-"],
    ],
    ids=" ".join,
)
def test_a_command_works_beside_a_server_under_edits(running: Running, words: list[str]) -> None:
    before = running.edits
    run = running.run(*words)
    assert (run.returncode, run.stderr) == (0, b""), run.stdout
    assert run.stdout
    assert running.edits > before


def test_replay_gives_the_first_file_whatever_has_happened_since(running: Running) -> None:
    expected = "user,pnl\n" + "".join(f"user {row},{row}\n" for row in range(ROWS))
    assert running.run("replay", "--to", "1", "--out", "-").stdout.decode() == expected


def test_watch_follows_every_edit_in_order(running: Running) -> None:
    head = json.loads(running.run("log", "-n", "1", "--json").stdout)["position"]
    with subprocess.Popen(running.command("watch", "--after", str(head), "--json"), stdout=subprocess.PIPE) as watch:
        assert watch.stdout is not None
        seen = [json.loads(watch.stdout.readline())["position"] for _ in range(200)]
        watch.send_signal(signal.SIGINT)
        watch.stdout.read()
        assert watch.wait(10) == 130
    assert seen == list(range(head + 1, head + 201))


def test_a_server_that_is_followed_stops_at_once_and_says_so(tmp_path: Path) -> None:
    running = Running(tmp_path)
    with running.serve() as server:
        client = running.log_in()
        with client.stream("GET", "/api/stream") as response:
            lines = response.iter_lines()
            assert next(lines) == ": welcome"
            server.send_signal(signal.SIGTERM)
            began = time.monotonic()
            assert 'data: {"reason":"shutdown"}' in list(lines)
        assert server.wait(10) == -signal.SIGTERM
        assert time.monotonic() - began < 4
        client.close()
        assert server.stderr is not None
        assert server.stderr.read() == b""
