"""Problems as HTTP responses, for every error that can leave a route, and in the API's description."""

import logging
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from rowlock.clock import SystemClock
from rowlock.service.account_errors import AccountError
from rowlock.service.editor import Overloaded, Refused
from rowlock.service.ports import BackupError, StorageError
from rowlock.service.services import FileBehind
from rowlock.wire.problems import BY_STATUS, MEDIA_TYPE, STATUSES, Problem, problem_of
from rowlock.wire.schemas import ProblemShape
from rowlock.wire.strict_json import BadJson

log = logging.getLogger(__name__)
_clock = SystemClock()


class ProblemError(Exception):
    """Leaves a route as its problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def problem_response(problem: Problem) -> Response:
    """The problem as a response, with `Retry-After` and `WWW-Authenticate` where they belong."""
    headers = {}
    if problem.retry_after is not None:
        headers["Retry-After"] = str(problem.retry_after)
    if problem.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(orjson.dumps(problem.body()), problem.status, headers, MEDIA_TYPE)


def problem_responses(*codes: str) -> dict[int | str, dict[str, Any]]:
    """The refusals of a route for its `responses=`."""
    found: dict[int | str, dict[str, Any]] = {}
    for code in codes:
        status = STATUSES[code]
        known = found.setdefault(status, {"description": "", "model": ProblemShape, "content": {MEDIA_TYPE: {}}})
        known["description"] += ("; " if known["description"] else "") + f"`{code}`"
    return found


def install(app: FastAPI) -> None:
    """Turn every error of the app into a problem."""
    for kind in (Refused, AccountError, StorageError, BackupError, FileBehind, Overloaded, BadJson):
        app.add_exception_handler(kind, _known)
    app.add_exception_handler(ProblemError, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unknown)


async def _known(request: Request, error: Exception) -> Response:
    return problem_response(problem_of(error, _clock.wall()))


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return problem_response(error.problem)


async def _invalid(request: Request, error: Exception) -> Response:
    """The first thing that is wrong, with its place; the value itself is not repeated."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    place = [str(part) for part in first["loc"]]
    if first["type"] == "json_invalid":
        return problem_response(Problem(code="bad_json", detail="The body is not valid JSON."))
    if place == ["body"] and first["type"] in {"missing", "model_attributes_type"}:
        detail = "A JSON body is needed, with the header Content-Type: application/json."
        return problem_response(Problem(code="bad_json", detail=detail))
    detail = f"{'.'.join(place)}: {first['msg']}."
    return problem_response(Problem(code="invalid_request", detail=detail, more={"field": ".".join(place[1:])}))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = BY_STATUS.get(error.status_code, "bad_request")
    return problem_response(Problem(code=code, detail=str(error.detail)))


async def _unknown(request: Request, error: Exception) -> Response:
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return problem_response(problem_of(error, _clock.wall()))
