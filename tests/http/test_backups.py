"""Backups: made, listed, downloaded; a name is never a path."""

from hashlib import sha256

import httpx2
import pytest
from tests.server import Server, User, eventually, made, refusal


def test_a_backup_holds_the_table_as_it_was(server: Server, ada: User) -> None:
    row = ada.row(user="backed up")
    before = ada.get("/api/fetch_csv", params={"format": "csv"}).content
    backup = made(ada.post("/api/backups"), 201)
    ada.update(row, user="changed")
    response = ada.get(f"/api/backups/{backup['name']}")
    assert response.content == before
    assert response.headers["x-content-type-options"] == "nosniff"
    assert backup["name"] in response.headers["content-disposition"]
    assert (backup["sha256"], backup["size"]) == (sha256(before).hexdigest(), len(before))
    assert made(ada.get("/api/fetch_csv", params={"at": backup["position"]}))["rows"][-1]["cells"][0] == "backed up"


def test_backups_are_listed_newest_first(ada: User) -> None:
    one, two = (made(ada.post("/api/backups"), 201) for _ in range(2))
    listed = ada.get("/api/backups").json()
    assert listed.index(two) < listed.index(one)
    assert [each["at"] for each in listed] == sorted((each["at"] for each in listed), reverse=True)


def test_an_overwritten_file_is_among_the_backups(server: Server, ada: User) -> None:
    made(ada.update(ada.row(), {"Prefer": "wait=materialized"}, user="to be overwritten"))
    before = server.file()
    ada.row(user="next")
    digest = sha256(before).hexdigest()
    eventually(lambda: digest in [each["sha256"] for each in ada.get("/api/backups").json()])


NAMES = ["../backend_table.csv", "/etc/passwd", "..%2f..%2fetc%2fpasswd", "..%5cx", "a%00.csv", "CON", "a" * 300]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_not_in_the_list_is_refused(server: Server, ada: User, name: str) -> None:
    response = ada.get(httpx2.URL(f"{server.url}/api/backups/{name}"))
    assert response.status_code == 404
    assert response.json()["code"] in {"backup_not_found", "not_found"}


def test_links_and_files_of_others_are_neither_listed_nor_read(server: Server, ada: User) -> None:
    backup = made(ada.post("/api/backups"), 201)
    folder = server.settings.backup_dir
    link = folder / backup["name"].replace(backup["name"][:12], "000000999999")
    link.symlink_to("/etc/passwd")
    (folder / "notes.csv").write_text("mine")
    listed = [each["name"] for each in ada.get("/api/backups").json()]
    assert backup["name"] in listed
    assert not {link.name, "notes.csv"} & set(listed)
    for name in (link.name, "notes.csv"):
        refusal(ada.get(f"/api/backups/{name}"), 404, "backup_not_found")
    assert (folder / "notes.csv").read_text() == "mine"
