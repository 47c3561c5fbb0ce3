"""What happened, told as `git log` tells it, and told as it happens."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.cli.house import edit, make_journal, rowlock, settings_in

from rowlock.cli import journal
from rowlock.cli.journal import POLL_SECONDS, follow
from rowlock.core.commands import AddRow, ChangeRows, DeleteRow, RowOp, TakeLease, UpdateRow
from rowlock.service.ports import EventFilter
from rowlock.storage import open_storage

pytestmark = pytest.mark.anyio
Captured = pytest.CaptureFixture[bytes]
UPDATE = UpdateRow(index=0, cells={"pnl": "12.50"})


@pytest.fixture
def flags(tmp_path: Path) -> list[str]:
    return make_journal(tmp_path, [UPDATE, AddRow(cells={"user": "cleo"}), DeleteRow(index=1), TakeLease(index=0)])


def test_log_tells_what_happened_in_words_the_newest_first(flags: list[str]) -> None:
    lines = rowlock("log", *flags, "--oneline").out.splitlines()
    assert [line.split()[0] for line in lines] == ["5", "4", "3", "2", "1"]
    assert lines[3].endswith("ann changed row 0 (pnl: 007 → 12.50)")
    assert lines[2].endswith("ann added row 2 (user: cleo)")
    assert lines[1].endswith("ann deleted row 1 (user: bob, pnl: 1.10)")
    assert lines[0].endswith("ann took row 0 (token 5)")


def test_log_shows_each_event_as_git_log_shows_a_commit(flags: list[str]) -> None:
    told = rowlock("log", *flags, "-n", "1").out.splitlines()
    assert told[0] == "position 5"
    assert told[1] == "By:   ann"
    assert told[2].startswith("At:   20")
    assert told[3:] == ["", "    took row 0 (token 5)", ""]


def test_what_was_done_together_is_told_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ops: tuple[RowOp, ...] = (UPDATE, AddRow(cells={"user": "cleo"}), DeleteRow(index=1))
    flags = make_journal(tmp_path, [ChangeRows(ops=ops)])
    told = rowlock("log", *flags).out.splitlines()
    assert told[0] == "position 2 to 4"
    assert [line.split()[0] for line in told[4:7]] == ["changed", "added", "deleted"]
    assert told[8] == "position 1"
    monkeypatch.setattr(journal, "SHOWN", 1)
    assert rowlock("log", *flags).out.splitlines()[4:6] == [
        "    changed row 0 (pnl: 007 → 12.50)",
        "    ... and 2 more; --oneline shows all",
    ]


def test_the_reason_is_told_and_what_an_undo_takes_back(flags: list[str]) -> None:
    assert rowlock("undo", *flags, "3").code == 0
    told = rowlock("log", *flags, "-n", "1").out
    assert "Why:  undone" in told
    assert "Undoes: 3" in told


def test_log_filters_by_row_person_kind_and_position(flags: list[str]) -> None:
    flags = [*flags, "--oneline"]
    assert len(rowlock("log", *flags, "--index", "0").out.splitlines()) == 2
    assert len(rowlock("log", *flags, "--kind", "row_added").out.splitlines()) == 1
    assert rowlock("log", *flags, "--actor", "nobody").out == ""
    assert len(rowlock("log", *flags, "--after", "3").out.splitlines()) == 2
    assert len(rowlock("log", *flags, "-n", "1").out.splitlines()) == 1
    assert rowlock("log", *flags, "--kind", "unheard_of").code == 2


def test_log_answers_programs_with_one_event_a_line(flags: list[str]) -> None:
    events = [json.loads(line) for line in rowlock("log", *flags, "--json").out.splitlines()]
    assert [event["position"] for event in events] == [5, 4, 3, 2, 1]
    assert events[3]["cells"] == {"pnl": {"from": "007", "to": "12.50"}}


def test_the_log_is_in_colours_on_a_terminal_only(flags: list[str]) -> None:
    command = [sys.executable, "-m", "rowlock", "log", *flags, "-n", "1"]
    plain = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "\x1b" not in plain.stdout
    coloured = subprocess.run(
        command, capture_output=True, text=True, check=True, env=os.environ | {"FORCE_COLOR": "1", "TERM": "xterm"}
    )
    assert "\x1b[33mposition 5" in coloured.stdout


@contextmanager
def watching(*words: str) -> Iterator[Iterator[str]]:
    """The lines of `rowlock watch` as they come; Ctrl-C ends it, and nothing comes after."""
    command = [sys.executable, "-m", "rowlock", "watch", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
        assert process.stdout.read() == ""


def test_watch_tells_what_happens_until_it_is_interrupted(tmp_path: Path, flags: list[str]) -> None:
    with watching(*flags, "--after", "3", "--json") as lines:
        assert [json.loads(next(lines))["position"] for _ in range(2)] == [4, 5]
        edit(tmp_path, AddRow(cells={"user": "dora"}))
        assert json.loads(next(lines))["position"] == 6


def test_watch_tells_only_what_is_asked_for(tmp_path: Path, flags: list[str]) -> None:
    with watching(*flags, "--after", "0", "--kind", "row_added", "--oneline") as lines:
        assert next(lines).endswith("ann added row 2 (user: cleo)\n")
        edit(tmp_path, UpdateRow(index=2, cells={"pnl": "1"}), AddRow(cells={"user": "dora"}))
        assert next(lines).endswith("ann added row 3 (user: dora)\n")


async def test_watch_begins_with_what_happens_from_now_on(tmp_path: Path, capsysbinary: Captured) -> None:
    await asyncio.to_thread(make_journal, tmp_path, [UPDATE])
    storage = open_storage(settings_in(tmp_path))
    following = asyncio.create_task(follow(storage.journal, None, EventFilter(), oneline=False, as_json=True))
    await asyncio.sleep(2 * POLL_SECONDS)
    await asyncio.to_thread(edit, tmp_path, AddRow(cells={"user": "dora"}))
    await asyncio.sleep(3 * POLL_SECONDS)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    storage.database.close()
    assert [json.loads(line)["position"] for line in capsysbinary.readouterr().out.splitlines()] == [3]
