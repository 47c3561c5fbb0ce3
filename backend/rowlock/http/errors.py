"""Problems as HTTP responses, for every error that can leave a route, and in the API's description."""

import logging
from collections.abc import Mapping

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from rowlock.clock import SystemClock
from rowlock.service.account_errors import AccountError
from rowlock.service.conflicts import ConflictNotFound
from rowlock.service.editor import Overloaded, Refused
from rowlock.service.parquet import ParquetMissing
from rowlock.service.ports import BackupError, StorageError
from rowlock.service.services import FileBehind
from rowlock.wire.problems import BY_STATUS, MEDIA_TYPE, Problem, problem_of
from rowlock.wire.strict_json import BadJson

log = logging.getLogger(__name__)
_clock = SystemClock()


class ProblemError(Exception):
    """Leaves a route as its problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def problem_response(problem: Problem, more: Mapping[str, str] | None = None) -> Response:
    """The problem as a response, with `Retry-After` and `WWW-Authenticate` where they belong, and `more` headers."""
    headers = dict(more or {})
    if problem.retry_after is not None:
        headers["Retry-After"] = str(problem.retry_after)
    if problem.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(orjson.dumps(problem.body()), problem.status, headers, MEDIA_TYPE)


class BodyLimit:
    """Refuses bodies that say they are too large; those that do not say it FastAPI stops counting at the same limit.

    It is around the whole app, since what FastAPI does about the former is no problem in our form. `others`: paths
    that have limits of their own.
    """

    def __init__(self, app: ASGIApp, limit: int, others: Mapping[str, int]) -> None:
        self.app = app
        self._limit = limit
        self._others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI application."""
        claimed = Headers(scope=scope).get("content-length", "") if scope["type"] == "http" else ""
        limit = self._others.get(scope.get("path", ""), self._limit)
        if claimed.isdecimal() and int(claimed) > limit:
            detail = f"A body has at most {limit} bytes."
            await problem_response(Problem(code="body_too_large", detail=detail))(scope, receive, send)
        else:
            await self.app(scope, receive, send)


KNOWN = (
    Refused,
    AccountError,
    StorageError,
    BackupError,
    ConflictNotFound,
    FileBehind,
    Overloaded,
    BadJson,
    ParquetMissing,
    ProblemError,
)


def install(app: FastAPI) -> None:
    """Turn every error of the app into a problem."""
    for kind in KNOWN:
        app.add_exception_handler(kind, _told)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _told)


def response_to(error: Exception, place: str) -> Response:
    """The response that tells of an error that left a route; one that nobody foresaw is logged with its `place`."""
    if isinstance(error, ProblemError):
        return problem_response(error.problem)
    problem = problem_of(error, _clock.wall())
    if problem.code == "internal_error":
        log.error("%s failed", place, exc_info=error)
    return problem_response(problem)


async def _told(request: Request, error: Exception) -> Response:
    return response_to(error, f"{request.method} {request.url.path}")


async def _invalid(request: Request, error: Exception) -> Response:
    """The first thing that is wrong, with its place; the value itself is not repeated."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    place = [str(part) for part in first["loc"]]
    if first["type"] == "json_invalid":
        return problem_response(Problem(code="bad_json", detail="The body is not valid JSON."))
    if place == ["body"] and (first["type"] == "missing" or isinstance(first.get("input"), bytes)):
        detail = "A JSON body is needed, with the header Content-Type: application/json."
        return problem_response(Problem(code="bad_json", detail=detail))
    detail = f"{'.'.join(place)}: {first['msg']}."
    return problem_response(Problem(code="invalid_request", detail=detail, more={"field": ".".join(place[1:])}))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, BadJson):  # FastAPI hides what was wrong with a body behind a 400
        return await _told(request, error.__cause__)
    code = BY_STATUS.get(error.status_code, "bad_request")
    return problem_response(Problem(code=code, detail=str(error.detail)), error.headers)
