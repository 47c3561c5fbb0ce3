"""A frame goes straight to the transport when nothing is before it, and by the queue in every other case."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from rowlock.live import outbox as outboxes
from rowlock.live.outbox import Outbox, frame_of, transport_of

pytestmark = pytest.mark.anyio
FRAME = b"\x81\x05hello"


class Line:
    """An outbox on a TCP connection, and its other end."""

    def __init__(self, outbox: Outbox, far: socket.socket) -> None:
        self.outbox = outbox
        self.far = far
        self.taken: asyncio.Task[str] | None = None

    async def wait_for_a_packet(self) -> None:
        """Let a writer come for the next packet."""
        self.taken = asyncio.create_task(self.outbox.get())
        await asyncio.sleep(0)


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    near, far = socket.socketpair()
    far.settimeout(5)
    transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, sock=near)
    outbox = Outbox()
    outbox.transport = transport
    line = Line(outbox, far)
    yield line
    if line.taken is not None:
        line.taken.cancel()
    transport.abort()
    await asyncio.sleep(0)
    far.close()


async def test_a_frame_is_written_at_once_while_the_writer_waits_for_a_packet(line: Line) -> None:
    await line.wait_for_a_packet()
    assert line.outbox.write(FRAME)
    assert line.far.recv(100) == FRAME


async def test_frames_of_one_turn_are_written_together_and_before_what_is_written_at_once(line: Line) -> None:
    await line.wait_for_a_packet()
    for frame in (b"one", b"two"):
        assert line.outbox.write_soon(frame)
    assert line.outbox.write(b"three")
    assert line.far.recv(100) == b"onetwothree"
    assert line.outbox.write_soon(b"four")
    line.outbox.put_nowait("after")
    assert not line.outbox.write_soon(b"five")
    await asyncio.sleep(0)
    assert line.far.recv(100) == b"four"


async def test_a_frame_does_not_overtake_a_packet_that_waits(line: Line) -> None:
    await line.wait_for_a_packet()
    line.outbox.put_nowait("before")
    assert not line.outbox.write(FRAME)


async def test_a_frame_does_not_overtake_a_packet_that_the_writer_has_taken_and_not_sent(line: Line) -> None:
    await line.wait_for_a_packet()
    line.outbox.put_nowait("before")
    assert line.taken is not None
    assert await line.taken == "before"
    assert not line.outbox.write(FRAME)
    await line.wait_for_a_packet()
    assert line.outbox.write(FRAME)


async def test_a_writer_that_has_given_up_is_not_waiting(line: Line) -> None:
    await line.wait_for_a_packet()
    assert line.taken is not None
    line.taken.cancel()
    await asyncio.gather(line.taken, return_exceptions=True)
    assert not line.outbox.write(FRAME)


async def test_a_connection_that_closes_is_not_written_to(line: Line) -> None:
    await line.wait_for_a_packet()
    assert line.outbox.transport is not None
    line.outbox.transport.close()
    assert not line.outbox.write(FRAME)


async def test_a_reader_who_is_behind_is_not_written_to(line: Line) -> None:
    await line.wait_for_a_packet()
    writes = 0
    while line.outbox.write(b"x" * 50_000):
        writes += 1
        assert writes < 1_000
    assert line.outbox.transport is not None
    assert line.outbox.transport.get_write_buffer_size() <= outboxes.BUFFER_LIMIT + 50_000


async def test_without_a_transport_that_is_known_nothing_is_written(line: Line) -> None:
    await line.wait_for_a_packet()
    line.outbox.transport = None
    assert not line.outbox.write(FRAME)


@pytest.mark.parametrize("send", [None, print, lambda message: None])
def test_a_server_whose_send_is_no_method_of_a_connection_has_no_transport(send: object) -> None:
    assert transport_of({"asgi.send": send}) is None


@pytest.mark.parametrize(
    ("text", "head"),
    [
        ("é" * 62, b"\x81\x7c"),
        ("x" * 126, b"\x81\x7e\x00\x7e"),
        ("x" * 65_536, b"\x81\x7f" + (65_536).to_bytes(8, "big")),
    ],
)
def test_a_frame_is_text_with_its_length_and_no_mask(text: str, head: bytes) -> None:
    assert frame_of(text.encode()) == head + text.encode()
