"""Every client gets every event, in order and without a gap, however it comes and goes."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tests.live.windows import Window, frames, opened, soon
from tests.server import Server, User, made, serving

pytestmark = pytest.mark.anyio


def joined(window: Window) -> None:
    """The updates of a window follow each other without a gap, and each has what it says."""
    updates = window.all("csv_update")
    for before, after in zip(updates, updates[1:], strict=False):
        assert after["after"] == before["position"]
    for update in updates:
        positions = [event["position"] for event in update["events"]]
        assert positions == list(range(update["after"] + 1, update["position"] + 1))


async def test_all_clients_get_the_same_events_in_order_without_a_gap(ada: User, bob: User) -> None:
    row = ada.row()

    async def edit(window: Window, column: str) -> None:
        for number in range(20):
            await window.call("update", {"index": row, "cells": {column: str(number)}})

    async with opened(ada) as one, opened(ada) as two, opened(bob) as three:
        before = made(ada.get("/api/fetch_csv"))["position"]
        await asyncio.gather(edit(one, "pnl"), edit(two, "margin"))
        lease = await one.call("lock", {"index": row})
        await one.call("unlock", {"index": row, "token": lease["token"]})
        last = ada.events(index=row)[-1]["position"]
        for window in (one, two, three):
            await soon(lambda window=window: window.position >= last)  # type: ignore[misc]
            joined(window)
            shown = [event for event in window.events if event["position"] > before]
            assert shown == ada.events(after=before)
    kinds = [event["kind"] for event in ada.events(after=before)]
    assert kinds == ["row_updated"] * 40 + ["lease_granted", "lease_released"]


async def test_several_edits_share_a_message_and_one_after_quiet_goes_at_once(ada: User, bob: User) -> None:
    async with opened(bob) as window:
        ops = [{"op": "add"}] * 50
        position = made(ada.post("/api/batch_csv", json={"ops": ops}))["position"]
        await soon(lambda: window.position >= position)
        assert len(window.all("csv_update")) == 1


async def test_a_client_that_was_away_first_gets_what_it_missed(ada: User, bob: User) -> None:
    row = ada.row()
    seen = made(ada.update(row, pnl="1"))["position"]
    for number in range(5):
        ada.update(row, margin=str(number))
    async with opened(bob, after=seen) as window:
        ada.update(row, margin="last")
        await soon(lambda: window.events and window.events[-1]["cells"]["margin"]["to"] == "last")
        joined(window)
        assert window.all("csv_update")[0]["after"] == seen
        assert window.events == ada.events(after=seen)


async def test_a_client_that_missed_nothing_gets_nothing(ada: User) -> None:
    async with opened(ada) as window:
        ada.row()
        await soon(lambda: window.position)
        async with opened(ada, after=window.position) as other:
            await soon(lambda: other.all("presence"))
            assert other.all("csv_update") == []


async def test_sync_answers_with_what_came_after(ada: User) -> None:
    seen = made(ada.get("/api/fetch_csv"))["position"]
    async with opened(ada) as window:
        assert await window.call("sync", {"after": seen}) == {"position": seen, "events": []}
        ada.row()
        answer = await window.call("sync", {"after": seen})
        assert answer == {"position": seen + 1, "events": ada.events(after=seen)}
        assert (await window.call("sync", {"after": 0}))["events"][0]["position"] == 1


async def test_a_client_that_saw_its_edit_before_everybody_is_sent_it_need_not_load_anew(tmp_path: Path) -> None:
    with serving(tmp_path, push_seconds=0.5) as server:
        hal = server.user("hal")
        async with opened(hal) as other:
            hal.row()
            seen = made(hal.update(0, pnl="1"))["position"]
            async with opened(hal, after=seen) as window:
                assert other.position < seen
                last = made(hal.update(0, pnl="2"))["position"]
                await soon(lambda: window.position >= last)
                assert not any("reload" in update for update in window.all("csv_update"))
                assert window.events == hal.events(after=seen)


async def test_a_client_ahead_of_the_journal_is_told_to_load_anew(ada: User) -> None:
    ahead = made(ada.get("/api/fetch_csv"))["position"] + 5
    async with opened(ada, after=ahead) as window:
        update = (await soon(lambda: window.all("csv_update")))[0]
        assert (update["reload"], update["events"]) == (True, [])
        assert await window.call("sync", {"after": ahead}) == {"reload": True}


async def test_a_client_too_far_behind_is_told_to_load_anew(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        gus = server.user("gus")
        for _ in range(2):
            made(gus.post("/api/batch_csv", json={"ops": [{"op": "add"}] * 5_001}))
        async with opened(gus, after=1) as window:
            update = (await soon(lambda: window.all("csv_update")))[0]
            assert update["reload"] is True
            assert update["position"] > 10_001  # the last event may be on its way still
            assert await window.call("sync", {"after": 2}) == {"reload": True}
        with frames(server.url) as socket:
            socket.join(gus.token)
            answer = socket.ask('421["sync",{"after":6003}]', 1)
            assert [event["position"] for event in answer["events"]] == list(range(6_004, 10_004))


async def test_a_client_that_applies_events_and_syncs_holds_the_servers_table(server: Server, ada: User) -> None:
    start = made(ada.get("/api/fetch_csv"))
    table: dict[int, dict[str, str]] = {
        row["index"]: dict(zip(start["columns"], row["cells"], strict=True)) for row in start["rows"]
    }
    position = start["position"]

    def apply(events: list[dict[str, Any]]) -> None:
        nonlocal position
        for event in events:
            if event["position"] <= position:
                continue
            position = event["position"]
            index = event.get("index", -1)
            if event["kind"] == "row_deleted":
                del table[index]
            elif event["kind"] in {"row_added", "row_updated"}:
                table.setdefault(index, {}).update({name: each["to"] for name, each in event["cells"].items()})

    for _ in range(3):
        async with opened(ada, after=position) as window:
            row = ada.row(user="kept")
            ada.update(row, pnl="1")
            ada.delete(f"/api/delete_csv/{ada.row()}")
            await soon(lambda window=window, row=row: window.position >= row and window.events)  # type: ignore[misc]
        apply(window.events)
        ada.update(row, pnl="while away")
    async with opened(ada) as window:
        apply((await window.call("sync", {"after": position}))["events"])
    now = made(ada.get("/api/fetch_csv", params={"limit": 10_000}))
    assert position == now["position"]
    assert table == {row["index"]: dict(zip(now["columns"], row["cells"], strict=True)) for row in now["rows"]}
