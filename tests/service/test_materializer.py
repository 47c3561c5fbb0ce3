"""The file follows the journal, with a backup of what it replaces, and nobody else's save is lost."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from filelock import FileLock
from tests.clocks import HandClock
from tests.service.running import ADA, FILE, file_of, named, open_editor, price, running, until

from rowlock.core.commands import ChangeRows, ReleaseLease, TakeLease
from rowlock.files import reserve
from rowlock.files.backups import Backups
from rowlock.files.conflicts import ConflictNotes
from rowlock.files.table_file import TableFile
from rowlock.service import materializer as materializers
from rowlock.service import outside as outsiders
from rowlock.service.conflicts import Conflicts
from rowlock.service.editor import Editor
from rowlock.service.materializer import MARK, Materializer
from rowlock.service.outside import Outside
from rowlock.service.queries import Queries
from rowlock.store.database import Database
from rowlock.store.journal import SqlJournal

pytestmark = pytest.mark.anyio


class Disk:
    """The folders of one server."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "data" / "backend_table.csv"
        self.path.parent.mkdir()
        self.backups = folder / "backups"

    def kept(self) -> dict[int, bytes]:
        """The backups by the position they show."""
        backups = Backups(self.backups)
        return {each.position: backups.path_of(each.name).read_bytes() for each in backups.list()}

    def conflicts(self) -> list[bytes]:
        return sorted(path.read_bytes() for path in (self.backups / "conflicts").glob("*.csv"))


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path)


@pytest.fixture
def journal(database: Database) -> SqlJournal:
    return SqlJournal(database)


@pytest.fixture
async def editor(journal: SqlJournal, clock: HandClock) -> AsyncIterator[Editor]:
    async with running(journal, clock) as editor:
        yield editor


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(materializers, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(outsiders, "STILL_SECONDS", 0.02)
    monkeypatch.setattr(outsiders, "STEP_SECONDS", 0.005)
    monkeypatch.setattr(outsiders, "PATIENCE_SECONDS", 0.2)


async def opened(editor: Editor, journal: SqlJournal, disk: Disk, clock: HandClock) -> Materializer:
    """Brought together at start, as the server does; not following yet."""
    table = TableFile(disk.path, lock_timeout=0.2)
    backups = Backups(disk.backups)
    conflicts = Conflicts(ConflictNotes(backups.conflicts), backups, clock)
    outside = Outside(editor, journal, Queries(editor.sheet, journal).sheet_at, table, conflicts, clock)
    materializer = Materializer(editor.sheet, journal, table, backups, outside, clock, 0.005)
    editor.listen(materializer.extend)
    await materializer.open()
    return materializer


@pytest.fixture
async def materializer(
    editor: Editor, journal: SqlJournal, disk: Disk, clock: HandClock
) -> AsyncIterator[Materializer]:
    materializer = await opened(editor, journal, disk, clock)
    materializer.start()
    yield materializer
    await materializer.close()


async def written(materializer: Materializer, position: int) -> None:
    async with asyncio.timeout(5):
        await materializer.wait(position)


def spares(disk: Disk) -> int:
    """How many files lie there that are written over next: in quiet times one is up to date, one in reserve."""
    return len(list(disk.path.parent.glob(".*draft*")))


async def test_the_file_follows_the_journal(editor: Editor, materializer: Materializer, disk: Disk) -> None:
    assert disk.path.read_bytes() == FILE
    for number in range(5):
        answer = await editor.submit(named(str(number)), ADA)
        await written(materializer, answer["position"])
        assert disk.path.read_bytes() == file_of(editor.sheet)
    assert materializer.behind == 0


async def test_in_quiet_times_the_next_publish_is_prepared(
    editor: Editor, materializer: Materializer, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(materializers, "QUIET_SECONDS", 0.01)
    for number in range(2):
        await written(materializer, (await editor.submit(named(str(number)), ADA))["position"])
    table = file_of(editor.sheet)
    await until(lambda: sorted(each.read_bytes() for each in disk.path.parent.glob(".*draft*")) == [table])
    await written(materializer, (await editor.submit(named("later"), ADA))["position"])
    assert disk.path.read_bytes() == file_of(editor.sheet) != table


async def test_after_quiet_the_file_lets_the_watchers_go_first_unless_somebody_waits_for_it(
    editor: Editor, materializer: Materializer, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(materializers, "HEAD_START_SECONDS", 60)
    answer = await editor.submit(named("sent first"), ADA)
    await asyncio.sleep(0.05)
    assert (materializer.behind, disk.path.read_bytes()) == (1, FILE)
    await written(materializer, answer["position"])
    assert disk.path.read_bytes() == file_of(editor.sheet) != FILE


async def test_edits_in_quick_succession_are_published_together(
    editor: Editor, materializer: Materializer, disk: Disk
) -> None:
    before = materializer.publishes
    await asyncio.gather(*(editor.submit(named(str(number)), ADA) for number in range(300)))
    await written(materializer, 301)
    assert disk.path.read_bytes() == file_of(editor.sheet)
    assert materializer.publishes - before < 10


def resting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under load the file rests for an hour."""
    monkeypatch.setattr(materializers, "SELDOM", 1_000_000_000)
    monkeypatch.setattr(materializers, "BEHIND_SECONDS", 3_600)


@pytest.mark.parametrize("took", [0.001, 0.01, 0.05, 0.12, 0.3, 0.5])
def test_under_load_the_file_is_less_than_two_seconds_behind_even_if_the_next_publish_takes_longer(took: float) -> None:
    rest = materializers.rest_under_load(took, took)
    assert rest > 0
    assert took + rest + 1.2 * took < 2


def test_of_a_small_table_the_file_rests_for_no_more_than_its_share() -> None:
    assert materializers.rest_under_load(0.002, 0.002) == pytest.approx(0.04)


def test_after_a_single_slow_publish_the_file_rests_for_no_longer_than_it_would_have() -> None:
    assert materializers.rest_under_load(0.002, 0.3) == materializers.rest_under_load(0.3, 0.002) == pytest.approx(0.04)


@asynccontextmanager
async def under_load(
    editor: Editor, journal: SqlJournal, disk: Disk, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Materializer]:
    """A materializer that has written the file twice, takes few events for many, and rests while they come in."""
    monkeypatch.setattr(materializers, "MANY_EVENTS", 10)
    resting(monkeypatch)
    materializer = await opened(editor, journal, disk, clock)
    materializer.start()
    for name in ("first", "second"):
        await written(materializer, (await editor.submit(named(name), ADA))["position"])

    over = asyncio.Event()

    async def edit() -> None:
        while not over.is_set():
            await editor.submit(named("more"), ADA)
            await asyncio.sleep(0.001)

    editing = asyncio.create_task(edit())
    await asyncio.sleep(0.3)
    assert materializer.publishes == 3  # that of the start, those of the two edits
    assert materializer.behind > 0
    yield materializer
    over.set()
    await editing


async def test_under_load_the_file_waits_longer_but_not_for_the_end(
    editor: Editor, journal: SqlJournal, disk: Disk, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with under_load(editor, journal, disk, clock, monkeypatch) as materializer:
        pass
    await materializer.close()
    assert disk.path.read_bytes() == file_of(editor.sheet)


async def test_under_load_the_file_does_not_wait_longer_if_somebody_waits_for_it(
    editor: Editor, journal: SqlJournal, disk: Disk, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with under_load(editor, journal, disk, clock, monkeypatch) as materializer:
        await written(materializer, editor.sheet.position)
    await materializer.close()


async def test_under_load_the_file_does_not_wait_longer_if_somebody_saved_over_it(
    editor: Editor, journal: SqlJournal, disk: Disk, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with under_load(editor, journal, disk, clock, monkeypatch) as materializer:
        before = editor.sheet.row(0)
        disk.path.write_bytes(disk.path.read_bytes().replace(b"Tea,2", b"Tea,9"))
        materializer.look()
        await until(lambda: editor.sheet.row(0) != before)
    await materializer.close()


async def test_once_the_load_is_over_the_file_follows_at_once(
    editor: Editor, journal: SqlJournal, disk: Disk, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with under_load(editor, journal, disk, clock, monkeypatch) as materializer:
        pass
    await until(lambda: materializer.behind == 0)
    assert disk.path.read_bytes() == file_of(editor.sheet)
    await materializer.close()


async def test_a_paste_after_quiet_is_no_load(
    editor: Editor, journal: SqlJournal, disk: Disk, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(materializers, "LOOK_SECONDS", 3_600)
    resting(monkeypatch)
    materializer = await opened(editor, journal, disk, clock)
    materializer.start()
    await editor.submit(ChangeRows(ops=tuple(named(str(number)) for number in range(900))), ADA)
    await until(lambda: materializer.behind == 0)
    await materializer.close()


async def test_many_edits_before_a_write_are_no_load_after_it(
    editor: Editor, journal: SqlJournal, disk: Disk, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    resting(monkeypatch)
    materializer = await opened(editor, journal, disk, clock)
    materializer.start()
    answers = await asyncio.gather(*(editor.submit(named(str(number)), ADA) for number in range(600)))
    await written(materializer, answers[-1]["position"])
    await asyncio.sleep(0.1)
    await editor.submit(named("later"), ADA)
    await until(lambda: materializer.behind == 0)
    assert disk.path.read_bytes() == file_of(editor.sheet)
    await materializer.close()


async def test_a_backup_is_made_of_what_is_replaced(editor: Editor, materializer: Materializer, disk: Disk) -> None:
    await editor.submit(price(0, "5"), ADA)
    await written(materializer, 2)
    await editor.submit(price(0, "6"), ADA)
    await written(materializer, 3)
    assert disk.kept() == {1: FILE, 2: FILE.replace(b"Tea,2", b"Tea,5")}


async def test_a_backup_can_be_asked_for(materializer: Materializer, disk: Disk) -> None:
    assert (await materializer.back_up()).position == 1
    assert disk.kept() == {1: FILE}


async def test_of_a_large_file_not_every_version_is_kept(
    editor: Editor, journal: SqlJournal, disk: Disk, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(materializers, "SMALL_FILE", 10)
    monkeypatch.setattr(materializers, "QUIET_SECONDS", 0.01)
    materializer = await opened(editor, journal, disk, clock)
    materializer.start()
    for position, seconds in ((2, 0), (3, 9), (4, 1)):
        await until(lambda: spares(disk) == 2)
        clock.advance(seconds * 1_000_000)
        await editor.submit(named("x"), ADA)
        await written(materializer, position)
    await materializer.close()
    assert sorted(disk.kept()) == [1, 3]


async def test_a_backup_of_a_large_file_waits_for_a_second_spare_but_not_for_ever(
    editor: Editor, journal: SqlJournal, disk: Disk, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(materializers, "SMALL_FILE", 10)
    monkeypatch.setattr(reserve, "ROOM", 10**15)  # the disk has no room for one
    materializer = await opened(editor, journal, disk, clock)
    materializer.start()
    for position, seconds, kept in ((2, 0, []), (3, 29, []), (4, 1, [3])):
        clock.advance(seconds * 1_000_000)
        await editor.submit(named("x"), ADA)
        await written(materializer, position)
        assert sorted(disk.kept()) == kept
    await materializer.close()
    assert disk.path.read_bytes() == file_of(editor.sheet)


async def test_a_save_from_outside_is_set_aside_and_not_lost(
    editor: Editor, materializer: Materializer, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    disk.path.write_bytes(b"name,price\nmine,1\n")
    await editor.submit(price(0, "5"), ADA)
    await written(materializer, 2)
    assert disk.path.read_bytes() == file_of(editor.sheet)
    assert disk.conflicts() == [b"name,price\nmine,1\n"]
    assert "conflicts/" in caplog.text


async def test_leases_leave_the_file_alone_but_move_its_position(
    editor: Editor, materializer: Materializer, disk: Disk
) -> None:
    before, identity = materializer.publishes, disk.path.stat().st_ino
    answer = await editor.submit(TakeLease(index=0), ADA)
    await written(materializer, answer["token"])
    assert (materializer.position, materializer.publishes) == (2, before)
    assert disk.path.stat().st_ino == identity


async def test_a_lease_taken_while_the_file_is_being_written_does_not_leave_it_behind(
    editor: Editor, materializer: Materializer
) -> None:
    for _ in range(10):
        await asyncio.gather(editor.submit(price(0, str(_)), ADA), editor.submit(TakeLease(index=1), ADA))
        await asyncio.sleep(0)
        answer = await editor.submit(ReleaseLease(index=1), ADA)
        await written(materializer, answer["position"])
    assert materializer.behind == 0


async def test_a_file_that_cannot_be_written_is_a_problem_until_it_can(
    editor: Editor, materializer: Materializer, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    with FileLock(f"{disk.path}.lock"):
        await editor.submit(price(0, "5"), ADA)
        await until(lambda: materializer.problem is not None)
        assert "holds the lock" in str(materializer.problem)
        assert (materializer.position, materializer.behind) == (1, 1)
    await written(materializer, 2)
    assert materializer.problem is None
    assert disk.path.read_bytes() == file_of(editor.sheet)


async def test_a_backup_folder_that_is_full_stops_no_edit(
    editor: Editor, materializer: Materializer, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    disk.backups.write_bytes(b"a file where the folder should be")
    await editor.submit(price(0, "5"), ADA)
    await written(materializer, 2)
    assert disk.path.read_bytes() == file_of(editor.sheet)


async def test_a_save_that_cannot_be_set_aside_at_once_is_set_aside_later(
    editor: Editor, materializer: Materializer, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    disk.backups.write_bytes(b"a file where the folder should be")
    disk.path.write_bytes(b"name,price\nmine,1\n")
    await editor.submit(price(0, "5"), ADA)
    await until(lambda: materializer.problem is not None)
    disk.backups.unlink()
    await written(materializer, 2)
    assert disk.conflicts() == [b"name,price\nmine,1\n"]


# At start


async def test_a_missing_file_is_written_again(
    editor: Editor, journal: SqlJournal, disk: Disk, clock: HandClock
) -> None:
    await opened(editor, journal, disk, clock)
    disk.path.unlink()
    await opened(editor, journal, disk, clock)
    assert disk.path.read_bytes() == FILE


async def test_a_file_changed_while_the_server_was_down_is_set_aside(
    editor: Editor, journal: SqlJournal, disk: Disk, clock: HandClock
) -> None:
    await opened(editor, journal, disk, clock)
    disk.path.write_bytes(b"mine")
    await opened(editor, journal, disk, clock)
    assert disk.path.read_bytes() == FILE
    assert disk.conflicts() == [b"mine"]


@pytest.mark.parametrize("noted", [0, 1, 2, 3])
async def test_a_file_of_ours_is_known_again_after_a_crash_wherever_it_fell(
    editor: Editor, journal: SqlJournal, disk: Disk, clock: HandClock, noted: int
) -> None:
    """The file shows position 3, `noted` was the last position written down, the journal has gone on."""
    for text in "56":
        await editor.submit(price(0, text), ADA)
    await opened(editor, journal, disk, clock)
    shown = disk.path.read_bytes()
    await journal.set_marks({MARK: str(noted)})
    await editor.submit(price(0, "7"), ADA)
    restarted = await open_editor(journal, clock)
    await opened(restarted, journal, disk, clock)
    assert disk.conflicts() == []
    assert disk.path.read_bytes() == file_of(editor.sheet) != shown


async def test_a_file_of_ours_beyond_where_one_looks_after_a_crash_comes_to_nothing_new(
    editor: Editor, journal: SqlJournal, disk: Disk, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(materializers, "NOTED_LATE", 1)
    for text in "567":
        await editor.submit(price(0, text), ADA)
    await opened(editor, journal, disk, clock)
    await journal.set_marks({MARK: "1"})
    await editor.submit(price(1, "8"), ADA)
    restarted = await open_editor(journal, clock)
    restarted.start()
    await opened(restarted, journal, disk, clock)
    assert restarted.sheet.position == 5
    assert disk.path.read_bytes() == file_of(editor.sheet)
    await restarted.close()


async def test_a_file_of_ours_noted_at_a_lease_is_known_again_after_a_crash(
    editor: Editor, journal: SqlJournal, disk: Disk, clock: HandClock
) -> None:
    await editor.submit(price(0, "5"), ADA)
    await editor.submit(TakeLease(index=0), ADA)
    await opened(editor, journal, disk, clock)
    assert (await journal.marks())[MARK] == "3"
    await editor.submit(price(0, "6"), ADA)
    await opened(await open_editor(journal, clock), journal, disk, clock)
    assert disk.conflicts() == []


async def test_a_file_that_cannot_be_written_at_start_is_written_as_soon_as_it_can_be(
    editor: Editor, journal: SqlJournal, disk: Disk, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    with FileLock(f"{disk.path}.lock"):
        materializer = await opened(editor, journal, disk, clock)
        assert materializer.problem is not None
        materializer.start()
    await until(lambda: materializer.publishes > 0)
    assert disk.path.read_bytes() == FILE
    await materializer.close()


async def test_closing_brings_the_file_up_to_date(
    editor: Editor, journal: SqlJournal, disk: Disk, clock: HandClock
) -> None:
    materializer = await opened(editor, journal, disk, clock)
    await editor.submit(price(0, "5"), ADA)
    assert (materializer.position, materializer.behind) == (1, 1)
    await materializer.close()
    assert disk.path.read_bytes() == file_of(editor.sheet)
