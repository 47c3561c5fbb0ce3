"""What happens by the clock goes on, whatever becomes of the clock or of the scheduler."""

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from tests.clocks import SECOND, HandClock
from tests.server import Server, User, eventually, made, serving

from rowlock import jobs as rowlock_jobs

HOUR_OF_SECONDS = 3600


def ticks(server: Server) -> int:
    """How often the number generator ran, as the metrics tell."""
    lines = server.guest.get("/metrics").text.splitlines()
    return int(float(next(line.split()[1] for line in lines if line.startswith("rowlock_ticks "))))


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(rowlock_jobs, "WATCH_SECONDS", 0.3)
    with serving(tmp_path_factory.mktemp("jobs"), number_seconds=0.2, cleanup_seconds=0.2) as server:
        yield server


@pytest.fixture
def ada(server: Server) -> User:
    return server.user("ada")


def test_each_interval_has_one_number(server: Server, ada: User) -> None:
    eventually(lambda: ticks(server) >= 6)
    items = made(ada.get("/api/numbers"))["items"]
    milliseconds = [int(item["timestamp"][-4:-1]) for item in items]
    assert all(each % 200 == 0 for each in milliseconds)
    assert len({item["timestamp"] for item in items}) == len(items) >= 5


def test_a_scheduler_that_was_shut_down_comes_back(server: Server) -> None:
    jobs: Any = server.jobs

    async def kill() -> None:
        jobs._scheduler.shutdown(wait=False)

    eventually(lambda: ticks(server) >= 1)
    server.run(kill)
    before = ticks(server)
    eventually(lambda: ticks(server) > before + 2)
    assert server.guest.get("/api/health").status_code == 200


def test_a_scheduler_that_lost_its_timer_comes_back_and_there_is_one_only(server: Server) -> None:
    jobs: Any = server.jobs

    async def stall() -> None:
        jobs._scheduler._stop_timer()

    eventually(lambda: ticks(server) >= 1)
    server.run(stall)
    before = ticks(server)
    eventually(lambda: ticks(server) > before)
    begin, then = ticks(server), time.monotonic()
    time.sleep(1)
    assert ticks(server) - begin <= (time.monotonic() - then) / 0.2 + 2


def test_a_number_that_waits_for_the_database_long_is_no_silent_scheduler(server: Server, ada: User) -> None:
    jobs: Any = server.jobs
    eventually(lambda: ticks(server) >= 1)
    scheduler = jobs._scheduler
    with closing(sqlite3.connect(server.settings.data_dir / "rowlock.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        time.sleep(1.5)
    before = ticks(server)
    eventually(lambda: ticks(server) > before + 2)
    assert jobs._scheduler is scheduler


def test_a_job_that_is_interrupted_is_no_error(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    jobs: Any = server.jobs

    async def interrupt() -> None:
        task = asyncio.create_task(jobs._in_turn("the number generator", lambda: asyncio.sleep(60)))
        await asyncio.sleep(0)
        task.cancel()
        await task

    server.run(interrupt)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_a_job_that_is_due_at_the_moment_of_stopping_is_no_error(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    jobs: Any = server.jobs

    async def stop() -> None:
        watch, jobs._watch = jobs._watch, None
        watch.cancel()
        for job in jobs._scheduler.get_jobs():
            job.modify(next_run_time=datetime.now(UTC))
        await jobs.close()
        await asyncio.sleep(0.1)

    server.run(stop)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_a_wall_clock_that_is_set_back_stops_nothing(server: Server, ada: User) -> None:
    eventually(lambda: ticks(server) >= 2)
    row = ada.row()
    token = ada.lease(row)
    with time_machine.travel(time.time() - HOUR_OF_SECONDS, tick=True):
        before = ticks(server)
        eventually(lambda: ticks(server) > before + 3)
        assert (ada.status(row) or {})["token"] == token
        assert server.guest.get("/api/health").status_code == 200
    eventually(lambda: ticks(server) > before + 5)
    assert (ada.status(row) or {})["token"] == token


def test_a_wall_clock_that_jumps_ahead_makes_up_no_numbers(server: Server, ada: User) -> None:
    eventually(lambda: ticks(server) >= 2)
    before, then = ticks(server), time.monotonic()
    with time_machine.travel(time.time() + HOUR_OF_SECONDS, tick=True):
        eventually(lambda: ticks(server) > before + 2)
        assert ticks(server) - before < (time.monotonic() - then) / 0.2 + 5
        total = made(ada.get("/api/numbers", params={"limit": 0}))["total"]
        assert total < 100


def test_the_clean_up_ends_leases_and_cooldowns_by_elapsed_time(tmp_path_factory: pytest.TempPathFactory) -> None:
    clock = HandClock()
    with serving(tmp_path_factory.mktemp("hand"), clock, cleanup_seconds=0.1, number_seconds=3600) as server:
        eva, row = server.user("eva"), 3
        eva.lease(row)
        made(eva.update(4, pnl="1"))
        clock.set_wall(clock.wall() + 899 * SECOND)
        time.sleep(0.3)
        assert (eva.status(row), eva.status(4)) != (None, None)
        assert eva.events(kind="lease_expired") == []
        clock.set_wall(clock.wall() - 899 * SECOND)
        clock.advance(900 * SECOND)
        assert eventually(lambda: eva.events(kind="lease_expired"))[0]["index"] == row
        assert made(eva.get("/api/fetch_csv"))["position"] == eva.events(kind="lease_expired")[0]["position"]


def test_health_tells_of_a_number_generator_that_is_silent(tmp_path_factory: pytest.TempPathFactory) -> None:
    clock = HandClock()
    with serving(tmp_path_factory.mktemp("silent"), clock, number_seconds=3600) as server:
        assert server.guest.get("/api/health").status_code == 200
        clock.advance(5 * 3600 * SECOND)
        response = server.guest.get("/api/health")
        assert response.status_code == 503
        assert "number generator" in response.json()["checks"]["scheduler"]
        assert response.headers["retry-after"] == "1"
