"""Several changes as one: all or nothing, one result each."""

from typing import Any

import pytest
from tests.server import Server, User, made, refusal


def batch(user: User, *ops: dict[str, Any], **headers: str) -> Any:
    return user.post("/api/batch_csv", json={"ops": ops}, headers=headers)


def test_a_batch_does_everything_in_order_under_one_batch_number(ada: User) -> None:
    row, gone = ada.row(user="zoe"), ada.row()
    answer = made(
        batch(
            ada,
            {"op": "update", "index": row, "cells": {"pnl": "1"}},
            {"op": "add", "cells": {"user": "below"}, "after": row},
            {"op": "add", "cells": {"user": "above"}, "before": row},
            {"op": "update", "index": row, "cells": {"pnl": "2", "margin": "3"}},
            {"op": "delete", "index": gone},
        )
    )
    results = answer["results"]
    assert [result["index"] for result in results] == [row, gone + 1, gone + 2, row, gone]
    assert results[3]["cells"]["pnl"] == "2"
    order = [each["index"] for each in made(ada.get("/api/fetch_csv"))["rows"]]
    at = order.index(row)
    assert order[at - 1 : at + 2] == [gone + 2, row, gone + 1]
    assert gone not in order
    events = ada.events(after=answer["position"] - 5)
    assert [event["kind"] for event in events] == [
        "row_updated",
        "row_added",
        "row_added",
        "row_updated",
        "row_deleted",
    ]
    assert len({event["batch"] for event in events}) == 1


@pytest.mark.parametrize(
    ("op", "status", "code"),
    [
        ({"op": "update", "index": 9_999, "cells": {}}, 404, "row_not_found"),
        ({"op": "update", "index": 0, "cells": {"colour": "red"}}, 422, "unknown_column"),
        ({"op": "update", "index": 0, "cells": {"pnl": "\0"}}, 422, "control_character"),
        ({"op": "update", "index": 0, "cells": {"pnl": "1"}, "version": 2**40}, 412, "version_mismatch"),
        ({"op": "delete", "index": 0, "token": 2**40}, 409, "stale_lease"),
        ({"op": "add", "cells": {}, "after": 9_999}, 404, "row_not_found"),
    ],
)
def test_one_refused_operation_is_named_and_stops_all(
    server: Server, ada: User, op: dict[str, Any], status: int, code: str
) -> None:
    row = ada.row()
    with server.untouched(ada):
        fine = {"op": "update", "index": row, "cells": {"pnl": "1"}}
        assert refusal(batch(ada, fine, op, fine), status, code)["op"] == 1


def test_rows_of_others_stop_a_batch(server: Server, ada: User, bob: User) -> None:
    held, cooling = ada.row(), ada.row()
    bob.lease(held)
    bob.update(cooling, pnl="1")
    with server.untouched(ada):
        for number, (row, code) in enumerate([(held, "row_locked"), (cooling, "row_cooling")]):
            ops = [{"op": "add"}] * number + [{"op": "delete", "index": row}]
            problem = refusal(batch(ada, *ops), 423, code)
            assert (problem["op"], problem["holder"]) == (number, "bob")
            assert problem["retry_after"] >= 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"ops": []},
        {"ops": [{}]},
        {"ops": [{"op": "drop"}]},
        {"ops": [{"op": "add"}] * 10_001},
        {"ops": [{"op": "update", "index": True, "cells": {}}]},
        {"ops": [{"op": "update", "index": "1", "cells": {}}]},
        {"ops": [{"op": "update", "index": 1.0, "cells": {}}]},
        {"ops": [{"op": "update", "index": -1, "cells": {}}]},
        {"ops": [{"op": "update", "index": 1, "cells": {"pnl": None}}]},
        {"ops": [{"op": "update", "index": 1, "cells": {}, "token": -1}]},
        {"ops": [{"op": "update", "index": 1, "cells": {}, "colour": "red"}]},
        {"ops": "all", "more": 1},
        [],
        None,
    ],
)
def test_a_batch_of_another_shape_is_refused(server: Server, ada: User, body: object) -> None:
    with server.untouched(ada):
        response = ada.post("/api/batch_csv", json=body)
        assert response.json()["code"] in {"invalid_request", "bad_json"}
        refusal(response, 422, response.json()["code"])
