"""The yardstick of HTTP: bare FastAPI routes that read and write what they have in memory, and nothing else."""

import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Response
from pydantic import BaseModel


class Edit(BaseModel):
    """A cell to change."""

    pnl: str


def create_app(path: Path) -> FastAPI:
    """The app that answers reads with the content of the file at `path`, and keeps edits in a dictionary."""
    answer = path.read_bytes()
    edits: dict[int, str] = {}
    app = FastAPI()

    @app.put("/api/update_csv/{index}")
    async def update(index: int, edit: Edit) -> dict[str, int]:
        edits[index] = edit.pnl
        return {"index": index}

    @app.get("/api/fetch_csv")
    async def fetch(offset: int = 0, limit: int = 100) -> Response:
        return Response(answer, media_type="application/json")

    return app


if __name__ == "__main__":
    uvicorn.run(create_app(Path(sys.argv[1])), host="127.0.0.1", port=int(sys.argv[2]), log_level="error")
