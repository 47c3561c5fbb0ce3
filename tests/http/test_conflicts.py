"""Outside saves from the outside: the file is saved over, and people hear of it, see it, accept and dismiss it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import socketio
from tests.server import Server, User, eventually, made, refusal, serving

FILE = b"id,name,price\n1,Tea,2\n2,Milk,3\n3,Rye,4\n4,Oats,5\n"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server of its own for each test: they all change the one file."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "backend_table.csv").write_bytes(FILE)
    with serving(tmp_path) as server:
        yield server


@pytest.fixture
def ada(server: Server) -> User:
    return server.user("ada")


@pytest.fixture
def bob(server: Server) -> User:
    return server.user("bob")


def save(server: Server, old: bytes, new: bytes) -> None:
    server.settings.table_path.write_bytes(server.file().replace(old, new))


def conflicts(user: User) -> list[dict[str, Any]]:
    response: list[dict[str, Any]] = user.get("/api/conflicts").json()
    return response


def test_an_edit_in_the_file_is_an_edit_of_the_table(server: Server, ada: User) -> None:
    save(server, b"Milk,3", b"Milk,9")
    eventually(lambda: ada.cells(1) == ["2", "Milk", "9"])
    event = ada.events()[-1]
    assert (event["actor"], event["reason"], event["cells"]) == (
        "file",
        "outside_edit",
        {"price": {"from": "3", "to": "9"}},
    )
    assert server.file() == FILE.replace(b"Milk,3", b"Milk,9")
    assert made(ada.get("/api/verify"))["ok"]
    assert conflicts(ada) == []


def test_a_held_row_makes_a_conflict_that_somebody_accepts(server: Server, ada: User, bob: User) -> None:
    ada.lease(2)
    save(server, b"Rye,4", b"Rye,7")
    (conflict,) = eventually(lambda: conflicts(bob))
    assert (conflict["reason"], conflict["indexes"]) == ("rows", [2])
    assert conflict["rows"] == [{"index": 2, "column": "price", "ours": "4", "theirs": "7"}]
    eventually(lambda: server.file() == FILE)
    body = refusal(bob.post(f"/api/conflicts/{conflict['id']}/accept"), 423, "row_locked")
    assert (body["index"], body["holder"]) == (2, "ada")
    ada.delete("/api/rows/2/lease")
    answer = made(bob.post(f"/api/conflicts/{conflict['id']}/accept"))
    assert answer == {"id": conflict["id"], "position": bob.events()[-1]["position"]}
    assert bob.cells(2) == ["3", "Rye", "7"]
    assert conflicts(ada) == []
    refusal(bob.post(f"/api/conflicts/{conflict['id']}/accept"), 404, "conflict_not_found")


def test_an_empty_file_is_told_dismissed_and_never_taken_in(server: Server, ada: User) -> None:
    server.settings.table_path.write_bytes(b"")
    (conflict,) = eventually(lambda: conflicts(ada))
    eventually(lambda: server.file() == FILE)
    refusal(ada.post(f"/api/conflicts/{conflict['id']}/accept"), 422, "empty_file")
    assert ada.post(f"/api/conflicts/{conflict['id']}/dismiss").status_code == 204
    assert conflicts(ada) == []
    refusal(ada.post(f"/api/conflicts/{conflict['id']}/dismiss"), 404, "conflict_not_found")
    assert (server.settings.backup_dir / "conflicts" / conflict["file"]).read_bytes() == b""


def test_conflicts_are_for_those_who_are_logged_in(server: Server) -> None:
    refusal(httpx2.get(f"{server.url}/api/conflicts"), 401, "unauthorized")
    refusal(httpx2.post(f"{server.url}/api/conflicts/x/accept"), 401, "unauthorized")
    refusal(httpx2.post(f"{server.url}/api/conflicts/x/dismiss"), 401, "unauthorized")


def test_everybody_who_is_connected_hears_of_the_edit_and_of_the_conflict(server: Server, ada: User) -> None:
    heard: dict[str, list[dict[str, Any]]] = {"csv_update": [], "file_conflict": []}

    async def listen() -> None:
        client = socketio.AsyncClient()
        for name, messages in heard.items():
            client.on(name, messages.append)
        await client.connect(server.url, auth={"token": ada.token}, transports=["websocket"])
        ada.lease(2)
        await asyncio.to_thread(save, server, b"Milk,3\n3,Rye,4", b"Milk,9\n3,Rye,7")
        async with asyncio.timeout(10):
            while not all(heard.values()) or not _edits(heard["csv_update"]):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await client.disconnect()

    asyncio.run(listen())
    (conflict,) = heard["file_conflict"]
    assert conflict["rows"] == [{"index": 2, "column": "price", "ours": "4", "theirs": "7"}]
    assert (conflict["id"], conflict["reason"]) == (conflicts(ada)[0]["id"], "rows")
    assert [event["index"] for event in _edits(heard["csv_update"])] == [1]


def _edits(updates: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event for update in updates for event in update["events"] if event["actor"] == "file"]
