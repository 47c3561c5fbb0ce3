"""Whoever reads the table sees a whole version, while we publish, and after we were killed at any step of it."""

import hashlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from rowlock.files import reserve
from rowlock.files.table_file import TableFile

OLD = (b"id,name\n", b"1,Ada\n")
CURRENT = (b"id,name\n", b"1,Eva\n")
NEW = (b"id,name\n", b"1,Evangeline\n")

Arm = Callable[[int, Callable[[], object]], None]


def rendered(number: int) -> tuple[bytes, ...]:
    """A version of some 200 kB whose first line tells the rest."""
    block = b"%d,%s\n" % (number, b"x" * (number % 50)) * 400
    return (b"%08d\n" % number, *[block] * 10)


def is_whole(content: bytes) -> bool:
    return content == b"".join(rendered(int(content[:8])))


def test_a_reader_sees_only_whole_versions_and_never_an_older_one(table: TableFile, path: Path) -> None:
    digests = {hashlib.sha256(b"".join(rendered(number))).hexdigest(): number for number in range(301)}
    table.publish(rendered(0))
    seen: list[int | None] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.append(digests.get(hashlib.sha256(path.read_bytes()).hexdigest()))

    reader = threading.Thread(target=read)
    reader.start()
    reused = [table.publish(rendered(number)).reused for number in range(1, 301)]
    done.set()
    reader.join()

    assert None not in seen
    assert seen == sorted(number for number in seen if number is not None)
    assert len(set(seen)) > 10
    if sys.platform == "linux":
        assert True in reused
        assert False in reused


PUBLISH = """
import sys
from itertools import count
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from test_crashes import rendered
from rowlock.files.table_file import TableFile
path = Path(sys.argv[1])
table = TableFile(path, exchanging=sys.argv[2] == "True")
first = int(path.read_bytes()[:8]) + 1
assert table.matches(rendered(first - 1))
print("ready", flush=True)
for number in count(first):
    table.publish(rendered(number))
"""


@pytest.mark.parametrize("exchanging", [True, False], ids=["exchanging", "replacing"])
def test_ten_kills_in_the_middle_leave_a_whole_version_and_no_litter(
    path: Path, scratch: Callable[[], list[str]], exchanging: bool
) -> None:
    path.write_bytes(b"".join(rendered(0)))
    command = [sys.executable, "-c", PUBLISH, str(path), str(exchanging), str(Path(__file__).parent)]
    for _ in range(10):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            time.sleep(random.uniform(0, 0.05))
            process.kill()

        assert is_whole(path.read_bytes())
        assert TableFile(path).late_saves() == ()
        assert scratch() == []
    assert int(path.read_bytes()[:8]) > 10


@pytest.fixture
def killed_publishing(open_table: Callable[[], TableFile], before_step: Arm) -> Callable[..., bool]:
    """Publishes NEW over CURRENT in a process that is killed before the step of this number; whether it came to it."""

    def publish(number: int, meanwhile: Callable[[], None] = lambda: None) -> bool:
        child = os.fork()
        if child == 0:
            try:
                table = open_table()
                reserve.SLICE = 10
                for parts in (NEW, OLD, CURRENT):
                    table.publish(parts)
                meanwhile()
                before_step(number, lambda: os.kill(os.getpid(), signal.SIGKILL))
                table.prepare()
                while table.reserve():
                    pass
                table.publish(NEW)
                sys.setprofile(None)
                os._exit(0)
            finally:
                traceback.print_exc()
                os._exit(1)
        status = os.waitpid(child, 0)[1]
        assert status in (0, signal.SIGKILL)
        return status != 0

    return publish


def test_a_kill_before_any_step_of_a_publish_leaves_a_whole_version_and_no_litter(
    killed_publishing: Callable[..., bool],
    open_table: Callable[[], TableFile],
    path: Path,
    scratch: Callable[[], list[str]],
) -> None:
    found: list[bytes] = []
    while killed_publishing(len(found)):
        assert open_table().late_saves() == ()
        assert scratch() == []
        found.append(path.read_bytes())
        path.unlink()

    assert set(found) == {b"".join(CURRENT), b"".join(NEW)}
    assert len(found) > 20


def test_a_kill_before_any_step_of_a_publish_over_an_outside_save_does_not_lose_the_save(
    killed_publishing: Callable[..., bool],
    open_table: Callable[[], TableFile],
    path: Path,
    save_by_rename: Callable[[bytes], None],
) -> None:
    places: list[str] = []
    while killed_publishing(len(places), lambda: save_by_rename(b"outside")):
        late = open_table().late_saves()
        places.append("published" if path.read_bytes() == b"outside" else "late")
        assert places[-1] == "published" or b"outside" in [save.read_bytes() for save in late]
        for file in (path, *late):
            file.unlink()

    assert set(places) == {"published", "late"}


def test_an_edit_of_a_displaced_file_survives_a_crash(open_table: Callable[[], TableFile], path: Path) -> None:
    table = open_table()
    table.publish(OLD)
    displaced = table.publish(CURRENT).displaced
    assert displaced is not None
    displaced.write_bytes(b"edited through a descriptor that stayed open")

    assert open_table().late_saves() == (displaced,)
    assert displaced.read_bytes() == b"edited through a descriptor that stayed open"


def test_files_that_only_look_like_ours_are_left_alone(open_table: Callable[[], TableFile], path: Path) -> None:
    others = [f".{path.name}.rowlock-notes", f".{path.name}.rowlock", f".other.csv.rowlock-draft-{'0' * 12}"]
    for name in others:
        path.with_name(name).write_text("mine")
    folder = path.with_name(f".{path.name}.rowlock-draft-{'0' * 12}")
    folder.mkdir()

    assert open_table().late_saves() == (folder,)
    assert [path.with_name(name).read_text() for name in others] == ["mine"] * 3
