"""Routes of leases: take, renew, give back, list."""

from typing import Annotated

from fastapi import APIRouter, Body, Response

from rowlock.core.commands import ReleaseLease, RenewLease, TakeLease
from rowlock.core.leases import status
from rowlock.http.deps import (
    CONDITION_HEADERS,
    ConditionsDep,
    Index,
    ServicesDep,
    SessionDep,
    StrictRoute,
    json_response,
    submitted,
)
from rowlock.http.openapi import problem_responses
from rowlock.wire.schemas import HeldShape, LeaseRequest, LeaseShape
from rowlock.wire.statuses import status_body

router = APIRouter(route_class=StrictRoute, tags=["leases"])


@router.post(
    "/api/rows/{index}/lease",
    status_code=201,
    response_model=LeaseShape,
    responses=problem_responses("row_locked", "row_cooling", "row_not_found", "row_deleted", "too_many_leases"),
    openapi_extra=CONDITION_HEADERS,
)
async def take_lease(
    all_services: ServicesDep, given: ConditionsDep, index: Index, asked: Annotated[LeaseRequest | None, Body()] = None
) -> Response:
    """Take the row; taking one's own again renews it, `takeover` moves it here from another window."""
    takeover = asked is not None and asked.takeover
    return await submitted(all_services, TakeLease(index=index, takeover=takeover), given, 201)


@router.put(
    "/api/rows/{index}/lease",
    response_model=LeaseShape,
    responses=problem_responses("stale_lease"),
    openapi_extra=CONDITION_HEADERS,
)
async def renew_lease(all_services: ServicesDep, given: ConditionsDep, index: Index) -> Response:
    """Hold the row for another term."""
    return await submitted(all_services, RenewLease(index=index, token=given.token), given)


@router.delete(
    "/api/rows/{index}/lease",
    status_code=204,
    response_class=Response,
    responses=problem_responses("not_lease_owner", "stale_lease", "row_not_found", "row_deleted"),
    openapi_extra=CONDITION_HEADERS,
)
async def release_lease(all_services: ServicesDep, given: ConditionsDep, index: Index) -> Response:
    """Give the row back; a row that is free already is fine."""
    await all_services.editor.submit(ReleaseLease(index=index, token=given.token), given.caller, key=given.key)
    return Response(status_code=204)


@router.get("/api/leases", response_model=list[HeldShape])
async def list_leases(all_services: ServicesDep, session: SessionDep) -> Response:
    """The rows that are held or cooling."""
    editor, wall = all_services.editor, all_services.clock.wall()
    now = editor.clock.now()
    rows = sorted({*editor.sheet.leased(), *editor.sheet.cooled()})
    found = (status(editor.sheet, index, now) for index in rows)
    return json_response([status_body(each, wall) for each in found if each.status != "free"])
