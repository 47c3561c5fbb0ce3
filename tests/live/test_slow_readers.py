"""A socket that does not read is dropped; neither memory nor anybody else suffers."""

import base64
import os
import socket
import time
from collections.abc import Iterator

import httpx2
import pytest
from tests.live.windows import figure, frames
from tests.server import Server, eventually, made, serving

TEXT = "x" * 50_000


@pytest.fixture
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("slow"), publish_seconds=1) as server:
        yield server


def deaf(url: str, token: str) -> socket.socket:
    """A WebSocket that joins and then never reads again, with little room in its own buffers."""
    address = httpx2.URL(url)
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(5)
    connection.connect((address.host, address.port))
    key = base64.b64encode(os.urandom(16)).decode()
    connection.sendall(
        f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {address.host}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    assert b"101" in connection.recv(300)
    frame = f'40{{"token":"{token}"}}'.encode()
    # A client masks what it sends; with zeros it stays as it is.
    connection.sendall(b"\x81\xfe" + len(frame).to_bytes(2, "big") + b"\0\0\0\0" + frame)
    return connection


def test_a_socket_that_does_not_read_is_dropped_and_its_queue_stays_bounded(busy: Server) -> None:
    lea = busy.user("lea")
    with frames(busy.url) as reader, deaf(busy.url, lea.token):
        reader.join(lea.token)
        eventually(lambda: figure(busy, "sockets") == 2)
        deepest = 0.0
        for number in range(400):
            last = made(lea.update(0, pnl=f"{number}{TEXT}"))["position"]
            if number % 10 == 0:
                deepest = max(deepest, figure(busy, "socket_queue_depth"))
                if figure(busy, "sockets_dropped"):
                    break
        assert figure(busy, "sockets_dropped") == 1
        assert deepest * 2 * len(TEXT) < 8_000_000
        eventually(lambda: figure(busy, "sockets") == 1)
        deadline = time.monotonic() + 10
        while f'"position":{last},' not in reader.read_until('42["csv_update"'):
            assert time.monotonic() < deadline
        eventually(lambda: figure(busy, "socket_queue_depth") == 0)


def test_a_socket_that_reads_slowly_but_does_read_stays(busy: Server) -> None:
    moe = busy.user("moe")
    with frames(busy.url) as reader:
        reader.join(moe.token)
        for number in range(30):
            made(moe.update(0, pnl=f"{number}{TEXT}"))
            time.sleep(0.01)
        assert reader.ask('421["focus",{"index":null}]', 1) == {"index": None}
    assert figure(busy, "sockets_dropped") == 0
