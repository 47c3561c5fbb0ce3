"""Commands that look at the journal and at the table as it was."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.markup import escape
from rich.table import Table

from rowlock.cli.common import (
    AsJson,
    DataDir,
    Moment,
    fail,
    opened,
    out,
    position_at,
    printable,
    progress,
    say_json,
    settings_of,
)
from rowlock.cli.words import told
from rowlock.core.events import KINDS
from rowlock.core.export import guarded
from rowlock.core.sheet import Sheet
from rowlock.files.table_file import TableFile, TableFileError
from rowlock.files.whole import write_whole
from rowlock.service import verifier
from rowlock.service.materializer import MARK
from rowlock.service.ports import EventFilter
from rowlock.service.queries import folded
from rowlock.settings import Settings
from rowlock.storage import Storage

VERIFY_TRIES = 3


def log(
    data_dir: DataDir = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many events.")] = 50,
    after: Annotated[int, typer.Option(min=0, help="Only events after this position.")] = 0,
    index: Annotated[int | None, typer.Option(min=0, help="Only events of this row.", show_default=False)] = None,
    actor: Annotated[str | None, typer.Option(help="Only what this person did.", show_default=False)] = None,
    kind: Annotated[str | None, typer.Option(help="Only events of this kind.", show_default=False)] = None,
    as_json: AsJson = False,
) -> None:
    """Show what happened, the newest first."""
    if kind is not None and kind not in KINDS.values():
        raise typer.BadParameter(f"one of {', '.join(KINDS.values())}", param_hint="--kind")
    wanted = EventFilter(after=after, limit=limit, index=index, actor=actor, kind=kind, newest_first=True)
    with opened(settings_of(data_dir)) as storage:
        events = asyncio.run(storage.journal.page(wanted))
    if as_json:
        sys.stdout.buffer.write(b"".join(event + b"\n" for event in events))
        return
    for text in events:
        event = orjson.loads(text)
        line = f"{event['position']:>8}  {event['at'][:19]}Z  {event['actor']} {told(event)}"
        out.print(escape(printable(line)))


def show(
    data_dir: DataDir = None,
    at: Moment = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=0, help="How many rows.")] = 50,
    offset: Annotated[int, typer.Option(min=0, help="From which row on.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Show the table, now or at an earlier moment."""
    with opened(settings_of(data_dir)) as storage:
        sheet = _sheet(storage, at, "--at")
    rows = [(index, row.version, sheet.cells(row.record)) for index, row in sheet.window(offset, limit)]
    if as_json:
        shown = [{"index": index, "version": version, "cells": cells} for index, version, cells in rows]
        say_json({"columns": sheet.columns, "rows": shown, "total": sheet.total, "position": sheet.position})
        return
    table = Table("", *map(escape, map(printable, sheet.columns)), caption=_caption(sheet, len(rows)))
    for index, _, cells in rows:
        table.add_row(str(index), *(escape(printable(text)) for text in cells))
    out.print(table)


def verify(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Replay the journal and check its hash chain, and the file against it."""
    settings = settings_of(data_dir)
    with opened(settings) as storage:
        verification = _verified(storage, settings)
    if as_json:
        say_json(verification.body())
    else:
        out.print(f"position    {verification.position}\nchain head  {verification.chain_head}")
        out.print(f"csv sha256  {verification.csv_sha256}")
        for problem in verification.problems:
            out.print(f"[red]problem[/red]     {escape(printable(problem))}")
        if verification.ok:
            out.print("[green]ok[/green]          journal and file agree")
    raise typer.Exit(0 if verification.ok else 1)


def replay(
    to: Annotated[str, typer.Option("--to", help="A position or an RFC 3339 time.")],
    target: Annotated[Path, typer.Option("--out", help="The file to write; - is standard output.")],
    data_dir: DataDir = None,
    force: Annotated[bool, typer.Option(help="Replace the file if it exists.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write the table as it was at a moment, byte for byte, folded anew from the journal."""
    with opened(settings_of(data_dir)) as storage:
        sheet = _sheet(storage, to, "--to")
    _write(target, sheet.file_parts(), force=force)
    _say_written(target, sheet, as_json=as_json)


def export(
    target: Annotated[Path, typer.Argument(metavar="F", help="The file to write; - is standard output.")],
    data_dir: DataDir = None,
    at: Moment = None,
    guard: Annotated[bool, typer.Option("--guard", help="Neutralise formulas, for spreadsheets.")] = False,
    force: Annotated[bool, typer.Option(help="Replace the file if it exists.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write the table to a file, as it is or as it was."""
    with opened(settings_of(data_dir)) as storage:
        sheet = _sheet(storage, at, "--at")
    parts = list(guarded(sheet.dialect, sheet.header, sheet.blocks())) if guard else sheet.file_parts()
    _write(target, parts, force=force)
    _say_written(target, sheet, as_json=as_json)


def _sheet(storage: Storage, moment: str | None, option: str) -> Sheet:
    """The sheet at a moment, with a progress bar for the fold."""
    head = asyncio.run(storage.journal.head()).position
    upto = position_at(storage.journal, head, moment, option)
    with progress() as bar:
        task = bar.add_task("replaying", total=upto)
        return folded(storage.journal, upto, progress=lambda done: bar.update(task, completed=done))


def _verified(storage: Storage, settings: Settings) -> verifier.Verification:
    """Journal and file; while a server writes, the file may be read between two positions: worth another look."""
    for left in reversed(range(VERIFY_TRIES)):
        found, sheet = _replayed(storage)
        problem = _file_problem(storage, settings, sheet) if found.ok else None
        if problem is None:
            return found
        if not left:
            return verifier.with_problem(found, problem)
    raise AssertionError("unreachable")


def _replayed(storage: Storage) -> tuple[verifier.Verification, Sheet]:
    with progress() as bar:
        task = bar.add_task("verifying", total=asyncio.run(storage.journal.head()).position)
        return verifier.verify(storage.journal, progress=lambda done: bar.update(task, completed=done))


def _file_problem(storage: Storage, settings: Settings, sheet: Sheet) -> str | None:
    """What is wrong with the file; it may still stand at the position last published, from which it is brought on."""
    try:
        data = TableFile(settings.table_path).read()
    except TableFileError as error:
        return f"file: {error.detail}"
    problem = verifier.file_problem(sheet, data)
    published = int(asyncio.run(storage.journal.marks()).get(MARK, "0"))
    if problem is None or not 0 < published < sheet.position:
        return problem
    behind = verifier.file_problem(folded(storage.journal, published), data)
    return problem if behind else None


def _write(target: Path, parts: list[bytes], *, force: bool) -> None:
    if str(target) == "-":
        for part in parts:
            sys.stdout.buffer.write(part)
        return
    if target.exists() and not force:
        fail(f"{target} exists already; --force replaces it")
    try:
        write_whole(target, parts, replacing=force)
    except OSError as error:
        fail(f"{target} cannot be written: {error.strerror or error}")


def _say_written(target: Path, sheet: Sheet, *, as_json: bool) -> None:
    if str(target) == "-":
        return
    if as_json:
        say_json({"file": str(target), "position": sheet.position, "rows": sheet.total})
    else:
        out.print(escape(printable(f"{target}: {sheet.total} rows, as of position {sheet.position}")))


def _caption(sheet: Sheet, shown: int) -> str:
    return f"{shown} of {sheet.total} rows, position {sheet.position}"
