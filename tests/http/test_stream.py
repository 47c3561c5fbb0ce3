"""The stream of server-sent events: what the sockets get, in order, without a gap, from anywhere on."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from tests.server import Server, User, eventually, made, refusal, serving

from rowlock.http import stream as streams
from rowlock.http.stream import Streams
from rowlock.service import feed

Message = tuple[str, dict[str, Any], str | None]


@contextmanager
def following(user: User, after: int | None = None, **headers: str) -> Iterator[Iterator[Message]]:
    """The messages of a stream as they come: name, data and id."""
    params = {} if after is None else {"after": after}
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    with user.stream("GET", "/api/stream", params=params, headers=sent) as response:
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert response.headers["cache-control"] == "no-store"
        lines = response.iter_lines()
        assert next(lines) == ": welcome"
        yield messages(lines)


def messages(lines: Iterator[str]) -> Iterator[Message]:
    fields: dict[str, str] = {}
    for line in lines:
        if line.startswith(":"):
            continue
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif fields:
            yield fields["event"], json.loads(fields["data"]), fields.get("id")
            fields = {}


def positions(message: Message) -> list[int]:
    return [event["position"] for event in message[1]["events"]]


def named(stream: Iterator[Message], name: str) -> Message:
    return next(message for message in stream if message[0] == name)


def test_an_edit_is_told_with_the_position_to_go_on_from(server: Server, ada: User, bob: User) -> None:
    with following(bob) as stream:
        index = ada.row(user="streamed")
        name, data, place = next(stream)
        assert (name, place) == ("csv_update", str(data["position"]))
        assert data["events"][-1] | {"index": index, "kind": "row_added", "actor": "ada"} == data["events"][-1]
        assert data["events"] == ada.events(after=data["after"], limit=len(data["events"]))


def test_who_may_write_a_row_is_told_too(ada: User, bob: User) -> None:
    index = ada.row(user="leased")
    with following(bob) as stream:
        ada.lease(index)
        data = named(stream, "lock_status")[1]
        assert (data["index"], data["status"], data["holder"]) == (index, "locked", "ada")


@pytest.mark.parametrize("by_header", [True, False])
def test_a_stream_goes_on_from_where_one_was(ada: User, by_header: bool) -> None:
    first = ada.row(user="first")
    after = ada.events(index=first)[0]["position"]
    ada.update(first, user="second")
    ada.update(first, user="third")
    eventually(lambda: ada.get("/api/health").json()["published_position"] >= after + 2)
    headers = {"Last_Event_ID": str(after)} if by_header else {}
    with following(ada, 0 if by_header else after, **headers) as stream:
        message = named(stream, "csv_update")
        assert positions(message)[:2] == [after + 1, after + 2]
        assert message[1]["after"] == after


def test_between_what_was_missed_and_what_comes_there_is_no_gap(ada: User, bob: User) -> None:
    stop = threading.Event()
    index = bob.row(user="busy")
    start = bob.events(index=index)[0]["position"]

    def edit() -> None:
        number = 0
        while not stop.is_set():
            bob.update(index, user=str(number := number + 1))

    editing = threading.Thread(target=edit)
    editing.start()
    try:
        with following(ada, start) as stream:
            seen = [position for _ in range(12) for position in positions(named(stream, "csv_update"))]
    finally:
        stop.set()
        editing.join()
    assert seen == list(range(start + 1, start + 1 + len(seen)))


def test_who_is_too_far_behind_is_told_to_load_anew(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "PAGE", 1)
    index = ada.row(user="long ago")
    for text in "abc":
        ada.update(index, user=text)
    head = ada.get("/api/health").json()["published_position"]
    with following(ada, 1) as stream:
        name, data, place = next(stream)
        assert (name, place) == ("reload", str(data["position"]))
        assert data["position"] >= head
    with following(ada, head + 1000) as stream:
        assert next(stream)[0] == "reload"


def test_a_silent_line_is_kept_alive(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "KEEP_ALIVE_SECONDS", 0.05)
    with ada.stream("GET", "/api/stream") as response:
        assert ": still here" in islice(response.iter_lines(), 100)


def test_a_stream_ends_with_its_session(server: Server) -> None:
    eva = server.user("eva")
    with following(eva) as stream:
        assert eva.post("/api/logout").status_code == 204
        assert list(stream)[-1] == ("session_ended", {"reason": "logout"}, None)


def test_a_stream_needs_a_session_and_a_place_that_is_one(server: Server, ada: User) -> None:
    refusal(server.guest.get("/api/stream"), 401, "unauthorized")
    refusal(server.guest.get("/api/stream", params={"token": ada.token}), 401, "unauthorized")
    refusal(ada.get("/api/stream", params={"after": "-1"}), 422, "invalid_request")
    refusal(ada.get("/api/stream", headers={"Last-Event-ID": "soon"}), 422, "invalid_request")


def test_one_person_has_only_so_many_streams(tmp_path: Path) -> None:
    with serving(tmp_path, sockets_per_user=1) as server:
        ada, bob = server.user("ada"), server.user("bob")
        with following(ada), following(bob):
            refusal(ada.get("/api/stream"), 429, "too_many_streams")
        eventually(lambda: followers(server).count == 0)
        with following(ada):
            assert followers(server).count == 1


def test_who_does_not_read_is_dropped_and_others_are_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "BYTES_LIMIT", 200_000)
    monkeypatch.setattr(streams, "FAREWELL_SECONDS", 0.1)
    with serving(tmp_path, push_seconds=0) as server:
        ada, bob = server.user("ada"), server.user("bob")
        deaf = socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])))
        deaf.sendall(f"GET /api/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {bob.token}\r\n\r\n".encode())
        with following(ada) as stream:
            index = ada.row(user="x")
            eventually(lambda: followers(server).count == 2)
            for number in range(400):
                ada.update(index, user=str(number) + "x" * 20_000)
                if followers(server).dropped:
                    break
                named(stream, "csv_update")
            assert followers(server).dropped == 1
            eventually(lambda: followers(server).count == 1)
        deaf.close()


def test_numbers_and_conflicts_are_told_too(tmp_path: Path) -> None:
    with serving(tmp_path, number_seconds=0.05) as server:
        ada = server.user("ada")
        with following(ada) as stream:
            assert set(named(stream, "number")[1]) == {"timestamp", "value"}
            eventually(lambda: server.file())
            server.settings.table_path.write_bytes(b"")
            assert {"id", "reason"} <= set(named(stream, "file_conflict")[1])


def test_a_receipt_names_the_event_the_hash_before_it_and_the_head(server: Server, ada: User) -> None:
    index = ada.row(user="acknowledged")
    event = ada.events(index=index)[0]
    before = ada.events(after=event["position"] - 2, limit=1)[0]
    receipt = made(ada.get(f"/api/events/{event['position']}/receipt"))
    assert receipt["hash"] == event["hash"]
    assert receipt["previous"] == before["hash"]
    assert receipt["head"]["position"] >= event["position"]
    assert json.loads(receipt["event"]["payload"])["cells"] == event["cells"]
    head = made(ada.get("/api/verify"))
    assert head["ok"]
    refusal(ada.get(f"/api/events/{head['position'] + 1000}/receipt"), 409, "ahead_of_head")
    refusal(ada.get("/api/events/0/receipt"), 422, "invalid_request")
    refusal(server.guest.get("/api/events/1/receipt"), 401, "unauthorized")


def followers(server: Server) -> Streams:
    found: Streams = server.app.fastapi.state.streams
    return found
