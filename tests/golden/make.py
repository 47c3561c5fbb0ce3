"""Writes the golden files anew: `python -m tests.golden.make`. Look at the difference before committing it.

An event once stored must fold for ever: a file here may gain events, but none of its own may change.
"""

import re
from base64 import b64decode, b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
from tests.golden.stories import STORIES, Story, stored_story

from rowlock.core.events import Event
from rowlock.core.evolve import evolve
from rowlock.core.sheet import Sheet
from rowlock.store import chain, codec

FOLDER = Path(__file__).parent
STORED = "stored.json"
Json = dict[str, Any]


def stored_rows(events: list[Event]) -> list[Json]:
    """The events as rows of the event table, chained."""
    rows: list[Json] = []
    for event in events:
        rows.append(codec.named(codec.values_of(event, rows[-1]["hash"] if rows else chain.GENESIS)))
    return rows


def folded(events: list[Event]) -> Sheet:
    sheet = Sheet()
    for event in events:
        evolve(sheet, event)
    return sheet


def shown(sheet: Sheet) -> list[Json]:
    """The rows of a sheet as the golden files write them."""
    return [{"index": index, "version": row.version, "cells": sheet.cells(row.record)} for index, row in sheet.rows()]


def holders(sheet: Sheet) -> dict[str, str]:
    """Who holds which row."""
    leases = {index: sheet.lease(index) for index in sheet.leased()}
    return {str(index): lease.holder for index, lease in sorted(leases.items()) if lease}


def golden(story: Story) -> Json:
    """A story for both folds: the table before, the events as everybody gets them, the table after.

    An import in the middle of a story carries no rows; its client loads the table anew, so `reload` shows them.
    """
    events = story.events()
    before, after = folded(events[:1]), folded(events)
    return {
        "name": story.name,
        "table": {"columns": before.columns, "rows": shown(before)},
        "events": [orjson.loads(codec.wire_of(codec.in_order(row))) for row in stored_rows(events)[1:]],
        "expected": {"columns": after.columns, "rows": shown(after), "leases": holders(after)},
    }


def stored(story: Story) -> Json:
    """The rows of the event table and the blobs they name, and the file they lead to."""
    events = story.events()
    rows = [{**row, "hash": row["hash"].hex()} for row in stored_rows(events)]
    blob = sha256(story.file).hexdigest()
    return {
        "version": codec.VERSION,
        "blobs": {blob: b64encode(story.file).decode()},
        "rows": rows,
        "csv": b64encode(b"".join(folded(events).file_parts())).decode(),
    }


def read_stored(kept: Json) -> tuple[list[Json], dict[bytes, bytes], bytes]:
    """Rows, blobs and the file of a stored story, as `stored` gave them."""
    rows = [{**row, "hash": bytes.fromhex(row["hash"])} for row in kept["rows"]]
    blobs = {bytes.fromhex(name): b64decode(data) for name, data in kept["blobs"].items()}
    return rows, blobs, b64decode(kept["csv"])


def file_name(story: Story) -> str:
    return re.sub(r"\W+", "_", story.name) + ".json"


def files() -> dict[str, Json]:
    """Every golden file by its name."""
    return {file_name(story): golden(story) for story in STORIES} | {STORED: stored(stored_story())}


if __name__ == "__main__":
    for name, content in files().items():
        (FOLDER / name).write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
