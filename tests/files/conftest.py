"""What the tests of the disk layer share: a table opened in both ways, who saves over it, another disk."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from types import FrameType

import pytest

from rowlock.files.table_file import TableFile

# The calls that change the disk, or what we know of it, and those right before a call that Python has no name for.
CALLS = (
    "open close rename replace link unlink ftruncate pwritev utime fchmod fdatasync fsync fcntl stat lstat fstat fspath"
)
STEPS = frozenset(CALLS.split(" "))


@pytest.fixture
def other_disk(tmp_path: Path) -> Iterator[Path]:
    """An empty folder on another file system than `tmp_path`; skips where /dev/shm is none."""
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("needs /dev/shm as another file system")
    folder = Path(tempfile.mkdtemp(dir=memory))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "backend_table.csv"


@pytest.fixture(params=[True, False], ids=["exchanging", "replacing"])
def open_table(path: Path, request: pytest.FixtureRequest) -> Callable[[], TableFile]:
    """Opens the table as a start of the server would."""
    exchanging: bool = request.param
    return lambda: TableFile(path, lock_timeout=0.2, exchanging=exchanging)


@pytest.fixture
def table(open_table: Callable[[], TableFile]) -> TableFile:
    return open_table()


@pytest.fixture
def before_step() -> Iterator[Callable[[int, Callable[[], object]], None]]:
    """Arms this thread: right before its call to the operating system of this number (from 0), `happening` happens."""

    def arm(number: int, happening: Callable[[], object]) -> None:
        steps = count()

        def step(frame: FrameType, event: str, function: object) -> None:
            if event == "c_call" and getattr(function, "__name__", "") in STEPS and next(steps) == number:
                sys.setprofile(None)
                happening()

        sys.setprofile(step)

    yield arm
    sys.setprofile(None)


@pytest.fixture
def scratch(path: Path) -> Callable[[], list[str]]:
    """Names our own files beside the table."""
    return lambda: sorted(name for name in os.listdir(path.parent) if ".rowlock-" in name)


@pytest.fixture
def save_by_rename(path: Path) -> Callable[[bytes], None]:
    """Saves as vim, git and most editors do."""

    def save(content: bytes) -> None:
        other = path.with_name("editor.tmp")
        other.write_bytes(content)
        other.replace(path)

    return save
