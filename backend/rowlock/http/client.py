"""The client's own files: built into the package, served at `/`, under a strict content security policy."""

from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, HTMLResponse

from rowlock.http.errors import ProblemError
from rowlock.wire.problems import Problem

router = APIRouter(include_in_schema=False)

STATIC = Path(__file__).resolve().parents[1] / "static"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self' ws: wss:; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
UNCHANGING = {"Cache-Control": "public, max-age=31536000, immutable"}
NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Rowlock</title>
<body style="font-family:system-ui;background:#111827;color:#e5e7eb;max-width:40rem;margin:4rem auto;padding:0 1rem">
<h1>Rowlock is running</h1>
<p>The web client has not been built into this installation. The HTTP interface is described at
<a style="color:#93c5fd" href="/docs">/docs</a>.</p>"""


@router.get("/assets/{name}")
async def asset(name: str) -> Response:
    """A file of the client whose name changes with its content."""
    if not _is_file(STATIC / "assets", name):
        raise ProblemError(Problem(code="not_found", detail="There is no such file."))
    return FileResponse(STATIC / "assets" / name, headers=HEADERS | UNCHANGING)


@router.get("/{path:path}")
async def page(request: Request, path: str) -> Response:
    """The client's page, whatever the path: it finds its way by itself. What looks like an interface is none."""
    if path.startswith(("api/", "socket.io")):
        raise ProblemError(Problem(code="not_found", detail="There is no such resource."))
    if _is_file(STATIC, path):
        return FileResponse(STATIC / path, headers=HEADERS)
    index = STATIC / "index.html"
    if not index.is_file():
        return HTMLResponse(NOT_BUILT, headers=HEADERS)
    return FileResponse(index, headers=HEADERS | {"Cache-Control": "no-cache"})


def _is_file(folder: Path, name: str) -> bool:
    """Whether the folder itself has a file of this name."""
    if not name or "/" in name or name.startswith("."):
        return False
    try:
        return (folder / name).is_file()
    except OSError:  # a name that no disk can hold
        return False
