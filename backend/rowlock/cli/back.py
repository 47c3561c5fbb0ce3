"""Commands that take edits back, bring earlier tables back, and keep the present one."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer
from rich.markup import escape

from rowlock.cli.common import AsJson, DataDir, opened, out, position_at, say_json, settings_of
from rowlock.cli.complaints import fail, printable
from rowlock.cli.transfer import SHELL, counted, sheet_at
from rowlock.clock import SystemClock
from rowlock.core.gathering import Selection
from rowlock.core.refusals import UndoConflict
from rowlock.core.times import format_time, parse_time
from rowlock.core.undo import OnConflict
from rowlock.files.backups import Backup, Backups
from rowlock.service.answers import conflict_body
from rowlock.service.editor import Refused
from rowlock.service.ports import Answer, BackupError, BackupNotFound
from rowlock.service.queries import Queries
from rowlock.service.restorer import Goal, Part, Restorer, goal_of
from rowlock.settings import Settings
from rowlock.storage import Storage, editing

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")]


def restore(
    to: Annotated[str, typer.Option("--to", help="A position, an RFC 3339 time, or the name of a backup.")],
    data_dir: DataDir = None,
    row: Annotated[list[int] | None, typer.Option("--row", min=0, help="Only this row; repeatable.")] = None,
    column: Annotated[list[str] | None, typer.Option("--column", help="Only this column; repeatable.")] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Bring an earlier table back, or some of its rows or columns: by events, so that nothing is lost."""
    settings = settings_of(data_dir)
    part = Part(rows=frozenset(row) if row else None, columns=tuple(column) if column else None)
    with opened(settings) as storage:
        goal = _goal(storage, settings, to)

        async def job(restorer: Restorer) -> Answer:
            if dry_run:
                return await restorer.would_restore(goal, part, SHELL)
            return await restorer.restore(goal, part, SHELL)

        answer = asyncio.run(_restoring(storage, settings, job))
    if as_json:
        say_json(answer)
    else:
        verb = "would be" if dry_run else "restored"
        out.print(escape(printable(f"{verb}: {counted(answer)}, position {answer['position']}")))


def undo(
    positions: Annotated[
        list[int] | None, typer.Argument(min=1, metavar="[P]...", help="The events' positions.")
    ] = None,
    data_dir: DataDir = None,
    batch: Annotated[int | None, typer.Option(min=1, help="A whole batch.", show_default=False)] = None,
    actor: Annotated[str | None, typer.Option(help="What this person did.", show_default=False)] = None,
    begin: Annotated[str | None, typer.Option("--from", help="Since this moment.", show_default=False)] = None,
    end: Annotated[str | None, typer.Option("--to", help="Up to this moment.", show_default=False)] = None,
    on_conflict: Annotated[OnConflict, typer.Option(help="Where later edits stand in the way.")] = "refuse",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take events back, by events that do the opposite; undoing those is the redo."""
    span = any(each is not None for each in (begin, end, actor))
    if [bool(positions), batch is not None, span].count(True) != 1:
        raise typer.BadParameter("say positions, or --batch, or any of --actor, --from and --to")
    settings = settings_of(data_dir)
    with opened(settings) as storage:
        first, last = span_at(storage, begin, end)
        chosen = frozenset(positions or ())
        selection = Selection(positions=chosen, batch=batch, begin=first, end=last, actor=actor)

        async def job(restorer: Restorer) -> Answer:
            if dry_run:
                return await restorer.would_undo(selection, on_conflict, SHELL)
            return await restorer.undo(selection, on_conflict, SHELL)

        _check_happened(storage, max([*chosen, batch or 0]))
        answer = asyncio.run(_restoring(storage, settings, job))
    _say_undone(answer, dry_run=dry_run, as_json=as_json)


def backup(
    data_dir: DataDir = None,
    listed: Annotated[bool, typer.Option("--list", help="List the backups instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """Keep a copy of the table as it is now, and say its name."""
    settings = settings_of(data_dir)
    backups = Backups(settings.backup_dir)
    try:
        found = list(backups.list()) if listed else [_made(backups, settings)]
        bodies = [_body(backups, each) for each in reversed(found)]
    except BackupError as error:
        fail(str(error))
    if as_json:
        say_json(bodies if listed else bodies[0])
        return
    for body in bodies:
        out.print(escape(f"{body['name']}  position {body['position']}  {body['size']} bytes  {body['sha256']}"))


def span_at(storage: Storage, begin: str | None, end: str | None) -> tuple[int, int | None]:
    """The first and the last position between two moments; wrong usage ends the command with code 2."""
    head = asyncio.run(storage.journal.head()).position
    first = 1 if begin is None else position_at(storage.journal, head, begin, "--from")
    if begin is not None and not begin.isdigit():  # a time: the first event since then
        first = asyncio.run(storage.journal.position_at(parse_time(begin) - 1)) + 1
    last = None if end is None else position_at(storage.journal, head, end, "--to")
    return max(1, first), last


def _check_happened(storage: Storage, position: int) -> None:
    head = asyncio.run(storage.journal.head()).position
    if position > head:
        raise typer.BadParameter(f"the journal ends at position {head}")


def _goal(storage: Storage, settings: Settings, to: str) -> Goal:
    if to.endswith(".csv"):
        try:
            return goal_of(Backups(settings.backup_dir), to)
        except BackupNotFound:
            fail(f"there is no backup {to}; `rowlock backup --list` names them")
        except BackupError as error:
            fail(str(error))
    head = asyncio.run(storage.journal.head()).position
    return Goal(position=position_at(storage.journal, head, to, "--to"))


async def _restoring(storage: Storage, settings: Settings, job: Callable[[Restorer], Awaitable[Answer]]) -> Answer:
    async with editing(storage, settings) as editor:
        restorer = Restorer(editor, storage.journal, Queries(editor.sheet, storage.journal))
        try:
            return await job(restorer)
        except Refused as refused:
            refusal = refused.refusal
            if isinstance(refusal, UndoConflict):
                _say_conflicts([conflict_body(each) for each in refusal.conflicts])
                fail("nothing was undone; --on-conflict skip or dependants goes on")
            fail(f"{refusal.detail()} ({refusal.code})")


def _say_undone(answer: Answer, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        say_json(answer)
        return
    _say_conflicts(answer["conflicts"])
    undone = ", ".join(map(str, answer["undone"])) or "nothing"
    out.print(f"{'would be undone' if dry_run else 'undone'}: {undone}; position {answer['position']}")


def _say_conflicts(conflicts: list[Answer]) -> None:
    for conflict in conflicts:
        out.print(f"[yellow]conflict[/yellow]  {escape(printable(conflict['detail']))}")


def _made(backups: Backups, settings: Settings) -> Backup:
    with opened(settings) as storage:
        sheet = sheet_at(storage, None, "")
    return backups.write(sheet.file_parts(), sheet.position, SystemClock().wall())


def _body(backups: Backups, made: Backup) -> Answer:
    return {
        "name": made.name,
        "position": made.position,
        "at": format_time(made.at),
        "size": made.size,
        "sha256": backups.digest(made.name),
    }
