"""What a write may insist on: the version it saw, a lease, being done once."""

import httpx2
import pytest
from tests.server import Server, User, made, refusal


def test_the_version_one_saw_lets_the_write_through(ada: User) -> None:
    row = ada.row()
    version = made(ada.update(row, pnl="1"))["version"]
    changed = made(ada.update(row, {"If-Match": f'"{version}"'}, pnl="2"))
    assert changed["version"] > version
    assert ada.delete(f"/api/delete_csv/{row}", headers={"If-Match": f'"{changed["version"]}"'}).status_code == 200


def test_an_older_version_is_refused_with_the_row_as_it_is(server: Server, ada: User) -> None:
    row = ada.row(user="wim")
    old = made(ada.update(row, pnl="1"))["version"]
    new = made(ada.update(row, pnl="2"))
    with server.untouched(ada):
        for response in (
            ada.update(row, {"If-Match": f'"{old}"'}, pnl="3"),
            ada.delete(f"/api/delete_csv/{row}", headers={"If-Match": f'"{old}"'}),
        ):
            problem = refusal(response, 412, "version_mismatch")
            assert problem["row"] == {"index": row, "version": new["version"], "cells": new["cells"]}
        refusal(ada.update(row, {"If-Match": f'W/"{new["version"]}"'}, pnl="3"), 412, "version_mismatch")


def test_any_version_is_what_a_star_asks_for(ada: User) -> None:
    row = ada.row()
    made(ada.update(row, {"If-Match": "*"}, pnl="1"))


@pytest.mark.parametrize("version", ["x", '""', '"-1"', '"1e3"', f'"{2**63}"', '"1_0"', '"1", "2"', ""])
def test_a_version_that_is_none_is_refused_and_not_ignored(server: Server, ada: User, version: str) -> None:
    row = ada.row()
    with server.untouched(ada):
        refusal(ada.update(row, {"If-Match": version}, pnl="1"), 422, "invalid_request")


@pytest.mark.parametrize("token", ["-1", "1e3", "1_0", "", "x", str(2**63), "9" * 5000])
def test_a_lease_token_that_is_none_is_refused(server: Server, ada: User, token: str) -> None:
    row = ada.row()
    with server.untouched(ada):
        refusal(ada.update(row, {"Lease-Token": token}, pnl="1"), 422, "invalid_request")


def test_a_lease_token_must_name_the_callers_live_lease(server: Server, ada: User, bob: User) -> None:
    row, other = ada.row(), ada.row()
    token = str(ada.lease(row))
    with server.untouched(ada):
        refusal(ada.update(other, {"Lease-Token": token}, pnl="1"), 409, "stale_lease")
        refusal(bob.update(row, {"Lease-Token": token}, pnl="1"), 409, "stale_lease")
        refusal(ada.update(row, {"Lease-Token": str(2**53 - 1)}, pnl="1"), 409, "stale_lease")
    made(ada.update(row, {"Lease-Token": token}, pnl="1"))
    ada.delete(f"/api/rows/{row}/lease", headers={"Lease-Token": token})
    with server.untouched(ada):
        problem = refusal(ada.update(row, {"Lease-Token": token}, pnl="2"), 409, "stale_lease")
    assert (problem["index"], problem["token"]) == (row, int(token))


def test_the_same_key_gets_the_first_answer_and_does_nothing_twice(server: Server, ada: User) -> None:
    key = {"Idempotency-Key": "xaver adds"}
    first = ada.post("/api/add_csv", json={"user": "xaver"}, headers=key)
    ada.update(first.json()["index"], pnl="later")
    with server.untouched(ada):
        again = ada.post("/api/add_csv", json={"user": "xaver"}, headers=key)
    assert (again.status_code, again.json()) == (first.status_code, first.json())


def test_every_write_may_carry_a_key(server: Server, ada: User) -> None:
    row = ada.row()

    def request(method: str, path: str, number: int, **sent: object) -> httpx2.Response:
        headers = {"Idempotency-Key": f"row {row}, write {number}"}
        return ada.request(method, f"/api/{path}", headers=headers, **sent)  # type: ignore[arg-type]

    for number, (method, path, body) in enumerate(
        [
            ("PUT", f"update_csv/{row}", {"pnl": "1"}),
            ("POST", "batch_csv", {"ops": [{"op": "update", "index": row, "cells": {"pnl": "2"}}]}),
            ("POST", f"rows/{row}/lease", {}),
        ]
    ):
        first = request(method, path, number, json=body)
        assert first.is_success, first.text
        with server.untouched(ada):
            assert request(method, path, number, json=body).json() == first.json()
    token = {"Idempotency-Key": f"row {row}, release"}
    assert [ada.delete(f"/api/rows/{row}/lease", headers=token).status_code for _ in range(2)] == [204, 204]
    first = request("DELETE", f"delete_csv/{row}", 9)
    assert request("DELETE", f"delete_csv/{row}", 9).json() == first.json()


def test_the_same_key_for_something_else_is_refused(server: Server, ada: User) -> None:
    row, key = ada.row(), {"Idempotency-Key": "yuri changes"}
    made(ada.update(row, key, pnl="1"))
    with server.untouched(ada):
        for response in (
            ada.update(row, key, pnl="2"),
            ada.update(row, key, margin="1"),
            ada.delete(f"/api/delete_csv/{row}", headers=key),
        ):
            refusal(response, 422, "idempotency_mismatch")


def test_a_key_is_its_users_own(ada: User, bob: User) -> None:
    key = {"Idempotency-Key": "shared"}
    first = made(ada.post("/api/add_csv", json={"user": "a"}, headers=key), 201)
    assert made(bob.post("/api/add_csv", json={"user": "b"}, headers=key), 201)["index"] != first["index"]


def test_a_refused_write_may_be_tried_again_under_its_key(ada: User, bob: User) -> None:
    row, key = ada.row(), {"Idempotency-Key": "after all"}
    token = ada.lease(row)
    refusal(bob.update(row, key, pnl="1"), 423, "row_locked")
    ada.delete(f"/api/rows/{row}/lease", headers={"Lease-Token": str(token)})
    made(bob.update(row, key, pnl="1"))


@pytest.mark.parametrize("key", ["", "k" * 201, "k" * 10_000, "tab\tbed", "kéy"])
def test_a_key_that_is_none_is_refused(server: Server, ada: User, key: str) -> None:
    row = ada.row()
    with server.untouched(ada):
        headers = [(b"Idempotency-Key", key.encode("latin-1"))]
        response = ada.put(f"/api/update_csv/{row}", json={"pnl": "1"}, headers=headers)
        refusal(response, 422, "invalid_request")


@pytest.mark.parametrize("client", ["", "c" * 65, "é"])
def test_a_window_name_that_is_none_is_refused(server: Server, ada: User, client: str) -> None:
    with server.untouched(ada):
        response = ada.post("/api/rows/0/lease", headers=[(b"Client-Id", client.encode("latin-1"))])
        refusal(response, 422, "invalid_request")
