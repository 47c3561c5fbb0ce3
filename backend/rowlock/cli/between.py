"""Commands that compare two moments of the table, and tell who set what."""

import asyncio
from typing import Annotated, Any

import typer
from rich.text import Text

from rowlock.cli.common import AsJson, DataDir, opened, out, say_json, settings_of
from rowlock.cli.complaints import fail, printable
from rowlock.cli.transfer import sheet_at
from rowlock.core.times import format_time
from rowlock.service.editor import Refused
from rowlock.service.past import Blamed, blamed, compared
from rowlock.wire.past import blame_body, diff_body

STYLES = {"-": "red", "+": "green", "@": "cyan"}
ALL = 2**31


def diff(
    begin: Annotated[str, typer.Argument(metavar="A", help="A position or an RFC 3339 time.")],
    end: Annotated[str | None, typer.Argument(metavar="[B]", help="The same; else now.", show_default=False)] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show what differs between two moments of the table, row by row."""
    with opened(settings_of(data_dir)) as storage:
        old, new = sheet_at(storage, begin, "A"), sheet_at(storage, end, "B")
        found = compared(storage.journal, old, new)
    body = diff_body(found, old.position, new.position, ALL)
    if as_json:
        say_json(body)
    elif not found.empty:
        say_diff(body, f"position {old.position}", f"position {new.position}")


def blame(
    data_dir: DataDir = None,
    index: Annotated[int | None, typer.Option("--index", min=0, help="Only this row.", show_default=False)] = None,
    column: Annotated[str | None, typer.Option("--column", help="Only this column.", show_default=False)] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=0, help="How many rows.")] = 50,
    offset: Annotated[int, typer.Option(min=0, help="From which row on.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Show who last set each cell, when, and at which position."""
    with opened(settings_of(data_dir)) as storage:
        sheet = sheet_at(storage, None, "")
        try:
            found = asyncio.run(blamed(storage.journal, sheet, index=index, column=column, offset=offset, limit=limit))
        except Refused as refused:
            fail(refused.refusal.detail())
    if as_json:
        say_json(blame_body(found))
    else:
        _say_blame(found)


def say_diff(body: dict[str, Any], old: str, new: str) -> None:
    """Print differences as a diff does: what is gone behind a minus, what is new behind a plus."""
    lines = [f"--- {old}", f"+++ {new}", *_columns(body["columns"])]
    for row in body["deleted"]:
        lines += [f"@@ row {row['index']} deleted @@", *_cells("-", row["cells"])]
    for row in body["changed"]:
        lines.append(f"@@ row {row['index']} @@")
        for column, change in row["cells"].items():
            lines += [f"{mark}{column}: {text}" for mark, text in _sides(change)]
    for row in body["added"]:
        lines += [f"@@ row {row['index']} added @@", *_cells("+", row["cells"])]
    lines += [f"@@ row {index} moved @@" for index in body["moved"]]
    for line in lines:
        out.print(Text(printable(line), style=STYLES.get(line[0], "")))


def _columns(columns: dict[str, Any]) -> list[str]:
    gone = [*columns["deleted"], *columns["renamed"]]
    new = [*columns["added"], *columns["renamed"].values()]
    moved = [f"@@ column {name} moved @@" for name in columns["moved"]]
    changed = [*(f"-{name}" for name in gone), *(f"+{name}" for name in new)]
    return [*(["@@ columns @@", *changed] if changed else []), *moved]


def _cells(mark: str, cells: dict[str, str]) -> list[str]:
    return [f"{mark}{column}: {text}" for column, text in cells.items() if text]


def _sides(change: dict[str, str | None]) -> list[tuple[str, str]]:
    return [(mark, text) for mark, text in (("-", change["from"]), ("+", change["to"])) if text is not None]


def _say_blame(found: Blamed) -> None:
    """A line for each cell: where, when and who, then what."""
    width = max((len(setter.actor) for _, _, setters in found.rows for setter in setters), default=0)
    for index, texts, setters in found.rows:
        for column, text, setter in zip(found.columns, texts, setters, strict=True):
            line = Text()
            line.append(f"{setter.position:>8}  {format_time(setter.at)[:19]}Z  ", style="dim")
            line.append(printable(f"{setter.actor:<{width}}"), style="cyan")
            line.append(printable(f"  row {index}  {column}: {text}"))
            out.print(line)
