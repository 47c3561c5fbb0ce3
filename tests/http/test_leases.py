"""Leases: one holder a row, between people and between the windows of one."""

import anyio
import httpx2
import pytest
from tests.server import Server, User, made, refusal

from rowlock.core.times import parse_time


def test_a_lease_says_who_until_when_and_under_which_token(server: Server, ada: User) -> None:
    row = ada.row()
    lease = made(ada.post(f"/api/rows/{row}/lease"), 201)
    assert (lease["index"], lease["holder"]) == (row, "ada")
    assert lease["expires_in"] == pytest.approx(900, abs=1)
    assert parse_time(lease["expires_at"]) == pytest.approx(server.clock.wall() + 900e6, abs=5e6)
    granted = ada.events(after=lease["token"] - 1, limit=1)[0]
    assert (granted["kind"], granted["index"], granted["actor"]) == ("lease_granted", row, "ada")
    listed = ada.status(row) or {}
    assert (listed["status"], listed["holder"], listed["token"]) == ("locked", "ada", lease["token"])


def test_a_held_row_is_refused_to_everybody_else(server: Server, ada: User, bob: User) -> None:
    row = ada.row()
    ada.lease(row)
    with server.untouched(ada):
        for response in (
            bob.post(f"/api/rows/{row}/lease"),
            bob.post(f"/api/rows/{row}/lease", json={"takeover": True}),
            bob.update(row, pnl="1"),
            bob.delete(f"/api/delete_csv/{row}"),
        ):
            problem = refusal(response, 423, "row_locked")
            assert (problem["holder"], problem["yours"]) == ("ada", False)
            assert 890 < problem["expires_in"] <= 900
            assert 890 < int(response.headers["retry-after"]) <= 900
            assert problem["expires_at"].endswith("Z")
        refusal(bob.delete(f"/api/rows/{row}/lease"), 403, "not_lease_owner")
        refusal(bob.put(f"/api/rows/{row}/lease"), 409, "stale_lease")


def test_only_the_holder_gives_a_row_back(server: Server, ada: User, bob: User) -> None:
    row = ada.row()
    token = {"Lease-Token": str(ada.lease(row))}
    path = f"/api/rows/{row}/lease"
    with server.untouched(ada):
        refusal(bob.delete(path, headers=token), 403, "not_lease_owner")
        refusal(ada.delete(path, headers={"Lease-Token": "1"}), 409, "stale_lease")
    assert ada.delete(path, headers=token).status_code == 204
    assert ada.delete(path, headers=token).status_code == 204
    assert ada.status(row) is None
    assert bob.lease(row) > int(token["Lease-Token"])


def test_taking_ones_own_row_again_renews_it(server: Server, ada: User) -> None:
    row = ada.row()
    token = ada.lease(row)
    with server.untouched(ada):
        assert ada.lease(row) == token


def test_a_lease_is_renewed_by_its_token_only(server: Server, ada: User, bob: User) -> None:
    row = ada.row()
    token = ada.lease(row)
    path = f"/api/rows/{row}/lease"
    with server.untouched(ada):
        assert made(ada.put(path, headers={"Lease-Token": str(token)}))["token"] == token
        refusal(ada.put(path, headers={"Lease-Token": str(token + 1)}), 409, "stale_lease")
        refusal(bob.put(path, headers={"Lease-Token": str(token)}), 409, "stale_lease")
    ada.delete(path, headers={"Lease-Token": str(token)})
    with server.untouched(ada):
        refusal(ada.put(path, headers={"Lease-Token": str(token)}), 409, "stale_lease")


def test_another_session_of_the_same_user_takes_over_only_when_it_says_so(server: Server, ada: User) -> None:
    row, other = ada.row(), server.user("ada")
    token = ada.lease(row)
    for response in (other.post(f"/api/rows/{row}/lease"), other.update(row, pnl="1")):
        assert refusal(response, 423, "row_locked")["yours"] is True
    taken = made(other.post(f"/api/rows/{row}/lease", json={"takeover": True}), 201)
    assert taken["token"] > token
    refusal(ada.update(row, {"Lease-Token": str(token)}, pnl="1"), 409, "stale_lease")
    refusal(ada.update(row, pnl="1"), 423, "row_locked")
    made(other.update(row, {"Lease-Token": str(taken["token"])}, pnl="2"))


def test_two_windows_of_one_session_are_kept_apart(ada: User) -> None:
    row = ada.row()
    token = ada.lease(row, Client_Id="left")
    right = {"Client-Id": "right"}
    refusal(ada.post(f"/api/rows/{row}/lease", headers=right), 423, "row_locked")
    refusal(ada.update(row, right, pnl="1"), 423, "row_locked")
    made(ada.update(row, {"Client-Id": "left"}, pnl="1"))
    taken = made(ada.post(f"/api/rows/{row}/lease", json={"takeover": True}, headers=right), 201)
    assert taken["token"] > token


def test_the_holder_writes_without_saying_the_token(ada: User) -> None:
    row = ada.row()
    ada.lease(row)
    made(ada.update(row, pnl="1"))
    assert ada.delete(f"/api/delete_csv/{row}").status_code == 200
    assert ada.status(row) is None


def test_an_edited_row_cools_for_everybody_but_its_editor(server: Server, ada: User, bob: User) -> None:
    row = ada.row()
    made(ada.update(row, pnl="1"))
    listed = bob.status(row) or {}
    assert (listed["status"], listed["holder"], listed["token"]) == ("cooldown", "ada", None)
    with server.untouched(ada):
        for response in (bob.update(row, pnl="2"), bob.post(f"/api/rows/{row}/lease")):
            problem = refusal(response, 423, "row_cooling")
            assert problem["holder"] == "ada"
            assert 0 < problem["expires_in"] <= 15
            assert 1 <= int(response.headers["retry-after"]) <= 15
    made(ada.update(row, pnl="3"))
    ada.lease(row)


def test_cooling_begins_with_the_edit_and_outlasts_the_lease(ada: User, bob: User) -> None:
    row = ada.row()
    token = {"Lease-Token": str(ada.lease(row))}
    made(ada.update(row, token, pnl="1"))
    ada.delete(f"/api/rows/{row}/lease", headers=token)
    refusal(bob.update(row, pnl="2"), 423, "row_cooling")


def test_a_row_that_was_only_held_does_not_cool(ada: User, bob: User) -> None:
    row = ada.row()
    ada.lease(row)
    ada.delete(f"/api/rows/{row}/lease")
    made(bob.update(row, pnl="1"))


def test_a_session_holds_only_so_many_rows(server: Server, ada: User) -> None:
    ingo = server.user("ingo")
    ops = [{"op": "add"}] * 51
    rows = [each["index"] for each in made(ingo.post("/api/batch_csv", json={"ops": ops}))["results"]]
    for row in rows[:50]:
        ingo.lease(row)
    with server.untouched(ada):
        assert refusal(ingo.post(f"/api/rows/{rows[50]}/lease"), 429, "too_many_leases")["limit"] == 50
    ingo.delete(f"/api/rows/{rows[0]}/lease")
    ingo.lease(rows[50])
    ingo.post("/api/logout")


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"takeover":"yes"}', b'{"takeover":1}', b'{"take":true}', b"7"])
def test_a_request_for_a_lease_of_another_shape_is_refused(server: Server, ada: User, body: bytes) -> None:
    with server.untouched(ada):
        response = ada.post("/api/rows/0/lease", content=body, headers={"Content-Type": "application/json"})
        assert response.json()["code"] in {"bad_json", "invalid_request"}
        assert response.status_code == 422


def test_of_many_at_once_one_gets_the_row(server: Server, ada: User, bob: User) -> None:
    row = ada.row()

    async def take(user: User, answers: list[httpx2.Response]) -> None:
        async with httpx2.AsyncClient(base_url=server.url, headers=user.headers, timeout=30) as client:
            answers.append(await client.post(f"/api/rows/{row}/lease", headers={"Client-Id": str(len(answers))}))

    async def race() -> list[httpx2.Response]:
        answers: list[httpx2.Response] = []
        async with anyio.create_task_group() as group:
            for number in range(20):
                group.start_soon(take, (ada, bob)[number % 2], answers)
        return answers

    answers = anyio.run(race)
    granted = {answer.json()["token"] for answer in answers if answer.status_code == 201}
    assert len(granted) == 1
    assert {answer.status_code for answer in answers} == {201, 423}
    assert len([event for event in ada.events(index=row) if event["kind"] == "lease_granted"]) == 1
