"""The command that folds the journal anew: to an earlier moment, or as if some of it had not been."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from rowlock.cli.back import span_at
from rowlock.cli.between import ALL, say_diff
from rowlock.cli.common import AsJson, DataDir, opened, out, progress, say_json, settings_of
from rowlock.cli.complaints import fail, printable
from rowlock.cli.transfer import SHELL, Force, counted, say_written, sheet_at, write
from rowlock.core.differences import differences
from rowlock.core.gathering import Selection
from rowlock.core.refusals import TableMoved
from rowlock.core.restore import RestoreTable
from rowlock.core.times import format_time
from rowlock.core.what_if import Groundless, WhatIf
from rowlock.service.editor import Refused
from rowlock.service.ports import Answer, Journal
from rowlock.settings import Settings
from rowlock.storage import Storage, editing
from rowlock.wire.past import diff_body

TRIES = 5


def replay(
    target: Annotated[
        Path | None, typer.Option("--out", help="The file to write; - is standard output.", show_default=False)
    ] = None,
    to: Annotated[str | None, typer.Option("--to", help="A position or an RFC 3339 time.", show_default=False)] = None,
    without: Annotated[
        list[str] | None,
        typer.Option("--without", help="actor=NAME, position=N or batch=B: as if that had not been; repeatable."),
    ] = None,
    begin: Annotated[
        str | None, typer.Option("--from", help="Leave out only what came since; --to: until.", show_default=False)
    ] = None,
    diff: Annotated[bool, typer.Option("--diff", help="Show it against today.")] = False,
    promote: Annotated[bool, typer.Option("--promote", help="Make it the table, as one batch.")] = False,
    data_dir: DataDir = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Write the table as it was at a moment, byte for byte, or as it would be without some events."""
    settings = settings_of(data_dir)
    if without:
        if not (target or diff or promote):
            raise typer.BadParameter("say --out F, --diff or --promote", param_hint="--without")
        with opened(settings) as storage:
            ending = _Ending(target=target, diff=diff, promote=promote, force=force, as_json=as_json)
            _without(storage, settings, _selections(storage, without, begin, to), ending)
        return
    if to is None or target is None or begin or diff or promote:
        raise typer.BadParameter("say --to and --out, or --without", param_hint="replay")
    with opened(settings) as storage:
        sheet = sheet_at(storage, to, "--to")
    write(target, sheet.file_parts(), force=force)
    say_written(target, sheet, as_json=as_json)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ending:
    """What is to be done with the table that would have been."""

    target: Path | None
    diff: bool
    promote: bool
    force: bool
    as_json: bool


def _selections(storage: Storage, without: list[str], begin: str | None, end: str | None) -> list[Selection]:
    first, last = span_at(storage, begin, end)
    return [_selection(text, first, last) for text in without]


def _selection(text: str, first: int, last: int | None) -> Selection:
    name, _, value = text.partition("=")
    if name == "actor" and value:
        return Selection(actor=value, begin=first, end=last)
    if name in {"position", "batch"} and value.isascii() and value.isdigit() and 0 < len(value) <= 16:
        number = int(value)
        if name == "position":
            return Selection(positions=frozenset({number}))
        return Selection(batch=number, begin=first, end=last)
    raise typer.BadParameter("actor=NAME, position=N or batch=B", param_hint="--without")


def _without(storage: Storage, settings: Settings, selections: list[Selection], ending: _Ending) -> None:
    what_if = _imagined(storage.journal, selections)
    if not what_if.dropped:
        fail("no event is meant by --without")
    if not what_if.sheet.columns:
        fail("without these events there is no table")
    report = _report(what_if)
    if ending.diff:
        report["diff"] = _difference(storage, what_if)
    if ending.promote:
        report["promoted"] = asyncio.run(_promoted(storage, settings, selections))
    if ending.target is not None:
        write(ending.target, what_if.sheet.file_parts(), force=ending.force)
    if ending.as_json and str(ending.target) != "-":
        say_json(report)
    elif str(ending.target) != "-":
        _say(report, ending)


def _imagined(journal: Journal, selections: list[Selection]) -> WhatIf:
    what_if = WhatIf(selections)
    head = asyncio.run(journal.head()).position
    with progress() as bar:
        task = bar.add_task("replaying", total=head)
        for entry in journal.entries(0, head):
            what_if.take(entry.event)
            if not entry.event.position % 1000:
                bar.update(task, completed=entry.event.position)
    return what_if


def _report(what_if: WhatIf) -> dict[str, Any]:
    return {
        "position": what_if.sheet.position,
        "rows": what_if.sheet.total,
        "left_out": [event.position for event in what_if.dropped],
        "groundless": [_groundless(each) for each in what_if.groundless],
    }


def _groundless(each: Groundless) -> dict[str, Any]:
    event = each.event
    return {"position": event.position, "at": format_time(event.at), "actor": event.actor, "reason": each.reason}


def _difference(storage: Storage, what_if: WhatIf) -> dict[str, Any]:
    today = sheet_at(storage, str(what_if.sheet.position), "--diff")
    found = differences(today, what_if.sheet, what_if.names)
    return diff_body(found, today.position, today.position, ALL)


async def _promoted(storage: Storage, settings: Settings, selections: list[Selection]) -> Answer:
    """Make the imagined table the real one; imagined anew if somebody edits meanwhile."""
    async with editing(storage, settings) as editor:
        for left in reversed(range(TRIES)):
            what_if = await asyncio.to_thread(_imagined, storage.journal, selections)
            command = RestoreTable(
                target=what_if.sheet,
                kept={here: real for real, here in what_if.names.items()},
                reason="what_if",
                ends_all_leases=False,
                at_position=what_if.sheet.position,
            )
            try:
                return await editor.submit(command, SHELL)
            except Refused as refused:
                if not (left and isinstance(refused.refusal, TableMoved)):
                    fail(f"{refused.refusal.detail()} ({refused.refusal.code})")
    raise AssertionError("unreachable")


def _say(report: dict[str, Any], ending: _Ending) -> None:
    for each in report["groundless"]:
        line = f"event {each['position']} of {each['actor']} has no ground: {each['reason']}"
        out.print(f"[yellow]groundless[/yellow]  {escape(printable(line))}")
    if ending.diff:
        say_diff(report["diff"], "today", f"without {len(report['left_out'])} events")
    if ending.target is not None:
        out.print(
            escape(printable(f"{ending.target}: {report['rows']} rows, {len(report['left_out'])} events left out"))
        )
    if ending.promote:
        answer = report["promoted"]
        out.print(f"promoted: {counted(answer)}, position {answer['position']}")
