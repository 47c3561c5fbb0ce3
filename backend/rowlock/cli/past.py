"""Commands that look at the journal and at the table as it was."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from rowlock.cli.common import AsJson, DataDir, Moment, opened, out, say_json, settings_of
from rowlock.cli.complaints import printable
from rowlock.cli.transfer import sheet_at
from rowlock.core.sheet import Sheet


def show(
    data_dir: DataDir = None,
    at: Moment = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=0, help="How many rows.")] = 50,
    offset: Annotated[int, typer.Option(min=0, help="From which row on.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Show the table, now or at an earlier moment."""
    with opened(settings_of(data_dir)) as storage:
        sheet = sheet_at(storage, at, "--at")
    indexes, versions, records = sheet.window(offset, limit)
    rows = list(zip(indexes, versions, map(sheet.cells, records), strict=True))
    if as_json:
        shown = [{"index": index, "version": version, "cells": cells} for index, version, cells in rows]
        say_json({"columns": sheet.columns, "rows": shown, "total": sheet.total, "position": sheet.position})
        return
    table = Table("", *map(escape, map(printable, sheet.columns)), caption=_caption(sheet, len(rows)))
    for index, _, cells in rows:
        table.add_row(str(index), *(escape(printable(text)) for text in cells))
    out.print(table)


def _caption(sheet: Sheet, shown: int) -> str:
    return f"{shown} of {sheet.total} rows, position {sheet.position}"
