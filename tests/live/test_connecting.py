"""Who may join: those with a live session, and nobody else sees a thing."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from engineio.async_drivers.asgi import translate_request
from socketio.exceptions import ConnectionError as Refused
from tests.live.windows import Window, figure, frames, opened, soon
from tests.server import Server, User, eventually, serving
from websockets.exceptions import ConnectionClosed

from rowlock.live import server as live_server
from rowlock.live.engine import request_of

UNAUTHORIZED = '44{"message":"unauthorized"}'


def sockets(server: Server) -> int:
    """How many sockets the server says have joined."""
    return int(figure(server, "sockets"))


@pytest.mark.anyio
@pytest.mark.parametrize("auth", [None, {}, {"token": ""}, {"token": "a.b.c"}, {"token": "x" * 5000}])
async def test_without_a_valid_token_the_client_is_told_unauthorized(server: Server, auth: Any) -> None:
    window = Window()
    with pytest.raises(Refused):
        await window.client.connect(server.url, auth=auth, transports=["websocket"])
    await soon(lambda: window.error)
    assert window.error == {"message": "unauthorized"}
    assert window.received == []
    await window.client.shutdown()


@pytest.mark.parametrize("auth", ["", "null", "[]", "{}", '"a"', "7", '{"token":7}', '{"token":["a"]}', '{"after":1}'])
def test_whatever_else_is_sent_instead_of_a_token_is_refused(server: Server, ada: User, auth: str) -> None:
    with frames(server.url) as socket:
        socket.send("40" + auth)
        assert socket.read() == UNAUTHORIZED
        ada.row()
        with pytest.raises(TimeoutError):
            socket.read(0.1)


@pytest.mark.parametrize("after", ["-1", '"1"', "1.5", "true", "9007199254740992", "[]"])
def test_a_position_that_is_none_is_refused(server: Server, ada: User, after: str) -> None:
    with frames(server.url) as socket:
        socket.send(f'40{{"token":"{ada.token}","after":{after}}}')
        assert socket.read() == UNAUTHORIZED


def test_a_token_of_a_session_that_has_ended_is_refused(server: Server) -> None:
    ben = server.user("ben")
    ben.post("/api/logout")
    with frames(server.url) as socket:
        socket.send(f'40{{"token":"{ben.token}"}}')
        assert socket.read() == UNAUTHORIZED


@pytest.fixture
def restarted(tmp_path: Path) -> Iterator[tuple[Server, User, User]]:
    """A server that has forgotten whom it knew, and two of its users; one of them has logged out."""
    with serving(tmp_path) as server:
        tokens = {name: server.user(name) for name in ("cem", "dan")}
        tokens["dan"].post("/api/logout")
    with (
        serving(tmp_path) as server,
        User(server.url, "cem", tokens["cem"].token) as cem,
        User(server.url, "dan", tokens["dan"].token) as dan,
    ):
        yield server, cem, dan


def keep_busy(server: Server, seconds: float) -> None:
    """Let all readers of the database be busy, so that the check of a session takes long."""
    journal: Any = server.services.journal
    for _ in range(4):
        journal._database._read_threads.submit(time.sleep, seconds)


def test_nothing_is_sent_while_the_token_is_being_checked(restarted: tuple[Server, User, User]) -> None:
    server, cem, dan = restarted
    assert cem.get("/api/session").status_code == 200
    with frames(server.url) as stranger, frames(server.url) as friend:
        friend.join(cem.token)
        keep_busy(server, 1.5)
        stranger.send(f'40{{"token":"{dan.token}"}}')
        cem.row(user="secret")
        assert "secret" in friend.read_until('42["csv_update"')
        friend.read_until('42["number"')
        assert stranger.read() == UNAUTHORIZED
        with pytest.raises(TimeoutError):
            stranger.read(0.1)


def test_a_socket_that_goes_while_its_token_is_being_checked_leaves_nothing_behind(
    restarted: tuple[Server, User, User],
) -> None:
    server, cem, _ = restarted
    keep_busy(server, 0.5)
    with frames(server.url) as socket:
        socket.send(f'40{{"token":"{cem.token}"}}')
        time.sleep(0.1)
    time.sleep(0.7)
    assert sockets(server) == 0


def test_a_connection_that_never_says_who_it_is_is_closed(
    server: Server, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_server, "CONNECT_SECONDS", 0.3)
    with (
        frames(server.url) as silent,
        frames(server.url) as refused,
        frames(server.url) as gone,
        frames(server.url) as joined,
    ):
        refused.send("40{}")
        gone.join(ada.token)
        gone.send("41")
        joined.join(ada.token)
        for socket in (silent, refused, gone):
            with pytest.raises(ConnectionClosed):
                socket.read_until("nothing", 5)
        assert joined.ask('421["focus",{"index":null}]', 1) == {"index": None}


def test_a_user_has_only_so_many_sockets(server: Server, bob: User) -> None:
    fay = server.user("fay")
    with ExitStack() as stack:
        opened = [stack.enter_context(frames(server.url)) for _ in range(7)]
        for socket in opened[:6]:
            socket.join(fay.token)
        opened[6].send(f'40{{"token":"{fay.token}"}}')
        assert opened[6].read() == '44{"message":"too_many_sockets"}'
        stack.enter_context(frames(server.url)).join(bob.token)
        opened[0].socket.close()
        eventually(lambda: sockets(server) == 6)
        stack.enter_context(frames(server.url)).join(fay.token)
    eventually(lambda: sockets(server) == 0)


def test_a_second_connection_on_one_transport_is_ignored_and_other_namespaces_are_refused(
    server: Server, ada: User, bob: User
) -> None:
    with frames(server.url) as socket:
        socket.join(ada.token)
        socket.send(f'40{{"token":"{bob.token}"}}')
        socket.send(f'40/admin,{{"token":"{ada.token}"}}')
        assert socket.read_until("4").startswith(("44/admin,", "42"))
        row = socket.ask('427["add",{"cells":{}}]', 7)["index"]
        assert ada.events(index=row)[0]["actor"] == "ada"
    eventually(lambda: sockets(server) == 0)


def test_a_page_of_another_origin_cannot_open_a_socket(server: Server, ada: User) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}):
        response = server.guest.get("/socket.io/?EIO=4&transport=polling", headers=headers)
        assert response.status_code == 400
        assert "access-control-allow-origin" not in response.headers
    assert server.guest.get("/socket.io/?EIO=4&transport=polling", headers={"Origin": server.url}).status_code == 200


@pytest.mark.anyio
async def test_a_client_may_begin_with_polling(server: Server, ada: User) -> None:
    async with opened(ada, ("polling", "websocket")) as window:
        row = (await window.call("add", {"cells": {"user": "polled"}}))["index"]
        await soon(lambda: [event for event in window.events if event.get("index") == row])


def test_many_who_are_lost_and_back_at_once_are_all_in_step_and_counted_rightly(server: Server) -> None:
    names = [f"flock{number}" for number in range(8)]
    users = [server.user(name) for name in names]
    for _ in range(3):
        with ExitStack() as stack:
            opened = [stack.enter_context(frames(server.url)) for _ in range(6 * len(users))]
            for number, socket in enumerate(opened):
                socket.send(f'40{{"token":"{users[number % len(users)].token}"}}')
            for socket in opened:
                socket.read_until("40")
            eventually(lambda: sockets(server) == 6 * len(users))
            row = users[0].row()
            for socket in opened:
                while f'"index":{row},' not in socket.read_until('42["csv_update"'):
                    pass
            for socket in opened:
                socket.socket.socket.close()
        eventually(lambda: sockets(server) == 0)


HEADERS = [
    (b"host", b"127.0.0.1:8000"),
    (b"upgrade", b"websocket"),
    (b"x-forwarded-proto", b"https"),
    (b"cookie", b"a=1"),
    (b"cookie", "b=\u00e9".encode()),
    (b"x-odd", b"\xff"),
]


@pytest.mark.anyio
@pytest.mark.parametrize("query", [b"EIO=4&transport=websocket", b"", b"\xff"])
@pytest.mark.parametrize("headers", [HEADERS, HEADERS[:2], []])
async def test_a_websocket_looks_to_the_library_as_it_would_without_us(
    query: bytes, headers: list[tuple[bytes, bytes]]
) -> None:
    scope = {"type": "websocket", "path": "/socket.io/", "query_string": query, "headers": headers}

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(_: Any) -> None: ...

    theirs, ours = [await read(scope, receive, send) for read in (translate_request, request_of)]
    assert ours == {name: theirs[name] for name in ours}
    assert {name for name in theirs.keys() - ours.keys() if name.startswith("HTTP_")} == set()
