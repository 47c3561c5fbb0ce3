"""Notes on set-aside saves outlast everything that happens to their folder, and what is none of ours is left alone."""

from pathlib import Path

import pytest

from rowlock.files.backups import Backups
from rowlock.files.conflicts import ConflictNotes
from rowlock.service.ports import BackupError

NAME = "20261123T080000.000Z"


@pytest.fixture
def notes(tmp_path: Path) -> ConflictNotes:
    return ConflictNotes(tmp_path / "backups" / "conflicts")


def test_what_is_noted_is_found_again_oldest_first(notes: ConflictNotes) -> None:
    later = "20261123T080000.001Z"
    notes.write(later, {"reason": "é\ud800"})
    notes.write(NAME, {"reason": "a"})
    notes.write(NAME, {"reason": "b"})
    assert list(notes.all()) == [NAME, later]
    assert ConflictNotes(notes.folder).all()[NAME] == {"reason": "b"}


def test_no_folder_is_no_notes(notes: ConflictNotes) -> None:
    assert notes.all() == {}


def test_what_is_none_of_ours_is_passed_over(notes: ConflictNotes) -> None:
    notes.write(NAME, {})
    for name, text in (("x.json", "{}"), ("20261123T080000.002Z.json", "{"), ("20261123T080000.003Z.json", "[]")):
        (notes.folder / name).write_text(text)
    assert list(notes.all()) == [NAME]


def test_a_save_is_read_by_its_name_and_nothing_else_is(notes: ConflictNotes, tmp_path: Path) -> None:
    name = Backups(tmp_path / "backups").keep_aside(b"theirs", 0)
    assert notes.read(name.removesuffix(".csv")) == b"theirs"
    assert notes.read("../../etc/passwd") is None
    assert notes.read(NAME) is None
    (notes.folder / f"{NAME}.csv").symlink_to("/etc/passwd")
    assert notes.read(NAME) is None


def test_saves_kept_in_the_same_moment_have_names_of_their_own(tmp_path: Path) -> None:
    backups = Backups(tmp_path / "backups")
    names = [backups.keep_aside(data, 0) for data in (b"a", b"b")]
    assert [(backups.conflicts / name).read_bytes() for name in names] == [b"a", b"b"]


def test_a_folder_that_cannot_be_written_is_told(notes: ConflictNotes, tmp_path: Path) -> None:
    (tmp_path / "backups").write_bytes(b"")
    with pytest.raises(BackupError):
        notes.write(NAME, {})
