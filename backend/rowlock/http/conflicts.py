"""Routes of conflicts: outside saves that were set aside, accepted or dismissed one by one."""

from fastapi import APIRouter, Response

from rowlock.http.deps import ConditionsDep, ServicesDep, SessionDep, StrictRoute, json_response
from rowlock.http.openapi import WRITES, problem_responses
from rowlock.service.conflicts import DISMISSED
from rowlock.wire.conflicts import AcceptedShape, ConflictShape, conflict_body
from rowlock.wire.problems import TABLE_CODES

router = APIRouter(route_class=StrictRoute, tags=["conflicts"])

# What may keep the changes of a save from being made: what may keep anybody's write.
REFUSALS = ("row_locked", "row_cooling", "row_deleted", "row_not_found", "version_mismatch", "table_moved", *WRITES)


@router.get("/api/conflicts", response_model=list[ConflictShape])
async def list_conflicts(all_services: ServicesDep, session: SessionDep) -> Response:
    """The conflicts that are open, newest first."""
    return json_response([conflict_body(each) for each in all_services.conflicts.list()])


@router.post(
    "/api/conflicts/{name}/accept",
    response_model=AcceptedShape,
    responses=problem_responses("conflict_not_found", "backup_failed", *TABLE_CODES, *REFUSALS),
)
async def accept_conflict(all_services: ServicesDep, given: ConditionsDep, name: str) -> Response:
    """Write what the outside save asks for, as one batch of yours and under the rules of any write of yours."""
    conflict = all_services.conflicts.find(name)
    answer = await all_services.outside.accept(conflict, given.caller)
    return json_response({"id": conflict.id, "position": answer["position"]})


@router.post(
    "/api/conflicts/{name}/dismiss",
    status_code=204,
    response_class=Response,
    responses=problem_responses("conflict_not_found", "backup_failed"),
)
async def dismiss_conflict(all_services: ServicesDep, session: SessionDep, name: str) -> Response:
    """Leave the table as it is. The file stays in the backups' folder `conflicts`."""
    conflicts = all_services.conflicts
    await conflicts.settle(conflicts.find(name), DISMISSED, session.username)
    return Response(status_code=204)
