"""A file of somebody else is looked at, never touched; once it was taken in, it goes unless it is written into."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from rowlock.files.found import FoundFile
from rowlock.files.table_file import Published, TableFile


def test_what_is_no_regular_file_has_nothing_to_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "nothing"):
        found = FoundFile(path)
        assert (found.identity(), found.read(), found.being_written()) == (None, None, False)


def test_a_file_is_being_written_as_long_as_somebody_has_it_open_for_that(path: Path) -> None:
    path.write_bytes(b"x")
    found = FoundFile(path)
    with path.open("ab"):
        assert found.being_written()
    with path.open("rb"):
        assert not found.being_written()
    assert (found.read(), found.being_written()) == (b"x", False)


@pytest.fixture
def displaced(table: TableFile, save_by_rename: Callable[[bytes], None]) -> Path:
    table.publish([b"a\n1\n"])
    save_by_rename(b"a\n2\n")
    published: Published = table.publish([b"a\n3\n"])
    assert published.foreign
    assert published.displaced is not None
    return published.displaced


def test_a_foreign_file_that_was_taken_in_is_removed(table: TableFile, displaced: Path) -> None:
    identity = table.found(displaced).identity()
    assert identity is not None
    table.release(displaced, identity)
    table.publish([b"a\n4\n"])
    assert not displaced.exists()


def test_what_is_written_into_it_after_that_is_a_late_save(table: TableFile, displaced: Path) -> None:
    identity = table.found(displaced).identity()
    assert identity is not None
    with displaced.open("ab") as file:
        table.release(displaced, identity)
        table.publish([b"a\n4\n"])
        file.write(b"9\n")
    assert table.late_saves() == (displaced,)
    assert displaced.read_bytes() == b"a\n2\n9\n"
