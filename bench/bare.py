"""The yardstick of reading: a bare FastAPI route that answers with bytes it has in memory, and nothing else."""

import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Response


def create_app(path: Path) -> FastAPI:
    """The app whose every answer is the content of the file at `path`."""
    answer = path.read_bytes()
    app = FastAPI()

    @app.get("/api/fetch_csv")
    async def fetch(offset: int = 0, limit: int = 100) -> Response:
        return Response(answer, media_type="application/json")

    return app


if __name__ == "__main__":
    uvicorn.run(create_app(Path(sys.argv[1])), host="127.0.0.1", port=int(sys.argv[2]), log_level="error")
