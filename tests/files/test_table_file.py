"""The table's file is read and replaced whole, wherever it lies; every test holds for both ways of swapping."""

import os
import socket
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from rowlock.files.table_file import Published, TableFile, TableFileError

FIRST = (b"id,name\n", b"1,Ada\n", b"2,Bob\n")
SECOND = (b"id,name\n", b"1,Eva\n", b"2,Bob\n")
THIRD = (b"id,name\n", b"1,Eva\n", b"2,Robert\n")


def displaced_by(published: Published) -> Path:
    assert published.displaced is not None
    return published.displaced


def test_a_missing_file_is_none_and_publishing_makes_it(
    table: TableFile, path: Path, scratch: Callable[[], list[str]]
) -> None:
    assert table.read() is None
    assert table.identity() is None
    assert not table.matches(FIRST)

    published = table.publish(FIRST)

    assert table.read() == path.read_bytes() == b"".join(FIRST)
    assert (published.displaced, published.foreign, published.written) == (None, False, 20)
    assert published.identity == table.identity() == table.published
    assert scratch() == []


def test_publishing_hands_out_what_lay_there_before(table: TableFile) -> None:
    table.publish(FIRST)

    published = table.publish(SECOND)

    assert table.read() == b"".join(SECOND)
    assert displaced_by(published).read_bytes() == b"".join(FIRST)
    assert not published.foreign
    assert published.late == ()


def test_publishing_the_same_again_writes_nothing(table: TableFile) -> None:
    before = table.publish(FIRST)

    again = table.publish(list(FIRST))

    assert (again.displaced, again.written, again.identity) == (None, 0, before.identity)


def test_an_empty_table_is_an_empty_file(table: TableFile) -> None:
    table.publish(FIRST)
    table.publish(())

    assert table.read() == b""
    assert table.matches([b"", b""])


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_what_is_no_regular_file_is_refused_and_left_alone(
    table: TableFile, path: Path, make: Callable[[Path], None], scratch: Callable[[], list[str]]
) -> None:
    make(path)
    before = path.stat()
    for operation in (table.read, table.identity, lambda: table.matches(FIRST), lambda: table.publish(FIRST)):
        with pytest.raises(TableFileError) as refused:
            operation()
        assert refused.value.code == "not_regular"

    assert path.stat() == before
    assert scratch() == []


def test_a_socket_and_a_device_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with closing(socket.socket(socket.AF_UNIX)) as listener:
        listener.bind("socket.csv")
        for odd in (tmp_path / "socket.csv", Path("/dev/null")):
            with pytest.raises(TableFileError) as refused:
                TableFile(odd, lock_path=tmp_path / "lock").publish(FIRST)
            assert refused.value.code == "not_regular"


def test_a_symlink_stays_a_link_and_its_target_is_replaced_in_its_own_folder(table: TableFile, path: Path) -> None:
    real = path.parent / "elsewhere" / "real.csv"
    real.parent.mkdir()
    path.symlink_to(real)

    table.publish(FIRST)
    displaced = displaced_by(table.publish(SECOND))

    assert path.is_symlink()
    assert path.parent.joinpath("elsewhere/real.csv").read_bytes() == b"".join(SECOND)
    assert displaced.parent == real.parent


def test_a_link_that_points_elsewhere_now_is_followed_there_and_nothing_is_lost(table: TableFile, path: Path) -> None:
    one, two = path.parent / "one.csv", path.parent / "two.csv"
    path.symlink_to(one)
    table.publish(FIRST)
    table.publish(SECOND)
    two.write_bytes(b"other")
    path.unlink()
    path.symlink_to(two)

    published = table.publish(THIRD)

    assert published.foreign
    assert displaced_by(published).read_bytes() == b"other"
    assert one.read_bytes() == b"".join(SECOND)
    assert two.read_bytes() == b"".join(THIRD)


def test_a_circle_of_links_is_refused(table: TableFile, path: Path) -> None:
    path.symlink_to(path)

    with pytest.raises(TableFileError) as refused:
        table.publish(FIRST)

    assert refused.value.code == "not_regular"


def test_mode_and_owner_are_those_of_the_file_that_is_displaced(table: TableFile, path: Path) -> None:
    for mode in (0o640, 0o606, 0o600):
        table.publish((b"%o" % mode,))
        path.chmod(mode)
        if os.geteuid() == 0:
            os.chown(path, 1234, 4321)
        before = path.stat()

        table.publish((b"after %o" % mode,))

        after = path.stat()
        assert (stat.S_IMODE(after.st_mode), after.st_uid, after.st_gid) == (mode, before.st_uid, before.st_gid)


def test_a_new_file_is_readable_by_all_but_for_the_umask(table: TableFile, path: Path) -> None:
    former = os.umask(0o027)
    try:
        table.publish(FIRST)
    finally:
        os.umask(former)

    assert stat.S_IMODE(path.stat().st_mode) == 0o640
