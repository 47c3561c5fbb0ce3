"""The command that proves: a sound journal is found sound, and the first thing that is wrong is named."""

import asyncio
import json
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.house import edit, make_journal, rowlock, settings_in

from rowlock.core.commands import AddRow, DeleteRow, TakeLease, UpdateRow
from rowlock.service.snapshots import Snapshots
from rowlock.storage import editing, open_storage
from rowlock.wire.receipts import receipt_body

UPDATE = UpdateRow(index=0, cells={"pnl": "12.50"})
PROOF = Path(__file__).resolve().parents[2] / "docs" / "PROOF.md"
SCRIPT = re.findall(r"```python\n(.*?)```", PROOF.read_text(), re.DOTALL)[0]
FLIPPED = "UPDATE event SET payload = replace(payload, '12.50', '12.51') WHERE position = 2"
NO_TEXT = "UPDATE event SET payload = CAST(x'7bff7d' AS TEXT) WHERE position = 2"
OTHER_TYPE = "UPDATE event SET payload = CAST(payload AS BLOB) WHERE position = 2"
LAST_REMOVED = "DELETE FROM event WHERE position = 5"
ONE_REMOVED = "DELETE FROM event WHERE position = 3"
SWAPPED = """
UPDATE event SET position = -3 WHERE position = 3;
UPDATE event SET position = 3 WHERE position = 4;
UPDATE event SET position = 4 WHERE position = -3
"""
PUT_IN = """
INSERT INTO event SELECT 6, sheet, kind, row_index, at, actor, session, key, batch, payload, hash FROM event LIMIT 1
"""
CUT_CLEANLY = LAST_REMOVED + "; UPDATE head SET position = 4, hash = (SELECT hash FROM event WHERE position = 4)"
NOT_SAID = "an event is not what its hash says at position"


@pytest.fixture
def flags(tmp_path: Path) -> list[str]:
    return make_journal(tmp_path, [UPDATE, AddRow(cells={"user": "cleo"}), DeleteRow(index=1), TakeLease(index=0)])


def database_in(folder: Path) -> Path:
    return settings_in(folder).data_dir / "rowlock.db"


def tamper(folder: Path, script: str) -> None:
    """What somebody with a database shell and bad intentions does."""
    with sqlite3.connect(database_in(folder)) as database:
        database.executescript("DROP TRIGGER event_refuses_update; DROP TRIGGER event_refuses_delete;" + script)
    database.close()


def problems(flags: list[str]) -> list[str]:
    run = rowlock("verify", *flags, "--json")
    found: list[str] = json.loads(run.out)["problems"]
    assert run.code == bool(found)
    return found


def receipt(folder: Path, position: int) -> Path:
    """What the server gives for an event."""
    storage = open_storage(settings_in(folder))
    link, head = asyncio.run(storage.journal.link(position)), asyncio.run(storage.journal.head())
    storage.database.close()
    assert link is not None
    path = folder / "receipt.json"
    path.write_text(json.dumps(receipt_body(link, head, 0)))
    return path


def take_snapshot(folder: Path) -> None:
    async def take() -> None:
        storage = open_storage(settings_in(folder))
        async with editing(storage, settings_in(folder)) as editor:
            await Snapshots(editor.sheet, storage.journal.snapshots).take()
        storage.database.close()

    asyncio.run(take())


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


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        (FLIPPED, f"{NOT_SAID} 2"),
        (NO_TEXT, f"{NOT_SAID} 2"),
        (OTHER_TYPE, f"{NOT_SAID} 2"),
        (LAST_REMOVED, "an event is missing at position 5"),
        (ONE_REMOVED, "an event is missing at position 3"),
        (SWAPPED, f"{NOT_SAID} 3"),
        (PUT_IN, f"{NOT_SAID} 6"),
        ("UPDATE head SET position = 4", "an event follows the last one that the head names at position 5"),
        ("UPDATE head SET hash = zeroblob(32)", "the last event is not the one that the head names at position 5"),
    ],
)
def test_verify_names_the_first_event_that_is_wrong(
    tmp_path: Path, flags: list[str], script: str, problem: str
) -> None:
    tamper(tmp_path, script)
    assert problems(flags) == [f"journal: {problem}"]


def test_verify_finds_events_cut_off_by_what_was_published(tmp_path: Path, flags: list[str]) -> None:
    tamper(tmp_path, CUT_CLEANLY + "; INSERT INTO mark VALUES ('published_position', '5')")
    assert problems(flags)[0] == (
        "file: it is said to have been published at position 5: the journal does not reach it"
    )


def test_verify_finds_events_cut_off_by_a_snapshot(tmp_path: Path, flags: list[str]) -> None:
    take_snapshot(tmp_path)
    assert problems(flags) == []
    tamper(tmp_path, CUT_CLEANLY)
    assert problems(flags)[0] == "snapshot at position 5: the journal does not reach it"


def test_verify_finds_a_changed_snapshot_which_is_not_used(tmp_path: Path, flags: list[str]) -> None:
    before = rowlock("export", *flags, "-").out
    take_snapshot(tmp_path)
    tamper(tmp_path, "UPDATE page SET data = zeroblob(9)")
    assert problems(flags) == ["snapshot at position 5: a page is missing or not what its hash says; it is not used"]
    assert rowlock("export", *flags, "-").out == before


# Receipts


def test_a_receipt_is_good_by_itself_and_against_the_journal(tmp_path: Path, flags: list[str]) -> None:
    path = receipt(tmp_path, 2)
    alone = rowlock("verify", "--receipt", str(path), "--data-dir", str(tmp_path / "nowhere"))
    assert (alone.code, alone.out.split(maxsplit=1)[0]) == (0, "ok")
    assert "no journal is at hand" in alone.out
    edit(tmp_path, AddRow(cells={"user": "dora"}))
    beside = rowlock("verify", "--receipt", str(path), *flags, "--json")
    assert beside.code == 0
    assert json.loads(beside.out) == {"ok": True, "position": 2, "journal": flags[1], "problem": None}


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        (FLIPPED, "journal: it holds another event at position 2"),
        (NO_TEXT, "the database cannot be used"),
        (LAST_REMOVED, "journal: it does not reach position 5, where it ended when the receipt was given"),
        ("DELETE FROM event WHERE position >= 2", "journal: it does not reach position 2"),
        ("UPDATE event SET hash = zeroblob(32) WHERE position = 1", "journal: it holds another event at position 2"),
        ("UPDATE event SET hash = zeroblob(32) WHERE position = 5", "where it ended then"),
    ],
)
def test_a_receipt_shows_that_a_journal_is_another_one(
    tmp_path: Path, flags: list[str], script: str, problem: str
) -> None:
    path = receipt(tmp_path, 2)
    tamper(tmp_path, script)
    run = rowlock("verify", "--receipt", str(path), *flags)
    assert run.code == 1
    assert problem in run.out + run.err


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "it is no receipt of an event"),
        ("{}", "it is no receipt of an event"),
        ("[]", "it is no receipt of an event"),
        ('"actor": "eve"', "its event is not what its hash says"),
        ('"position": 1', "its event is not what its hash says"),
    ],
)
def test_a_receipt_that_was_changed_is_found_without_a_journal(tmp_path: Path, text: str, problem: str) -> None:
    make_journal(tmp_path, [UPDATE])
    path = receipt(tmp_path, 2)
    name = text.partition(":")[0]
    changed = re.sub(f'{name}: ("[^"]*"|[0-9]+)', text, path.read_text(), count=1) if ":" in text else text
    path.write_text(changed)
    run = rowlock("verify", "--receipt", str(path), "--data-dir", str(tmp_path / "nowhere"))
    assert run.code == 1
    assert problem in run.out + run.err


def test_a_receipt_whose_head_cannot_be_is_found_without_a_journal(tmp_path: Path) -> None:
    make_journal(tmp_path, [UPDATE])
    path = receipt(tmp_path, 2)
    for head, problem in (
        ({"position": 1, "hash": "00"}, "its event lies behind its head"),
        ({"position": 2, "hash": "00"}, "its head is another event"),
    ):
        path.write_text(json.dumps(json.loads(path.read_text()) | {"head": head}))
        run = rowlock("verify", "--receipt", str(path), "--data-dir", str(tmp_path / "nowhere"))
        assert (run.code, problem in run.out) == (1, True)


def test_a_receipt_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    run = rowlock("verify", "--receipt", str(tmp_path / "none.json"))
    assert (run.code, len(run.err.splitlines())) == (1, 1)


# The recipe


def recomputed(folder: Path) -> subprocess.CompletedProcess[str]:
    """What the script in docs/PROOF.md says."""
    command = [sys.executable, "-I", "-c", SCRIPT, str(database_in(folder))]
    return subprocess.run(command, capture_output=True, text=True)


def test_the_script_in_the_documents_comes_to_the_same_head(tmp_path: Path) -> None:
    odd = 'quote " back\\slash \t\x01\x7f é🦉 \u2028 </script>'
    flags = make_journal(tmp_path, [UpdateRow(index=0, cells={"user": odd}), UPDATE])
    run = recomputed(tmp_path)
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == ["3", json.loads(rowlock("verify", *flags, "--json").out)["chain_head"]]


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (FLIPPED, "the chain breaks at position 2"),
        (SWAPPED, "the chain breaks at position 3"),
        (LAST_REMOVED, "the last events are missing after position 4"),
    ],
)
def test_the_script_in_the_documents_finds_what_is_wrong(
    tmp_path: Path, flags: list[str], script: str, told: str
) -> None:
    tamper(tmp_path, script)
    run = recomputed(tmp_path)
    assert (run.returncode, run.stderr.strip()) == (1, told)
