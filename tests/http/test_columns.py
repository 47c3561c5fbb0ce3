"""Columns over HTTP: any text is a name, each change is an event, and rows keep their leases and their bytes."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
import socketio
from tests.server import Server, User, eventually, made, refusal, serving

TABLE = b'id,name\r\n1,"ann"\r\n2,bob\r\n'
NAMES = [
    "__proto__",
    "id ",
    "version",
    "a/b",
    "50%",
    "%2F",
    "x/../y",
    "?#&+",
    "line\nend\n",
    "ü 🦉",
    '"q"',
    ",;",
    "constructor",
]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("columns")
    _lay(folder)
    with serving(folder) as server:
        yield server


@pytest.fixture(scope="module")
def ada(house: Server) -> User:
    return house.user("ada")


def _lay(folder: Path) -> None:
    (folder / "data").mkdir()
    (folder / "data" / "backend_table.csv").write_bytes(TABLE)


def at(name: str) -> str:
    return f"/api/columns/{quote(name, safe='')}"


def columns(user: User) -> list[str]:
    found: list[str] = made(user.get("/api/fetch_csv", params={"limit": 0}))["columns"]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_any_text_is_a_name(house: Server, ada: User, name: str) -> None:
    before = columns(ada)
    assert made(ada.post("/api/columns", json={"column": name, "place": 0}), 201)["columns"] == [name, *before]
    assert made(ada.patch(at(name), json={"place": 1}))["columns"] == [before[0], name, *before[1:]]
    assert made(ada.patch(at(name), json={"to": f"{name}'"}))["columns"] == [before[0], f"{name}'", *before[1:]]
    made(ada.put("/api/update_csv/0", json={f"{name}'": "x"}))
    assert ada.cells(0) == ["1", "x", "ann"]
    done = made(ada.delete(at(f"{name}'")))
    assert done["columns"] == columns(ada) == before
    eventually(lambda: house.file() == TABLE)


def test_rename_and_move_are_one_step(ada: User) -> None:
    done = made(ada.patch(at("name"), json={"to": "who", "place": 0}))
    assert done["columns"] == ["who", "id"]
    events = ada.events(after=done["position"] - 2)
    assert [event["kind"] for event in events] == ["column_moved", "column_renamed"]
    assert {event["batch"] for event in events} == {done["position"] - 1}
    assert made(ada.patch(at("who"), json={"to": "name", "place": 1}))["columns"] == ["id", "name"]


def test_a_query_that_is_asked_again_is_about_the_columns_that_there_are_now(ada: User) -> None:
    def order() -> list[int]:
        return [row["index"] for row in made(ada.get("/api/fetch_csv", params={"sort": "-id"}))["rows"]]

    assert order() == [1, 0]
    made(ada.post("/api/columns", json={"column": "-id"}), 201)
    assert order() == [0, 1]
    made(ada.delete(at("-id")))
    assert order() == [1, 0]


def test_leases_outlive_a_change_of_columns_and_the_past_has_its_own(house: Server, ada: User) -> None:
    bob = house.user("bob")
    token = bob.lease(1)
    position = made(ada.post("/api/columns", json={"column": "new"}), 201)["position"]
    held = bob.status(1)
    assert held is not None
    assert held["token"] == token
    made(bob.update(1, {"Lease-Token": str(token)}, new="x"))
    past = made(ada.get("/api/fetch_csv", params={"at": position - 1}))
    assert past["columns"] == ["id", "name"]
    made(ada.delete(at("new")))
    assert ada.get("/api/fetch_csv", params={"format": "csv", "at": position - 1}).content == TABLE
    assert bob.delete("/api/rows/1/lease").status_code == 204
    assert made(ada.get("/api/verify"))["ok"]


@pytest.mark.parametrize(
    ("send", "status", "code"),
    [
        (lambda user: user.post("/api/columns", json={"column": "id"}), 409, "column_exists"),
        (lambda user: user.post("/api/columns", json={"column": ""}), 422, "bad_column"),
        (lambda user: user.post("/api/columns", json={"column": "z", "place": 9}), 422, "bad_column"),
        (lambda user: user.post("/api/columns", json={"column": "z\0"}), 422, "control_character"),
        (lambda user: user.post("/api/columns", json={"column": "z" * 65_537}), 422, "cell_too_large"),
        (lambda user: user.post("/api/columns", json={"column": 1}), 422, "invalid_request"),
        (lambda user: user.post("/api/columns", json={"column": "z", "place": -1}), 422, "invalid_request"),
        (lambda user: user.post("/api/columns", json={"name": "z"}), 422, "invalid_request"),
        (lambda user: user.post("/api/columns", content=b"{"), 422, "bad_json"),
        (lambda user: user.patch(at("z"), json={"to": "y"}), 422, "unknown_column"),
        (lambda user: user.patch(at("id"), json={}), 422, "invalid_request"),
        (lambda user: user.patch(at("id"), json={"to": "name"}), 409, "column_exists"),
        (lambda user: user.patch(at("id"), json={"place": 1, "to": "name"}), 409, "column_exists"),
        (lambda user: user.patch(at("id"), json={"place": 2}), 422, "bad_column"),
        (lambda user: user.delete(at("z")), 422, "unknown_column"),
        (lambda user: user.delete("/api/columns/"), 422, "unknown_column"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    house: Server, ada: User, send: Callable[[User], httpx2.Response], status: int, code: str
) -> None:
    with house.untouched(ada):
        refusal(send(ada), status, code)


def test_a_guest_changes_no_columns(house: Server) -> None:
    refusal(house.guest.post("/api/columns", json={"column": "z"}), 401, "unauthorized")


def test_a_key_gives_the_first_answer_again(ada: User) -> None:
    key = {"Idempotency-Key": "once"}
    first = made(ada.post("/api/columns", json={"column": "once"}, headers=key), 201)
    assert made(ada.post("/api/columns", json={"column": "once"}, headers=key), 201) == first
    refusal(ada.post("/api/columns", json={"column": "twice"}, headers=key), 422, "idempotency_mismatch")
    made(ada.delete(at("once")))


def test_the_answer_can_wait_for_the_file(house: Server, ada: User) -> None:
    response = ada.post("/api/columns", json={"column": "soon"}, headers={"Prefer": "wait=materialized"})
    assert response.headers["preference-applied"] == "wait=materialized"
    assert house.file() == b'id,name,soon\r\n1,"ann",\r\n2,bob,\r\n'
    made(ada.delete(at("soon")))


def test_events_of_columns_reach_the_sockets(house: Server, ada: User) -> None:
    async def heard() -> list[dict[str, Any]]:
        async with socketio.AsyncSimpleClient() as socket:
            await socket.connect(house.url, auth={"token": ada.token}, transports=["websocket"])
            position = (await asyncio.to_thread(ada.post, "/api/columns", json={"column": "told"})).json()["position"]
            events: list[dict[str, Any]] = []
            while not events or events[-1]["position"] < position:
                name, message = await socket.receive(timeout=10)
                events += message["events"] if name == "csv_update" else []
            return events

    told = asyncio.run(heard())[-1]
    assert (told["kind"], told["column"], told["place"]) == ("column_added", "told", 2)
    made(ada.delete(at("told")))
