"""Routes between two moments: what differs, who set what, undo and restore."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Response

from rowlock.core.gathering import Selection
from rowlock.http import moments
from rowlock.http.deps import (
    CONDITION_HEADERS,
    ConditionsDep,
    Digits,
    ServicesDep,
    SessionDep,
    StrictRoute,
    answered,
    json_response,
)
from rowlock.http.errors import ProblemError
from rowlock.http.openapi import problem_responses
from rowlock.service import past
from rowlock.service.restorer import Goal, Part, goal_of
from rowlock.service.services import Services
from rowlock.wire.past import (
    BlameShape,
    DiffShape,
    RestoredShape,
    RestoreRequest,
    UndoneShape,
    UndoRequest,
    blame_body,
    diff_body,
)
from rowlock.wire.problems import TABLE_CODES, Problem
from rowlock.wire.schemas import MAX_INTEGER

router = APIRouter(route_class=StrictRoute, tags=["history"])

A_MOMENT = "a position or an RFC 3339 time"


@router.get("/api/diff", response_model=DiffShape, responses=problem_responses("ahead_of_head"))
async def diff(
    all_services: ServicesDep,
    session: SessionDep,
    begin: Annotated[str, Query(alias="from", description=A_MOMENT)],
    end: Annotated[str | None, Query(alias="to", description=f"{A_MOMENT}; else now")] = None,
    limit: Annotated[int, Query(ge=0, le=100_000), Digits] = 10_000,
) -> Response:
    """What turns the table at one moment into the table at the other, by row; at most `limit` rows of each kind."""
    first = await moments.position_of(begin, all_services) or 0
    last = await moments.position_of(end, all_services)
    last = all_services.editor.sheet.position if last is None else last
    found = await past.differences_between(all_services.journal, all_services.queries, first, last)
    return json_response(diff_body(found, first, last, limit))


@router.get(
    "/api/blame",
    response_model=BlameShape,
    responses=problem_responses("row_not_found", "row_deleted", "unknown_column"),
)
async def blame(
    all_services: ServicesDep,
    session: SessionDep,
    index: Annotated[int | None, Query(ge=0, le=MAX_INTEGER, description="only this row"), Digits] = None,
    column: Annotated[str | None, Query(description="only this column")] = None,
    offset: Annotated[int, Query(ge=0, le=MAX_INTEGER), Digits] = 0,
    limit: Annotated[int, Query(ge=0), Digits] = 1000,
) -> Response:
    """Who last set each cell, when, and at which position: of one row, one column, or the whole table."""
    found = await past.blamed(
        all_services.journal,
        all_services.editor.sheet,
        index=index,
        column=column,
        offset=offset,
        limit=min(limit, 10_000),
    )
    return json_response(blame_body(found))


@router.post(
    "/api/undo",
    response_model=UndoneShape,
    responses=problem_responses("undo_conflict", "ahead_of_head"),
    openapi_extra=CONDITION_HEADERS,
)
async def undo(all_services: ServicesDep, given: ConditionsDep, asked: UndoRequest) -> Response:
    """Take events back by events that do the opposite: one batch, which an undo can take back in turn (redo).

    Leases and whole imports cannot be undone. `dry_run` tells what would be undone and what stands in the way.
    """
    selection = await _selection(all_services, asked)
    restorer = all_services.restorer
    if asked.dry_run:
        return json_response(await restorer.would_undo(selection, asked.on_conflict, given.caller))
    answer = await restorer.undo(selection, asked.on_conflict, given.caller, key=given.key)
    return await answered(all_services, answer, given)


@router.post(
    "/api/restore",
    response_model=RestoredShape,
    responses=problem_responses(
        *TABLE_CODES,
        *(
            "row_not_found",
            "unknown_column",
            "column_exists",
            "bad_column",
            "bad_text",
            "no_table",
            "table_moved",
            "ahead_of_head",
        ),
        *("backup_not_found", "backup_failed"),
    ),
    openapi_extra=CONDITION_HEADERS,
)
async def restore(all_services: ServicesDep, given: ConditionsDep, asked: RestoreRequest) -> Response:
    """Bring the table of a moment or a backup back, or some rows or columns of it: by events, as one batch.

    It needs nobody's leave: the leases of the rows that change end, all leases if the whole table goes back.
    """
    goal = await _goal(all_services, asked)
    rows = None if asked.rows is None else frozenset(asked.rows)
    part = Part(rows=rows, columns=None if asked.columns is None else tuple(asked.columns))
    if asked.dry_run:
        return json_response(await all_services.restorer.would_restore(goal, part, given.caller))
    answer = await all_services.restorer.restore(goal, part, given.caller, key=given.key)
    return await answered(all_services, answer, given)


async def _selection(all_services: Services, asked: UndoRequest) -> Selection:
    head = all_services.editor.sheet.position
    furthest = max([*(asked.positions or ()), asked.batch or 0])
    if furthest > head:
        raise moments.ahead(head)
    begin, end = await moments.span_of(asked.begin, asked.end, all_services)
    return Selection(
        positions=frozenset(asked.positions or ()), batch=asked.batch, begin=begin, end=end, actor=asked.actor
    )


async def _goal(all_services: Services, asked: RestoreRequest) -> Goal:
    if asked.backup is not None:
        return await asyncio.to_thread(goal_of, all_services.backups, asked.backup)
    if asked.time is not None and asked.time.isdigit():
        detail = "time: an RFC 3339 time such as 2026-11-23T08:36:53Z; a position is said as position."
        raise ProblemError(Problem(code="invalid_request", detail=detail, more={"field": "time"}))
    text = str(asked.position) if asked.time is None else asked.time
    return Goal(position=await moments.position_of(text, all_services) or 0)
