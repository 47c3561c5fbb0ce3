"""A folder with a journal in it, and the command line run on it as a person would."""

import asyncio
import contextlib
import io
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from unittest.mock import patch

from rowlock.__main__ import main
from rowlock.core.commands import Caller, Command, ImportTable
from rowlock.settings import Settings
from rowlock.storage import editing, open_storage

TABLE = b"user,pnl\nann,007\nbob,1.10\n"
ANN = Caller(actor="ann")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


def rowlock(*words: str, typed: str = "") -> Run:
    """Run a command in this process."""
    out, err = io.TextIOWrapper(io.BytesIO(), write_through=True), io.StringIO()
    code: object = 0
    typing = patch.object(sys, "stdin", io.StringIO(typed))
    calling = patch.object(sys, "argv", ["rowlock", *words])
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), typing, calling:
        try:
            main()
        except SystemExit as ended:
            code = ended.code
    assert isinstance(code, int)
    return Run(code=code, out=out.buffer.getvalue().decode(), err=err.getvalue())


def settings_in(folder: Path) -> Settings:
    """Settings on a folder."""
    return Settings(data_dir=folder / "data", backup_dir=folder / "backups")


def make_journal(folder: Path, commands: Iterable[Command] = ()) -> list[str]:
    """A journal of a small table and what ann did with it, its file beside it; the flags that name its folder."""
    settings = settings_in(folder)
    asyncio.run(_made(settings, [ImportTable(data=TABLE, blob=sha256(TABLE).digest()), *commands]))
    return ["--data-dir", str(settings.data_dir)]


def edit(folder: Path, *commands: Command) -> None:
    """What ann does next."""
    asyncio.run(_made(settings_in(folder), commands))


async def _made(settings: Settings, commands: Iterable[Command]) -> None:
    storage = open_storage(settings)
    try:
        async with editing(storage, settings) as editor:
            for command in commands:
                await editor.submit(command, ANN)
            settings.table_path.write_bytes(b"".join(editor.sheet.file_parts()))
    finally:
        storage.database.close()
