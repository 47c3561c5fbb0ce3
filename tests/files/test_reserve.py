"""A second spare is written a piece at a time, is of use at any time, and is never taken for the table."""

import errno
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rowlock.files import reserve, spares
from rowlock.files.table_file import TableFile, TableFileError

linux = pytest.mark.skipif(sys.platform != "linux", reason="renameat2 and leases are Linux's own")

Arm = Callable[[int, Callable[[], object]], None]


def version(number: int) -> tuple[bytes, ...]:
    """A table of 200 parts, of which the 151st tells one version from another."""
    parts = [b"%06d\n" % part for part in range(200)]
    parts[150] = b"change %d\n" % number
    return tuple(parts)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten parts to a piece, and all is as with a large file."""
    monkeypatch.setattr(reserve, "SLICE", 70)
    monkeypatch.setattr(spares, "REMEMBERED_WHOLE", 0)


def reserve_whole(table: TableFile) -> int:
    """Have all of the reserve written; in how many pieces."""
    pieces = 1
    while table.reserve():
        pieces += 1
    return pieces


def backed_up(table: TableFile, path: Path) -> Path:
    """Publish version 1 and then 2, and let a backup take the file of version 1."""
    table.publish(version(1))
    displaced = table.publish(version(2)).displaced
    assert displaced is not None
    backup = path.parent / "backup.csv"
    os.link(displaced, backup)
    return backup


@linux
def test_a_publish_after_a_backup_writes_only_what_the_reserve_lacks(table: TableFile, path: Path) -> None:
    backup = backed_up(table, path)
    assert reserve_whole(table) == 20
    assert table.reserved

    published = table.publish(version(3))

    assert (published.reused, published.written, table.reserved) == (True, len(version(3)[150]), False)
    assert table.read() == b"".join(version(3))
    assert backup.read_bytes() == b"".join(version(1))


@linux
def test_a_reserve_of_which_half_is_written_is_of_use(table: TableFile, path: Path) -> None:
    backed_up(table, path)
    for _ in range(16):
        assert table.reserve()
    assert not table.reserved

    published = table.publish(version(3))

    assert (published.reused, published.written) == (True, sum(map(len, (version(3)[150], *version(3)[160:]))))
    assert table.read() == b"".join(version(3))


@linux
def test_a_reserve_goes_on_with_the_table_as_it_is_now(table: TableFile, path: Path) -> None:
    backed_up(table, path)
    for _ in range(5):
        table.reserve()
    table.publish(version(3))
    os.link(table.publish(version(4)).displaced or path, path.parent / "second.csv")
    reserve_whole(table)

    published = table.publish(version(5))

    assert (published.reused, published.written) == (True, len(version(5)[150]))
    assert table.read() == b"".join(version(5))


@given(
    steps=st.lists(
        st.fixed_dictionaries(
            {
                "changed": st.dictionaries(st.integers(0, 39), st.integers(0, 10**9), max_size=5),
                "rows": st.integers(30, 40),
                "backed_up": st.booleans(),
                "pieces": st.integers(0, 6),
                "prepared": st.booleans(),
            }
        ),
        max_size=12,
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_written_in_between_the_table_is_what_was_published_last(steps: Sequence[dict[str, Any]]) -> None:
    parts = [b"%d,never changed\n" % number for number in range(40)]
    with tempfile.TemporaryDirectory() as name:
        table = TableFile(Path(name) / "table.csv")
        for number, step in enumerate(steps):
            for part, value in step["changed"].items():
                parts[part] = b"%d,%d\n" % (part, value)
            wanted = parts[: step["rows"]]
            displaced = table.publish(wanted).displaced
            assert table.read() == b"".join(wanted)
            if displaced and step["backed_up"]:
                os.link(displaced, Path(name) / f"backup-{number}")
            for _ in range(step["pieces"]):
                table.reserve()
            if step["prepared"]:
                table.prepare()
        assert table.late_saves() == ()


@linux
def test_a_reserve_that_somebody_has_written_into_is_not_published_and_not_lost(
    table: TableFile, path: Path, scratch: Callable[[], list[str]]
) -> None:
    backed_up(table, path)
    before = set(scratch())
    table.reserve()
    (name,) = set(scratch()) - before
    path.with_name(name).write_bytes(b"mine")

    assert table.reserve()
    published = table.publish(version(3))

    assert (published.reused, published.late) == (False, (path.with_name(name),))
    assert path.with_name(name).read_bytes() == b"mine"
    assert table.read() == b"".join(version(3))


@linux
def test_a_reserve_that_was_removed_is_written_anew(
    table: TableFile, path: Path, scratch: Callable[[], list[str]]
) -> None:
    table.publish(version(1))
    before = set(scratch())
    table.reserve()
    (name,) = set(scratch()) - before
    path.with_name(name).unlink()

    reserve_whole(table)

    assert table.reserved
    assert table.late_saves() == ()


def test_nothing_is_reserved_before_there_is_a_table_nor_where_the_disk_is_rather_full(
    table: TableFile, monkeypatch: pytest.MonkeyPatch, scratch: Callable[[], list[str]]
) -> None:
    assert not table.reserve()
    table.publish(version(1))
    monkeypatch.setattr(reserve, "ROOM", 10**15)
    assert not table.reserve()
    assert (table.reserved, scratch()) == (False, [])


@linux
def test_an_error_at_any_step_leaves_the_table_as_it_is_and_no_litter(
    table: TableFile, path: Path, before_step: Arm, scratch: Callable[[], list[str]]
) -> None:
    table.publish(version(1))

    def full() -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    codes = []
    for number in range(30):
        before_step(number, full)
        try:
            table.reserve()
        except TableFileError as error:
            codes.append(error.code)
        sys.setprofile(None)
        assert table.read() == b"".join(version(1))
    assert len(codes) > 5
    assert set(codes) == {"no_space"}

    reserve_whole(table)
    assert table.late_saves() == ()
    table.close()
    assert scratch() == []


def test_closing_removes_the_reserve_whole_or_not(table: TableFile, scratch: Callable[[], list[str]]) -> None:
    for pieces in (1, 20):
        table.publish(version(pieces))
        for _ in range(pieces):
            table.reserve()
        table.close()
        assert scratch() == []
