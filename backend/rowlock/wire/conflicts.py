"""Conflicts as JSON: for the list, and for the message that one has come up."""

from typing import Any

from pydantic import BaseModel

from rowlock.core.merge import Clash
from rowlock.core.times import format_time
from rowlock.service.conflicts import Conflict

MESSAGE_ROWS = 100


class ClashShape(BaseModel):
    """A cell that stayed ours; without a `column` the row, with null for "there is none (any more)"."""

    index: int
    column: str | None = None
    ours: str | dict[str, str] | None
    theirs: str | dict[str, str] | None


class ConflictShape(BaseModel):
    """An outside save, or rows of one, that waits for somebody to accept or dismiss it.

    `position`: the state of the table that it was compared with. `indexes`: the rows it is about, null for the whole
    file; `rows`: the first of their values. `changes`: what the whole file would change, where it could be read.
    """

    id: str
    at: str
    reason: str
    detail: str
    file: str
    position: int
    indexes: list[int] | None
    rows: list[ClashShape]
    changes: dict[str, int] | None


class AcceptedShape(BaseModel):
    """What accepting a conflict did: the position after it."""

    id: str
    position: int


def conflict_body(conflict: Conflict) -> dict[str, Any]:
    """A conflict as JSON."""
    return {
        "id": conflict.id,
        "at": format_time(conflict.at),
        "reason": conflict.reason,
        "detail": conflict.detail,
        "file": conflict.file,
        "position": conflict.base,
        "indexes": None if conflict.indexes is None else list(conflict.indexes),
        "rows": [_clash(clash) for clash in conflict.rows],
        "changes": None if conflict.changes is None else dict(conflict.changes),
    }


def conflict_message(conflict: Conflict) -> dict[str, Any]:
    """A conflict as the socket event `file_conflict` tells it: not more rows than one can look at."""
    rows = [_clash(clash) for clash in conflict.rows[:MESSAGE_ROWS]]
    return {"id": conflict.id, "reason": conflict.reason, "detail": conflict.detail, "rows": rows}


def _clash(clash: Clash) -> dict[str, Any]:
    column = {} if clash.column is None else {"column": clash.column}
    return {"index": clash.index, **column, "ours": clash.ours, "theirs": clash.theirs}
