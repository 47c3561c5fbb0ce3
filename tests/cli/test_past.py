"""The commands that look at the journal and at the table as it was."""

import json
import os
import sqlite3
from pathlib import Path

import pytest
from tests.cli.house import TABLE, make_journal, rowlock, settings_in

from rowlock.core.commands import AddRow, DeleteRow, TakeLease, UpdateRow

UPDATE = UpdateRow(index=0, cells={"pnl": "12.50"})
EDITED = TABLE.replace(b"007", b"12.50")


@pytest.fixture
def flags(tmp_path: Path) -> list[str]:
    return make_journal(tmp_path, [UPDATE, AddRow(cells={"user": "cleo"}), DeleteRow(index=1), TakeLease(index=0)])


def test_log_tells_what_happened_in_words_the_newest_first(flags: list[str]) -> None:
    lines = rowlock("log", *flags).out.splitlines()
    assert [line.split()[0] for line in lines] == ["5", "4", "3", "2", "1"]
    assert lines[3].endswith("ann changed row 0 (pnl: 007 → 12.50)")
    assert lines[2].endswith("ann added row 2 (user: cleo)")
    assert lines[1].endswith("ann deleted row 1 (user: bob, pnl: 1.10)")
    assert lines[0].endswith("ann took row 0 (token 5)")


def test_log_filters_by_row_person_kind_and_position(flags: list[str]) -> None:
    assert len(rowlock("log", *flags, "--index", "0").out.splitlines()) == 2
    assert len(rowlock("log", *flags, "--kind", "row_added").out.splitlines()) == 1
    assert rowlock("log", *flags, "--actor", "nobody").out == ""
    assert len(rowlock("log", *flags, "--after", "3").out.splitlines()) == 2
    assert len(rowlock("log", *flags, "-n", "1").out.splitlines()) == 1


def test_log_answers_programs_with_one_event_a_line(flags: list[str]) -> None:
    events = [json.loads(line) for line in rowlock("log", *flags, "--json").out.splitlines()]
    assert [event["position"] for event in events] == [5, 4, 3, 2, 1]
    assert events[3]["cells"] == {"pnl": {"from": "007", "to": "12.50"}}


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


def test_verify_finds_a_whole_journal_and_its_file_well(flags: list[str]) -> None:
    run = rowlock("verify", *flags, "--json")
    assert run.code == 0
    assert json.loads(run.out) | {"csv_sha256": "", "chain_head": ""} == {
        "ok": True,
        "position": 5,
        "events": 5,
        "csv_sha256": "",
        "chain_head": "",
        "problems": [],
    }
    assert "journal and file agree" in rowlock("verify", *flags).out


def test_verify_finds_a_changed_file(tmp_path: Path, flags: list[str]) -> None:
    settings_in(tmp_path).table_path.write_bytes(b"user,pnl\nann,8\n")
    run = rowlock("verify", *flags)
    assert run.code == 1
    assert "its bytes are not those of position 5" in run.out.replace("\n", " ")


def test_verify_finds_an_altered_event(tmp_path: Path, flags: list[str]) -> None:
    with sqlite3.connect(settings_in(tmp_path).data_dir / "rowlock.db") as database:
        database.execute("DROP TRIGGER event_refuses_update")
        database.execute("UPDATE event SET payload = replace(payload, '12.50', '12.51') WHERE position = 2")
    database.close()
    run = rowlock("verify", *flags, "--json")
    assert run.code == 1
    assert json.loads(run.out)["problems"] == ["journal: an event is not what its hash says at position 2"]


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
