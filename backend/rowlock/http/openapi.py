"""The API's description: every refusal a route may meet, in its true media type."""

from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI

from rowlock.wire.problems import MEDIA_TYPE, STATUSES
from rowlock.wire.schemas import ProblemShape

SHAPE = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemShape"}}}
READS_A_BODY = ("bad_json", "duplicate_key", "invalid_request", "body_too_large")
WRITES = (
    "session_ended",
    "idempotency_mismatch",
    "overloaded",
    "storage_busy",
    "storage_failed",
    "storage_full",
    "outcome_unknown",
    "file_behind",
)


def problem_responses(*codes: str) -> dict[int | str, dict[str, Any]]:
    """The refusals of a route for its `responses=`; those that any route may meet are added by `install`."""
    found: dict[int | str, dict[str, Any]] = {}
    for code in codes:
        _declare(found, STATUSES[code], code)
    return found


def install(app: FastAPI) -> None:
    """Have the app describe the refusals that follow from what a route reads: a session, a body, conditions."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = plain()
            schema["components"]["schemas"]["ProblemShape"] = ProblemShape.model_json_schema()
            for path in schema["paths"].values():
                for operation in path.values():
                    _describe(operation)
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]  # FastAPI's documented way to extend it


def _describe(operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    if responses.get("422", {}).get("description") == "Validation Error":  # FastAPI's own shape, which is not ours
        del responses["422"]
    for code in _implied(operation):
        _declare(responses, str(STATUSES[code]), code)


def _implied(operation: dict[str, Any]) -> Iterable[str]:
    parameters = [each["name"] for each in operation.get("parameters", [])]
    if operation.get("security"):
        yield "unauthorized"
    if parameters:
        yield "invalid_request"
    if "requestBody" in operation:
        yield from READS_A_BODY
    if "Idempotency-Key" in parameters:
        yield from WRITES


def _declare(responses: dict[Any, dict[str, Any]], status: int | str, code: str) -> None:
    known = responses.setdefault(status, {"description": "", "content": SHAPE})
    if f"`{code}`" not in known["description"]:
        known["description"] += ("; " if known["description"] else "") + f"`{code}`"
