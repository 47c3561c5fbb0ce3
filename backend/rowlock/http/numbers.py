"""Routes of the random numbers: pages and plots."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from rowlock.core.times import format_millis, parse_time
from rowlock.http.deps import Digits, ServicesDep, SessionDep, StrictRoute, json_response
from rowlock.http.errors import ProblemError
from rowlock.service.number_ports import Span
from rowlock.wire.problems import Problem
from rowlock.wire.schemas import MAX_INTEGER

router = APIRouter(route_class=StrictRoute, tags=["numbers"])

Begin = Annotated[str | None, Query(alias="from", description="RFC 3339 time")]
End = Annotated[str | None, Query(alias="to", description="RFC 3339 time")]


@router.get("/api/numbers")
async def list_numbers(
    all_services: ServicesDep,
    session: SessionDep,
    offset: Annotated[int, Query(ge=0, le=MAX_INTEGER), Digits] = 0,
    limit: Annotated[int, Query(ge=0), Digits] = 100,
    sort: Literal["timestamp", "value", "-timestamp", "-value"] = "timestamp",
    order: Literal["asc", "desc"] | None = None,
    begin: Begin = None,
    end: End = None,
) -> Response:
    """Stored numbers; `sort=-value` is short for `sort=value&order=desc`."""
    direction = order or ("desc" if sort.startswith("-") else "asc")
    page = await all_services.numbers.page(
        offset, min(limit, 10_000), sort=sort.lstrip("-"), order=direction, span=_span(begin, end)
    )
    items = [{"timestamp": format_millis(each.timestamp), "value": each.value} for each in page.items]
    return json_response({"items": items, "total": page.total})


@router.get("/api/numbers/series")
async def plot_numbers(
    all_services: ServicesDep,
    session: SessionDep,
    points: Annotated[int, Query(ge=1, le=10_000), Digits] = 500,
    begin: Begin = None,
    end: End = None,
) -> Response:
    """Numbers summed up in at most `points` buckets, for a plot."""
    buckets = await all_services.numbers.series(points, _span(begin, end))
    items = [
        {"timestamp": format_millis(each.timestamp), "min": each.min, "max": each.max, "mean": each.mean}
        for each in buckets
    ]
    return json_response({"items": items})


def _span(begin: str | None, end: str | None) -> Span:
    span = Span(begin=_millis("from", begin), end=_millis("to", end))
    if span.begin is not None and span.end is not None and span.begin > span.end:
        raise ProblemError(Problem(code="invalid_request", detail="from: must not be after to."))
    return span


def _millis(name: str, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return parse_time(text) // 1000
    except ValueError as error:
        raise ProblemError(Problem(code="invalid_request", detail=f"{name}: {error}")) from None
