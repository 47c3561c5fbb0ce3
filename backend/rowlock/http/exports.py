"""The table as a file in an answer, in parts, so that a large one is never built whole."""

import asyncio
from collections.abc import Iterator
from itertools import islice

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from rowlock.core.sheet import Sheet
from rowlock.http.errors import ProblemError
from rowlock.service.exporter import MEDIA_TYPES, Export, Format
from rowlock.wire.problems import Problem

# Parts that are sent at once: few enough that the others' requests get their turn in between.
SENT_PARTS = 64


async def file_response(request: Request, sheet: Sheet, form: Format, guard: str | None) -> Response:
    """The sheet as a file of this format. The bytes are made in a thread, while they are sent."""
    if guard is not None and form != "csv":
        raise ProblemError(Problem(code="invalid_request", detail="Only a CSV is guarded.", more={"field": "guard"}))
    export = Export.of(sheet)
    kind = guard if form == "csv" else form
    tag = f'"{export.position}"' if kind is None else f'"{export.position}-{kind}"'
    headers = {
        "ETag": tag,
        "Cache-Control": "no-cache",
        "Content-Disposition": f'attachment; filename="table.{form}"',
        "X-Content-Type-Options": "nosniff",
    }
    if tag in [each.strip() for each in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    parts = await asyncio.to_thread(export.parts, form, guard=guard is not None)
    if form == "csv" and guard is None and (size := export.csv_size) is not None:
        headers["Content-Length"] = str(size)
    return StreamingResponse(_gathered(parts), headers=headers, media_type=MEDIA_TYPES[form])


def _gathered(parts: Iterator[bytes]) -> Iterator[bytes]:
    while chunk := b"".join(islice(parts, SENT_PARTS)):
        yield chunk
