"""The short way answers as the normal way does, and leaves to it whatever is not in order."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send
from tests.server import Server, User, serving

from rowlock.http import leases, rows
from rowlock.http.lane import Lane

HEADERS = {"content-type": "application/json"}
IN_ORDER: list[tuple[str, str, bytes]] = [
    ("POST", "/api/add_csv", b'{"user":"lane"}'),
    ("PUT", "/api/update_csv/1", b'{"pnl":"1"}'),
    ("PUT", "/api/update_csv/1", b'{"no such column":"1"}'),
    ("PUT", "/api/update_csv/999999", b'{"pnl":"1"}'),
    ("DELETE", "/api/delete_csv/2", b""),
    ("POST", "/api/batch_csv", b'{"ops":[{"op":"update","index":3,"cells":{"pnl":"2"}}]}'),
    ("POST", "/api/rows/4/lease", b""),
    ("POST", "/api/rows/5/lease", b'{"takeover":true}'),
    ("DELETE", "/api/rows/6/lease", b""),
    ("POST", "/api/add_csv?after=1", b'{"user":"lane"}'),
    ("GET", "/api/leases", b""),
    ("GET", "/api/fetch_csv", b""),
    ("GET", "/api/fetch_csv?offset=2&limit=3&sort=-pnl&q=a+b%20%C3%A4&filter=pnl:gt:1&filter=user:ne:", b""),
    ("GET", "/api/fetch_csv?sort=no+such+column", b""),
    ("GET", "/api/fetch_csv?format=csv", b""),
]
FOR_THE_NORMAL_WAY: list[tuple[str, str, bytes]] = [
    ("PUT", "/api/update_csv/1", b"{"),
    ("PUT", "/api/update_csv/1", b'{"pnl":1}'),
    ("PUT", "/api/update_csv/1", b'{"pnl":"1","pnl":"2"}'),
    ("PUT", "/api/update_csv/1", b""),
    ("PUT", "/api/update_csv/one", b'{"pnl":"1"}'),
    ("PUT", "/api/update_csv/99999999999999999999", b'{"pnl":"1"}'),
    ("DELETE", "/api/delete_csv/2", b'{"a":1}'),
    ("GET", "/api/session", b""),
    ("POST", "/api/no_such_thing", b"{}"),
    ("POST", "/api/add_csv?after=one", b'{"user":"lane"}'),
    ("GET", "/api/fetch_csv?limit=-1", b""),
    ("GET", "/api/fetch_csv?limit=1_0", b""),
    ("GET", "/api/fetch_csv?limit=1&limit=2", b""),
    ("GET", "/api/fetch_csv?unheard=of", b""),
    ("GET", "/api/fetch_csv?filter=user:eq:" + 1000 * "x", b""),
    ("GET", "/api/fetch_csv?format=xml", b""),
]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("lane"), cooldown_seconds=0) as server:
        yield server


@pytest.fixture(scope="module")
def ada(house: Server) -> User:
    return house.user("ada")


class Watched:
    """The normal way, which notes what it was asked."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        self.bodies.append(message.get("body", b""))
        await send({"type": "http.response.start", "status": 299, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def _asked(lane: Lane, method: str, path: str, body: bytes, headers: dict[str, str], query: bytes = b"") -> int:
    sent: list[Message] = []
    messages = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> Message:
        if message := next(messages, None):
            return message
        return await asyncio.Future()  # whoever asks stays on the line

    async def send(message: Message) -> None:
        sent.append(message)

    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope: dict[str, Any] = {"type": "http", "method": method, "path": path, "query_string": query, "headers": raw}
    await lane(scope, receive, send)
    return int(sent[0]["status"])


def _through(house: Server, request: tuple[str, str, bytes], headers: dict[str, str]) -> tuple[int, Watched]:
    watched = Watched()
    lane = Lane(watched, (rows.router, leases.router), lambda: house.services)
    method, address, body = request
    path, _, query = address.partition("?")
    return house.run(lambda: _asked(lane, method, path, body, headers, query.encode())), watched


@pytest.mark.parametrize("request_", IN_ORDER, ids=str)
def test_what_is_in_order_never_reaches_the_normal_way(
    house: Server, ada: User, request_: tuple[str, str, bytes]
) -> None:
    body = HEADERS if request_[2] else {}
    status, watched = _through(house, request_, body | {"authorization": f"Bearer {ada.token}"})
    assert watched.bodies == []
    assert status != 299


@pytest.mark.parametrize("request_", FOR_THE_NORMAL_WAY, ids=str)
def test_what_is_not_in_order_goes_the_normal_way_with_its_whole_body(
    house: Server, ada: User, request_: tuple[str, str, bytes]
) -> None:
    status, watched = _through(house, request_, HEADERS | {"authorization": f"Bearer {ada.token}"})
    assert (status, watched.bodies) == (299, [request_[2]])


@pytest.mark.parametrize(
    "headers",
    [{}, {"authorization": "Bearer nonsense"}, {"authorization": "Basic YTpi"}],
    ids=["no token", "a bad token", "another scheme"],
)
def test_a_stranger_goes_the_normal_way(house: Server, headers: dict[str, str]) -> None:
    status, _ = _through(house, ("PUT", "/api/update_csv/1", b'{"pnl":"1"}'), HEADERS | headers)
    assert status == 299


def test_a_body_that_comes_in_pieces_is_put_together(house: Server, ada: User) -> None:
    pieces = iter(
        [
            {"type": "http.request", "body": b'{"pnl":', "more_body": True},
            {"type": "http.request", "body": b'"12"}', "more_body": False},
        ]
    )
    sent: list[Message] = []

    async def receive() -> Message:
        return next(pieces)

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json"), (b"authorization", f"Bearer {ada.token}".encode())]
    scope = {"type": "http", "method": "PUT", "path": "/api/update_csv/7", "query_string": b"", "headers": headers}
    lane = Lane(Watched(), (rows.router,), lambda: house.services)
    house.run(lambda: lane(scope, receive, send))
    assert sent[0]["status"] == 200
    assert (ada.cells(7) or [])[4] == "12"


def test_nothing_is_taken_before_the_services_are_there() -> None:
    watched = Watched()
    lane = Lane(watched, (rows.router,), lambda: None)
    assert asyncio.run(_asked(lane, "PUT", "/api/update_csv/1", b"{}", HEADERS)) == 299
    assert watched.bodies == [b"{}"]
