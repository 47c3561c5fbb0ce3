"""The yardstick: a bare FastAPI route with one SQLite transaction (WAL, FULL) for each edit, and nothing else."""

import sqlite3
import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel


class Edit(BaseModel):
    """A cell to change."""

    pnl: str


def create_app(path: Path) -> FastAPI:
    """The app on a database at `path`."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE edit (id INTEGER PRIMARY KEY, row INTEGER, pnl TEXT)")
    app = FastAPI()

    @app.put("/api/update_csv/{index}")
    async def update(index: int, edit: Edit) -> dict[str, int]:
        connection.execute("BEGIN IMMEDIATE")
        cursor = connection.execute("INSERT INTO edit (row, pnl) VALUES (?, ?)", (index, edit.pnl))
        connection.execute("COMMIT")
        return {"index": index, "version": cursor.lastrowid or 0}

    return app


if __name__ == "__main__":
    uvicorn.run(create_app(Path(sys.argv[1])), host="127.0.0.1", port=int(sys.argv[2]), log_level="error")
