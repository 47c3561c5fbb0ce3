"""Backups are never another file than they say, never lost to a clash of names, and never all thinned away."""

import hashlib
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowlock.files.backups import Backup, Backups, Thinning, Tier, to_drop
from rowlock.service.ports import BackupError, BackupNotFound

AT = int(datetime(2025, 1, 2, 3, 4, 5, 678_900, tzinfo=UTC).timestamp() * 1_000_000)
SECOND = 1_000_000
DAY = 86_400 * SECOND


@pytest.fixture
def backups(tmp_path: Path) -> Backups:
    return Backups(tmp_path / "backups")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "displaced.csv"
    path.write_bytes(b"id,name\n")
    return path


def test_a_backup_is_a_second_name_that_says_position_and_time(backups: Backups, source: Path) -> None:
    backup = backups.link(source, 42, AT)

    assert backup.name == "000000000042-20250102T030405.678Z.csv"
    assert (backup.position, backup.at, backup.size) == (42, AT // 1000 * 1000, 8)
    assert backups.path_of(backup.name).samefile(source)


def test_a_burst_within_one_millisecond_keeps_every_backup_in_order(backups: Backups, source: Path) -> None:
    names = [backups.link(source, position, AT).name for position in (1, 1, 1, 2)]

    assert [backup.name for backup in backups.list()] == names
    assert len(set(names)) == 4


def test_on_another_disk_a_backup_is_a_copy(other_disk: Path, source: Path) -> None:
    backups = Backups(other_disk / "backups")
    backup = backups.link(source, 1, AT)

    source.write_bytes(b"changed")
    assert backups.path_of(backup.name).read_bytes() == b"id,name\n"
    assert os.listdir(backups.folder) == [backup.name]


def test_a_backup_made_by_hand_holds_the_parts(backups: Backups) -> None:
    backup = backups.write([b"id,", b"name\n"], 7, AT)

    assert backups.path_of(backup.name).read_bytes() == b"id,name\n"
    assert backups.list() == (backup,)
    assert os.listdir(backups.folder) == [backup.name]


def test_only_regular_files_with_a_name_of_ours_are_listed(backups: Backups, source: Path, tmp_path: Path) -> None:
    kept = backups.link(source, 1, AT)
    folder = backups.folder
    (folder / "notes.txt").write_text("mine")
    (folder / "000000000002-20251399T030405.678Z.csv").write_text("no such month")
    (folder / "000000000003-20250102T030405.678Z.csv.bak").write_text("mine")
    (folder / "000000000004-20250102T030405.678Z.csv").mkdir()
    (folder / "000000000005-20250102T030405.678Z.csv").symlink_to(source)
    before = sorted(os.listdir(folder))

    assert backups.list() == (kept,)
    assert backups.thin(AT + 400 * DAY) == ()
    assert sorted(os.listdir(folder)) == before


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "",
        ".",
        "conflicts",
        "000000000001-20250102T030405.678Z.csv\0",
        "000000000001-20250102T030405.678Z.csv\n",
        "../backups/000000000001-20250102T030405.678Z.csv",
        "00000000000\u0661-20250102T030405.678Z.csv",
        "000000000002-20250102T030405.678Z.csv",
        "000000000009-20250102T030405.678Z.csv",
    ],
)
def test_what_is_no_backup_is_not_found(backups: Backups, source: Path, name: str) -> None:
    backups.link(source, 1, AT)
    (backups.folder / "000000000009-20250102T030405.678Z.csv").symlink_to("/etc/passwd")

    for asked in (backups.path_of, backups.digest):
        with pytest.raises(BackupNotFound):
            asked(name)


def test_the_digest_is_that_of_the_bytes_even_after_they_changed(backups: Backups, source: Path) -> None:
    known = backups.link(source, 1, AT, sha256="told by the caller").name
    backup = backups.link(source, 2, AT).name
    assert backups.digest(known) == "told by the caller"
    assert backups.digest(backup) == backups.digest(backup) == hashlib.sha256(b"id,name\n").hexdigest()

    source.write_bytes(b"tampered with")

    for name in (known, backup):
        assert backups.digest(name) == hashlib.sha256(b"tampered with").hexdigest()


def test_what_is_set_aside_is_moved_and_never_replaces_another(backups: Backups, tmp_path: Path) -> None:
    names = []
    for number in range(3):
        (tmp_path / "save.csv").write_text(f"save {number}")
        names.append(backups.set_aside(tmp_path / "save.csv", AT))
        assert not (tmp_path / "save.csv").exists()

    assert [(backups.conflicts / name).read_text() for name in names] == ["save 0", "save 1", "save 2"]
    assert names == sorted(names)
    assert backups.list() == ()


def test_a_folder_in_place_of_the_table_is_set_aside_too(backups: Backups, tmp_path: Path) -> None:
    (tmp_path / "table.csv").mkdir()

    assert (backups.conflicts / backups.set_aside(tmp_path / "table.csv", AT)).is_dir()


def test_what_is_set_aside_on_another_disk_is_copied_and_then_removed(other_disk: Path, source: Path) -> None:
    backups = Backups(other_disk)

    name = backups.set_aside(source, AT)

    assert (backups.conflicts / name).read_bytes() == b"id,name\n"
    assert not source.exists()


def test_a_folder_that_cannot_be_made_is_a_backup_error_and_the_source_stays(tmp_path: Path, source: Path) -> None:
    (tmp_path / "file").write_text("")
    backups = Backups(tmp_path / "file" / "backups")
    for attempt in (
        lambda: backups.link(source, 1, AT),
        lambda: backups.write([b""], 1, AT),
        lambda: backups.set_aside(source, AT),
    ):
        with pytest.raises(BackupError):
            attempt()

    assert source.read_bytes() == b"id,name\n"


def test_a_file_in_place_of_the_folder_is_a_backup_error(tmp_path: Path, source: Path) -> None:
    (tmp_path / "backups").write_text("")

    with pytest.raises(BackupError):
        Backups(tmp_path / "backups").link(source, 1, AT)


WITH_LITTLE_SPACE = """
import resource, signal, sys
from pathlib import Path
from rowlock.files.backups import Backups
from rowlock.service.ports import BackupError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
backups = Backups(Path(sys.argv[1]))
try:
    backups.write([b"x" * 10_000], 1, 0)
except BackupError:
    print(list(backups.folder.iterdir()), backups.write([b"small"], 1, 0).size)
"""


def test_without_space_no_half_backup_is_left(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WITH_LITTLE_SPACE, str(tmp_path / "backups")]

    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[] 5\n"


def test_what_a_crash_left_half_written_is_cleared_an_hour_later(backups: Backups, source: Path) -> None:
    backups.link(source, 1, AT)
    partial = backups.folder / ".000000000002-20250102T030405.678Z.csv.partial"
    partial.write_text("hal")
    written = int(partial.stat().st_ctime * SECOND)

    backups.thin(written + 60 * SECOND)
    assert partial.exists()
    backups.thin(written + 3_700 * SECOND)
    assert not partial.exists()


def test_thinning_removes_from_the_disk_what_the_policy_gives_up(tmp_path: Path, source: Path) -> None:
    backups = Backups(tmp_path / "backups", Thinning(tiers=(Tier(age=10, every=0),)))
    old, new = backups.link(source, 1, AT), backups.link(source, 2, AT + 60 * SECOND)

    assert backups.thin(AT + 61 * SECOND) == (old,)
    assert backups.list() == (new,)
    assert backups.thin(AT + 61 * SECOND) == ()


def made(*ages: float, now: int = AT, size: int = 1) -> list[Backup]:
    """Backups of these ages in seconds, the oldest first."""
    return [
        Backup(name=f"{number}", position=number, at=now - int(age * SECOND), size=size)
        for number, age in enumerate(ages)
    ]


def kept_ages(backups: list[Backup], policy: Thinning | None = None, now: int = AT) -> list[float]:
    dropped = to_drop(backups, now, policy or Thinning())
    return [(now - backup.at) / SECOND for backup in backups if backup not in dropped]


def test_the_last_minute_is_kept_whole() -> None:
    assert len(kept_ages(made(*[age / 10 for age in range(600, 0, -1)]))) == 600


def test_beyond_a_minute_one_a_second_is_kept_and_beyond_ten_one_in_ten_seconds() -> None:
    now = AT // (10 * SECOND) * 10 * SECOND
    every_quarter = [age / 4 for age in range(4 * 900, 0, -1)]

    ages = kept_ages(made(*every_quarter, now=now), now=now)

    assert len([age for age in ages if 60 < age <= 600]) == 540
    assert len([age for age in ages if 600 < age <= 900]) == 30


def test_a_day_keeps_an_hourly_one_a_month_a_daily_one_and_nothing_beyond() -> None:
    now = AT // DAY * DAY
    ages = kept_ages(made(*[quarter * 900 for quarter in range(40 * 96, 0, -1)], now=now), now=now)

    assert len([age for age in ages if 3_600 < age <= 86_400]) == 23
    assert len([age for age in ages if age > 86_400]) == 29
    assert max(ages) == 30 * 86_400


def test_the_newest_stays_however_old_and_however_small_the_budget() -> None:
    assert kept_ages(made(99 * 86_400, 98 * 86_400), Thinning(budget=0)) == [98 * 86_400]


def test_a_clock_that_was_wrong_costs_neither_the_last_position_nor_the_last_time() -> None:
    wrong = Backup(name="later", position=9, at=0, size=1)
    assert wrong not in to_drop([*made(5, 4), wrong], AT, Thinning())
    assert to_drop(made(5, -4_000, 4), AT, Thinning(budget=0)) == made(5)


def test_over_the_budget_the_oldest_go_first() -> None:
    assert kept_ages(made(40, 30, 20, 10, size=10), Thinning(budget=35)) == [30, 20, 10]


@given(
    ages=st.lists(st.floats(min_value=-100, max_value=4_000_000), min_size=1, max_size=60),
    size=st.integers(min_value=0, max_value=50),
    budget=st.none() | st.integers(min_value=0, max_value=2_000),
    later=st.integers(min_value=0, max_value=3_000_000),
)
def test_thinning_keeps_the_newest_keeps_to_the_budget_and_drops_nothing_the_second_time(
    ages: list[float], size: int, budget: int | None, later: int
) -> None:
    policy = Thinning(budget=budget)
    left = made(*ages, size=size)
    for now in (AT, AT + later * SECOND):
        dropped = to_drop(left, now, policy)
        left = [backup for backup in left if backup not in dropped]

        assert to_drop(left, now, policy) == []
        assert left[-1].position == len(ages) - 1
        assert budget is None or sum(backup.size for backup in left) <= max(budget, 2 * size)
