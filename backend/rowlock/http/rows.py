"""Routes of the table's rows: reading windows and files, adding, updating, deleting, batches."""

from functools import lru_cache
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from rowlock.core import query as queries
from rowlock.core.commands import AddRow, DeleteRow, UpdateRow
from rowlock.core.query import Filter
from rowlock.http import moments
from rowlock.http.deps import (
    CONDITION_HEADERS,
    ConditionsDep,
    Digits,
    Index,
    ServicesDep,
    SessionDep,
    StrictRoute,
    submitted,
)
from rowlock.http.errors import ProblemError
from rowlock.http.exports import file_response
from rowlock.http.openapi import problem_responses
from rowlock.service.exporter import Format
from rowlock.wire.problems import Problem
from rowlock.wire.schemas import MAX_INTEGER, Batch, BatchShape, Cells, DeletedShape, RowShape, WindowShape
from rowlock.wire.windows import window_json

router = APIRouter(route_class=StrictRoute, tags=["rows"])

Neighbour = Annotated[int | None, Query(ge=0, le=MAX_INTEGER), Digits]
QUERIES_KEPT = 64
ROW = ("row_not_found", "row_deleted")
CELLS = ("unknown_column", "control_character", "cell_too_large", "bad_text")
TURN = ("row_locked", "row_cooling", "stale_lease", "version_mismatch")


@router.get(
    "/api/fetch_csv",
    response_model=WindowShape,
    responses=problem_responses("unknown_column", "ahead_of_head", "parquet_missing"),
)
async def fetch_csv(
    request: Request,
    all_services: ServicesDep,
    session: SessionDep,
    offset: Annotated[int, Query(ge=0, le=MAX_INTEGER), Digits] = 0,
    limit: Annotated[int, Query(ge=0), Digits] = 1000,
    sort: Annotated[str | None, Query(description="a column; `-column` descends")] = None,
    q: Annotated[str, Query(max_length=200, description="text in any cell")] = "",
    filter: Annotated[list[str] | None, Query(description="`column:op:value`, repeatable")] = None,
    at: Annotated[str | None, Query(description="a position or a time: the table as it was then")] = None,
    format: Annotated[Literal["json", Format], Query(description="rows, or the table as a file")] = "json",
    guard: Annotated[str | None, Query(pattern="^spreadsheet$", description="neutralise formulas")] = None,
) -> Response:
    """Rows of the table as JSON, the file itself with `format=csv`, or the table as another file."""
    position = await moments.position_of(at, all_services)
    sheet = await all_services.queries.sheet_at(position)
    if format != "json":
        return await file_response(request, sheet, format, guard)
    query = _query(sort, q, tuple(filter or ()), sheet.columns)
    window = await all_services.queries.window(query, offset, min(limit, 10_000), position)
    return Response(window_json(window), media_type="application/json")


@router.post(
    "/api/add_csv",
    status_code=201,
    response_model=RowShape,
    responses=problem_responses(*ROW, *CELLS),
    openapi_extra=CONDITION_HEADERS,
)
async def add_csv(
    all_services: ServicesDep, given: ConditionsDep, cells: Cells, after: Neighbour = None, before: Neighbour = None
) -> Response:
    """Add a row behind `after`, before `before`, or at the end."""
    if after is not None and before is not None:
        raise ProblemError(Problem(code="invalid_request", detail="Say after or before, not both."))
    return await submitted(all_services, AddRow(cells=cells.root, after=after, before=before), given, 201)


@router.put(
    "/api/update_csv/{index}",
    response_model=RowShape,
    responses=problem_responses(*ROW, *CELLS, *TURN),
    openapi_extra=CONDITION_HEADERS,
)
async def update_csv(all_services: ServicesDep, given: ConditionsDep, index: Index, cells: Cells) -> Response:
    """Change cells of a row."""
    command = UpdateRow(index=index, cells=cells.root, version=given.version, token=given.token)
    return await submitted(all_services, command, given)


@router.delete(
    "/api/delete_csv/{index}",
    response_model=DeletedShape,
    responses=problem_responses(*ROW, *TURN),
    openapi_extra=CONDITION_HEADERS,
)
async def delete_csv(all_services: ServicesDep, given: ConditionsDep, index: Index) -> Response:
    """Delete a row."""
    return await submitted(all_services, DeleteRow(index=index, version=given.version, token=given.token), given)


@router.post(
    "/api/batch_csv",
    response_model=BatchShape,
    responses=problem_responses(*ROW, *CELLS, *TURN),
    openapi_extra=CONDITION_HEADERS,
)
async def batch_csv(all_services: ServicesDep, given: ConditionsDep, batch: Batch) -> Response:
    """Several changes of rows: all or nothing, and one step to undo."""
    return await submitted(all_services, batch.command(), given)


@lru_cache(QUERIES_KEPT)
def _query(sort: str | None, text: str, filters: tuple[str, ...], columns: tuple[str, ...]) -> queries.Query:
    descending = sort is not None and sort.startswith("-") and sort not in columns
    column = sort[1:] if sort and descending else sort
    parsed = tuple(_filter(each, columns) for each in filters)
    return queries.Query(sort=column or None, descending=descending, text=text, filters=parsed)


def _filter(text: str, columns: tuple[str, ...]) -> Filter:
    """`column:op:value`; a column's name may hold colons itself, so the longest that fits is taken."""
    for column in sorted(columns, key=len, reverse=True):
        if text.startswith(f"{column}:"):
            operator, _, value = text[len(column) + 1 :].partition(":")
            if operator in queries.OPERATORS:
                return Filter(column=column, operator=operator, value=value)  # type: ignore[arg-type]  # just checked
    column, _, rest = text.partition(":")
    operator = rest.partition(":")[0]
    if operator in queries.OPERATORS:
        return Filter(column=column, operator=operator, value=rest.partition(":")[2])  # type: ignore[arg-type]
    detail = f"A filter is column:op:value, with op one of {', '.join(queries.OPERATORS)}."
    raise ProblemError(Problem(code="invalid_request", detail=detail, more={"field": "filter"}))
