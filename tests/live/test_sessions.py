"""A session that ends cuts off its sockets, and only its own."""

import sqlite3
import time
from collections.abc import Iterator

import jwt
import pytest
from tests.clocks import HOUR, HandClock
from tests.live.windows import Window, opened, soon
from tests.server import Server, User, made, serving

pytestmark = pytest.mark.anyio


async def cut_off(window: Window, reason: str, seconds: float = 5) -> None:
    """Wait until the window is told why it ends, and ended."""
    await soon(lambda: window.all("session_ended") and not window.client.connected, seconds)
    assert window.received[-1] == ("session_ended", {"reason": reason})


async def test_logout_cuts_off_the_sockets_of_this_session_alone(server: Server, ada: User) -> None:
    pia, row = server.user("pia"), ada.row()
    other = server.user("pia")
    async with opened(pia) as one, opened(pia) as two, opened(other) as stays:
        await one.call("lock", {"index": row})
        begin = time.monotonic()
        pia.post("/api/logout")
        for window in (one, two):
            await cut_off(window, "logout")
        assert time.monotonic() - begin < 5
        assert ada.status(row) is None
        last = made(ada.update(row, pnl="after"))["position"]
        await soon(lambda: stays.position >= last)
        assert one.position < last
        assert stays.all("session_ended") == []


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def hourly(tmp_path_factory: pytest.TempPathFactory, clock: HandClock) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("hourly")
    with serving(folder, clock, token_hours=1, cleanup_seconds=0.2, number_seconds=3600) as server:
        yield server


async def test_a_session_that_expires_is_cut_off_and_its_leases_end(hourly: Server, clock: HandClock) -> None:
    rex = hourly.user("rex")
    async with opened(rex) as window:
        await window.call("lock", {"index": 1})
        clock.advance(HOUR // 2)
        await window.call("lock", {"index": 2})
        clock.advance(HOUR // 2)
        await cut_off(window, "expired")
        sam = hourly.user("sam")
        assert sam.status(2) is None
        assert {event["kind"] for event in sam.events(index=2)} <= {"lease_granted", "lease_released", "lease_expired"}


async def test_a_session_deleted_in_the_database_is_cut_off(hourly: Server) -> None:
    tom = hourly.user("tom")
    jti = jwt.decode(tom.token, options={"verify_signature": False})["jti"]
    async with opened(tom) as window:
        await window.call("lock", {"index": 1})
        database = sqlite3.connect(hourly.settings.data_dir / "rowlock.db")
        columns = [row[1] for row in database.execute("PRAGMA table_info(session)")]
        column = "jti" if "jti" in columns else "id"
        with database:
            assert database.execute(f"DELETE FROM session WHERE {column} = ?", (jti,)).rowcount == 1
        database.close()
        await cut_off(window, "revoked")
        assert tom.get("/api/session").status_code == 401


async def test_a_stop_of_the_server_is_said(tmp_path_factory: pytest.TempPathFactory) -> None:
    with serving(tmp_path_factory.mktemp("stop")) as server:
        uta = server.user("uta")
        window = Window()
        await window.client.connect(server.url, auth={"token": uta.token}, transports=["websocket"])
    await soon(lambda: not window.client.connected)
    await window.client.shutdown()
