"""Messages reach everybody in order, by the short way where it is open and by the library's own where it is not."""

import asyncio
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.live.windows import Window, figure, frames, opened, soon
from tests.server import Server, User, made, serving

from rowlock.live import outbox as outboxes
from rowlock.live import server as live_server

pytestmark = pytest.mark.anyio


def arrived(position: int, *windows: Window) -> Callable[[], bool]:
    return lambda: all(window.position >= position for window in windows)


def without_a_gap(window: Window) -> bool:
    """Whether each update goes on where the one before it ended."""
    updates = window.all("csv_update")
    return all(after["after"] == before["position"] for before, after in zip(updates, updates[1:], strict=False))


async def test_a_websocket_is_sent_to_without_its_queue(tmp_path: Path) -> None:
    """Fails when the parts of Engine.IO and uvicorn that lead to the transport are no longer where they were."""
    with serving(tmp_path, number_seconds=3600) as server:
        ada = server.user("ada")
        with frames(server.url) as one, frames(server.url) as two:
            for reader in (one, two):
                reader.join(ada.token)
                reader.read_until('42["presence"')
            before = figure(server, "socket_enqueues")
            written = figure(server, "socket_writes")
            ada.row()
            for reader in (one, two):
                reader.read_until('42["csv_update"')
            assert figure(server, "socket_enqueues") == before
            assert figure(server, "socket_writes") >= written + 2


def test_an_edit_and_who_may_write_its_row_are_one_write_to_each_watcher(tmp_path: Path) -> None:
    with serving(tmp_path, number_seconds=3600, cleanup_seconds=3600) as server:
        ada = server.user("ada")
        with frames(server.url) as one, frames(server.url) as two:
            for reader in (one, two):
                reader.join(ada.token)
            time.sleep(0.5)  # until nobody has to be told any more who is here
            written = figure(server, "socket_writes")
            made(ada.update(0, pnl="1"))
            for reader in (one, two):
                reader.read_until('42["lock_status"')
            assert figure(server, "socket_writes") == written + 2


async def test_a_server_whose_transports_are_not_found_sends_by_the_queues(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_server, "transport_of", lambda environ: None)
    with serving(tmp_path) as server:
        ada = server.user("ada")
        async with opened(ada) as window:
            for number in range(20):
                await window.call("update", {"index": 0, "cells": {"pnl": str(number)}})
            await soon(lambda: window.events and window.events[-1]["cells"]["pnl"]["to"] == "19")
            assert without_a_gap(window)
        assert figure(server, "socket_writes") == 0
        assert figure(server, "socket_enqueues") > 0


async def test_a_client_that_stays_with_polling_gets_everything(server: Server, ada: User, bob: User) -> None:
    async with opened(bob, ("polling",)) as window:
        rows = [ada.row() for _ in range(5)]
        await soon(lambda: [event["index"] for event in window.events if "index" in event][-5:] == rows)
        assert without_a_gap(window)


async def test_no_message_overtakes_another_when_the_ways_change(
    server: Server, ada: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(5)
    before = figure(server, "socket_writes"), figure(server, "socket_enqueues")
    async with opened(bob) as listening, opened(ada) as asking:
        row = ada.row()
        for turn in range(20):
            monkeypatch.setattr(outboxes, "BUFFER_LIMIT", chance.choice([-1, 65_536]))
            asked = (asking.call("update", {"index": row, "cells": {"pnl": str(number)}}) for number in range(10))
            last = max(answer["position"] for answer in await asyncio.gather(*asked))
            if turn % 2:  # some messages are sent before the ways change, others just then
                await soon(arrived(last, listening))
        await soon(arrived(last, listening, asking))
        for window in (listening, asking):
            assert without_a_gap(window)
            positions = [event["position"] for event in window.events]
            assert positions == list(range(positions[0], positions[-1] + 1))
    assert figure(server, "socket_writes") > before[0]
    assert figure(server, "socket_enqueues") > before[1]


async def test_messages_of_every_size_arrive_whole(server: Server, ada: User) -> None:
    with frames(server.url) as socket:
        socket.join(ada.token)
        for size in (1, 10, 100, 60_000, 100_000):
            ops = [{"op": "add", "cells": {"user": "é" * (size // 10)}} for _ in range(10)]
            last = made(ada.post("/api/batch_csv", json={"ops": ops}))["position"]
            while f'"position":{last},' not in socket.read_until('42["csv_update"'):
                pass
