"""What a browser gets: the client, and the description of the interface."""

from pathlib import Path
from typing import Any

import pytest
from tests.server import Server, refusal

from rowlock.http import client


@pytest.fixture(scope="module")
def description(server: Server) -> dict[str, Any]:
    found: dict[str, Any] = server.guest.get("/openapi.json").json()
    return found


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A client as `npm run build` leaves it."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html>the client")
    (tmp_path / "icon.svg").write_text("<svg/>")
    (tmp_path / "assets" / "main-1a2b.js").write_text("1")
    (tmp_path.parent / "secret.txt").write_text("secret")
    monkeypatch.setattr(client, "STATIC", tmp_path)
    return tmp_path


def test_every_path_of_the_client_is_its_page_under_a_strict_policy(server: Server, built: Path) -> None:
    for path in ("/", "/history/7", "/numbers"):
        response = server.guest.get(path)
        assert (response.status_code, response.text) == (200, "<!doctype html>the client")
        policy = response.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "script-src" not in policy
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["cache-control"] == "no-cache"


def test_files_of_the_client_are_served_and_those_whose_names_tell_their_content_kept(
    server: Server, built: Path
) -> None:
    assert server.guest.get("/icon.svg").text == "<svg/>"
    asset = server.guest.get("/assets/main-1a2b.js")
    assert asset.text == "1"
    assert "immutable" in asset.headers["cache-control"]
    refusal(server.guest.get("/assets/main-0000.js"), 404, "not_found")


@pytest.mark.parametrize(
    "name", ["..%2fsecret.txt", "a" * 300, "%00", ".hidden", "..%5csecret.txt", "%2e%2e/secret.txt"]
)
def test_no_name_leads_out_of_the_client_or_breaks_the_server(server: Server, built: Path, name: str) -> None:
    for path in (f"/{name}", f"/assets/{name}"):
        response = server.guest.get(path)
        assert response.status_code in {200, 404}
        assert "secret" not in response.text or "client" in response.text


def test_there_is_a_page_without_a_built_client_too(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "STATIC", tmp_path / "nothing")
    response = server.guest.get("/")
    assert response.status_code == 200
    assert "/docs" in response.text


def test_the_interface_is_described_for_people(server: Server) -> None:
    response = server.guest.get("/docs")
    assert response.status_code == 200
    assert "swagger" in response.text


def test_every_refusal_is_described_as_a_problem(description: dict[str, Any]) -> None:
    refusals = [
        (path, status, response)
        for path, operations in description["paths"].items()
        for operation in operations.values()
        for status, response in operation["responses"].items()
        if not status.startswith("2")
    ]
    assert len(refusals) > 50
    for path, status, response in refusals:
        assert list(response["content"]) == ["application/problem+json"], (path, status)
        assert response["content"]["application/problem+json"]["schema"]["$ref"].endswith("/ProblemShape"), path
        assert response["description"].startswith("`"), (path, status)
    assert description["components"]["schemas"]["ProblemShape"]["properties"].keys() >= {"type", "title", "code"}


def test_every_route_of_the_contract_is_described_and_wants_a_session_where_it_should(
    description: dict[str, Any],
) -> None:
    described = {
        (method.upper(), path): "401" in operation["responses"] and "security" in operation
        for path, operations in description["paths"].items()
        for method, operation in operations.items()
    }
    open_to_all = {("POST", "/api/register"), ("POST", "/api/login"), ("GET", "/api/health")}
    assert {route for route, closed in described.items() if not closed} == open_to_all
    assert described.keys() >= {
        ("POST", "/api/logout"),
        ("GET", "/api/session"),
        ("GET", "/api/fetch_csv"),
        ("POST", "/api/add_csv"),
        ("PUT", "/api/update_csv/{index}"),
        ("DELETE", "/api/delete_csv/{index}"),
        ("POST", "/api/batch_csv"),
        ("POST", "/api/rows/{index}/lease"),
        ("PUT", "/api/rows/{index}/lease"),
        ("DELETE", "/api/rows/{index}/lease"),
        ("GET", "/api/leases"),
        ("GET", "/api/events"),
        ("GET", "/api/rows/{index}/history"),
        ("GET", "/api/backups"),
        ("POST", "/api/backups"),
        ("GET", "/api/backups/{name}"),
        ("GET", "/api/verify"),
        ("GET", "/api/numbers"),
        ("GET", "/api/numbers/series"),
    }


def test_every_row_write_is_described_with_its_conditions(description: dict[str, Any]) -> None:
    operation = description["paths"]["/api/update_csv/{index}"]["put"]
    names = {each["name"] for each in operation["parameters"]}
    assert names >= {"index", "If-Match", "Lease-Token", "Idempotency-Key", "Prefer"}
    assert {"401", "404", "409", "412", "413", "422", "423", "503", "507"} <= operation["responses"].keys()
