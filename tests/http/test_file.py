"""The table's file over HTTP and on the disk: its bytes, its versions, and when the disk has them."""

from pathlib import Path

import httpx2
import pytest
from tests.server import Server, User, eventually, made, serving

CSV = {"format": "csv"}
ODD = b'\xef\xbb\xbfid;name;note\r\n1;"Ada";007\r\n2;Bob;"a ""quote"""\r\n3;Cem;=1+1'


def test_the_file_over_http_is_the_file_on_the_disk(server: Server, ada: User) -> None:
    made(ada.update(ada.row(user="ute"), {"Prefer": "wait=materialized"}, pnl="1"))
    response = ada.get("/api/fetch_csv", params=CSV)
    assert response.content == server.file()
    assert response.headers["content-type"].startswith("text/csv")
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "attachment" in response.headers["content-disposition"]
    assert int(response.headers["content-length"]) == len(response.content)


def test_a_file_that_has_not_changed_is_not_sent_again(server: Server, ada: User) -> None:
    first = ada.get("/api/fetch_csv", params=CSV)
    assert first.headers["etag"] == f'"{made(ada.get("/api/fetch_csv"))["position"]}"'
    for known in (first.headers["etag"], f'"1-x", {first.headers["etag"]}'):
        again = ada.get("/api/fetch_csv", params=CSV, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
    ada.row()
    changed = ada.get("/api/fetch_csv", params=CSV, headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_guarded_file_has_no_formulas_and_the_table_keeps_them(ada: User, start: str) -> None:
    formula = f"{start}cmd|'/c calc'!A1"
    row = ada.row(user=formula)
    guarded = ada.get("/api/fetch_csv", params=CSV | {"guard": "spreadsheet"})
    plain = ada.get("/api/fetch_csv", params=CSV)
    assert f"'{formula}" in guarded.text
    assert f"'{formula}" not in plain.text
    assert guarded.headers["etag"] != plain.headers["etag"]
    assert (ada.cells(row) or [])[0] == formula


def test_an_edit_answered_as_materialized_is_on_the_disk(server: Server, ada: User) -> None:
    row = ada.row()
    for number in range(5):
        response = ada.update(row, {"Prefer": "respond-async, wait = materialized"}, user=f"materialized {number}")
        assert response.headers["preference-applied"] == "wait=materialized"
        assert f"materialized {number}".encode() in server.file()
    response = ada.post("/api/add_csv", json={"user": "written"}, headers={"Prefer": "wait=materialized"})
    assert b"written" in server.file()
    assert ada.delete(f"/api/delete_csv/{row}", headers={"Prefer": "wait=materialized"}).status_code == 200
    assert b"materialized" not in server.file()


def test_the_file_follows_by_itself(server: Server, ada: User) -> None:
    ada.row(user="follows")
    eventually(lambda: b"follows" in server.file(), 2)


def test_the_wait_for_the_file_ends_though_leases_come_and_go(server: Server, ada: User) -> None:
    row, other = ada.row(), ada.row()
    for number in range(10):
        ada.update(row, user=str(number))
        token = ada.lease(other, Prefer="wait=materialized")
        made(ada.update(row, {"Prefer": "wait=materialized"}, user=str(number)))
        ada.delete(f"/api/rows/{other}/lease", headers={"Lease-Token": str(token)})
    assert made(ada.get("/api/verify"))["ok"]


def test_a_range_of_thousands_of_parts_is_ignored(ada: User) -> None:
    response = ada.get("/api/fetch_csv", params=CSV, headers={"Range": "bytes=" + ",".join(["0-"] * 10_000)})
    assert response.status_code == 200


def test_an_odd_file_keeps_the_bytes_of_every_row_that_nobody_edits(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "backend_table.csv").write_bytes(ODD)
    with serving(tmp_path) as server:
        uwe = server.user("uwe")
        assert uwe.get("/api/fetch_csv", params=CSV).content == ODD == server.file()
        made(uwe.update(1, {"Prefer": "wait=materialized"}, name="Bo;b"))
        assert server.file() == ODD.replace(b"Bob", b'"Bo;b"')
        made(uwe.delete("/api/delete_csv/1", headers={"Prefer": "wait=materialized"}))
        assert server.file() == ODD.replace(b'2;Bob;"a ""quote"""\r\n', b"")


def test_a_stop_leaves_the_file_as_the_journal_has_it(tmp_path: Path) -> None:
    with serving(tmp_path, publish_seconds=1) as server:
        vera = server.user("vera")
        made(vera.update(0, {"Prefer": "wait=materialized"}, user="first"))
        vera.update(0, user="last")
        late = httpx2.get(f"{server.url}/api/fetch_csv", params=CSV, headers=vera.headers).content
    assert (tmp_path / "data" / "backend_table.csv").read_bytes() == late
