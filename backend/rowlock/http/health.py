"""Routes for machines that look after the server: is it alive, is it ready, what are its figures."""

from fastapi import APIRouter, Request, Response

from rowlock.http.deps import ServicesDep, json_response
from rowlock.http.errors import problem_response
from rowlock.http.openapi import problem_responses
from rowlock.wire.problems import Problem

router = APIRouter(tags=["health"])

TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"


@router.get("/api/health", responses=problem_responses("not_ready"))
async def health(request: Request, all_services: ServicesDep) -> Response:
    """200 when journal, file and scheduler work; 503 says which does not."""
    checks = {
        "journal": await all_services.journal_problem(),
        "file": all_services.materializer.problem,
        "scheduler": request.app.state.jobs.problem,
    }
    body = {
        "checks": {name: problem or "ok" for name, problem in checks.items()},
        "position": all_services.editor.sheet.position,
        "file_position": all_services.materializer.position,
        "published_position": all_services.publisher.position,
        "rows": all_services.editor.sheet.total,
        "version": request.app.version,
    }
    wrong = [f"{name}: {problem}" for name, problem in checks.items() if problem]
    if wrong:
        return problem_response(Problem(code="not_ready", detail="; ".join(wrong), retry_after=1, more=body))
    return json_response({"status": "ok"} | body)


@router.get("/metrics", include_in_schema=False)
async def metrics(request: Request) -> Response:
    """The figures in Prometheus' text format."""
    return Response(request.app.state.metrics.text(), media_type=TEXT_FORMAT)
