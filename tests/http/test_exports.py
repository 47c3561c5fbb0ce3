"""The table handed out over HTTP as a file: itself, guarded, as JSON lines, as Parquet, now and as it was."""

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.server import Server, User, made, refusal, serving

TABLE = b'__proto__,n\r\n"a",=1+1\r\nb,007'
ROWS = [{"__proto__": "a", "n": "=1+1"}, {"__proto__": "b", "n": "007"}]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "backend_table.csv").write_bytes(TABLE)
    with serving(tmp_path) as server:
        yield server


@pytest.fixture
def ada(server: Server) -> User:
    return server.user("ada")


def export(user: User, form: str, **more: str | int) -> bytes:
    response = user.get("/api/fetch_csv", params={"format": form, **more})
    assert response.status_code == 200, response.text
    assert response.headers["content-disposition"] == f'attachment; filename="table.{form}"'
    return response.content


def test_the_file_itself(ada: User) -> None:
    assert export(ada, "csv") == TABLE


def test_a_guarded_file(ada: User) -> None:
    assert export(ada, "csv", guard="spreadsheet") == TABLE.replace(b"=1", b"'=1")


def test_json_lines(ada: User) -> None:
    assert [json.loads(line) for line in export(ada, "jsonl").splitlines()] == ROWS


def test_each_format_as_it_was(ada: User) -> None:
    made(ada.update(0, n="2"))
    assert export(ada, "csv", at=1) == TABLE
    assert [json.loads(line) for line in export(ada, "jsonl", at=1).splitlines()] == ROWS


def test_parquet(ada: User) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    assert parquet.read_table(io.BytesIO(export(ada, "parquet"))).to_pylist() == ROWS


def test_parquet_without_its_library_is_told(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    problem = refusal(ada.get("/api/fetch_csv", params={"format": "parquet"}), 501, "parquet_missing")
    assert problem["detail"] == "Parquet needs pyarrow: install rowlock[parquet]."


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_what_one_has_is_not_sent_again(ada: User, form: str) -> None:
    tag = ada.get("/api/fetch_csv", params={"format": form}).headers["etag"]
    again = ada.get("/api/fetch_csv", params={"format": form}, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    other = {"csv": "jsonl", "jsonl": "csv"}[form]
    assert ada.get("/api/fetch_csv", params={"format": other}, headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("params", [{"format": "xlsx"}, {"format": "jsonl", "guard": "spreadsheet"}])
def test_what_makes_no_sense_is_refused(ada: User, params: dict[str, str]) -> None:
    refusal(ada.get("/api/fetch_csv", params=params), 422, "invalid_request")


def test_latin_1_leaves_as_latin_1(server: Server, ada: User) -> None:
    data = "näme\r\nÄ\r\n=ß".encode("latin-1")
    made(ada.post("/api/import_csv", params={"encoding": "latin-1"}, files={"file": data}))
    assert export(ada, "csv") == data
    assert export(ada, "csv", guard="spreadsheet") == data.replace(b"=", b"'=")
