"""The golden files, which the client folds too: what was once stored or sent leads to the same table for ever."""

from typing import Any

import orjson
import pytest
from tests.golden.make import FOLDER, STORED, files, holders, read_stored, shown

from rowlock.core.events import KINDS
from rowlock.core.evolve import evolve
from rowlock.core.fields import new_record
from rowlock.core.records import Dialect, read_table
from rowlock.core.sheet import Sheet
from rowlock.service.ports import Head
from rowlock.store import chain, codec

NAMES = sorted(path.name for path in FOLDER.glob("*.json"))
NO_BLOBS: dict[bytes, bytes] = {}
GOLDEN = [name for name in NAMES if name != STORED]


def read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = orjson.loads((FOLDER / name).read_bytes())
    return content


def table_of(rows: list[dict[str, Any]], columns: list[str]) -> Sheet:
    """A sheet that shows these rows, made without any event but an import."""
    lines = [new_record(texts, Dialect(), None) for texts in [columns, *(row["cells"] for row in rows)]]
    sheet = Sheet()
    sheet.position = 1
    sheet.load(read_table(b"".join(lines), delimiter=","))
    return sheet


def stored_row(event: dict[str, Any]) -> dict[str, Any]:
    """An event that everybody gets, back as a row of the journal."""
    common = {"position", "kind", "index", "at", "actor", "key", "batch", "hash"}
    payload = {name: value for name, value in event.items() if name not in common}
    row = {name: event.get(name) for name in ("position", "kind", "actor", "key", "batch")}
    return row | {"row_index": event.get("index"), "at": 0, "session": None, "payload": orjson.dumps(payload).decode()}


@pytest.mark.parametrize("name", [name for name in GOLDEN if name != "table_imported.json"])
def test_the_events_that_everybody_gets_lead_to_the_table(name: str) -> None:
    golden = read(name)
    sheet = table_of(golden["table"]["rows"], golden["table"]["columns"])
    for event in golden["events"]:
        evolve(sheet, codec.event_of(stored_row(event), NO_BLOBS.__getitem__))
    expected = golden["expected"]
    assert (list(sheet.columns), shown(sheet), holders(sheet)) == (
        expected["columns"],
        expected["rows"],
        expected["leases"],
    )


def test_what_was_stored_folds_to_the_same_bytes() -> None:
    rows, blobs, file = read_stored(read(STORED))
    sheet = Sheet()
    for row in codec.checked(rows, Head(position=0, hash=chain.GENESIS)):
        evolve(sheet, codec.event_of(row, blobs.__getitem__))
    assert b"".join(sheet.file_parts()) == file


def test_what_is_stored_today_is_what_was_stored() -> None:
    rows, blobs, _ = read_stored(read(STORED))
    previous = chain.GENESIS
    for row in rows:
        assert codec.named(codec.values_of(codec.event_of(row, blobs.__getitem__), previous)) == row
        previous = row["hash"]


def test_the_files_are_what_the_script_writes() -> None:
    written = {name: orjson.loads(orjson.dumps(content)) for name, content in files().items()}
    assert sorted(written) == NAMES
    assert all(read(name) == content for name, content in written.items())


def test_every_kind_of_event_is_in_the_golden_files() -> None:
    told = {event["kind"] for name in GOLDEN for event in read(name)["events"]}
    kept = {row["kind"] for row in read(STORED)["rows"]}
    assert told == kept == set(KINDS.values())
