"""Routes that take a whole file into the table."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile

from rowlock.http.deps import (
    CONDITION_HEADERS,
    ConditionsDep,
    ServicesDep,
    StrictRoute,
    answered,
    json_response,
)
from rowlock.http.errors import ProblemError
from rowlock.http.openapi import problem_responses
from rowlock.wire.imports import ImportedShape, ImportOptions
from rowlock.wire.problems import TABLE_CODES, Problem

router = APIRouter(route_class=StrictRoute, tags=["rows"])

PATH = "/api/import_csv"
_FILE = {"type": "string", "format": "binary", "description": "the CSV file"}
_OPTIONS = ImportOptions.model_json_schema()["properties"]
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {"type": "object", "required": ["file"], "properties": {"file": _FILE, **_OPTIONS}}
            }
        },
    }
}


@router.post(
    PATH,
    response_model=ImportedShape,
    responses=problem_responses(
        *TABLE_CODES,
        "unknown_column",
        "bad_column",
        "column_exists",
        "row_locked",
        "table_moved",
        "bad_request",
        "unsupported_media_type",
    ),
    openapi_extra=CONDITION_HEADERS | _BODY,
)
async def import_csv(request: Request, all_services: ServicesDep, given: ConditionsDep) -> Response:
    """Take a CSV file in: instead of the table, or row by row by a key column. Options in the form or the address."""
    async with request.form(max_files=1) as form:  # after the session was checked: nobody else may fill the disk
        upload, options = _upload(form), _options(form, request)
        data = await asyncio.to_thread(upload.file.read)
    if options.dry_run:
        return json_response((await all_services.importer.plan(data, options.wanted())).body())
    answer = await all_services.importer.run(data, options.wanted(), given.caller, key=given.key)
    return await answered(all_services, answer, given)


def _upload(form: FormData) -> UploadFile:
    for value in form.values():
        if isinstance(value, UploadFile):
            return value
    detail = "A file is needed, as a part of a form: Content-Type: multipart/form-data."
    raise ProblemError(Problem(code="unsupported_media_type", detail=detail))


def _options(form: FormData, request: Request) -> ImportOptions:
    given: dict[str, Any] = {name: value for name, value in form.items() if isinstance(value, str)}
    try:
        return ImportOptions(**(given | dict(request.query_params)))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "key"
        detail = f"{field}: {first['msg'].removeprefix('Value error, ')}."
        raise ProblemError(Problem(code="invalid_request", detail=detail, more={"field": field})) from None
