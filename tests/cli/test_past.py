"""The commands that look at the journal and at the table as it was."""

import json
import os
from pathlib import Path

import pytest
from tests.cli.house import TABLE, make_journal, rowlock

from rowlock.core.commands import AddRow, DeleteRow, TakeLease, UpdateRow

UPDATE = UpdateRow(index=0, cells={"pnl": "12.50"})
EDITED = TABLE.replace(b"007", b"12.50")


@pytest.fixture
def flags(tmp_path: Path) -> list[str]:
    return make_journal(tmp_path, [UPDATE, AddRow(cells={"user": "cleo"}), DeleteRow(index=1), TakeLease(index=0)])


def test_a_cell_cannot_paint_the_terminal(tmp_path: Path) -> None:
    flags = make_journal(tmp_path, [UpdateRow(index=0, cells={"user": "\x1b[31mred\nline [bold]x"})])
    for command in ("log", "show"):
        out = rowlock(command, *flags).out
        assert "\x1b[31m" not in out
        assert "\\x1b[31mred\\nline [bold]x" in out.replace("\n", "")


def test_show_shows_the_table_now_and_at_an_earlier_position(flags: list[str]) -> None:
    assert "12.50" in rowlock("show", *flags).out
    then = json.loads(rowlock("show", *flags, "--at", "1", "--json").out)
    assert [row["cells"] for row in then["rows"]] == [["ann", "007"], ["bob", "1.10"]]
    assert then["position"] == 1


def test_show_at_a_time_shows_what_was_there_then(flags: list[str]) -> None:
    assert json.loads(rowlock("show", *flags, "--at", "2001-01-01T00:00:00Z", "--json").out)["position"] == 0
    assert json.loads(rowlock("show", *flags, "--at", "2999-01-01T00:00:00Z", "--json").out)["position"] == 5


@pytest.mark.parametrize("moment", ["2026-02-30", "99", "yesterday", "-1", "head+1", ""])
def test_a_moment_that_is_none_is_wrong_usage_in_one_line(flags: list[str], moment: str) -> None:
    run = rowlock("show", *flags, f"--at={moment}")
    assert (run.code, len(run.err.splitlines())) == (2, 1)
    assert run.err.startswith("rowlock: ")


def test_replay_writes_the_bytes_of_an_earlier_moment(tmp_path: Path, flags: list[str]) -> None:
    assert rowlock("replay", *flags, "--to", "1", "--out", str(tmp_path / "then.csv")).code == 0
    assert (tmp_path / "then.csv").read_bytes() == TABLE
    assert rowlock("replay", *flags, "--to", "2", "--out", "-").out.encode() == EDITED


def test_export_refuses_to_replace_a_file_unless_told(tmp_path: Path, flags: list[str]) -> None:
    target = tmp_path / "out.csv"
    target.write_text("precious")
    run = rowlock("export", *flags, str(target))
    assert (run.code, target.read_text()) == (1, "precious")
    assert "--force" in run.err
    assert rowlock("export", *flags, str(target), "--force", "--at", "2").code == 0
    assert target.read_bytes() == EDITED


def test_export_for_spreadsheets_neutralises_formulas(tmp_path: Path) -> None:
    flags = make_journal(tmp_path, [UpdateRow(index=0, cells={"user": "=1+1"})])
    assert rowlock("export", *flags, "-", "--guard").out.splitlines()[1] == "'=1+1,007"
    assert rowlock("export", *flags, "-").out.splitlines()[1] == "=1+1,007"


def test_a_target_that_cannot_be_written_is_one_line(tmp_path: Path, flags: list[str]) -> None:
    run = rowlock("export", *flags, str(tmp_path / "no" / "such" / "folder.csv"))
    assert (run.code, len(run.err.splitlines())) == (1, 1)


def test_a_folder_without_a_journal_stays_empty(tmp_path: Path) -> None:
    for command in (["log"], ["show"], ["verify"], ["export", "-"]):
        run = rowlock(*command, "--data-dir", str(tmp_path / "none"))
        assert (run.code, len(run.err.splitlines())) == (1, 1)
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("content", [b"", b"this is text", os.urandom(4096)], ids=["empty", "text", "noise"])
def test_a_file_that_is_no_journal_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "rowlock.db").write_bytes(content)
    run = rowlock("log", "--data-dir", str(tmp_path))
    assert len(run.err.splitlines()) <= 1
    assert content == b"" or (run.code, (tmp_path / "rowlock.db").read_bytes()) == (1, content)
