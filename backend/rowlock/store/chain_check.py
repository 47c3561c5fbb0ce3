"""Checks a long stretch of the hash chain in a process of its own, while this one folds the events.

The process: `python -m rowlock.store.chain_check FILE POSITION HASH UPTO` checks the events behind that position and
writes as one line of JSON how far it came: `{"position", "hash", "broken"}`, `broken` saying what is wrong with the
next event, or null.
"""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import orjson

from rowlock.service.ports import ChainBroken, Head, StorageFailed
from rowlock.store.chain import COLUMNS, HASH, NOT_ITS_HASH, POSITION, Values, checked_values

CHUNK = 1_000
_ROWS = f"SELECT {', '.join(COLUMNS)} FROM event WHERE position > ? AND position <= ? ORDER BY position LIMIT ?"


class ChainCheck:
    """A check of the events after `after` up to `upto` in an SQLite file, begun when it is made."""

    def __init__(self, path: Path, after: Head, upto: int) -> None:
        command = [sys.executable, "-m", __name__, str(path), str(after.position), after.hash.hex(), str(upto)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def head(self) -> Head:
        """The last event that was checked, once all of them are. Raises `ChainBroken` at the first that is wrong."""
        answer, errors = self._process.communicate()
        if self._process.returncode:
            last = errors.decode(errors="replace").strip().rpartition("\n")[2]
            raise StorageFailed(f"the hash chain could not be checked: {last}")
        found = orjson.loads(answer)
        if found["broken"] is not None:
            raise ChainBroken(found["position"] + 1, found["broken"])
        return Head(position=found["position"], hash=bytes.fromhex(found["hash"]))

    def end(self) -> None:
        """Give the check up, if it still goes on."""
        self._process.kill()
        self._process.communicate()


def checked(connection: sqlite3.Connection, head: Head, upto: int) -> tuple[Head, str | None]:
    """The last event after `head` up to `upto` that is right, and what is wrong with the next one, if anything is."""
    limit = CHUNK
    while True:
        try:
            rows = connection.execute(_ROWS, (head.position, upto, limit)).fetchall()
        except sqlite3.OperationalError as error:
            if hasattr(error, "sqlite_errorcode"):
                raise
            if limit == 1:  # bytes that are no text, where only text is ever stored
                return head, NOT_ITS_HASH
            limit = 1
            continue
        if not rows:
            return head, None
        last: Values | None = None
        broken: str | None = None
        try:
            for row in checked_values(rows, head):
                last = row
        except ChainBroken as error:
            broken = error.detail
        if last is not None:
            head = Head(position=last[POSITION], hash=last[HASH])
        if broken is not None:
            return head, broken


def main(path: str, position: str, known: str, upto: str) -> None:
    """Check, and write down how far all is well."""
    after = Head(position=int(position), hash=bytes.fromhex(known))
    with closing(sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=ro", uri=True)) as connection:
        head, broken = checked(connection, after, int(upto))
    found = {"position": head.position, "hash": head.hash.hex(), "broken": broken}
    sys.stdout.buffer.write(orjson.dumps(found) + b"\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
