"""Accounts and sessions over HTTP: who gets in, who does not, and when it ends."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import jwt
import pytest
from tests.clocks import HOUR, SECOND, HandClock
from tests.server import PASSWORD, Server, User, made, refusal, serving

from rowlock.core.times import parse_time


def post(server: Server, path: str, **sent: object) -> httpx2.Response:
    return server.guest.post(f"/api/{path}", **sent)  # type: ignore[arg-type]  # as httpx2 takes it


def credentials(name: str, password: str = PASSWORD) -> dict[str, str]:
    return {"username": name, "password": password}


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that registered users may use, with little patience for failures."""
    with serving(tmp_path_factory.mktemp("strict"), auth="registered", login_failures=2) as server:
        yield server


def test_a_registered_user_logs_in_and_is_who_they_say(server: Server) -> None:
    assert made(post(server, "register", json=credentials("Carla")), 201) == {"username": "Carla"}
    carla = server.user("carla")
    session = made(carla.get("/api/session"))
    assert session["username"] == "Carla"
    assert parse_time(session["expires_at"]) > server.clock.wall()


def test_the_first_login_of_a_name_sets_its_password(server: Server) -> None:
    answer = made(post(server, "login", json=credentials("dora")))
    assert (answer["token_type"], answer["username"]) == ("bearer", "dora")
    assert answer["expires_at"].endswith("Z")
    refusal(post(server, "login", json=credentials("dora", "another")), 401, "bad_credentials")


def test_the_password_form_of_the_docs_page_logs_in(server: Server) -> None:
    form = credentials("emil") | {"grant_type": "password", "scope": ""}
    assert made(post(server, "login", data=form))["access_token"]


def test_a_name_is_registered_once_whatever_its_spelling(server: Server) -> None:
    made(post(server, "register", json=credentials("fritz")), 201)
    for name in ("fritz", "FRITZ", "ｆritz"):
        refusal(post(server, "register", json=credentials(name)), 409, "username_taken")


@pytest.mark.parametrize("name", ["", "a" * 10_000, "new\nline", "<script>", "../x", "🙂", "аda", "a\u200bb", "file"])
def test_a_name_that_could_be_mistaken_is_refused(server: Server, name: str) -> None:
    refusal(post(server, "register", json=credentials(name)), 422, "invalid_username")
    refusal(post(server, "login", json=credentials(name)), 422, "invalid_username")


@pytest.mark.parametrize("password", ["", "p" * 1025, "nul\0"])
def test_an_impossible_password_is_refused(server: Server, password: str) -> None:
    refusal(post(server, "register", json=credentials("gerd", password)), 422, "invalid_password")
    refusal(post(server, "login", json=credentials("gerd", password)), 422, "invalid_password")


@pytest.mark.parametrize("route", ["register", "login"])
@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "bad_json"),
        (b"{", "bad_json"),
        (b'{"username":"a","password":"\\ud800"}', "bad_json"),
        (b'{"username":"a","username":"b","password":"p"}', "duplicate_key"),
        (b"[]", "invalid_request"),
        (b'{"username":"a"}', "invalid_request"),
        (b'{"username":1,"password":"p"}', "invalid_request"),
        (b'{"username":"a","password":"p","admin":true}', "invalid_request"),
        (b'{"username":' + b"[" * 1000 + b"]" * 1000 + b"}", "bad_json"),
    ],
)
def test_credentials_of_another_shape_are_refused(server: Server, route: str, body: bytes, code: str) -> None:
    refusal(post(server, route, content=body, headers={"Content-Type": "application/json"}), 422, code)


def test_a_broken_form_is_refused(server: Server) -> None:
    refusal(post(server, "login", content=b"x", headers={"Content-Type": "multipart/form-data"}), 400, "bad_request")
    refusal(post(server, "login", files={"username": b"a", "password": b"p"}), 422, "invalid_request")


def test_an_unknown_name_and_a_wrong_password_are_refused_alike(strict: Server) -> None:
    made(post(strict, "register", json=credentials("hans")), 201)
    wrong = refusal(post(strict, "login", json=credentials("hans", "wrong")), 401, "bad_credentials")
    unknown = refusal(post(strict, "login", json=credentials("nobody")), 401, "bad_credentials")
    assert wrong == unknown


def test_failed_logins_are_limited_and_successful_ones_are_not(strict: Server) -> None:
    made(post(strict, "register", json=credentials("ida")), 201)
    for _ in range(3):
        made(post(strict, "login", json=credentials("ida")))
    for _ in range(2):
        refusal(post(strict, "login", json=credentials("ida", "wrong")), 401, "bad_credentials")
    problem = refusal(post(strict, "login", json=credentials("ida")), 429, "too_many_attempts")
    assert 1 <= problem["retry_after"] <= 60


def test_logout_ends_the_session_its_token_and_its_leases(server: Server, ada: User) -> None:
    kurt, row = server.user("kurt"), ada.row(user="kurt's")
    other = server.user("kurt")
    kurt.lease(row)
    assert kurt.post("/api/logout").status_code == 204
    assert ada.status(row) is None
    for request in (kurt.get("/api/session"), kurt.update(row, pnl="1"), kurt.post("/api/logout")):
        problem = refusal(request, 401, "unauthorized")
        assert request.headers["www-authenticate"] == "Bearer"
        assert problem["detail"]
    assert other.get("/api/session").status_code == 200


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer x y", "bearer a.b.c", "Basic YWRhOnB3", "Bearer " + "a" * 9000],
)
def test_a_header_without_a_valid_token_is_refused_everywhere(server: Server, header: str) -> None:
    headers = {"Authorization": header} if header else {}
    for method, path in (
        ("GET", "session"),
        ("GET", "fetch_csv"),
        ("POST", "add_csv"),
        ("PUT", "update_csv/0"),
        ("DELETE", "delete_csv/0"),
        ("POST", "batch_csv"),
        ("POST", "rows/0/lease"),
        ("PUT", "rows/0/lease"),
        ("DELETE", "rows/0/lease"),
        ("GET", "leases"),
        ("GET", "events"),
        ("GET", "rows/0/history"),
        ("GET", "numbers"),
        ("GET", "numbers/series"),
        ("GET", "backups"),
        ("POST", "backups"),
        ("GET", "backups/x"),
        ("GET", "verify"),
        ("POST", "logout"),
    ):
        json: dict[str, str] | None = {} if method in {"POST", "PUT"} else None
        response = server.guest.request(method, f"/api/{path}", headers=headers, json=json)
        refusal(response, 401, "unauthorized")


def test_a_token_is_believed_only_as_we_make_it(server: Server, ada: User) -> None:
    key = (server.settings.data_dir / "secret.key").read_bytes()
    ours = jwt.decode(ada.token, key, algorithms=["HS256"])
    now = server.clock.wall() // SECOND

    def status(claims: dict[str, object], signed: bytes | None = key, algorithm: str = "HS256") -> int:
        token = jwt.encode(claims, signed, algorithm=algorithm)
        return server.guest.get("/api/session", headers={"Authorization": f"Bearer {token}"}).status_code

    assert status(ours) == status(ours | {"iat": now + 5}) == 200
    refused = [
        {name: value for name, value in ours.items() if name != missing} for missing in ("exp", "iat", "jti", "sub")
    ]
    refused += [ours | {"exp": wrong} for wrong in ("tomorrow", now - 1, 1e308, None)]
    refused += [ours | {"nbf": now + 3600}, ours | {"iat": now + 3600}, ours | {"sub": 7}]
    refused += [ours | {"jti": "other"}, ours | {"jti": 7}]
    assert [status(claims) for claims in refused] == [401] * len(refused)
    assert status(ours, b"k" * 32) == 401
    assert status(ours, None, "none") == 401


def test_a_session_ends_with_its_term(tmp_path: Path) -> None:
    clock = HandClock()
    with serving(tmp_path, clock, token_hours=1, cleanup_seconds=0.1) as server:
        lena = server.user("lena")
        token = lena.lease(0)
        clock.advance(HOUR - SECOND)
        assert lena.get("/api/session").status_code == 200
        clock.advance(2 * SECOND)
        refusal(lena.get("/api/session"), 401, "unauthorized")
        refusal(lena.update(0, {"Lease-Token": str(token)}, pnl="1"), 401, "unauthorized")
        assert server.user("lena").get("/api/session").status_code == 200


def test_any_password_opens_an_open_server(tmp_path: Path) -> None:
    with serving(tmp_path, auth="open") as server:
        for password in ("one", "two"):
            assert server.user("mia", password).get("/api/session").json()["username"] == "mia"
