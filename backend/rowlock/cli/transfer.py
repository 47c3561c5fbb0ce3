"""Commands that take files in and hand the table out."""

import asyncio
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from rowlock.cli.common import AsJson, DataDir, Moment, opened, out, position_at, progress, say_json, settings_of
from rowlock.cli.complaints import fail, printable
from rowlock.cli.words import changes
from rowlock.core.commands import Caller
from rowlock.core.dialects import DELIMITERS
from rowlock.core.sheet import Sheet
from rowlock.files.whole import write_whole
from rowlock.service.editor import Refused
from rowlock.service.exporter import Export, Format
from rowlock.service.importer import Importer, Mode, Plan, Wanted
from rowlock.service.parquet import ParquetMissing
from rowlock.service.ports import Answer
from rowlock.service.queries import folded
from rowlock.settings import Settings
from rowlock.storage import Storage, editing

SHELL = Caller(actor="rowlock")
MARKS = {"added": "[green]+[/green]", "changed": "[yellow]~[/yellow]", "moved": ">", "deleted": "[red]-[/red]"}

Force = Annotated[bool, typer.Option(help="Replace the file if it exists.")]
Target = Annotated[Path, typer.Argument(metavar="F", help="The file to write; - is standard output.")]


def export(
    target: Target,
    data_dir: DataDir = None,
    at: Moment = None,
    form: Annotated[Format, typer.Option("--format", help="What to write.")] = "csv",
    guard: Annotated[bool, typer.Option("--guard", help="Neutralise formulas, for spreadsheets.")] = False,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Write the table to a file, as it is or as it was."""
    if guard and form != "csv":
        raise typer.BadParameter("only a CSV is guarded", param_hint="--guard")
    with opened(settings_of(data_dir)) as storage:
        sheet = sheet_at(storage, at, "--at")
    try:
        write(target, Export.of(sheet).parts(form, guard=guard), force=force)
    except ParquetMissing as error:
        fail(str(error))
    say_written(target, sheet, as_json=as_json)


def import_file(
    source: Annotated[Path, typer.Argument(metavar="F", help="The CSV file; - is standard input.")],
    data_dir: DataDir = None,
    mode: Annotated[Mode, typer.Option(help="Instead of the table, or row by row by --key.")] = "replace",
    key: Annotated[
        str | None, typer.Option(help="The column that says which row is which.", show_default=False)
    ] = None,
    add_columns: Annotated[bool, typer.Option("--add-columns", help="Add the columns that the table lacks.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    encoding: Annotated[str | None, typer.Option(help="If it is not UTF-8.", show_default=False)] = None,
    delimiter: Annotated[
        str | None, typer.Option(help="If it is not noticed: , ; | or tab.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Take a CSV file into the table: one step, which can be undone."""
    if (mode == "upsert") != (key is not None):
        raise typer.BadParameter("an upsert needs a key, and nothing else has one", param_hint="--key")
    wanted = Wanted(mode=mode, key=key, add_columns=add_columns, encoding=encoding, delimiter=_delimiter(delimiter))
    data, settings = _read(source), settings_of(data_dir)
    with opened(settings) as storage:
        outcome = asyncio.run(_imported(storage, settings, data, wanted, dry_run=dry_run))
    if isinstance(outcome, Plan):
        _say_plan(outcome, as_json=as_json)
    elif as_json:
        say_json(outcome)
    else:
        out.print(escape(printable(f"{source}: {counted(outcome)}, position {outcome['position']}")))


def sheet_at(storage: Storage, moment: str | None, option: str) -> Sheet:
    """The sheet at a moment, with a progress bar for the fold."""
    head = asyncio.run(storage.journal.head()).position
    upto = position_at(storage.journal, head, moment, option)
    with progress() as bar:
        task = bar.add_task("replaying", total=upto)
        return folded(storage.journal, upto, progress=lambda done: bar.update(task, completed=done))


def write(target: Path, parts: Iterable[bytes], *, force: bool) -> None:
    """Write a new file, whole or not at all, or to standard output; ends the command if that cannot be."""
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


def say_written(target: Path, sheet: Sheet, *, as_json: bool) -> None:
    """Say what was written, unless that went to standard output."""
    if str(target) == "-":
        return
    if as_json:
        say_json({"file": str(target), "position": sheet.position, "rows": sheet.total})
    else:
        out.print(escape(printable(f"{target}: {sheet.total} rows, as of position {sheet.position}")))


def _delimiter(text: str | None) -> str | None:
    delimiter = "\t" if text in {"tab", "\\t"} else text
    if delimiter not in {None, *DELIMITERS}:
        raise typer.BadParameter("one of , ; | or tab", param_hint="--delimiter")
    return delimiter


def _read(source: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(source) == "-" else source.read_bytes()
    except OSError as error:
        fail(f"{source} cannot be read: {error.strerror or error}")


async def _imported(
    storage: Storage, settings: Settings, data: bytes, wanted: Wanted, *, dry_run: bool
) -> Answer | Plan:
    async with editing(storage, settings) as editor:
        importer = Importer(editor)
        try:
            return await importer.plan(data, wanted) if dry_run else await importer.run(data, wanted, SHELL)
        except Refused as refused:
            fail(f"{refused.refusal.detail()} ({refused.refusal.code})")


def _say_plan(plan: Plan, *, as_json: bool) -> None:
    body = plan.body()
    if as_json:
        say_json(body)
        return
    for row in body["rows"]:
        if row["verdict"] != "unchanged":
            place = f"row {row['index']}" if "index" in row else f"line {row['line']}"
            out.print(f"{MARKS[row['verdict']]} {place}  {escape(printable(changes(row)))}")
    out.print(f"would be: {counted(body)}")


def counted(body: Answer) -> str:
    """How many rows came, changed and went, in words."""
    names = ("added", "changed", "moved", "deleted")
    return ", ".join(f"{body[name]} {name}" for name in names if body[name]) or "nothing changed"
