"""What the kernel is asked for beneath the table file, and what a file system that cannot do it gets instead."""

import errno
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from rowlock.files import exchange

linux = pytest.mark.skipif(sys.platform != "linux", reason="renameat2 and leases are Linux's own")


@linux
def test_two_names_are_swapped_in_one_step(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("1")
    (tmp_path / "two").write_text("2")

    exchange.exchange(tmp_path / "one", tmp_path / "two")

    assert (tmp_path / "one").read_text() == "2"
    assert (tmp_path / "two").read_text() == "1"


@linux
def test_a_swap_with_nothing_is_an_error_and_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("1")

    with pytest.raises(FileNotFoundError):
        exchange.exchange(tmp_path / "one", tmp_path / "two")

    assert os.listdir(tmp_path) == ["one"]


def test_placing_never_replaces(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("1")
    (tmp_path / "two").write_text("2")

    with pytest.raises(FileExistsError):
        exchange.place(tmp_path / "one", tmp_path / "two")

    assert (tmp_path / "two").read_text() == "2"


def test_a_copy_appears_whole_and_never_replaces(tmp_path: Path) -> None:
    (tmp_path / "source").write_text("bytes")
    exchange.copy(tmp_path / "source", tmp_path / "copy")

    with pytest.raises(FileExistsError):
        exchange.copy(tmp_path / "source", tmp_path / "copy")

    assert sorted(os.listdir(tmp_path)) == ["copy", "source"]
    assert (tmp_path / "copy").read_text() == "bytes"


def test_a_link_to_another_disk_becomes_a_copy(tmp_path: Path, other_disk: Path) -> None:
    (tmp_path / "source").write_text("bytes")

    exchange.link_or_copy(tmp_path / "source", other_disk / "copy")

    assert (other_disk / "copy").read_text() == "bytes"
    assert (other_disk / "copy").stat().st_nlink == 1


@linux
def test_a_lease_is_granted_only_while_nobody_else_has_the_file_open(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("")
    descriptor = os.open(path, os.O_RDWR)

    with path.open(), exchange.held_alone(descriptor) as alone:
        assert not alone
    with exchange.held_alone(descriptor) as alone:
        assert alone
    os.close(descriptor)


@linux
def test_only_writers_hinder_a_reader_from_knowing_that_nobody_writes(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("")
    descriptor = os.open(path, os.O_RDONLY)

    with path.open(), exchange.writers_held_off(descriptor) as being_written:
        assert not being_written
    with path.open("a"), exchange.writers_held_off(descriptor) as being_written:
        assert being_written
    os.close(descriptor)


@linux
def test_whoever_opens_a_leased_file_waits_and_the_holder_survives_the_signal(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    descriptor = os.open(path, os.O_RDWR)
    with exchange.held_alone(descriptor) as alone:
        assert alone
        other = subprocess.Popen(["cat", path], stdout=subprocess.PIPE)
        time.sleep(0.2)
        assert other.poll() is None
        os.pwrite(descriptor, b"new", 0)
    os.close(descriptor)

    assert other.communicate(timeout=10)[0] == b"new"


@linux
def test_the_lease_is_gone_when_the_block_fails(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("")
    descriptor = os.open(path, os.O_RDWR)

    with pytest.raises(OSError, match="full"), exchange.held_alone(descriptor):
        raise OSError(errno.ENOSPC, "full")

    reader = threading.Thread(target=path.read_text, daemon=True)
    reader.start()
    reader.join(5)
    assert not reader.is_alive()
    os.close(descriptor)
