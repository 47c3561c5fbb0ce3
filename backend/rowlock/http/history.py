"""Routes of the past: what became of a row, and the proof that the journal is whole."""

import asyncio

from fastapi import APIRouter, Response

from rowlock.core.refusals import RowNotFound
from rowlock.http.deps import Index, ServicesDep, SessionDep, StrictRoute, json_response
from rowlock.http.openapi import problem_responses
from rowlock.service import history, verifier
from rowlock.service.editor import Refused
from rowlock.wire.schemas import HistoryShape, VerificationShape

router = APIRouter(route_class=StrictRoute, tags=["history"])


@router.get("/api/rows/{index}/history", response_model=HistoryShape, responses=problem_responses("row_not_found"))
async def row_history(all_services: ServicesDep, session: SessionDep, index: Index) -> Response:
    """Every change of a row, oldest first; deleted rows too."""
    sheet = all_services.editor.sheet
    events = await history.row_history(all_services.journal, sheet, index)
    if events is None:
        raise Refused(RowNotFound(index=index))
    return json_response({"index": index, "deleted": sheet.row(index) is None, "events": events})


@router.get("/api/verify", response_model=VerificationShape, responses=problem_responses("file_behind"))
async def verify(all_services: ServicesDep, session: SessionDep) -> Response:
    """Replay the journal: do hash chain, live table and file agree? Takes its time; other requests go on."""
    sheet = all_services.editor.sheet
    position, live = sheet.position, sheet.file_parts()
    await all_services.materialized(position)
    published = all_services.materializer.position
    verification, replayed = await asyncio.to_thread(
        verifier.verify, all_services.journal, position, live, published=published
    )
    body = verification.body()
    if verification.ok and (problem := await all_services.file_problem(replayed)):
        body |= {"ok": False, "problems": [problem]}
    return json_response(body)
