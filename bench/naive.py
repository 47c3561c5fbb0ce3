"""The yardstick of how it is often done: for each edit a lock, pandas reading, a copy to backups, pandas writing."""

import shutil
import sys
import time
from pathlib import Path

import pandas
import uvicorn
from fastapi import FastAPI
from filelock import FileLock
from pydantic import BaseModel


class Edit(BaseModel):
    """A cell to change."""

    pnl: str


def create_app(table: Path) -> FastAPI:
    """The app on a CSV file, with its backups beside it."""
    lock = FileLock(f"{table}.lock")
    backups = table.parent / "backups"
    backups.mkdir(exist_ok=True)
    app = FastAPI()

    @app.put("/api/update_csv/{index}")
    def update(index: int, edit: Edit) -> dict[str, int]:
        with lock:
            frame = pandas.read_csv(table, dtype=str)
            frame.loc[index, "pnl"] = edit.pnl
            shutil.copy(table, backups / f"{time.time_ns()}.csv")
            frame.to_csv(table, index=False)
        return {"index": index}

    return app


if __name__ == "__main__":
    uvicorn.run(create_app(Path(sys.argv[1])), host="127.0.0.1", port=int(sys.argv[2]), log_level="error")
