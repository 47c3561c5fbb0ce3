"""Bodies, addresses and headers that make no sense: one clear refusal each, and nothing has changed."""

import json
import socket
import time

import httpx2
import pytest
from tests.server import Server, User, refusal, serving

JSON = {"Content-Type": "application/json"}
BODIES = [
    (b"", "bad_json"),
    (b"{", "bad_json"),
    (b'{"pnl":"a"}x', "bad_json"),
    (b"\xff\xfe", "bad_json"),
    (b'{"pnl":"\xed\xa0\x80"}', "bad_json"),
    (b'{"pnl":"\\ud800"}', "bad_json"),
    (b'{"pnl":NaN}', "bad_json"),
    (b'{"pnl":Infinity}', "bad_json"),
    (b'{"pnl":1e400}', "bad_json"),
    (b'{"pnl":' + b"9" * 5000 + b"}", "bad_json"),
    (b"[" * 100_000 + b"]" * 100_000, "bad_json"),
    (b'{"pnl":"a","pnl":"b"}', "duplicate_key"),
    (b'{"pnl":"a","p\\u006el":"b"}', "duplicate_key"),
    (b"[]", "invalid_request"),
    (b"7", "invalid_request"),
    (b'"text"', "invalid_request"),
    (b'{"pnl":null}', "invalid_request"),
    (b'{"pnl":7}', "invalid_request"),
    (b'{"pnl":true}', "invalid_request"),
    (b'{"pnl":["a"]}', "invalid_request"),
    (b'{"pnl":{"to":"a"}}', "invalid_request"),
    (b'{"pnl":18446744073709551616}', "invalid_request"),
]


@pytest.mark.parametrize(("body", "code"), BODIES, ids=lambda each: repr(each)[:40])
def test_a_body_that_makes_no_sense_is_refused(server: Server, ada: User, body: bytes, code: str) -> None:
    with server.untouched(ada):
        refusal(ada.put("/api/update_csv/0", content=body, headers=JSON), 422, code)
        refusal(ada.post("/api/add_csv", content=body, headers=JSON), 422, code)


@pytest.mark.parametrize("depth", range(960, 1030, 5))
def test_nesting_of_any_depth_is_refused_and_breaks_nothing(ada: User, depth: int) -> None:
    for end in (b"7", b'{"a":7,"\\"a\\":":7}'):
        body = b'{"pnl":' + b"[" * depth + end + b"]" * depth + b"}"
        response = ada.put("/api/update_csv/0", content=body, headers=JSON)
        refusal(response, 422, response.json()["code"])


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "application/xml"])
def test_a_body_that_does_not_say_it_is_json_is_refused(server: Server, ada: User, kind: str | None) -> None:
    with server.untouched(ada):
        headers = {"Content-Type": kind} if kind else {}
        problem = refusal(ada.put("/api/update_csv/0", content=b'{"pnl":"1"}', headers=headers), 422, "bad_json")
        assert "Content-Type" in problem["detail"]


def test_many_keys_are_read_quickly_even_if_one_stands_twice(server: Server, ada: User) -> None:
    body = json.dumps({str(number): "" for number in range(100_000)}).encode()
    with server.untouched(ada):
        begin = time.monotonic()
        refusal(ada.put("/api/update_csv/0", content=body, headers=JSON), 422, "unknown_column")
        refusal(ada.put("/api/update_csv/0", content=body[:-1] + b',"99999":""}', headers=JSON), 422, "duplicate_key")
        assert time.monotonic() - begin < 5


def test_a_body_that_is_too_large_is_refused_whether_it_says_so_or_not(server: Server, ada: User) -> None:
    part = b"x" * 100_000
    with server.untouched(ada):
        for body in (part * 30, (part for _ in range(30))):
            refusal(ada.put("/api/update_csv/0", content=body, headers=JSON), 413, "body_too_large")
        login = server.guest.post("/api/login", content=part * 30, headers=JSON)
        refusal(login, 413, "body_too_large")


@pytest.mark.parametrize("index", ["1_000", "%201", "+1", "1.0", "1e0", "%00", "-1", "٣", str(2**53), str(2**63), "x"])
def test_an_index_that_is_no_plain_number_is_refused(server: Server, ada: User, index: str) -> None:
    with server.untouched(ada):
        for response in (
            ada.put(f"/api/update_csv/{index}", json={"pnl": "1"}),
            ada.delete(f"/api/delete_csv/{index}"),
            ada.post(f"/api/rows/{index}/lease"),
            ada.get(f"/api/rows/{index}/history"),
        ):
            refusal(response, 422, "invalid_request")
        for side in ("after", "before"):
            url = httpx2.URL(f"{server.url}/api/add_csv?{side}={index.replace('+', '%2B')}")
            refusal(ada.post(url, json={}), 422, "invalid_request")


def test_an_unknown_address_is_no_page_where_the_interface_is(server: Server, ada: User) -> None:
    for path in ("/api/nothing", "/api/", "/api/rows/1/nothing", "/api/../api/nothing"):
        refusal(ada.get(path), 404, "not_found")


def test_a_wrong_method_is_told_the_right_one(ada: User) -> None:
    response = ada.put("/api/add_csv", json={})
    refusal(response, 405, "method_not_allowed")
    assert "POST" in response.headers["allow"]


@pytest.mark.parametrize(
    "raw",
    [
        b"GET /api/session HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + b"a" * 1_000_000 + b"\r\n\r\n",
        b"GET /api/session HTTP/1.1\r\nHost: x\r\n" + b"X-Much: more\r\n" * 10_000 + b"\r\n",
        b"GET /api/session HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n",
        b"POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 30 + b"\r\n\r\n",
        b"GARBAGE\r\n\r\n",
        b"\x00\x01\x02\r\n\r\n",
    ],
    ids=["huge header", "many headers", "two tokens", "negative length", "huge length", "garbage", "binary"],
)
def test_a_request_that_is_none_is_refused_or_cut_and_the_server_goes_on(server: Server, ada: User, raw: bytes) -> None:
    url = httpx2.URL(server.url)
    with socket.create_connection((url.host, url.port or 0), timeout=10) as connection:
        try:
            connection.sendall(raw)
            answer = connection.recv(4096)
        except ConnectionError:
            answer = b""
    assert answer == b"" or answer.split()[1][:1] == b"4"
    assert ada.get("/api/session").status_code == 200


def test_another_host_is_refused_where_hosts_are_named(tmp_path_factory: pytest.TempPathFactory) -> None:
    with serving(tmp_path_factory.mktemp("hosts"), allowed_hosts="127.0.0.1") as server:
        assert server.guest.get("/api/health").status_code == 200
        assert server.guest.get("/api/health", headers={"Host": "evil"}).status_code == 400
