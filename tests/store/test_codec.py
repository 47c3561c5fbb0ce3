"""Events as they are stored and as everybody gets them: nothing is lost on the way, nothing private is shown."""

from hashlib import sha256
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.golden.stories import STORIES, stored_story
from tests.store.facts import IMPORT, OIL, PRICE, events

from rowlock.core.events import KINDS, ColumnDeleted, Event, LeaseGranted, LeaseReleased
from rowlock.service.ports import ChainBroken, Head
from rowlock.store import codec
from rowlock.store.chain import GENESIS
from rowlock.store.codec import UnknownEvent, entry_of, event_of, in_order, named, values_of, wire_of

START = Head(position=0, hash=GENESIS)
EVERYTHING = [event for story in (*STORIES, stored_story()) for event in story.events()]


def stored(*told: Event) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for event in told:
        rows.append(named(values_of(event, rows[-1]["hash"] if rows else GENESIS)))
    return rows


def wire(event: Event) -> dict[str, Any]:
    shown: dict[str, Any] = orjson.loads(wire_of(values_of(event, GENESIS)))
    return shown


@pytest.mark.parametrize("event", EVERYTHING, ids=lambda event: KINDS[type(event.fact)])
def test_what_is_stored_is_read_again_as_it_was(event: Event) -> None:
    data = getattr(event.fact, "data", b"")
    assert event_of(named(values_of(event, GENESIS)), {sha256(data).digest(): data}.__getitem__) == event


@given(st.dictionaries(st.integers(0, 2**40), st.text(st.characters(exclude_categories=["Cs"])), max_size=3))
def test_texts_by_row_are_read_again_as_they_were(values: dict[int, str]) -> None:
    (event,) = events(ColumnDeleted(column="price", place=1, values=values))
    assert event_of(named(values_of(event, GENESIS)), {b"": b""}.__getitem__) == event


def test_everybody_gets_who_when_what_and_the_hash_but_not_the_session() -> None:
    (event,) = events(PRICE, key="k")
    assert wire(event) == {
        "position": 1,
        "kind": "row_updated",
        "index": 0,
        "at": "1970-01-01T00:00:01.000000Z",
        "actor": "ada",
        "key": "k",
        "v": 1,
        "cells": {"price": {"from": "2", "to": "5"}},
        "until": 99,
        "hash": named(values_of(event, GENESIS))["hash"].hex(),
    }


def test_a_lease_shows_its_token_its_holder_and_when_it_ends_on_the_wall_clock() -> None:
    (event,) = events(LeaseGranted(index=4, client="tab", since=7_000_000, until=9_000_000))
    shown = wire(event)
    assert (shown["token"], shown["holder"]) == (1, "ada")
    assert shown["expires_at"] == "1970-01-01T00:00:03.000000Z"
    assert "bound" not in shown


def test_the_bytes_of_an_imported_file_are_named_not_shown() -> None:
    (event,) = events(IMPORT)
    assert wire(event)["blob"] == IMPORT.blob.hex()
    assert b"Tea" not in wire_of(values_of(event, GENESIS))


def test_the_reason_of_an_event_and_what_it_undoes_are_kept_and_shown() -> None:
    event = Event(position=1, at=0, actor="ada", fact=LeaseReleased(index=0, token=1), reason="logout", undoes=9)
    assert (wire(event)["reason"], wire(event)["undoes"]) == ("logout", 9)
    assert event_of(named(values_of(event, GENESIS)), {b"": b""}.__getitem__) == event


def test_the_hash_is_made_as_the_recipe_says() -> None:
    first, second = stored(*events(PRICE, OIL))
    head = b'[2,1,"row_added",2,2000000,"ada","s",null,null]'
    assert second["hash"] == sha256(first["hash"] + head + b"\n" + second["payload"].encode()).digest()


def test_an_entry_holds_the_event_its_json_and_its_hash() -> None:
    (event,) = events(PRICE)
    (row,) = stored(event)
    entry = entry_of(row, {b"": b""}.__getitem__)
    assert (entry.event, entry.wire, entry.hash) == (event, wire_of(in_order(row)), row["hash"])


@pytest.mark.parametrize(("field", "value"), [("kind", "row_exploded"), ("payload", '{"v":2}')])
def test_an_event_of_a_newer_program_is_not_guessed_at(field: str, value: str) -> None:
    (row,) = stored(*events(PRICE))
    with pytest.raises(UnknownEvent, match="newer program"):
        event_of(row | {field: value}, {b"": b""}.__getitem__)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("payload", '{"v":1,"cells":{"price":{"from":"2","to":"6"}},"until":99}'),
        ("actor", "bob"),
        ("at", 0),
        ("kind", "row_deleted"),
        ("row_index", 1),
        ("key", "k"),
        ("session", None),
        ("batch", 1),
        ("hash", bytes(32)),
    ],
)
def test_a_change_of_any_field_breaks_the_chain_there(field: str, value: object) -> None:
    rows = stored(*events(PRICE, PRICE, PRICE))
    assert list(codec.checked(rows, START)) == rows
    rows[1] = rows[1] | {field: value}
    with pytest.raises(ChainBroken) as broken:
        list(codec.checked(rows, START))
    assert broken.value.position == 2


@pytest.mark.parametrize(("order", "position"), [([0, 2], 2), ([0, 2, 1], 2), ([1, 2], 1), ([0, 0, 1], 2)])
def test_events_that_are_missing_swapped_or_doubled_break_the_chain(order: list[int], position: int) -> None:
    rows = stored(*events(PRICE, OIL, PRICE))
    with pytest.raises(ChainBroken, match="missing") as broken:
        list(codec.checked([rows[number] for number in order], START))
    assert broken.value.position == position
