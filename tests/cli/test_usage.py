"""What the command line says of itself and of wrong usage."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.house import make_journal, rowlock, settings_in

from rowlock.cli.app import VERBS


@pytest.mark.parametrize(
    "words",
    [["bogus"], ["log", "--limit", "x"], ["log", "--kind", "nothing"], ["serve", "--port", "abc"], ["serve", "--x"]],
    ids=" ".join,
)
def test_wrong_usage_is_one_line_and_code_2(words: list[str]) -> None:
    run = rowlock(*words)
    assert (run.code, len(run.err.splitlines())) == (2, 1)


def test_help_and_version_are_no_errors() -> None:
    assert rowlock("--version").code == 0
    for words in (["--help"], ["log", "--help"], ["serve", "--help"], ["user", "--help"]):
        run = rowlock(*words)
        assert (run.code, run.err) == (0, "")
    assert "--lease-seconds" in rowlock("serve", "--help").out


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_is_known_alone_as_it_is_in_the_help(verb: str) -> None:
    assert rowlock(verb, "--help").code == 0
    assert f" {verb} " in rowlock("--help").out


def test_the_server_starts_without_what_only_other_verbs_need() -> None:
    command_line = "import sys; from rowlock.cli.app import command_line; command_line('serve'); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", command_line], capture_output=True, text=True, check=True)
    assert {name for name in done.stdout.split() if name.startswith("rowlock.cli.")} == {
        "rowlock.cli.app",
        "rowlock.cli.complaints",
        "rowlock.cli.serve",
    }


def test_open_mode_beyond_loopback_must_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    run = rowlock("serve", "--auth", "open", "--host", "0.0.0.0")
    assert run.code == 2
    assert "OPEN_BEYOND_LOOPBACK" in run.err


def test_a_reader_that_goes_away_makes_no_traceback(tmp_path: Path) -> None:
    flags = " ".join(make_journal(tmp_path))
    command = f"{sys.executable} -m rowlock log {flags} | head -c 0"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr


def test_users_are_added_listed_and_removed(tmp_path: Path) -> None:
    flags = make_journal(tmp_path)
    assert rowlock("user", "add", "Ada", *flags).code == 0
    assert rowlock("user", "add", "bob", "--password", *flags, typed="secret\n").code == 0
    assert [each["username"] for each in json.loads(rowlock("user", "list", "--json", *flags).out)] == ["Ada", "bob"]
    assert rowlock("user", "remove", "ada", *flags).code == 0
    assert rowlock("user", "list", *flags).out.startswith("bob")


@pytest.mark.parametrize("words", [["add", "ada"], ["add", "a b"], ["add", "file"], ["remove", "nobody"]], ids=" ".join)
def test_a_user_command_that_cannot_be_done_is_one_line_and_code_1(tmp_path: Path, words: list[str]) -> None:
    flags = make_journal(tmp_path)
    rowlock("user", "add", "ada", *flags)
    run = rowlock("user", *words, *flags)
    assert (run.code, len(run.err.splitlines())) == (1, 1)


def test_doctor_finds_a_sound_folder_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROWLOCK_BACKUP_DIR", str(tmp_path / "backups"))
    flags = make_journal(tmp_path)
    run = rowlock("doctor", "--json", *flags)
    assert run.code == 0, run.out
    assert {each["subject"] for each in json.loads(run.out)} >= {"journal", "table", "secret key", "server"}


def test_doctor_names_what_is_in_the_way(tmp_path: Path) -> None:
    flags = make_journal(tmp_path)
    key = settings_in(tmp_path).data_dir / "secret.key"
    key.write_bytes(b"k" * 32)
    key.chmod(0o644)
    table = settings_in(tmp_path).table_path
    table.unlink()
    table.mkdir()
    run = rowlock("doctor", "--json", *flags)
    assert run.code == 1
    assert {each["subject"] for each in json.loads(run.out) if not each["ok"]} == {"secret key", "table"}
