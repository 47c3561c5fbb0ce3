"""Takes edits back and brings earlier tables back: gathers what that needs, and has it decided by the editor."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

from rowlock.core.commands import Caller
from rowlock.core.gathering import Gathered, Selection
from rowlock.core.lineage import kept_columns
from rowlock.core.lookalike import lookalike
from rowlock.core.records import BadTable, Dialect, read_table
from rowlock.core.refusals import BadTableRefused, TableMoved
from rowlock.core.restore import RestoreTable, decide_restore
from rowlock.core.sheet import Sheet
from rowlock.core.steps import Made
from rowlock.core.undo import OnConflict, UndoEvents, decide_undo
from rowlock.service.answers import counts, undo_answer
from rowlock.service.editor import Editor, Refused
from rowlock.service.ports import Answer, BackupError, BackupNotFound, BackupStore, Journal
from rowlock.service.queries import Queries

TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What of the table is to be brought back: these rows, or these columns (None: all), or where both cross."""

    rows: frozenset[int] | None = None
    columns: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """Where to go back to: a position; or `data`, the bytes of the backup `name`, should they be other ones."""

    position: int
    name: str | None = None
    data: bytes | None = None


class Restorer:
    """Undo and restore on the editor's sheet."""

    def __init__(self, editor: Editor, journal: Journal, queries: Queries) -> None:
        self._editor = editor
        self._journal = journal
        self._queries = queries

    async def undo(
        self, selection: Selection, on_conflict: OnConflict, caller: Caller, *, key: str | None = None
    ) -> Answer:
        """Take events back. Raises `Refused`, and what `Editor.submit` raises."""
        return await self._editor.submit(await self._undoing(selection, on_conflict), caller, key=key)

    async def would_undo(self, selection: Selection, on_conflict: OnConflict, caller: Caller) -> Answer:
        """What `undo` would do and what stands in the way, where it would refuse too; nothing is done."""
        command = await self._undoing(selection, "skip" if on_conflict == "refuse" else on_conflict)
        sheet, moment = self._editor.sheet.copy(), self._editor.clock.moment()
        await asyncio.to_thread(_gather, self._journal, command.gathered, sheet.position)
        made = await asyncio.to_thread(decide_undo, sheet, command, caller, moment, self._editor.rules)
        assert isinstance(made, Made)
        return undo_answer(made, sheet.position)

    async def restore(self, goal: Goal, part: Part, caller: Caller, *, key: str | None = None) -> Answer:
        """Bring the table of the goal back, or a part of it. Raises `Refused`, and what `Editor.submit` raises."""
        for left in reversed(range(TRIES)):
            try:
                return await self._editor.submit(await self._restoring(goal, part), caller, key=key)
            except Refused as refused:  # a backup that is no moment of the journal was compared with an older table
                if not (left and isinstance(refused.refusal, TableMoved)):
                    raise
        raise AssertionError("unreachable")

    async def would_restore(self, goal: Goal, part: Part, caller: Caller) -> Answer:
        """What `restore` would change; nothing is done. Raises `Refused`."""
        return await self.would(await self._restoring(goal, part), caller)

    async def would(self, command: RestoreTable, caller: Caller) -> Answer:
        """What the command would change; nothing is done. Raises `Refused`."""
        sheet, moment = self._editor.sheet.copy(), self._editor.clock.moment()
        made = await asyncio.to_thread(decide_restore, sheet, command, caller, moment, self._editor.rules)
        if not isinstance(made, Made):
            raise Refused(made)
        return {**counts(made.facts), "position": sheet.position}

    async def _undoing(self, selection: Selection, on_conflict: OnConflict) -> UndoEvents:
        past = (await self._queries.sheet_at(selection.first - 1)).copy()
        gathered = Gathered(past, selection)
        await asyncio.to_thread(_gather, self._journal, gathered, self._editor.sheet.position)
        span = (selection.begin, selection.end, selection.batch, selection.actor)
        request = f"undo {sorted(selection.positions)} {span} {on_conflict}"
        return UndoEvents(gathered=gathered, on_conflict=on_conflict, request=request)

    async def _restoring(self, goal: Goal, part: Part) -> RestoreTable:
        rows = None if part.rows is None else sorted(part.rows)
        command = RestoreTable(
            target=(await self._queries.sheet_at(goal.position)).copy(),
            kept={},
            rows=part.rows,
            columns=part.columns,
            request=f"restore {goal.position} {goal.name} {rows} {part.columns}",
        )
        if goal.data is None or goal.data == b"".join(command.target.file_parts()):
            later = await asyncio.to_thread(self._journal.about, None, goal.position)
            kept = kept_columns(command.target.columns, (entry.event for entry in later))
            return replace(command, kept=kept)
        base = self._editor.sheet.copy()
        target, kept = await asyncio.to_thread(_lookalike, base, goal.data, command.target.dialect)
        return replace(command, target=target, kept=kept, at_position=base.position)


def goal_of(backups: BackupStore, name: str) -> Goal:
    """The table that a backup holds. It blocks; raises `BackupNotFound`, `BackupError`."""
    backup = next((each for each in backups.list() if each.name == name), None)
    if backup is None:
        raise BackupNotFound(f"there is no backup {name!r}")
    try:
        return Goal(position=backup.position, name=name, data=backups.path_of(name).read_bytes())
    except OSError as error:
        raise BackupError(f"the backup {name} cannot be read: {error}") from error


def _lookalike(base: Sheet, data: bytes, dialect: Dialect) -> tuple[Sheet, Mapping[str, str]]:
    try:
        table = read_table(data, encoding=dialect.encoding, delimiter=dialect.delimiter)
    except BadTable as bad:
        raise Refused(BadTableRefused(code=bad.code, reason=bad.detail, line=bad.line, byte=bad.byte)) from None
    return lookalike(base, table)


def _gather(journal: Journal, gathered: Gathered, upto: int) -> None:
    for entry in journal.entries(gathered.position, upto):
        gathered.take(entry.event)
