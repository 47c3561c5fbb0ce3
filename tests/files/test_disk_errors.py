"""After an error the published file is what it was, no litter lies beside it, and the next publish works."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from rowlock.files.table_file import Published, TableFile, TableFileError

FIRST = (b"id,name\n", b"1,Ada\n", b"2,Bob\n")
SECOND = (b"id,name\n", b"1,Eva\n", b"2,Bob\n")
THIRD = (b"id,name\n", b"1,Eva\n", b"2,Robert\n")


linux = pytest.mark.skipif(sys.platform != "linux", reason="renameat2 and leases are Linux's own")


def displaced_by(published: Published) -> Path:
    assert published.displaced is not None
    return published.displaced


def test_a_lock_that_another_program_holds_is_an_error_in_time(table: TableFile, path: Path) -> None:
    table.publish(FIRST)
    with FileLock(f"{path}.lock"), pytest.raises(TableFileError) as refused:
        table.publish(SECOND)
    assert refused.value.code == "locked"
    assert table.read() == b"".join(FIRST)

    table.publish(SECOND)


def test_a_link_into_nowhere_is_an_error_until_its_folder_is_there(table: TableFile, path: Path) -> None:
    path.symlink_to("nowhere/table.csv")
    with pytest.raises(TableFileError) as refused:
        table.publish(FIRST)
    assert refused.value.code == "io"

    (path.parent / "nowhere").mkdir()
    table.publish(FIRST)
    assert table.read() == b"".join(FIRST)


WITH_LITTLE_SPACE = """
import resource, signal, sys
from pathlib import Path
from rowlock.files.table_file import TableFile, TableFileError
path = Path(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
table = TableFile(path, exchanging=sys.argv[2] == "True")
table.publish([b"small 1"]); table.publish([b"small 2"])
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, resource.RLIM_INFINITY))
for _ in range(2):  # Once into the spare, once into a new file.
    try:
        table.publish([b"x" * 4000, b"y" * 4000])
    except TableFileError as error:
        print(error.code, path.read_text(), len([p for p in path.parent.iterdir() if "rowlock-" in p.name]))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(table.publish([b"small 3"]).foreign, path.read_text())
"""


@pytest.mark.parametrize("exchanging", [True, False])
def test_without_space_the_published_file_stays_and_no_litter_is_left(path: Path, exchanging: bool) -> None:
    answer = subprocess.run(
        [sys.executable, "-c", WITH_LITTLE_SPACE, str(path), str(exchanging)],
        capture_output=True,
        text=True,
        check=True,
    )

    assert answer.stdout.splitlines() == ["no_space small 2 0", "no_space small 2 0", "False small 3"]


WITHOUT_RIGHTS = """
import os, sys
from pathlib import Path
from rowlock.files.table_file import TableFile, TableFileError
path = Path(sys.argv[1])
os.setgid(65534); os.setuid(65534)
try:
    TableFile(path).publish([b"new"])
except TableFileError as error:
    print(error.code, path.read_text())
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become somebody without rights")
def test_without_rights_the_error_says_so(tmp_path: Path) -> None:
    folder = Path("/tmp") / f"rowlock-{os.getpid()}"
    folder.mkdir(mode=0o755)
    try:
        (folder / "table.csv").write_text("old")
        answer = subprocess.run(
            [sys.executable, "-c", WITHOUT_RIGHTS, str(folder / "table.csv")],
            capture_output=True,
            text=True,
            check=True,
        )
    finally:
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()

    assert answer.stdout == "denied old\n"


@linux
def test_a_file_system_that_cannot_exchange_is_published_to_all_the_same(
    path: Path, monkeypatch: pytest.MonkeyPatch, save_by_rename: Callable[[bytes], None]
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EINVAL, "this file system cannot")

    monkeypatch.setattr("rowlock.files.exchange._renameat2", refuse)
    table = TableFile(path)
    table.publish(FIRST)
    save_by_rename(b"outside")

    assert table.publish(SECOND).foreign
    assert displaced_by(table.publish(THIRD)).read_bytes() == b"".join(SECOND)
    assert table.read() == b"".join(THIRD)
