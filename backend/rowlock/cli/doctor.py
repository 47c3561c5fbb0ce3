"""The command that looks whether this installation can work, and says what is in the way."""

import asyncio
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import typer
from rich.markup import escape

from rowlock.cli.common import AsJson, DataDir, out, say_json, settings_of
from rowlock.cli.complaints import printable
from rowlock.files.folder_lock import FolderLock, FolderLocked
from rowlock.files.table_file import TableFile, TableFileError
from rowlock.security import SecretKeyError, load_secret_key
from rowlock.service.ports import StorageError
from rowlock.settings import Settings
from rowlock.storage import StartError, open_storage

SCARCE = 0.01
NEEDED_SQLITE = (3, 35, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at: well if `problem` is None, else what is wrong and what helps."""

    subject: str
    state: str
    problem: bool = False


def doctor(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Look whether everything the server needs is in order; changes nothing."""
    settings = settings_of(data_dir)
    findings = list(_findings(settings))
    if as_json:
        say_json([{"subject": each.subject, "ok": not each.problem, "state": each.state} for each in findings])
    else:
        for each in findings:
            mark = "[red]problem[/red]" if each.problem else "[green]ok[/green]     "
            out.print(f"{mark}  {each.subject:<16} {escape(printable(each.state))}")
    raise typer.Exit(1 if any(each.problem for each in findings) else 0)


def _findings(settings: Settings) -> Iterator[Finding]:
    yield _versions()
    for folder, name in ((settings.data_dir, "data folder"), (settings.backup_dir, "backup folder")):
        yield _folder(folder, name)
    yield _tried("server", lambda: _server(settings))
    yield _tried("secret key", lambda: _secret(settings))
    yield _tried("journal", lambda: _journal(settings))
    yield _tried("table", lambda: _table(settings))


def _tried(subject: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(subject=subject, state=look())
    except (OSError, StartError, StorageError, SecretKeyError, TableFileError) as error:
        return Finding(subject=subject, state=str(error), problem=True)


def _versions() -> Finding:
    state = f"Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}"
    return Finding(subject="versions", state=state, problem=sqlite3.sqlite_version_info < NEEDED_SQLITE)


def _folder(folder: Path, name: str) -> Finding:
    """The folder, or the nearest one above it that is there already, in which it would be made."""
    place = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        return Finding(subject=name, state=f"{place} is no folder that can be written to", problem=True)
    usage = shutil.disk_usage(place)
    free = f"{usage.free / 1e9:.1f} GB free"
    if usage.free < usage.total * SCARCE:
        return Finding(subject=name, state=f"{folder}: only {free}", problem=True)
    return Finding(subject=name, state=f"{folder}, {free}" + ("" if folder.exists() else " (made at first start)"))


def _server(settings: Settings) -> str:
    if not settings.data_dir.is_dir():
        return "not running"
    try:
        with FolderLock(settings.data_dir):
            return "not running"
    except FolderLocked as locked:
        return f"running as process {locked.pid}"


def _secret(settings: Settings) -> str:
    if not settings.secret_key and not (settings.data_dir / "secret.key").exists():
        return "made at first start"
    load_secret_key(settings.data_dir, settings.secret_key)
    return "in order"


def _journal(settings: Settings) -> str:
    if not settings.database_url and not (settings.data_dir / "rowlock.db").exists():
        return "made at first start"
    storage = open_storage(settings)
    try:
        return f"opens, at position {asyncio.run(storage.journal.head()).position}"
    finally:
        storage.database.close()


def _table(settings: Settings) -> str:
    data = TableFile(settings.table_path).read() if settings.data_dir.is_dir() else None
    return "made at first start" if data is None else f"{settings.table_path}, {len(data)} bytes"
