"""The journal as HTTP shows it: every event, in order, without a gap."""

import pytest
from tests.server import Server, User, made, refusal

from rowlock.core.times import parse_time


def test_events_come_in_order_without_a_gap(server: Server, ada: User) -> None:
    ada.update(ada.row(user="ulf"), pnl="1")
    page = made(ada.get("/api/events", params={"limit": 10_000}))
    assert [event["position"] for event in page["events"]] == list(range(1, page["position"] + 1))
    first = page["events"][0]
    assert (first["kind"], first["actor"]) == ("table_imported", "system")
    times = [parse_time(event["at"]) for event in page["events"]]
    assert times == sorted(times)
    assert len({event["hash"] for event in page["events"]}) == page["position"]


def test_an_event_says_what_changed_from_what_to_what_by_whom_and_under_which_key(ada: User, bob: User) -> None:
    row = ada.row(user="vito")
    ada.update(row, {"Idempotency-Key": "vito's pnl"}, pnl="1", margin="", user="vito")
    ada.delete(f"/api/delete_csv/{row}")
    added, updated, deleted = bob.events(index=row)
    assert (added["kind"], added["cells"]["user"]) == ("row_added", {"from": None, "to": "vito"})
    assert (updated["kind"], updated["cells"]) == ("row_updated", {"pnl": {"from": "", "to": "1"}})
    assert (updated["actor"], updated["key"]) == ("ada", "vito's pnl")
    assert (deleted["kind"], deleted["cells"]["pnl"]) == ("row_deleted", {"from": "1", "to": None})


def test_a_page_begins_after_a_position_and_has_a_limit(ada: User) -> None:
    ada.row(), ada.row()
    assert [event["position"] for event in ada.events(after=1, limit=2)] == [2, 3]
    position = made(ada.get("/api/events"))["position"]
    assert ada.events(after=position) == []


def test_events_are_found_by_row_actor_and_kind(ada: User, bob: User) -> None:
    row = ada.row()
    bob.lease(row)
    bob.update(row, pnl="1")
    assert [event["kind"] for event in ada.events(index=row)] == ["row_added", "lease_granted", "row_updated"]
    assert [event["kind"] for event in ada.events(index=row, actor="ada")] == ["row_added"]
    assert {event["actor"] for event in ada.events(actor="bob")} == {"bob"}
    assert {event["kind"] for event in ada.events(kind="row_updated")} == {"row_updated"}
    assert ada.events(actor="nobody") == ada.events(index=2**53 - 1) == []


@pytest.mark.parametrize(
    "wanted",
    [
        {"after": "-1"},
        {"after": "9e99"},
        {"after": "1_0"},
        {"after": str(2**53)},
        {"limit": "0"},
        {"limit": "all"},
        {"index": "-1"},
        {"kind": "row_exploded"},
        {"actor": "a" * 65},
    ],
)
def test_a_page_that_makes_no_sense_is_refused(ada: User, wanted: dict[str, str]) -> None:
    refusal(ada.get("/api/events", params=wanted), 422, "invalid_request")


def test_what_is_ahead_of_the_journal_is_refused(server: Server, ada: User) -> None:
    position = server.state(ada)[0]
    assert refusal(ada.get("/api/events", params={"after": position + 1}), 409, "ahead_of_head")["position"] == position


def test_a_limit_is_capped(ada: User) -> None:
    assert made(ada.get("/api/events", params={"limit": 10**30}))["events"]
