"""The yardstick of what people would take instead: Datasette on SQLite with a WAL, edited through its JSON API."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from bench import servers

VERSION = "1.0a41"
VENV = Path(__file__).parents[1] / ".venv" / "datasette"
SECRET = "bench"


def installed() -> Path | None:
    """Its program, installed into an environment of its own when first asked for; None where that fails."""
    program = VENV / "bin" / "datasette"
    if program.exists():
        return program
    install = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", f"datasette=={VERSION}"]
    made = all(
        subprocess.run(command, capture_output=True).returncode == 0
        for command in ([sys.executable, "-m", "venv", str(VENV)], install)
    )
    if not made:
        shutil.rmtree(VENV, ignore_errors=True)
    return program if made else None


@contextmanager
def server(program: Path, folder: Path, rows: int) -> Iterator[tuple[int, str]]:
    """Datasette on a table of so many rows; its port and a token that may edit."""
    _write_table(folder / "bench.db", rows)
    token = subprocess.run(
        [str(program), "create-token", "root", "--secret", SECRET], check=True, capture_output=True, text=True
    )
    port = servers.free_port()
    command = [str(program), "serve", str(folder / "bench.db"), "--secret", SECRET, "--root", "--port", str(port)]
    with servers.process(command, port, quiet=True):
        yield port, token.stdout.strip()


def _write_table(path: Path, rows: int) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE edits (id INTEGER PRIMARY KEY, user TEXT, pnl TEXT)")
        connection.executemany("INSERT INTO edits VALUES (?, ?, '0')", ((row, f"user{row:07d}") for row in range(rows)))
        connection.commit()
