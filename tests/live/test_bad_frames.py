"""Frames that no client library would send: the server goes on, and so does whoever can."""

import pytest
from tests.live.windows import frames
from tests.server import Server, User, eventually
from websockets.exceptions import ConnectionClosed

HARMLESS = [
    '42["x"',
    "42",
    "42[]",
    "42[null]",
    "42[7]",
    '42{"a":1}',
    "42[[[[",
    "42" + "[" * 5000,
    '42["update",{"index":NaN}]',
    '42["update",{"index":18446744073709551616,"cells":{}}]',
    '42["update",{"index":' + "9" * 400 + "}]",
    '4299999999999999999999["focus",{"index":null}]',
    '42/other,["add",{}]',
    "43",
    "431[]",
    '439999["x"]',
    "44",
    "45",
    "451-",
    '451-["add",{"_placeholder":true,"num":0}]',
    '459999-["add"]',
    "46",
    "47",
    "4",
    "49",
    "4é",
    "5",
    "6",
    "3",
    "2probe",
    "",
    "9",
    "é",
    "b!",
    "\x00",
]


@pytest.mark.parametrize("frame", HARMLESS, ids=lambda frame: repr(frame)[:30])
def test_a_frame_that_makes_no_sense_changes_nothing_and_the_server_goes_on(
    server: Server, ada: User, frame: str
) -> None:
    with server.untouched(ada):
        with frames(server.url) as socket:
            socket.join(ada.token)
            try:
                socket.send(frame)
                socket.send(b"\x00\xff binary")
                answer = socket.ask('421["focus",{"index":3}]', 1)
            except ConnectionClosed:
                answer = {"index": 3}
        assert answer == {"index": 3}
        with frames(server.url) as socket:
            socket.join(ada.token)
            assert socket.ask('427["focus",{"index":3}]', 7) == {"index": 3}


def test_frames_before_joining_are_not_heard(server: Server, ada: User) -> None:
    with server.untouched(ada), frames(server.url) as socket:
        for frame in (
            '421["add",{"cells":{}}]',
            '42["add",{"cells":{}}]',
            '451-1["add",{"_placeholder":true,"num":0}]',
        ):
            socket.send(frame)
        with pytest.raises(TimeoutError):
            socket.read_until("43", 0.2)


def test_a_message_that_is_too_large_closes_the_socket_and_does_nothing(server: Server, ada: User) -> None:
    row = ada.row()
    fits = "x" * 60_000
    with server.untouched(ada), frames(server.url) as socket:
        socket.join(ada.token)
        cells = ",".join(f'"{number}":"{fits}"' for number in range(5))
        socket.send(f'421["update",{{"index":{row},"cells":{{{cells}}}}}]')
        with pytest.raises(ConnectionClosed):
            socket.read_until("43")
    with frames(server.url) as socket:
        socket.join(ada.token)
        answer = socket.ask(f'421["update",{{"index":{row},"cells":{{"pnl":"{fits}"}}}}]', 1)
        assert answer["cells"]["pnl"] == fits


def test_a_flood_of_messages_ends_the_socket_and_not_the_server(server: Server, ada: User) -> None:
    with frames(server.url) as socket:
        socket.join(ada.token)
        try:
            for number in range(20_000):
                socket.send(f'42{number}["nonsense",{{}}]')
        except ConnectionClosed:
            pass
    eventually(lambda: ada.get("/api/session").status_code == 200)


def test_announced_binary_parts_are_not_gathered(server: Server, ada: User) -> None:
    with frames(server.url) as socket:
        socket.join(ada.token)
        message = '459999-1["update",{"index":0,"cells":{"pnl":{"_placeholder":true,"num":0}}}]'
        assert socket.ask(message, 1)["error"]["code"] == "bad_event"
        for _ in range(100):
            socket.send(b"x" * 100_000)
        assert socket.ask('422["focus",{"index":3}]', 2) == {"index": 3}
