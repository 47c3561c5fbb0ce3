"""Messages are taken where they arrive when they are whole, plain and in turn; all else goes the library's way."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.live.windows import frames, opened
from tests.server import Server, User, serving
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.frames import Frame, Opcode

from rowlock.live import protocol as live_protocol
from rowlock.live import server as live_server
from rowlock.live.incoming import Incoming
from rowlock.live.protocol import Protocol

TEXTS = st.binary(max_size=300) | st.sampled_from([125, 126, 65_535, 65_536]).map(bytes)
PLAIN = st.builds(lambda text: [Frame(Opcode.TEXT, text)], TEXTS)
COMPRESSED = st.builds(lambda text: [Frame(Opcode.TEXT, text, rsv1=True)], TEXTS)
BINARY = st.builds(lambda data: [Frame(Opcode.BINARY, data)], TEXTS)
BEATS = st.sampled_from([Opcode.PING, Opcode.PONG]).map(lambda kind: [Frame(kind, b"beat")])
IN_PARTS = st.builds(
    lambda first, beats, last: [Frame(Opcode.TEXT, first, fin=False), *beats, Frame(Opcode.CONT, last)],
    TEXTS,
    BEATS | st.just([]),
    TEXTS,
)
STREAMS = st.lists(PLAIN | COMPRESSED | BINARY | BEATS | IN_PARTS, max_size=6).map(lambda each: sum(each, []))


def sent(frame: Frame) -> bytes:
    data = Frame(frame.opcode, frame.data, frame.fin).serialize(mask=True)
    return bytes((data[0] | (0x40 if frame.rsv1 else 0),)) + data[1:]


def plain(stream: list[Frame]) -> list[bytes]:
    """The texts of the messages that are whole and plain."""
    return [bytes(each.data) for each in stream if each.opcode is Opcode.TEXT and each.fin and not each.rsv1]


@given(STREAMS, st.lists(st.integers(0, 2_000), max_size=10))
def test_however_the_bytes_arrive_none_is_lost_and_only_whole_plain_texts_are_found(
    stream: list[Frame], cuts: list[int]
) -> None:
    data = b"".join(map(sent, stream))
    ends = sorted({min(cut, len(data)) for cut in cuts} | {len(data)})
    incoming, pieces = Incoming(), []
    for start, end in zip([0, *ends], ends, strict=False):
        pieces += list(incoming.pieces(data[start:end]))
    assert b"".join(piece for piece, _ in pieces) == data
    texts = iter(plain(stream))
    assert all(text in texts for _, text in pieces if text is not None)  # in their order


@given(STREAMS)
def test_all_whole_plain_texts_of_one_arrival_are_found(stream: list[Frame]) -> None:
    found = [text for _, text in Incoming().pieces(b"".join(map(sent, stream))) if text is not None]
    assert found == plain(stream)


def counted(monkeypatch: pytest.MonkeyPatch) -> list[Protocol]:
    """Grows with each message that goes the library's way."""
    went: list[Protocol] = []
    library = Protocol.send_receive_event_to_app

    def noted(self: Protocol) -> None:
        went.append(self)
        library(self)

    monkeypatch.setattr(Protocol, "send_receive_event_to_app", noted)
    return went


def test_a_message_is_taken_where_it_arrives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails when the parts of uvicorn that a message goes through are no longer where they were."""
    went = counted(monkeypatch)
    with serving(tmp_path, number_seconds=3600) as server:
        ada = server.user("ada")
        with frames(server.url) as socket:
            socket.join(ada.token)
            assert went
            went.clear()
            for number in range(5):
                answer = socket.ask(f'42{number}["update",{{"index":0,"cells":{{"pnl":"{number}"}}}}]', number)
                assert answer["cells"]["pnl"] == str(number)
            assert not went


@pytest.mark.parametrize("lost", [(Protocol, "in_turn", lambda _: False), (live_server, "Protocol", type(None))])
def test_a_server_that_cannot_take_messages_where_they_arrive_takes_them_from_the_library(
    server: Server, ada: User, monkeypatch: pytest.MonkeyPatch, lost: tuple[Any, str, Any]
) -> None:
    went = counted(monkeypatch)
    monkeypatch.setattr(*lost)
    row = ada.row()
    with frames(server.url) as socket:
        socket.join(ada.token)
        went.clear()
        assert socket.ask(f'421["update",{{"index":{row},"cells":{{"pnl":"1"}}}}]', 1)["cells"]["pnl"] == "1"
        assert len(went) == 1


def test_messages_that_a_client_compresses_go_the_librarys_way_and_are_answered(server: Server, ada: User) -> None:
    row = ada.row()
    with frames(server.url, ClientPerMessageDeflateFactory()) as socket:
        socket.join(ada.token)
        assert socket.ask(f'421["update",{{"index":{row},"cells":{{"pnl":"1"}}}}]', 1)["cells"]["pnl"] == "1"


def test_what_comes_with_the_handshake_is_left_to_the_library(
    server: Server, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_protocol, "END_OF_HEAD", b"never")
    row = ada.row()
    with frames(server.url) as socket:
        socket.join(ada.token)
        assert socket.ask(f'421["update",{{"index":{row},"cells":{{"pnl":"1"}}}}]', 1)["cells"]["pnl"] == "1"


@pytest.mark.anyio
async def test_messages_keep_their_order_when_the_ways_change(
    server: Server, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_turn = Protocol.in_turn
    turns = iter([True, False, False, True, True, True, False] * 1_000)
    monkeypatch.setattr(Protocol, "in_turn", lambda self: in_turn(self) and next(turns))
    row = ada.row()
    async with opened(ada) as window:
        asked = (window.call("update", {"index": row, "cells": {"pnl": str(number)}}) for number in range(50))
        answers = await asyncio.gather(*asked)
    assert [answer["cells"]["pnl"] for answer in answers] == [str(number) for number in range(50)]
    positions = [answer["position"] for answer in answers]
    assert positions == sorted(positions)
