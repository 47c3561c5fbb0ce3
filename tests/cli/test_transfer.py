"""The commands that take files in and hand the table out, beside a running server and without one."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.house import TABLE, make_journal, rowlock
from tests.server import eventually, made, serving

FILE = b"user,pnl\nbob,2\ncleo,3\n"


@pytest.fixture
def flags(tmp_path: Path) -> list[str]:
    return make_journal(tmp_path)


@pytest.fixture
def file(tmp_path: Path) -> str:
    (tmp_path / "file.csv").write_bytes(FILE)
    return str(tmp_path / "file.csv")


def exported(flags: list[str], *words: str) -> str:
    run = rowlock("export", "-", *words, *flags)
    assert run.code == 0, run.err
    return run.out


def test_a_file_replaces_the_table(flags: list[str], file: str) -> None:
    run = rowlock("import", file, *flags)
    assert (run.code, run.out) == (0, f"{file}: 1 added, 1 changed, 1 deleted, position 4\n")
    assert exported(flags) == FILE.decode()
    assert exported(flags, "--at", "1") == TABLE.decode()


def test_an_upsert_by_a_key(flags: list[str], file: str) -> None:
    run = rowlock("import", file, "--mode", "upsert", "--key", "user", "--json", *flags)
    assert json.loads(run.out) == {"added": 1, "changed": 1, "moved": 0, "deleted": 0, "position": 3}
    assert exported(flags) == "user,pnl\nann,007\nbob,2\ncleo,3\n"


def test_a_dry_run_tells_and_changes_nothing(flags: list[str], file: str) -> None:
    run = rowlock("import", file, "--mode", "upsert", "--key", "user", "--dry-run", *flags)
    assert run.out.splitlines() == [
        "~ row 1  pnl: 1.10 → 2",
        "+ line 3  user: (empty) → cleo, pnl: (empty) → 3",
        "would be: 1 added, 1 changed",
    ]
    run = rowlock("import", file, "--dry-run", "--json", *flags)
    assert json.loads(run.out)["deleted"] == 1
    assert exported(flags) == TABLE.decode()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--mode", "upsert", "--key", "nobody"], "There is no column 'nobody'. (unknown_column)"),
        (["--encoding", "klingon"], "There is no encoding called 'klingon'. (encoding)"),
    ],
)
def test_a_refusal_is_one_line_and_code_1(flags: list[str], file: str, words: list[str], said: str) -> None:
    run = rowlock("import", file, *words, *flags)
    assert (run.code, run.out, run.err.count("\n")) == (1, "", 1)
    assert said in run.err


def test_a_file_that_is_none_is_told(flags: list[str], tmp_path: Path) -> None:
    run = rowlock("import", str(tmp_path / "nothing"), *flags)
    assert (run.code, run.err) == (1, f"rowlock: {tmp_path}/nothing cannot be read: No such file or directory\n")


@pytest.mark.parametrize("words", [["--mode", "upsert"], ["--key", "user"], ["--delimiter", "x"], ["--mode", "merge"]])
def test_wrong_usage_is_code_2(flags: list[str], file: str, words: list[str]) -> None:
    assert rowlock("import", file, *words, *flags).code == 2


def test_another_encoding_and_delimiter_when_said(flags: list[str], tmp_path: Path) -> None:
    data = "user;pnl\r\nJürgen;1,5\r\n".encode("latin-1")
    (tmp_path / "file.csv").write_bytes(data)
    run = rowlock("import", str(tmp_path / "file.csv"), "--encoding", "latin-1", "--delimiter", ";", *flags)
    assert run.code == 0, run.err
    made_file = tmp_path / "out.csv"
    assert rowlock("export", str(made_file), *flags).code == 0
    assert made_file.read_bytes() == data


def test_json_lines(flags: list[str]) -> None:
    lines = exported(flags, "--format", "jsonl").splitlines()
    assert [json.loads(line) for line in lines] == [{"user": "ann", "pnl": "007"}, {"user": "bob", "pnl": "1.10"}]


def test_parquet(flags: list[str], tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    assert rowlock("export", str(tmp_path / "t.parquet"), "--format", "parquet", *flags).code == 0
    found = parquet.read_table(io.BytesIO((tmp_path / "t.parquet").read_bytes()))
    assert found.to_pylist() == [{"user": "ann", "pnl": "007"}, {"user": "bob", "pnl": "1.10"}]


def test_parquet_without_its_library_is_told(flags: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    run = rowlock("export", "-", "--format", "parquet", *flags)
    assert (run.code, run.err) == (1, "rowlock: Parquet needs pyarrow: install rowlock[parquet].\n")


def test_only_a_csv_is_guarded(flags: list[str]) -> None:
    assert rowlock("export", "-", "--format", "jsonl", "--guard", *flags).code == 2


def test_beside_a_running_server_the_same_rules_hold(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "backend_table.csv").write_bytes(TABLE)
    (tmp_path / "file.csv").write_bytes(FILE)
    command = [
        sys.executable,
        "-m",
        "rowlock",
        "import",
        str(tmp_path / "file.csv"),
        "--mode",
        "upsert",
        "--key",
        "user",
    ]
    command += ["--data-dir", str(tmp_path / "data")]
    with serving(tmp_path) as server:
        ada = server.user("ada")
        token = ada.lease(1)
        held = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=False)
        assert (held.returncode, held.stderr) == (1, "rowlock: Row 1 is held by ada. (row_locked)\n")
        assert ada.delete("/api/rows/1/lease", headers={"Lease-Token": str(token)}).status_code == 204
        done = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=False)
        assert done.returncode == 0, done.stderr
        expected = b"user,pnl\nann,007\nbob,2\ncleo,3\n"
        eventually(lambda: ada.get("/api/fetch_csv", params={"format": "csv"}).content == expected)
        eventually(lambda: server.file() == expected)
        events = [event for event in ada.events(after=1) if event["kind"].startswith("row_")]
        assert {(event["actor"], event["reason"]) for event in events} == {("rowlock", "imported")}
        assert made(ada.get("/api/verify"))["ok"]


def test_the_first_file_may_have_another_encoding_when_said(tmp_path: Path) -> None:
    data = "\ufeffname;n\r\nJürgen;1\r\n".encode("utf-16-le")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "backend_table.csv").write_bytes(data)
    with serving(tmp_path, encoding="utf-16") as server:
        ada = server.user("ada")
        assert ada.cells(0) == ["Jürgen", "1"]
        made(ada.update(0, n="2"))
        eventually(lambda: server.file() == data.replace(b"1\0", b"2\0"))
