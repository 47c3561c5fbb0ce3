"""Two servers on one folder would be two writers of one journal: the second one must not start, whatever happens."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rowlock.files.folder_lock import FolderLock, FolderLocked

HOLD = """
import sys, time
from pathlib import Path
from rowlock.files.folder_lock import FolderLock
FolderLock(Path(sys.argv[1])).acquire()
print("held", flush=True)
time.sleep(60)
"""

Holder = Callable[[], "subprocess.Popen[str]"]


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[Holder]:
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_a_second_server_is_refused_and_told_the_process_of_the_first(tmp_path: Path, holder: Holder) -> None:
    first = holder()

    with pytest.raises(FolderLocked) as refused:
        FolderLock(tmp_path).acquire()

    assert refused.value.pid == first.pid
    assert str(first.pid) in str(refused.value)


def test_the_lock_is_free_after_kill_9(tmp_path: Path, holder: Holder) -> None:
    first = holder()
    first.kill()
    first.wait()

    with FolderLock(tmp_path):
        assert (tmp_path / "rowlock.lock").read_text() == f"{os.getpid()}\n"


def test_deleting_the_lock_file_lets_nobody_in(tmp_path: Path, holder: Holder) -> None:
    holder()
    (tmp_path / "rowlock.lock").unlink()

    with pytest.raises(FolderLocked) as refused:
        FolderLock(tmp_path).acquire()

    assert refused.value.pid is None


def test_a_refused_lock_takes_nothing_from_the_holder_nor_the_name_from_the_file(
    tmp_path: Path, holder: Holder
) -> None:
    first = holder()
    for _ in range(2):
        with pytest.raises(FolderLocked) as refused:
            FolderLock(tmp_path).acquire()

        assert refused.value.pid == first.pid


def test_a_lock_that_was_let_go_can_be_taken_again(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    with lock:
        lock.acquire()
        with pytest.raises(FolderLocked):
            FolderLock(tmp_path).acquire()

    with FolderLock(tmp_path):
        pass


def test_a_folder_that_is_not_there_is_an_error_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FolderLock(tmp_path / "nowhere").acquire()


def test_a_link_in_place_of_the_lock_file_is_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("keep me")
    (tmp_path / "rowlock.lock").symlink_to(precious)

    with pytest.raises(OSError, match="symbolic link"):
        FolderLock(tmp_path).acquire()

    assert precious.read_text() == "keep me"
