"""What goes to several who can inflate is compressed once for all of them; whoever cannot reads it as it is."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from tests.live.windows import Frames, figure, frames
from tests.server import Server, User, made, serving
from websockets.exceptions import ConnectionClosedError
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory, PerMessageDeflate
from websockets.frames import Frame, Opcode

from rowlock.live import server as live_server
from rowlock.live.deflate import deflated

KEEPS = ClientPerMessageDeflateFactory()
FORGETS = ClientPerMessageDeflateFactory(server_no_context_takeover=True)
NARROW = ClientPerMessageDeflateFactory(server_max_window_bits=10)


class Reading(PerMessageDeflate):
    """Counts the compressed messages that it reads."""

    compressed = 0

    def decode(self, frame: Frame, *, max_size: int | None = None) -> Frame:
        self.compressed += frame.rsv1
        return super().decode(frame, max_size=max_size)


def rows(user: User, number: int) -> tuple[int, int]:
    """The index and the position of the last of so many new rows."""
    answer = made(user.post("/api/batch_csv", json={"ops": [{"op": "add", "cells": {"user": "x"}}] * number}))
    return answer["results"][-1]["index"], answer["position"]


def change(user: User, last: int, number: int, text: str) -> int:
    """The position after rows were changed in one batch."""
    ops = [{"op": "update", "index": last - each, "cells": {"pnl": text}} for each in range(number)]
    return int(made(user.post("/api/batch_csv", json={"ops": ops}))["position"])


def read_until(reader: Frames, position: int) -> None:
    while f'"position":{position},' not in reader.read_until('42["csv_update"'):
        pass


def counted(reader: Frames) -> Reading:
    """The reader's inflater, from now on one that counts."""
    agreed = reader.socket.protocol.extensions[0]
    assert isinstance(agreed, PerMessageDeflate)
    agreed.__class__ = Reading
    assert isinstance(agreed, Reading)
    return agreed


def test_all_read_the_same_whether_they_inflate_or_not(server: Server, ada: User) -> None:
    last, _ = rows(ada, 30)
    with frames(server.url, KEEPS) as one, frames(server.url, KEEPS) as two, frames(server.url) as plain:
        for reader in (one, two, plain):
            reader.join(ada.token)
        counting = counted(one), counted(two)
        for number in range(3):
            position = change(ada, last, 30, str(number))
            heard = [reader.read_until('42["csv_update"') for reader in (one, two, plain)]
            assert f'"position":{position},' in heard[0]
            assert heard[0] == heard[1] == heard[2]
            for _ in range(30):
                told = [reader.read_until('42["lock_status"') for reader in (one, two, plain)]
                assert told[0] == told[1] == told[2]
        assert min(each.compressed for each in counting) >= 93  # who is here may be told along with them


def test_whoever_joins_between_two_messages_reads_the_second(server: Server, ada: User) -> None:
    last, _ = rows(ada, 30)
    with frames(server.url, KEEPS) as one, frames(server.url, KEEPS) as two:
        one.join(ada.token)
        two.join(ada.token)
        read_until(one, change(ada, last, 30, "before"))
        with frames(server.url, KEEPS) as late:
            late.join(ada.token)
            counting = counted(late)
            position = change(ada, last, 30, "after")
            for reader in (one, two, late):
                read_until(reader, position)
            assert counting.compressed > 0


@pytest.mark.parametrize("offer", [FORGETS, NARROW])
def test_whoever_keeps_nothing_of_what_was_sent_is_sent_it_plain(
    server: Server, ada: User, offer: ClientPerMessageDeflateFactory
) -> None:
    last, _ = rows(ada, 30)
    with frames(server.url, KEEPS) as one, frames(server.url, KEEPS) as two, frames(server.url, offer) as other:
        assert other.socket.protocol.extensions == []
        for reader in (one, two, other):
            reader.join(ada.token)
        position = change(ada, last, 30, "1")
        for reader in (one, two, other):
            read_until(reader, position)


def test_whoever_inflates_reads_what_comes_by_the_queues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_server, "transport_of", lambda environ: None)
    with serving(tmp_path) as server:
        ada = server.user("ada")
        last, _ = rows(ada, 30)
        with frames(server.url, KEEPS) as one, frames(server.url, KEEPS) as two:
            for reader in (one, two):
                reader.join(ada.token)
            position = change(ada, last, 30, "1")
            for reader in (one, two):
                read_until(reader, position)
        assert figure(server, "socket_writes") == 0


def test_what_would_swell_without_end_is_not_read(server: Server) -> None:
    with frames(server.url, KEEPS) as socket:
        socket.send("4" + "0" * 20_000_000)
        with pytest.raises(ConnectionClosedError, match="1009"):
            socket.read()


def inflated(frames: Iterable[Frame], inflater: PerMessageDeflate) -> list[bytes]:
    return [bytes(inflater.decode(frame).data) for frame in frames]


def taken_apart(data: bytes) -> list[Frame]:
    """The frames in a piece of bytes; none here is longer than 65,535 bytes."""
    found = []
    while data:
        start = 4 if data[1] == 126 else 2
        end = start + (int.from_bytes(data[2:4], "big") if data[1] == 126 else data[1])
        found.append(Frame(Opcode(data[0] & 15), data[start:end], rsv1=bool(data[0] & 64)))
        data = data[end:]
    return found


def test_a_batch_refers_to_itself_and_to_nothing_before_it() -> None:
    first, second = [b"alpha" * 300, b"alpha" * 300], [b"beta" * 300, b"alpha" * 300, b"beta" * 300]
    kept, new = PerMessageDeflate(False, False, 15, 15), PerMessageDeflate(False, False, 15, 15)
    assert inflated(taken_apart(deflated(first)), kept) == first
    assert inflated(taken_apart(deflated(second)), kept) == second
    assert inflated(taken_apart(deflated(second)), new) == second
    assert len(deflated(second)) < len(deflated(second[:1])) + len(deflated(second[1:2])) + len(deflated(second[2:]))
