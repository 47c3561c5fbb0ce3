"""A window's leases outlive its socket for a while, and no longer."""

import asyncio
import gc
import time
import weakref
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, cast

import pytest
from tests.live.windows import opened, soon
from tests.server import Server, User, serving

pytestmark = pytest.mark.anyio


async def test_leases_of_a_lost_socket_are_freed_after_the_grace(server: Server, ada: User, bob: User) -> None:
    row = ada.row()
    async with opened(ada, client="tab") as window:
        await window.call("lock", {"index": row})
    assert ada.status(row)
    await soon(lambda: ada.status(row) is None, 3)
    released = ada.events(index=row)[-1]
    assert (released["kind"], released["reason"]) == ("lease_released", "disconnected")
    bob.lease(row)


async def test_leases_are_kept_when_the_window_is_back_in_time(ada: User) -> None:
    row = ada.row()
    async with opened(ada, client="tab") as window:
        lease = await window.call("lock", {"index": row})
    async with opened(ada, client="tab") as window:
        await asyncio.sleep(0.6)
        update = {"index": row, "cells": {"pnl": "1"}, "token": lease["token"]}
        assert "error" not in await window.call("update", update)


async def test_another_window_of_the_same_session_does_not_keep_them(ada: User) -> None:
    row = ada.row()
    async with opened(ada, client="other"):
        async with opened(ada, client="tab") as window:
            await window.call("lock", {"index": row})
        await soon(lambda: ada.status(row) is None, 3)


async def test_leases_taken_over_http_do_not_hang_on_a_socket(ada: User) -> None:
    row, bound = ada.row(), ada.row()
    async with opened(ada, client="tab") as window:
        ada.lease(row, Client_Id="tab")
        await window.call("lock", {"index": bound})
    await soon(lambda: ada.status(bound) is None, 3)
    assert ada.status(row)


async def test_after_a_restart_windows_have_the_grace_to_come_back(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("again")
    with serving(folder, grace_seconds=30) as server:
        jim = server.user("jim")
        async with opened(jim, client="back") as back, opened(jim, client="away") as away:
            kept = await back.call("lock", {"index": 1})
            await away.call("lock", {"index": 2})
    with serving(folder, grace_seconds=1) as server, User(server.url, "jim", jim.token) as again:
        begin = time.monotonic()
        async with opened(again, client="back") as window:
            await soon(lambda: again.status(2) is None, 5)
            assert time.monotonic() - begin > 0.3
            update = {"index": 1, "cells": {"pnl": "1"}, "token": kept["token"]}
            assert "error" not in await window.call("update", update)


async def test_lost_sockets_leave_next_to_nothing_for_the_collector(tmp_path: Path) -> None:
    """What holds itself stays until a full collection, which among a thousand sockets is a pause for everybody."""
    with serving(tmp_path) as server:
        ada, sockets = server.user("ada"), cast(Any, server.app).engineio_server.eio
        async with opened(ada):
            pass
        await soon(lambda: not sockets.sockets)
        gc.collect()
        gc.disable()
        try:
            windows = [await AsyncExitStack().__aenter__() for _ in range(5)]
            for window in windows:
                await window.enter_async_context(opened(ada))
            held = [weakref.ref(each) for socket in sockets.sockets.values() for each in (socket, socket.queue)]
            held += [weakref.ref(each) for each in cast(Any, server)._uvicorn.server_state.connections]
            assert len(held) >= 15
            for window in windows:
                await window.aclose()
            await soon(lambda: all(each() is None for each in held))
        finally:
            gc.enable()
