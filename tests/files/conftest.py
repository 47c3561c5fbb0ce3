"""What the tests of the disk layer share: a table opened in both ways, who saves over it, another disk."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rowlock.files.table_file import TableFile


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
