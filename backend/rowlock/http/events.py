"""Routes of the journal: its events."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from rowlock.core.events import KINDS
from rowlock.http import moments
from rowlock.http.deps import Digits, ServicesDep, SessionDep, StrictRoute, json_response
from rowlock.http.errors import ProblemError
from rowlock.http.openapi import problem_responses
from rowlock.service.ports import EventFilter
from rowlock.wire.problems import Problem
from rowlock.wire.receipts import ReceiptShape, receipt_body
from rowlock.wire.schemas import MAX_INTEGER, EventsShape

router = APIRouter(route_class=StrictRoute, tags=["journal"])


@router.get("/api/events", response_model=EventsShape, responses=problem_responses("ahead_of_head"))
async def list_events(
    all_services: ServicesDep,
    session: SessionDep,
    after: Annotated[int, Query(ge=0, le=MAX_INTEGER), Digits] = 0,
    limit: Annotated[int, Query(ge=1), Digits] = 1000,
    index: Annotated[int | None, Query(ge=0, le=MAX_INTEGER), Digits] = None,
    actor: Annotated[str | None, Query(max_length=64)] = None,
    kind: Annotated[str | None, Query()] = None,
    begin: Annotated[str | None, Query(alias="from", description="a position or an RFC 3339 time")] = None,
    end: Annotated[str | None, Query(alias="to", description="a position or an RFC 3339 time")] = None,
) -> Response:
    """Events after `after`, in order; `position` is where the journal stood before they were read."""
    position = all_services.editor.sheet.position
    if after > position:
        raise moments.ahead(position)
    if kind is not None and kind not in KINDS.values():
        detail = f"kind: one of {', '.join(KINDS.values())}."
        raise ProblemError(Problem(code="invalid_request", detail=detail, more={"field": "kind"}))
    first, last = await moments.span_of(begin, end, all_services)
    wanted = EventFilter(
        after=max(after, first - 1), upto=last, limit=min(limit, 10_000), index=index, actor=actor, kind=kind
    )
    events = await all_services.journal.page(wanted)
    return Response(b'{"events":[%b],"position":%d}' % (b",".join(events), position), media_type="application/json")


@router.get("/api/events/{position}/receipt", response_model=ReceiptShape, responses=problem_responses("ahead_of_head"))
async def give_receipt(
    all_services: ServicesDep, session: SessionDep, position: Annotated[int, Path(ge=1, le=MAX_INTEGER), Digits]
) -> Response:
    """A receipt of an event, to be checked later without the server: docs/PROOF.md says how."""
    journal = all_services.journal
    link, head = await journal.link(position), await journal.head()
    if link is None:
        raise moments.ahead(head.position)
    return json_response(receipt_body(link, head, all_services.clock.wall()))
