"""The commands that compare, blame, take back, restore and imagine, beside a running server and without one."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.cli.house import TABLE, Run, make_journal, rowlock, settings_in
from tests.server import eventually, serving

from rowlock.core.commands import AddRow, Command, DeleteRow, RenameColumn, UpdateRow

UPDATE = UpdateRow(index=0, cells={"pnl": "12.50"})
EDITED = TABLE.replace(b"007", b"12.50")


@pytest.fixture
def flags(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("ROWLOCK_BACKUP_DIR", str(tmp_path / "backups"))
    monkeypatch.setenv("ROWLOCK_COOLDOWN_SECONDS", "0")
    return make_journal(tmp_path, [UPDATE, AddRow(cells={"user": "cleo"}), DeleteRow(index=1)])


def done(*words: str) -> str:
    """What a command said that went well."""
    run = rowlock(*words)
    assert run.code == 0, run.err
    return run.out


def answer(*words: str) -> Any:
    return json.loads(done(*words, "--json"))


def refused(*words: str) -> Run:
    """A command that ends with one line on standard error."""
    run = rowlock(*words)
    assert run.code
    assert len(run.err.splitlines()) == 1
    return run


def table(flags: list[str], *at: str) -> str:
    return done("export", "-", *flags, *at)


def test_diff_reads_as_a_diff_does(flags: list[str]) -> None:
    assert done("diff", "1", "4", *flags).splitlines() == [
        "--- position 1",
        "+++ position 4",
        "@@ row 1 deleted @@",
        "-user: bob",
        "-pnl: 1.10",
        "@@ row 0 @@",
        "-pnl: 007",
        "+pnl: 12.50",
        "@@ row 2 added @@",
        "+user: cleo",
    ]
    assert done("diff", "4", *flags) == ""
    assert answer("diff", "4", "3", *flags)["added"] == [{"index": 1, "cells": {"user": "bob", "pnl": "1.10"}}]


def test_diff_tells_of_columns(tmp_path: Path) -> None:
    flags = make_journal(tmp_path, [RenameColumn(column="pnl", to="gain\x1b[31m")])
    lines = done("diff", "1", *flags).splitlines()
    assert lines[2:] == ["@@ columns @@", "-pnl", "+gain\\x1b[31m"]


def test_blame_tells_who_set_each_cell(flags: list[str]) -> None:
    lines = done("blame", *flags).splitlines()
    assert [line.split(maxsplit=3)[::3] for line in lines] == [
        ["1", "row 0  user: ann"],
        ["2", "row 0  pnl: 12.50"],
        ["3", "row 2  user: cleo"],
        ["3", "row 2  pnl: "],
    ]
    (row,) = answer("blame", "--index", "0", "--column", "pnl", *flags)["rows"]
    assert (row["cells"]["pnl"]["position"], row["cells"]["pnl"]["actor"]) == (2, "ann")
    assert "Row 1 has been deleted" in refused("blame", "--index", "1", *flags).err
    assert "no column 'x'" in refused("blame", "--column", "x", *flags).err


def test_undo_takes_back_and_undoing_that_does_it_again(flags: list[str]) -> None:
    assert done("undo", "4", "--dry-run", *flags) == "would be undone: 4; position 4\n"
    assert done("undo", "4", *flags) == "undone: 4; position 5\n"
    assert table(flags) == "user,pnl\nann,12.50\nbob,1.10\ncleo,\n"
    assert answer("undo", "5", *flags) == {"position": 6, "undone": [5], "conflicts": []}
    assert table(flags) == table(flags, "--at", "4")


def test_undo_names_what_stands_in_the_way(tmp_path: Path, flags: list[str]) -> None:
    done("undo", "2", *flags)
    run = rowlock("undo", "2", *flags)
    assert run.code == 1
    assert "already" in run.out
    assert "nothing was undone" in run.err
    assert answer("undo", "--actor", "ann", "--from", "2", "--on-conflict", "skip", *flags)["undone"] == [3, 4]


def test_restore_brings_a_position_back(flags: list[str]) -> None:
    assert done("restore", "--to", "1", "--dry-run", *flags).startswith("would be: 1 added, 1 changed, 1 deleted")
    assert table(flags) != TABLE.decode()
    assert done("restore", "--to", "1", *flags) == "restored: 1 added, 1 changed, 1 deleted, position 7\n"
    assert table(flags) == TABLE.decode()
    assert done("restore", "--to", "1", *flags) == "restored: nothing changed, position 7\n"


def test_restore_brings_some_rows_or_columns_back(flags: list[str]) -> None:
    done("restore", "--to", "1", "--row", "1", *flags)
    assert table(flags) == "user,pnl\nann,12.50\nbob,1.10\ncleo,\n"
    done("restore", "--to", "1", "--column", "pnl", *flags)
    assert table(flags) == "user,pnl\nann,007\nbob,1.10\ncleo,\n"


def test_a_backup_is_kept_listed_and_restored(flags: list[str]) -> None:
    made = answer("backup", *flags)
    assert (made["position"], made["size"]) == (4, len(table(flags)))
    assert answer("backup", "--list", *flags) == [made]
    done("restore", "--to", "1", *flags)
    done("restore", "--to", made["name"], *flags)
    assert table(flags) == table(flags, "--at", "4")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["restore", "--to", "2026-02-30"], 2),
        (["restore", "--to", "5"], 2),
        (["restore", "--to", "yesterday"], 2),
        (["restore", "--to", "0"], 1),
        (["restore", "--to", "../x.csv"], 1),
        (["restore", "--to", "1", "--row", "9"], 1),
        (["restore", "--to", "1", "--column", "x"], 1),
        (["undo"], 2),
        (["undo", "2", "--actor", "ann"], 2),
        (["undo", "9"], 2),
        (["undo", "0"], 2),
        (["undo", "--from", "soon"], 2),
        (["diff", "9"], 2),
        (["replay", "--to", "1"], 2),
        (["replay", "--without", "actor=ann"], 2),
        (["replay", "--without", "ann", "--diff"], 2),
        (["replay", "--without", "position=x", "--diff"], 2),
        (["replay", "--without", "actor=nobody", "--diff"], 1),
        (["replay", "--without", "position=1", "--diff"], 1),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(flags: list[str], words: list[str], code: int) -> None:
    assert refused(*words, *flags).code == code
    assert answer("log", "-n", "1", *flags)["position"] == 4


def test_the_table_as_if_somebody_had_not_been(tmp_path: Path, flags: list[str]) -> None:
    out = str(tmp_path / "what.csv")
    report = answer("replay", "--without", "position=3", "--without", "position=4", "--out", out, *flags)
    assert report == {"position": 4, "rows": 2, "left_out": [3, 4], "groundless": []}
    assert Path(out).read_bytes() == EDITED
    shown = done("replay", "--without", "batch=2", "--diff", *flags).splitlines()
    assert shown == ["--- today", "+++ without 1 events", "@@ row 0 @@", "-pnl: 12.50", "+pnl: 007"]


def test_edits_without_ground_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROWLOCK_COOLDOWN_SECONDS", "0")
    edits: list[Command] = [AddRow(cells={"user": "cleo"}), UpdateRow(index=2, cells={"pnl": "5"}), UPDATE]
    flags = make_journal(tmp_path, edits)
    run = done("replay", "--without", "actor=ann", "--from", "2", "--to", "2", "--diff", *flags)
    assert run.splitlines()[0] == "groundless  event 3 of ann has no ground: there is no row 2"


def test_what_would_have_been_can_be_made_the_table_and_undone(flags: list[str]) -> None:
    report = answer("replay", "--without", "actor=ann", "--from", "2", "--promote", *flags)
    assert report["promoted"]["position"] == 7
    assert table(flags) == TABLE.decode()
    assert {event["reason"] for event in events(flags)[:3]} == {"what_if"}
    done("undo", "--batch", "5", *flags)
    assert table(flags) == table(flags, "--at", "4")


def events(flags: list[str]) -> list[Any]:
    return [json.loads(line) for line in done("log", "--json", *flags).splitlines()]


def test_beside_a_running_server_everybody_sees_it(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    settings.data_dir.mkdir()
    settings.table_path.write_bytes(TABLE)
    with serving(tmp_path, cooldown_seconds=0) as server:
        ada, bob = server.user("ada"), server.user("bob")
        ada.update(0, pnl="5")
        bob.lease(1)
        assert other_process(tmp_path, "restore", "--to", "1")["changed"] == 1
        eventually(lambda: ada.cells(0) == ["ann", "007"])
        eventually(lambda: server.file() == TABLE)
        assert ada.get("/api/leases").json() == []
        ada.update(0, pnl="6")
        (last,) = ada.events(after=5)
        assert other_process(tmp_path, "undo", str(last["position"]))["undone"] == [last["position"]]
        eventually(lambda: server.file() == TABLE)
        assert ada.get("/api/verify").json()["ok"]


def other_process(folder: Path, *words: str) -> Any:
    command = [sys.executable, "-m", "rowlock", *words, "--json", "--data-dir", str(folder / "data")]
    run = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)
