"""What a caller is told once a command is done, and whether a request is the same one again."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from hashlib import sha256

from rowlock.core.columns import ColumnFact, columns_after
from rowlock.core.commands import (
    AddColumn,
    AddRow,
    ChangeRows,
    ChangeTable,
    ColumnCommand,
    DeleteColumn,
    DeleteRow,
    EndLeases,
    ExpireLeases,
    ImportTable,
    Moment,
    MoveColumn,
    ReleaseLease,
    RenameColumn,
    RenewLease,
    TakeLease,
)
from rowlock.core.draft import Rows
from rowlock.core.events import (
    Event,
    Fact,
    LeaseExpired,
    LeaseReleased,
    RowAdded,
    RowDeleted,
    RowMoved,
    RowUpdated,
    TableImported,
)
from rowlock.core.leases import live_lease
from rowlock.core.refusals import Conflict
from rowlock.core.restore import RestoreTable
from rowlock.core.steps import Made
from rowlock.core.times import format_time
from rowlock.core.undo import UndoEvents
from rowlock.service.deciding import Intent
from rowlock.service.ports import Answer

# Not part of what is asked: under which conditions, and bytes that their hash names.
NOT_ASKED = {"version", "token", "data"}


def answer_of(command: Intent, events: Sequence[Event], table: Rows, moment: Moment, made: Made) -> Answer:
    """The answer to a command that `made` these `events`; `table` has folded them, and nothing after them.

    But for changes of the whole table: there it stands where it was before.
    """
    match command:
        case AddRow():
            return row_answer(table, _added(events)[0], position=table.position)
        case TakeLease() | RenewLease():
            return lease_answer(table, command.index, moment)
        case DeleteRow():
            return {"index": command.index, "position": table.position}
        case ChangeRows():
            return {"position": table.position, "results": _results(command, events, table)}
        case AddColumn() | RenameColumn() | MoveColumn() | DeleteColumn():
            return _columns_answer(events, table)
        case ChangeTable() if command.ops and all(isinstance(op, ColumnCommand) for op in command.ops):
            return _columns_answer(events, table)
        case ChangeTable() | RestoreTable():
            return {**counts(event.fact for event in events), "position": _last(events, table)}
        case UndoEvents():
            return undo_answer(made, _last(events, table))
        case ImportTable():
            rows = {"added": _rows_of(events), "changed": 0, "moved": 0, "deleted": table.total}
            return {**rows, "position": events[-1].position}
        case ReleaseLease():
            return {"index": command.index, "position": table.position}
        case EndLeases() | ExpireLeases():
            ended = [e.fact.index for e in events if isinstance(e.fact, LeaseReleased | LeaseExpired)]
            return {"position": table.position, "ended": ended}
        case _:
            return row_answer(table, command.index, position=table.position)


def row_answer(table: Rows, index: int, *, position: int | None = None) -> Answer:
    """A row as JSON: index, version and every cell by its column's name."""
    row = table.row(index)
    if row is None:
        return {"index": index}
    cells = dict(zip(table.columns, table.cells(row.record), strict=True))
    answer: Answer = {"index": index, "version": row.version, "cells": cells}
    if position is not None:
        answer["position"] = position
    return answer


def lease_answer(table: Rows, index: int, moment: Moment) -> Answer:
    """A live lease as JSON: `expires_in` in seconds, since the caller's clock may be wrong."""
    lease = live_lease(table, index, moment.lease)
    assert lease is not None
    left = lease.until - moment.lease
    return {
        "index": index,
        "token": lease.token,
        "holder": lease.holder,
        "expires_at": format_time(moment.wall + left),
        "expires_in": left / 1_000_000,
    }


def undo_answer(made: Made, position: int) -> Answer:
    """What was taken back, and what could not be."""
    conflicts = [conflict_body(conflict) for conflict in made.conflicts]
    return {"position": position, "undone": list(made.undone), "conflicts": conflicts}


def conflict_body(conflict: Conflict) -> Answer:
    """What stands in the way of taking an event back, as JSON; what is not known is left out."""
    return {name: value for name, value in asdict(conflict).items() if value is not None}


def fingerprint(command: Intent) -> bytes:
    """The same for the same request: what is asked, but not the version or token it was asked under."""
    return sha256(repr(_essence(command)).encode("utf-8", "surrogatepass")).digest()[:16]


def _essence(command: Intent) -> object:
    if isinstance(command, ChangeRows):
        return [_essence(op) for op in command.ops]
    if (request := getattr(command, "request", None)) is not None:
        return request
    asked = {each.name: getattr(command, each.name) for each in fields(command) if each.name not in NOT_ASKED}
    if "cells" in asked:
        asked["cells"] = sorted(asked["cells"].items())
    return type(command).__name__, asked


def _added(events: Sequence[Event]) -> list[int]:
    return [event.fact.index for event in events if isinstance(event.fact, RowAdded)]


def _columns_answer(events: Sequence[Event], table: Rows) -> Answer:
    columns = table.columns
    for event in events:
        if isinstance(event.fact, ColumnFact):
            columns = columns_after(columns, event.fact)
    return {"columns": list(columns), "position": _last(events, table)}


def counts(facts: Iterable[Fact]) -> Answer:
    """How many rows came, changed and went; one that did several of these counts by what became of it."""
    added, changed, moved, deleted = set[int](), set[int](), set[int](), set[int]()
    for fact in facts:
        match fact:
            case RowAdded(index=index):
                added.add(index)
            case RowUpdated(index=index):
                changed.add(index)
            case RowMoved(index=index):
                moved.add(index)
            case RowDeleted(index=index):
                deleted.add(index)
    return {
        "added": len(added - deleted),
        "changed": len(changed - added - deleted),
        "moved": len(moved - changed - added - deleted),
        "deleted": len(deleted - added),
    }


def _rows_of(events: Sequence[Event]) -> int:
    return sum(event.fact.rows for event in events if isinstance(event.fact, TableImported))


def _last(events: Sequence[Event], table: Rows) -> int:
    return events[-1].position if events else table.position


def _results(command: ChangeRows, events: Sequence[Event], table: Rows) -> list[Answer]:
    """One result an operation: the row as the whole batch left it, or only the index of a deleted one."""
    added = iter(_added(events))
    indexes = [next(added) if isinstance(op, AddRow) else op.index for op in command.ops]
    return [row_answer(table, index) for index in indexes]
