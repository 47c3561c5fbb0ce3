"""Who is here and at which row, who may write which row, and the numbers."""

from collections.abc import Iterator

import pytest
from tests.live.windows import Window, opened, soon
from tests.server import Server, User, made, serving

pytestmark = pytest.mark.anyio


def here(window: Window) -> list[dict[str, object]]:
    """Who is here, as the window was told last."""
    told = window.all("presence")
    users: list[dict[str, object]] = told[-1]["users"] if told else []
    return users


async def test_everybody_hears_who_is_here_and_at_which_row(ada: User, bob: User) -> None:
    async with opened(ada) as mine:
        await soon(lambda: here(mine) == [{"username": "ada"}])
        async with opened(bob) as other:
            assert await other.call("focus", {"index": 3}) == {"index": 3}
            for window in (mine, other):
                await soon(lambda window=window: {"username": "bob", "index": 3} in here(window))  # type: ignore[misc]
            await other.call("focus", {"index": None})
            await soon(lambda: {"username": "bob"} in here(mine))
        await soon(lambda: here(mine) == [{"username": "ada"}])


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("quick")
    with serving(folder, cooldown_seconds=0.3, lease_seconds=0.8, cleanup_seconds=0.1, number_seconds=0.2) as server:
        yield server


async def test_a_lock_display_is_told_locked_cooldown_and_free(quick: Server) -> None:
    eli, flo = quick.user("eli"), quick.user("flo")
    async with opened(eli) as mine, opened(flo) as other:
        lease = await mine.call("lock", {"index": 1})
        assert "error" not in await mine.call("update", {"index": 1, "cells": {"pnl": "1"}})
        await mine.call("unlock", {"index": 1, "token": lease["token"]})
        assert await other.refused("lock", {"index": 1}) == "row_cooling"
        await soon(lambda: [each["status"] for each in other.all("lock_status")][-1:] == ["free"])
        told = other.all("lock_status")
        assert list(dict.fromkeys(each["status"] for each in told)) == ["locked", "cooldown", "free"]
        locked, cooling, free = (
            next(each for each in told if each["status"] == s) for s in ("locked", "cooldown", "free")
        )
        assert (locked["index"], locked["holder"], cooling["holder"], free["holder"]) == (1, "eli", "eli", None)
        assert locked["position"] >= lease["token"]
        assert 0 < cooling["expires_in"] <= 0.3
        assert cooling["expires_at"].endswith("Z")
        assert (free["expires_at"], free["expires_in"]) == (None, None)
        assert "error" not in await other.call("lock", {"index": 1})


async def test_the_clean_up_announces_a_lease_that_ran_out(quick: Server) -> None:
    gil, hua = quick.user("gil"), quick.user("hua")
    async with opened(hua) as window:
        token = gil.lease(2)
        await soon(lambda: ("free", 2) in [(each["status"], each["index"]) for each in window.all("lock_status")])
        expired = await soon(lambda: [event for event in window.events if event["kind"] == "lease_expired"])
        assert (expired[-1]["index"], expired[-1]["token"], expired[-1]["actor"]) == (2, token, "scheduler")


async def test_numbers_are_pushed_under_both_names_as_they_are_stored(quick: Server) -> None:
    ivo = quick.user("ivo")
    async with opened(ivo) as window:
        await soon(lambda: len(window.all("number")) >= 4)
        pushed = window.all("number")[:4]
        await soon(lambda: window.all("random_number")[:4] == pushed)
    stored = made(ivo.get("/api/numbers", params={"from": pushed[0]["timestamp"], "limit": 4}))["items"]
    assert stored == pushed
