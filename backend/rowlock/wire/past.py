"""The shapes of requests and answers about the past: undo, restore, differences, blame."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from rowlock.core.differences import Differences
from rowlock.core.events import Cells
from rowlock.core.times import format_time
from rowlock.service.past import Blamed
from rowlock.wire.schemas import MAX_INTEGER, Natural, Shape, Text

MAX_POSITIONS = 10_000

Position = Annotated[int, Field(ge=1, le=MAX_INTEGER, strict=True)]
# A position, or an RFC 3339 time.
Moment = Position | Text


class UndoRequest(Shape):
    """Which events to take back: those at `positions`, a `batch`, or what `actor` did `from` a moment `to` another."""

    positions: Annotated[list[Position], Field(min_length=1, max_length=MAX_POSITIONS)] | None = None
    batch: Position | None = None
    begin: Annotated[Moment | None, Field(alias="from")] = None
    end: Annotated[Moment | None, Field(alias="to")] = None
    actor: Annotated[str, Field(strict=True, min_length=1, max_length=64)] | None = None
    dry_run: Annotated[bool, Field(strict=True)] = False
    on_conflict: Literal["refuse", "skip", "dependants"] = "refuse"

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        span = self.begin is not None or self.end is not None or self.actor is not None
        if [self.positions is not None, self.batch is not None, span].count(True) != 1:
            raise ValueError("say positions, or batch, or any of from, to and actor")
        return self


class RestoreRequest(Shape):
    """Where to go back to, and what of the table: these `rows`, these `columns`, or where both cross."""

    position: Natural | None = None
    time: Text | None = None
    backup: Text | None = None
    rows: Annotated[list[Natural], Field(min_length=1, max_length=MAX_POSITIONS)] | None = None
    columns: Annotated[list[Text], Field(min_length=1)] | None = None
    dry_run: Annotated[bool, Field(strict=True)] = False

    @model_validator(mode="after")
    def _one_goal(self) -> Self:
        if [self.position, self.time, self.backup].count(None) != 2:
            raise ValueError("say one of position, time and backup")
        return self


class UndoConflictShape(BaseModel):
    """Why the event at `position` cannot be taken back; `by` is the later event that stands in the way."""

    position: int
    code: str
    detail: str
    index: int | None = None
    column: str | None = None
    by: int | None = None
    actor: str | None = None


class UndoneShape(BaseModel):
    """What an undo did: the events that it took back, and those that it could not."""

    position: int
    undone: list[int]
    conflicts: list[UndoConflictShape]


class RestoredShape(BaseModel):
    """How many rows a restore changed."""

    position: int
    added: int
    changed: int
    moved: int
    deleted: int


class DiffRowShape(BaseModel):
    """A row that is only on one side."""

    index: int
    cells: dict[str, str]


class ChangeShape(BaseModel):
    """From what to what a cell changed; null: its column was not there."""

    begin: Annotated[str | None, Field(alias="from")]
    to: str | None


class DiffChangeShape(BaseModel):
    """A row that is on both sides with other texts."""

    index: int
    cells: dict[str, ChangeShape]


class DiffColumnsShape(BaseModel):
    """What became of the columns."""

    added: list[str]
    deleted: list[str]
    renamed: dict[str, str]
    moved: list[str]


class DiffShape(BaseModel):
    """What turns the table at position `from` into the one at `to`; `more` rows are not listed."""

    begin: Annotated[int, Field(alias="from")]
    to: int
    added: list[DiffRowShape]
    changed: list[DiffChangeShape]
    deleted: list[DiffRowShape]
    moved: list[int]
    columns: DiffColumnsShape
    more: int


class SetterShape(BaseModel):
    """A cell's text, and the event that set it."""

    text: str
    position: int
    at: str
    actor: str


class BlamedRowShape(BaseModel):
    """Who last set each cell of a row."""

    index: int
    cells: dict[str, SetterShape]


class BlameShape(BaseModel):
    """Who last set each cell; `total` rows are there."""

    position: int
    columns: list[str]
    rows: list[BlamedRowShape]
    total: int


def changes_body(cells: Cells) -> dict[str, Any]:
    """Changed cells as JSON."""
    return {column: {"from": old, "to": new} for column, (old, new) in cells.items()}


def diff_body(found: Differences, begin: int, end: int, limit: int) -> dict[str, Any]:
    """Differences as JSON, at most `limit` rows of each kind."""
    columns, kinds = found.columns, (found.added, found.changed, found.deleted, found.moved)
    return {
        "from": begin,
        "to": end,
        "added": [{"index": index, "cells": dict(cells)} for index, cells in _first(found.added, limit)],
        "changed": [{"index": index, "cells": changes_body(cells)} for index, cells in _first(found.changed, limit)],
        "deleted": [{"index": index, "cells": dict(cells)} for index, cells in _first(found.deleted, limit)],
        "moved": list(found.moved[:limit]),
        "columns": {
            "added": columns.added,
            "deleted": columns.deleted,
            "renamed": dict(columns.renamed),
            "moved": columns.moved,
        },
        "more": sum(max(0, len(kind) - limit) for kind in kinds),
    }


def blame_body(found: Blamed) -> dict[str, Any]:
    """Who set which cells, as JSON."""
    rows = [
        {
            "index": index,
            "cells": {
                column: {"text": text, "position": setter.position, "at": format_time(setter.at), "actor": setter.actor}
                for column, text, setter in zip(found.columns, texts, setters, strict=True)
            },
        }
        for index, texts, setters in found.rows
    ]
    return {"position": found.position, "columns": found.columns, "rows": rows, "total": found.total}


def _first(rows: Mapping[int, Any], limit: int) -> list[tuple[int, Any]]:
    return list(rows.items())[:limit]
