"""The displaced file is written over next time, but only if it can be nobody else's."""

import os
import sys
from pathlib import Path

import pytest

from rowlock.files import spares
from rowlock.files.table_file import Published, TableFile

FIRST = (b"id,name\n", b"1,Ada\n", b"2,Bob\n")
SECOND = (b"id,name\n", b"1,Eva\n", b"2,Bob\n")
THIRD = (b"id,name\n", b"1,Eva\n", b"2,Robert\n")


linux = pytest.mark.skipif(sys.platform != "linux", reason="renameat2 and leases are Linux's own")


def displaced_by(published: Published) -> Path:
    assert published.displaced is not None
    return published.displaced


@linux
def test_the_two_files_take_turns_when_nobody_holds_them(table: TableFile, path: Path) -> None:
    inodes, reused = [], []
    for number in range(6):
        reused.append(table.publish((b"%d\n" % number, b"same\n")).reused)
        inodes.append(path.stat().st_ino)

    assert reused == [False, False, True, True, True, True]
    assert inodes == inodes[:2] * 3


@linux
def test_only_what_changed_is_written_into_the_spare(table: TableFile) -> None:
    parts = [b"%06d\n" % number for number in range(1000)]
    table.publish(parts)
    table.publish([*parts[:500], b"change\n", *parts[501:]])

    published = table.publish([*parts[:700], b"change\n", *parts[701:]])

    assert (published.reused, published.written) == (True, 7)
    assert table.read() == b"".join([*parts[:700], b"change\n", *parts[701:]])


@linux
def test_of_a_large_spare_what_it_holds_and_the_table_does_not_is_written_again(
    table: TableFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spares, "REMEMBERED_WHOLE", 0)
    parts = [b"%06d\n" % number for number in range(1000)]
    table.publish(parts)
    table.publish([*parts[:500], b"change\n", *parts[501:]])

    published = table.publish([*parts[:700], b"change\n", *parts[701:]])

    assert (published.reused, published.written) == (True, 14)
    assert table.read() == b"".join([*parts[:700], b"change\n", *parts[701:]])


@linux
@pytest.mark.parametrize(("whole", "late"), [(10**6, 0), (0, 1)])
def test_the_same_bytes_written_again_are_nobodys_save_while_they_are_known(
    table: TableFile, path: Path, monkeypatch: pytest.MonkeyPatch, whole: int, late: int
) -> None:
    monkeypatch.setattr(spares, "REMEMBERED_WHOLE", whole)
    table.publish(FIRST)
    with path.open("r+b", buffering=0) as editor:
        table.publish(SECOND)
        editor.write(b"".join(FIRST))
        table.publish(THIRD)

    assert len(table.late_saves()) == late


def test_what_no_file_will_hold_again_is_not_kept_in_memory(table: TableFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spares, "REMEMBERED_WHOLE", 0)

    def version(number: int) -> list[bytes]:
        return [b"%d,%d\n" % (number, part) for part in range(5)]

    kept, forgotten = version(0), version(1)
    before = sys.getrefcount(forgotten[2])
    for parts in (kept, forgotten, [*kept, *forgotten], version(2)):
        table.publish(parts)
        table.reserve()

    after = sys.getrefcount(forgotten[2])
    assert after == before
    assert table.publish(kept).written > 0
    assert table.read() == b"".join(kept)


@linux
def test_a_displaced_file_that_a_backup_holds_is_never_written_over(table: TableFile, path: Path) -> None:
    table.publish(FIRST)
    backup = path.parent / "backup.csv"
    os.link(displaced_by(table.publish(SECOND)), backup)

    published = table.publish(THIRD)

    assert not published.reused
    assert backup.read_bytes() == b"".join(FIRST)
    assert backup.stat().st_nlink == 1
    assert table.publish(FIRST).reused


@linux
def test_a_prepared_publish_writes_only_what_changed_since_the_last_one(table: TableFile) -> None:
    for parts in (FIRST, SECOND):
        table.publish(parts)
    table.prepare()

    published = table.publish(THIRD)

    assert (published.reused, published.written) == (True, len(THIRD[2]))
    assert table.read() == b"".join(THIRD)


@linux
def test_preparing_makes_up_for_a_file_that_a_backup_holds(table: TableFile, path: Path) -> None:
    table.publish(FIRST)
    backup = path.parent / "backup.csv"
    os.link(displaced_by(table.publish(SECOND)), backup)
    for _ in range(2):
        table.prepare()

    assert table.publish(THIRD).reused
    assert backup.read_bytes() == b"".join(FIRST)
    table.close()
    assert sorted(os.listdir(path.parent)) == ["backend_table.csv", "backend_table.csv.lock", "backup.csv"]


def test_preparing_leaves_a_displaced_file_alone_that_somebody_edits(table: TableFile, path: Path) -> None:
    table.publish(FIRST)
    with path.open("r+b", buffering=0) as editor:
        displaced = displaced_by(table.publish(SECOND))
        table.prepare()
        editor.write(b"edited")
    table.prepare()

    assert displaced.read_bytes().startswith(b"edited")
    assert displaced in table.publish(THIRD).late + table.late_saves()


def test_preparing_without_a_table_does_nothing(table: TableFile, path: Path) -> None:
    table.prepare()
    assert os.listdir(path.parent) == ["backend_table.csv.lock"]


@linux
def test_a_displaced_file_that_somebody_reads_is_never_written_over(table: TableFile, path: Path) -> None:
    table.publish(FIRST)
    with path.open("rb", buffering=0) as reader:
        start = reader.read(5)
        table.publish(SECOND)
        assert not table.publish(THIRD).reused
        table.publish(SECOND)

        assert start + reader.read() == b"".join(FIRST)


def test_a_displaced_file_that_was_moved_away_is_done_without(table: TableFile, path: Path) -> None:
    table.publish(FIRST)
    displaced_by(table.publish(SECOND)).rename(path.parent / "mine.csv")

    published = table.publish(THIRD)

    assert (published.reused, published.late) == (False, ())
    assert (path.parent / "mine.csv").read_bytes() == b"".join(FIRST)


def test_closing_leaves_the_table_alone_in_its_folder(table: TableFile, path: Path) -> None:
    for parts in (FIRST, SECOND, THIRD):
        table.publish(parts)
    table.close()

    assert sorted(os.listdir(path.parent)) == ["backend_table.csv", "backend_table.csv.lock"]
    assert not table.publish(FIRST).foreign


@linux
def test_in_memory_the_same_holds_as_on_a_disk(other_disk: Path) -> None:
    table = TableFile(other_disk / "table.csv")
    for parts in (FIRST, SECOND):
        table.publish(parts)

    published = table.publish(THIRD)

    assert (published.reused, published.foreign, table.read()) == (True, False, b"".join(THIRD))
