"""What a client may send: done as over HTTP, and always answered."""

from typing import Any

import pytest
from tests.live.windows import opened, soon
from tests.server import Server, User, made

pytestmark = pytest.mark.anyio


async def test_a_row_is_added_changed_and_deleted(ada: User) -> None:
    async with opened(ada) as window:
        added = await window.call("add", {"cells": {"user": "jan"}})
        index = added["index"]
        assert (added["cells"]["user"], added["version"]) == ("jan", added["position"])
        changed = await window.call("update", {"index": index, "cells": {"pnl": "1"}, "version": added["version"]})
        assert changed["cells"]["pnl"] == "1"
        placed = await window.call("add", {"cells": {}, "before": index})
        order = [row["index"] for row in made(ada.get("/api/fetch_csv"))["rows"]]
        assert order.index(placed["index"]) == order.index(index) - 1
        assert await window.call("delete", {"index": index}) == {"index": index, "position": changed["position"] + 2}
    assert ada.cells(index) is None


async def test_a_row_is_locked_renewed_and_unlocked(ada: User, bob: User) -> None:
    row = ada.row()
    async with opened(ada) as mine, opened(bob) as other:
        lease = await mine.call("lock", {"index": row})
        assert (lease["index"], lease["holder"], lease["expires_in"]) == (row, "ada", 900)
        assert await other.refused("lock", {"index": row}) == "row_locked"
        assert await other.refused("unlock", {"index": row}) == "not_lease_owner"
        assert (await mine.call("renew", {"index": row, "token": lease["token"]}))["token"] == lease["token"]
        assert await mine.refused("renew", {"index": row, "token": 1}) == "stale_lease"
        update = {"index": row, "cells": {"pnl": "1"}, "token": lease["token"]}
        assert (await mine.call("update", update))["cells"]["pnl"] == "1"
        assert "error" not in await mine.call("unlock", {"index": row, "token": lease["token"]})
        assert await mine.refused("update", update | {"cells": {"pnl": "2"}}) == "stale_lease"
        assert await other.refused("update", {"index": row, "cells": {"pnl": "2"}}) == "row_cooling"


async def test_refusals_say_what_http_says(ada: User, bob: User) -> None:
    row = ada.row()
    ada.lease(row)
    async with opened(bob) as window:
        error = (await window.call("update", {"index": row, "cells": {"pnl": "1"}}))["error"]
        body = bob.update(row, pnl="1").json()
        assert error["holder"] == body["holder"] == "ada"
        assert error["retry_after"] == pytest.approx(body["retry_after"], abs=1)
        assert {name: error[name] for name in ("type", "title", "status", "code", "detail")} == {
            name: body[name] for name in ("type", "title", "status", "code", "detail")
        }
        assert await window.refused("update", {"index": 9_999, "cells": {}}) == "row_not_found"
        assert await window.refused("update", {"index": 0, "cells": {"x": ""}}) == "unknown_column"
        assert await window.refused("update", {"index": 0, "cells": {}, "version": 2**40}) == "version_mismatch"
        assert await window.refused("sync", {"after": -1}) == "bad_event"


async def test_a_message_with_a_key_has_one_effect(server: Server, ada: User) -> None:
    async with opened(ada) as window:
        message = {"cells": {"user": "kay"}, "key": "kay once"}
        first = await window.call("add", message)
        with server.untouched(ada):
            assert await window.call("add", message) == first
            assert await window.refused("add", message | {"cells": {}}) == "idempotency_mismatch"
            again = ada.post("/api/add_csv", json={"user": "kay"}, headers={"Idempotency-Key": "kay once"})
            assert made(again, 201) == first


async def test_one_window_takes_over_from_another_of_the_same_session(ada: User) -> None:
    row = ada.row()
    async with opened(ada, client="left") as left, opened(ada, client="right") as right:
        lease = await left.call("lock", {"index": row})
        assert (await right.call("lock", {"index": row}))["error"]["yours"] is True
        taken = await right.call("lock", {"index": row, "takeover": True})
        assert taken["token"] > lease["token"]
        update = {"index": row, "cells": {"pnl": "1"}, "token": lease["token"]}
        assert await left.refused("update", update) == "stale_lease"
        assert "error" not in await right.call("update", update | {"token": taken["token"]})


async def test_messages_of_no_known_name_or_shape_are_answered_and_change_nothing(server: Server, ada: User) -> None:
    bad: list[tuple[Any, ...]] = [
        ("nonsense", {}),
        ("", {}),
        ("update",),
        ("update", None),
        ("update", []),
        ("update", "text"),
        ("update", 7),
        ("update", {}),
        ("update", {"index": 0}),
        ("update", {"index": "0", "cells": {}}),
        ("update", {"index": True, "cells": {}}),
        ("update", {"index": 0.0, "cells": {}}),
        ("update", {"index": -1, "cells": {}}),
        ("update", {"index": 2**53, "cells": {}}),
        ("update", {"index": 2**63, "cells": {}}),
        ("update", {"index": 0, "cells": {"pnl": 1}}),
        ("update", {"index": 0, "cells": {"pnl": None}}),
        ("update", {"index": 0, "cells": {"pnl": b"bytes"}}),
        ("update", b"bytes"),
        ("update", {"index": 0, "cells": {}, "colour": "red"}),
        ("update", {"index": 0, "cells": {}, "token": -1}),
        ("update", {"index": 0, "cells": {}, "token": "1"}),
        ("update", {"index": 0, "cells": {}, "key": ""}),
        ("update", {"index": 0, "cells": {}, "key": "k" * 201}),
        ("update", {"index": 0, "cells": {}, "key": "new\nline"}),
        ("lock", {"index": 0, "takeover": "yes"}),
        ("sync", {}),
        ("focus", {"index": "0"}),
        ("add", {"cells": []}),
        ("delete", tuple([{"index": 0}] * 2_000)),
        ("delete", ({"index": 0}, {"index": 1})),
    ]
    async with opened(ada) as window:
        with server.untouched(ada):
            for name, *payload in bad:
                data = payload[0] if payload else ()
                answer = await window.client.call(name, data, timeout=5)
                assert answer["error"]["code"] == "bad_event", (name, payload)
                assert answer["error"]["detail"]


async def test_the_servers_own_events_cannot_be_sent(server: Server, ada: User, bob: User) -> None:
    row = ada.row()
    async with opened(ada) as window:
        await window.call("lock", {"index": row})
        for name in ("connect", "disconnect", "connect_error"):
            for payload in ({}, {"token": bob.token}, "client disconnect"):
                assert (await window.client.call(name, payload, timeout=5))["error"]["code"] == "bad_event"
        added = await window.call("add", {"cells": {"user": "still ada"}})
        assert ada.events(index=added["index"])[0]["actor"] == "ada"
        await soon(lambda: window.position >= added["position"])
        assert (ada.status(row) or {})["holder"] == "ada"


async def test_many_messages_at_once_are_all_done_in_their_order(ada: User) -> None:
    row = ada.row()
    async with opened(ada) as window:
        answers: list[Any] = []
        for number in range(200):
            update = {"index": row, "cells": {"pnl": str(number)}}
            await window.client.emit("update", update, callback=answers.append)
        await soon(lambda: len(answers) == 200)
        assert [answer["cells"]["pnl"] for answer in answers] == [str(number) for number in range(200)]
        positions = [answer["position"] for answer in answers]
        assert positions == sorted(set(positions))
