"""What a caller is told once a command is done, and whether a request is the same one again."""

from collections.abc import Sequence
from dataclasses import fields
from hashlib import sha256

from rowlock.core.commands import (
    AddRow,
    ChangeRows,
    Command,
    DeleteRow,
    EndLeases,
    ExpireLeases,
    Moment,
    ReleaseLease,
    RenewLease,
    RowOp,
    TakeLease,
)
from rowlock.core.draft import Rows
from rowlock.core.events import Event, LeaseExpired, LeaseReleased, RowAdded
from rowlock.core.leases import live_lease
from rowlock.core.times import format_time
from rowlock.service.ports import Answer

# Not part of what is asked: under which conditions, and bytes that their hash names.
NOT_ASKED = {"version", "token", "data"}


def answer_of(command: Command, events: Sequence[Event], table: Rows, moment: Moment) -> Answer:
    """The answer to a command that made `events`; `table` has folded them, and nothing after them."""
    match command:
        case AddRow():
            return row_answer(table, _added(events)[0], position=table.position)
        case TakeLease() | RenewLease():
            return lease_answer(table, command.index, moment)
        case DeleteRow():
            return {"index": command.index, "position": table.position}
        case ChangeRows():
            return {"position": table.position, "results": _results(command, events, table)}
        case ReleaseLease():
            return {"index": command.index, "position": table.position}
        case EndLeases() | ExpireLeases():
            ended = [e.fact.index for e in events if isinstance(e.fact, LeaseReleased | LeaseExpired)]
            return {"position": table.position, "ended": ended}
        case _:
            index = getattr(command, "index", None)
            if index is None:
                return {"position": events[-1].position if events else table.position}
            return row_answer(table, index, position=table.position)


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


def fingerprint(command: Command) -> bytes:
    """The same for the same request: what is asked, but not the version or token it was asked under."""
    return sha256(repr(_essence(command)).encode("utf-8", "surrogatepass")).digest()[:16]


def _essence(command: Command) -> object:
    if isinstance(command, ChangeRows):
        return [_essence(op) for op in command.ops]
    asked = {each.name: getattr(command, each.name) for each in fields(command) if each.name not in NOT_ASKED}
    if "cells" in asked:
        asked["cells"] = sorted(asked["cells"].items())
    return type(command).__name__, asked


def _added(events: Sequence[Event]) -> list[int]:
    return [event.fact.index for event in events if isinstance(event.fact, RowAdded)]


def _results(command: ChangeRows, events: Sequence[Event], table: Rows) -> list[Answer]:
    """One result an operation: the row as the whole batch left it, or only the index of a deleted one."""
    added = iter(_added(events))

    def index(op: RowOp) -> int:
        return next(added) if isinstance(op, AddRow) else op.index

    return [row_answer(table, index(op)) for op in command.ops]
