"""Undo, restore, differences and blame, from outside."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.server import Server, User, made, refusal, serving

TABLE = b'name,price\nTea,2\n"Milk",3\nRye,4\n'
NOWHERE = "2020-01-01T00:00:00Z"
TOMORROW = "2999-01-01T00:00:00Z"


def lay(folder: Path) -> Path:
    (folder / "data").mkdir()
    (folder / "data" / "backend_table.csv").write_bytes(TABLE)
    return folder


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving(lay(tmp_path), cooldown_seconds=0) as server:
        yield server


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that is only asked for what it refuses."""
    with serving(lay(tmp_path_factory.mktemp("still"))) as server:
        yield server


@pytest.fixture(scope="module")
def eva(still: Server) -> User:
    return still.user("eva")


@pytest.fixture
def ada(server: Server) -> User:
    return server.user("ada")


@pytest.fixture
def bob(server: Server) -> User:
    return server.user("bob")


def table(user: User) -> bytes:
    return user.get("/api/fetch_csv", params={"format": "csv"}).content


def undo(user: User, **asked: Any) -> dict[str, Any]:
    return made(user.post("/api/undo", json={name.strip("_"): value for name, value in asked.items()}))


def test_an_edit_is_undone_and_redone(ada: User) -> None:
    ada.update(1, price="30")
    before = table(ada)
    assert undo(ada, positions=[2]) == {"position": 3, "undone": [2], "conflicts": []}
    assert table(ada) == TABLE
    (event,) = ada.events(after=2)
    assert (event["kind"], event["reason"], event["undoes"]) == ("row_updated", "undone", 2)
    assert undo(ada, positions=[3])["undone"] == [3]
    assert table(ada) == before


def test_what_stands_in_the_way_is_named_and_may_be_skipped_or_taken_along(ada: User, bob: User) -> None:
    ada.update(0, price="5")
    bob.update(0, price="6")
    ada.update(1, price="7")
    problem = refusal(ada.post("/api/undo", json={"positions": [2, 4]}), 409, "undo_conflict")
    (conflict,) = problem["conflicts"]
    assert conflict == {
        "position": 2,
        "code": "later_edit",
        "detail": "Event 2 cannot be taken back: the row was changed by bob at position 3.",
        "index": 0,
        "column": "price",
        "by": 3,
        "actor": "bob",
    }
    dry = undo(ada, positions=[2, 4], dry_run=True)
    assert dry == {"position": 4, "undone": [4], "conflicts": [conflict]}
    assert undo(ada, positions=[2, 4], on_conflict="skip")["undone"] == [4]
    assert undo(ada, positions=[2], on_conflict="dependants") == {"position": 7, "undone": [2, 3], "conflicts": []}
    assert table(ada) == TABLE


def test_a_row_that_somebody_holds_is_not_changed_by_an_undo(ada: User, bob: User) -> None:
    ada.update(0, price="5")
    bob.lease(0)
    (conflict,) = refusal(ada.post("/api/undo", json={"positions": [2]}), 409, "undo_conflict")["conflicts"]
    assert (conflict["code"], conflict["actor"]) == ("row_locked", "bob")
    assert undo(bob, positions=[2])["undone"] == [2]


def test_what_one_person_did_is_undone(ada: User, bob: User) -> None:
    ada.update(0, price="5")
    bob.update(1, price="6")
    ada.delete("/api/delete_csv/2")
    assert undo(ada, actor="ada", from_=NOWHERE)["undone"] == [2, 4]
    assert table(ada) == TABLE.replace(b",3", b",6")


def test_a_batch_is_undone_and_the_same_key_undoes_once(ada: User) -> None:
    ops = [{"op": "update", "index": 0, "cells": {"price": "5"}}, {"op": "add", "cells": {"name": "Oil"}}]
    made(ada.post("/api/batch_csv", json={"ops": ops}))
    answers = [made(ada.post("/api/undo", json={"batch": 2}, headers={"Idempotency-Key": "k"})) for _ in range(2)]
    assert answers[0] == answers[1] == {"position": 5, "undone": [2, 3], "conflicts": []}
    assert table(ada) == TABLE


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"positions": []},
        {"positions": [0]},
        {"positions": [-1]},
        {"positions": ["1"]},
        {"positions": [1], "actor": "ada"},
        {"batch": 1, "from": 1},
        {"actor": ""},
        {"from": "yesterday"},
        {"from": 2, "to": 0},
        {"positions": [1], "on_conflict": "hope"},
        {"positions": [1], "dry_run": "yes"},
        {"positions": [1], "more": 1},
    ],
)
def test_an_undo_that_makes_no_sense_is_refused(still: Server, eva: User, body: dict[str, Any]) -> None:
    with still.untouched(eva):
        refusal(eva.post("/api/undo", json=body), 422, "invalid_request")


def test_what_has_not_happened_cannot_be_undone(server: Server, ada: User) -> None:
    with server.untouched(ada):
        refusal(ada.post("/api/undo", json={"positions": [99]}), 409, "ahead_of_head")
        refusal(ada.post("/api/undo", json={"from": 99}), 409, "ahead_of_head")
        conflicts = refusal(ada.post("/api/undo", json={"positions": [1]}), 409, "undo_conflict")["conflicts"]
    assert [each["code"] for each in conflicts] == ["not_undoable"]


def test_the_table_of_a_position_comes_back_and_leases_end(server: Server, ada: User, bob: User) -> None:
    ada.update(1, price="30")
    ada.delete("/api/delete_csv/0")
    token = bob.lease(2)
    dry = made(ada.post("/api/restore", json={"position": 1, "dry_run": True}))
    assert dry == {"added": 1, "changed": 1, "moved": 0, "deleted": 0, "position": 4}
    answer = made(ada.post("/api/restore", json={"position": 1}, headers={"Prefer": "wait=materialized"}))
    assert answer == dry | {"position": 7}
    assert server.file() == table(ada) == TABLE
    events = ada.events(after=4)
    assert {event["reason"] for event in events} == {"restored"}
    assert {event["batch"] for event in events} == {5}
    (released,) = [event for event in events if event["kind"] == "lease_released"]
    assert (released["index"], released["token"]) == (2, token)
    assert made(ada.post("/api/restore", json={"position": 1}))["position"] == 7
    assert undo(ada, batch=5)["conflicts"] == []
    assert table(ada) == b'name,price\n"Milk",30\nRye,4\n'
    assert made(ada.get("/api/verify"))["ok"]


def test_rows_and_columns_come_back_alone(ada: User) -> None:
    ada.update(0, price="5", name="Oil")
    ada.update(1, price="6")
    made(ada.post("/api/restore", json={"position": 1, "rows": [0], "columns": ["price"]}))
    assert ada.cells(0) == ["Oil", "2"]
    made(ada.post("/api/restore", json={"position": 1, "rows": [1]}))
    assert ada.cells(1) == ["Milk", "3"]
    made(ada.post("/api/restore", json={"position": 1, "columns": ["name"]}))
    assert table(ada) == TABLE


def test_a_time_is_a_moment_too(ada: User) -> None:
    ada.update(0, price="5")
    at = ada.events(after=1)[0]["at"]
    ada.update(0, price="6")
    assert made(ada.post("/api/restore", json={"time": at}))["changed"] == 1
    assert ada.cells(0) == ["Tea", "5"]


def test_a_backup_comes_back_by_its_name(server: Server, ada: User) -> None:
    ada.update(0, price="5")
    name = made(ada.post("/api/backups"), 201)["name"]
    ada.delete("/api/delete_csv/0")
    made(ada.post("/api/restore", json={"backup": name}))
    assert table(ada) == TABLE.replace(b"Tea,2", b"Tea,5")


def test_a_backup_with_other_bytes_than_its_position_is_compared(server: Server, ada: User) -> None:
    name = made(ada.post("/api/backups"), 201)["name"]
    wanted = b'name,price\n"Milk",3\nTea,20\nNew,9\n'
    (server.settings.backup_dir / name).write_bytes(wanted)
    made(ada.post("/api/restore", json={"backup": name}))
    assert table(ada) == wanted
    rows = made(ada.get("/api/fetch_csv"))["rows"]
    assert [row["index"] for row in rows] == [1, 0, 3]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "invalid_request"),
        ({"position": 1, "backup": "x"}, 422, "invalid_request"),
        ({"position": -1}, 422, "invalid_request"),
        ({"position": "1"}, 422, "invalid_request"),
        ({"position": 0}, 422, "no_table"),
        ({"time": NOWHERE}, 422, "no_table"),
        ({"time": "2026-02-30T00:00:00Z"}, 422, "invalid_request"),
        ({"time": "1"}, 422, "invalid_request"),
        ({"position": 99}, 409, "ahead_of_head"),
        ({"position": 1, "rows": [99]}, 404, "row_not_found"),
        ({"position": 1, "columns": ["colour"]}, 422, "unknown_column"),
        ({"backup": "../../etc/passwd"}, 404, "backup_not_found"),
        ({"backup": "/etc/passwd"}, 404, "backup_not_found"),
        ({"backup": "a\0.csv"}, 404, "backup_not_found"),
    ],
)
def test_a_restore_that_cannot_be_is_refused(
    still: Server, eva: User, body: dict[str, Any], status: int, code: str
) -> None:
    with still.untouched(eva):
        refusal(eva.post("/api/restore", json=body), status, code)


def test_two_moments_differ_by_rows_and_columns(ada: User) -> None:
    ada.update(0, price="5")
    ada.delete("/api/delete_csv/1")
    ada.row(name="Oil")
    made(ada.patch("/api/columns/price", json={"to": "cost"}))
    found = made(ada.get("/api/diff", params={"from": "1"}))
    assert found == {
        "from": 1,
        "to": 5,
        "added": [{"index": 3, "cells": {"name": "Oil", "cost": ""}}],
        "changed": [{"index": 0, "cells": {"cost": {"from": "2", "to": "5"}}}],
        "deleted": [{"index": 1, "cells": {"name": "Milk", "price": "3"}}],
        "moved": [],
        "columns": {"added": [], "deleted": [], "renamed": {"price": "cost"}, "moved": []},
        "more": 0,
    }
    back = made(ada.get("/api/diff", params={"from": "5", "to": "1"}))
    assert back["changed"] == [{"index": 0, "cells": {"price": {"from": "5", "to": "2"}}}]
    assert back["columns"]["renamed"] == {"cost": "price"}
    assert made(ada.get("/api/diff", params={"from": "1", "limit": 0}))["more"] == 3
    refusal(ada.get("/api/diff", params={"from": "99"}), 409, "ahead_of_head")
    refusal(ada.get("/api/diff"), 422, "invalid_request")


def test_every_cell_knows_who_set_it_last(ada: User, bob: User) -> None:
    bob.update(0, price="5")
    made(ada.patch("/api/columns/price", json={"to": "cost"}))
    found = made(ada.get("/api/blame", params={"index": 0}))
    (row,) = found["rows"]
    assert {name: (cell["text"], cell["position"], cell["actor"]) for name, cell in row["cells"].items()} == {
        "name": ("Tea", 1, "system"),
        "cost": ("5", 2, "bob"),
    }
    whole = made(ada.get("/api/blame", params={"column": "cost", "offset": 0, "limit": 2}))
    assert [(each["index"], each["cells"]["cost"]["position"]) for each in whole["rows"]] == [(0, 2), (1, 1)]
    assert whole["total"] == 3
    refusal(ada.get("/api/blame", params={"index": 99}), 404, "row_not_found")
    refusal(ada.get("/api/blame", params={"column": "price"}), 422, "unknown_column")


def test_events_between_two_moments(ada: User, bob: User) -> None:
    ada.update(0, price="5")
    bob.update(0, price="6")
    ada.update(0, price="7")
    at = ada.events(after=1)[1]["at"]
    assert [event["position"] for event in ada.events(**{"from": at})] == [3, 4]
    assert [event["position"] for event in ada.events(to=at)] == [1, 2, 3]
    assert [event["position"] for event in ada.events(actor="ada", to=4, **{"from": 2})] == [2, 4]
    assert ada.events(**{"from": TOMORROW}) == []
    refusal(ada.get("/api/events", params={"from": "3", "to": "1"}), 422, "invalid_request")
    refusal(ada.get("/api/events", params={"to": "9" * 5000}), 422, "invalid_request")


def test_a_row_is_told_of_columns_that_got_other_names(ada: User) -> None:
    ada.update(0, price="5")
    made(ada.patch("/api/columns/price", json={"to": "cost"}))
    ada.update(0, cost="6")
    ada.delete("/api/delete_csv/0")
    history = made(ada.get("/api/rows/0/history"))
    assert history["deleted"]
    assert [event["kind"] for event in history["events"]] == [
        "table_imported",
        "row_updated",
        "column_renamed",
        "row_updated",
        "row_deleted",
    ]
    assert history["events"][0]["cells"] == {"name": {"from": None, "to": "Tea"}, "price": {"from": None, "to": "2"}}
