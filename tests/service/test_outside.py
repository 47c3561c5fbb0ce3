"""Hands from outside: every save over the table's file is found, compared, journalled by row, or set aside and told."""

import asyncio
import os
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest
from tests.service.running import ADA, BOB, file_of, open_editor, price, until

from rowlock.clock import SystemClock
from rowlock.core.commands import AddColumn, DeleteRow, ImportTable, ReleaseLease, TakeLease
from rowlock.core.events import Event
from rowlock.files.backups import Backups
from rowlock.files.conflicts import ConflictNotes
from rowlock.files.table_file import TableFile
from rowlock.files.watch import Watch
from rowlock.service import outside as outsiders
from rowlock.service.conflicts import DISMISSED, Conflict, ConflictNotFound, Conflicts
from rowlock.service.editor import Editor, Refused
from rowlock.service.materializer import MARK, Materializer
from rowlock.service.outside import Outside
from rowlock.service.queries import Queries, folded
from rowlock.store.database import Database
from rowlock.store.journal import SqlJournal

pytestmark = pytest.mark.anyio

FILE = b"name,price\n" + b"".join(b"row %d,%d\n" % (n, n) for n in range(20))
Change = Callable[[bytes], bytes]


@dataclass
class Desk:
    """A server's table and its folder, without the server."""

    editor: Editor
    journal: SqlJournal
    materializer: Materializer
    outside: Outside
    conflicts: Conflicts
    backups: Backups
    watch: Watch
    path: Path

    def events(self) -> list[Event]:
        """What the file's hand has done."""
        return [entry.event for entry in self.journal.entries() if entry.event.actor == "file"]

    def cell(self, index: int) -> str | None:
        row = self.editor.sheet.row(index)
        return None if row is None else self.editor.sheet.cells(row.record)[1]

    async def idle(self) -> None:
        """Return once the file is the table, and stays it."""
        async with asyncio.timeout(20):
            quiet = 0
            while quiet < 5:
                await asyncio.sleep(0.05)
                same = self.path.is_file() and self.path.read_bytes() == file_of(self.editor.sheet)
                quiet = quiet + 1 if same and not self.materializer.behind and not self.outside.waiting else 0

    async def taken(self, data: bytes) -> None:
        """Return once the table is what somebody saved, byte for byte, and so is the file."""
        await until(lambda: file_of(self.editor.sheet) == data)
        await self.idle()
        assert self.path.read_bytes() == data
        assert file_of(await asyncio.to_thread(folded, self.journal)) == data

    async def told(self, reason: str) -> Conflict:
        """The one conflict, once there is one."""
        await until(lambda: bool(self.conflicts.list()))
        (conflict,) = self.conflicts.list()
        assert conflict.reason == reason
        return conflict

    async def start(self) -> None:
        self.editor.listen(self.materializer.extend)
        self.editor.start()
        if self.editor.sheet.position == 0:
            await self.editor.submit(ImportTable(data=FILE, blob=sha256(FILE).digest()), ADA)
        await self.conflicts.load()
        await self.materializer.open()
        self.materializer.start()
        self.watch.start()

    async def stop(self) -> None:
        await self.watch.close()
        await self.materializer.close()
        await self.editor.close()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outsiders, "STILL_SECONDS", 0.06)
    monkeypatch.setattr(outsiders, "STEP_SECONDS", 0.01)
    monkeypatch.setattr(outsiders, "PATIENCE_SECONDS", 0.8)


@pytest.fixture
def sit_down(database: Database, tmp_path: Path) -> Callable[[], Awaitable[Desk]]:
    """Opens the table as a start of the server would."""

    async def sit() -> Desk:
        journal, clock = SqlJournal(database), SystemClock()
        editor = await open_editor(journal, clock)
        table, backups = TableFile(tmp_path / "table.csv"), Backups(tmp_path / "backups")
        conflicts = Conflicts(ConflictNotes(backups.conflicts), backups, clock)
        outside = Outside(editor, journal, Queries(editor.sheet, journal).sheet_at, table, conflicts, clock)
        materializer = Materializer(editor.sheet, journal, table, backups, outside, clock, 0.02)
        watch = Watch(table, materializer.look, 0.02)
        desk = Desk(editor, journal, materializer, outside, conflicts, backups, watch, table.path)
        await desk.start()
        return desk

    return sit


@pytest.fixture
async def desk(sit_down: Callable[[], Awaitable[Desk]]) -> AsyncIterator[Desk]:
    desk = await sit_down()
    yield desk
    await desk.stop()


# How programs save


def by_rename(path: Path, change: Change) -> None:
    """As vim and most editors do."""
    other = path.with_name("table.csv~")
    other.write_bytes(change(path.read_bytes()))
    other.replace(path)


def in_place(path: Path, change: Change) -> None:
    path.write_bytes(change(path.read_bytes()))


def through_an_open_descriptor(path: Path, change: Change) -> None:
    """As a program does that opened the file long before it saves."""
    with path.open("r+b") as file:
        data = file.read()
        time.sleep(0.05)
        file.seek(0)
        file.write(change(data))
        file.truncate()


def slowly(path: Path, change: Change) -> None:
    data = change(path.read_bytes())
    with path.open("wb", buffering=0) as file:
        for start in range(0, len(data), 50):
            file.write(data[start : start + 50])
            time.sleep(0.02)


SAVES = [by_rename, in_place, through_an_open_descriptor, slowly]


def run(folder: Path, *words: str) -> None:
    subprocess.run(words, cwd=folder, check=True, capture_output=True)


def replacing(old: bytes, new: bytes) -> Change:
    return lambda data: data.replace(old, new)


@pytest.mark.parametrize("save", SAVES)
async def test_a_save_is_found_however_it_is_made(desk: Desk, save: Callable[[Path, Change], None]) -> None:
    await asyncio.to_thread(save, desk.path, replacing(b"row 3,3", b"row 3,changed"))
    await desk.taken(FILE.replace(b"row 3,3", b"row 3,changed"))
    (event,) = desk.events()
    assert (event.reason, event.batch) == ("outside_edit", None)
    assert desk.conflicts.list() == []


async def test_lines_that_are_appended_are_rows_that_are_added(desk: Desk) -> None:
    with desk.path.open("ab") as file:
        file.write(b"new,1\n")
    await desk.taken(FILE + b"new,1\n")


async def test_sed_is_a_hand_too(desk: Desk) -> None:
    await asyncio.to_thread(run, desk.path.parent, "sed", "-i", "s/^row 1/line 1/", desk.path.name)
    await desk.taken(FILE.replace(b"row 1", b"line 1"))
    assert len({event.batch for event in desk.events()}) == 1


async def test_git_brings_an_older_table_back(desk: Desk) -> None:
    def git(*words: str) -> None:
        run(desk.path.parent, "git", "-c", "user.name=x", "-c", "user.email=x@example.org", *words)

    for words in (["init"], ["add", desk.path.name], ["commit", "-m", "x"]):
        await asyncio.to_thread(git, *words)
    await desk.editor.submit(price(0, "7"), ADA)
    await desk.idle()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outsiders, "RACE_MICROS", 0)
        await asyncio.to_thread(git, "checkout", "--", desk.path.name)
        await desk.taken(FILE)


async def test_rows_stay_themselves_when_somebody_sorts_the_table(desk: Desk) -> None:
    lines = FILE.splitlines(keepends=True)
    data = lines[0] + b"".join(sorted(lines[1:]))
    in_place(desk.path, lambda _: data)
    await desk.taken(data)
    assert sorted(desk.editor.sheet.indexes()) == list(range(20))
    assert {type(event.fact).__name__ for event in desk.events()} == {"RowMoved"}


async def test_rows_inserted_in_the_middle_touch_no_other(desk: Desk) -> None:
    data = FILE.replace(b"row 5,", b"new,1\nrow 5,")
    by_rename(desk.path, lambda _: data)
    await desk.taken(data)
    assert [type(event.fact).__name__ for event in desk.events()] == ["RowAdded"]


async def test_a_changed_header_changes_the_columns(desk: Desk) -> None:
    data = FILE.replace(b"name,price", b"title,price")
    in_place(desk.path, lambda _: data)
    await desk.taken(data)
    assert [type(event.fact).__name__ for event in desk.events()] == ["ColumnRenamed"]


async def test_another_manner_of_writing_is_one_event_and_touches_no_row(desk: Desk) -> None:
    data = b"\xef\xbb\xbf" + FILE.replace(b"\n", b"\r\n").replace(b",", b";")
    in_place(desk.path, lambda _: data)
    await desk.taken(data)
    assert [type(event.fact).__name__ for event in desk.events()] == ["StyleChanged"]
    await desk.editor.submit(price(0, "7"), ADA)
    await desk.idle()
    assert desk.path.read_bytes() == data.replace(b"row 0;0", b"row 0;7")


async def test_the_saved_file_stays_where_it_is_if_nothing_else_has_happened(desk: Desk) -> None:
    in_place(desk.path, replacing(b"row 3,3", b"row 3,x"))
    before = desk.path.stat()
    await desk.taken(FILE.replace(b"row 3,3", b"row 3,x"))
    after = desk.path.stat()  # when it was read is no matter of ours
    assert (after.st_ino, after.st_mtime_ns, after.st_ctime_ns) == (
        before.st_ino,
        before.st_mtime_ns,
        before.st_ctime_ns,
    )


async def test_a_touch_is_no_edit(desk: Desk) -> None:
    os.utime(desk.path)
    await asyncio.sleep(0.3)
    assert desk.events() == []


# Conflicts


async def test_a_held_row_keeps_our_value_and_the_rest_is_taken_in(desk: Desk) -> None:
    heard: list[Conflict] = []
    desk.conflicts.listen(heard.append)
    await desk.editor.submit(TakeLease(index=3), ADA)
    data = FILE.replace(b"row 3,3", b"row 3,x").replace(b"row 4,4", b"row 4,y")
    in_place(desk.path, lambda _: data)
    conflict = await desk.told("rows")
    await desk.idle()
    assert desk.path.read_bytes() == FILE.replace(b"row 4,4", b"row 4,y")
    assert [(each.index, each.column, each.ours, each.theirs) for each in conflict.rows] == [(3, "price", "3", "x")]
    assert await desk.conflicts.read(conflict) == data
    assert heard == [conflict]


async def test_what_was_set_aside_is_written_by_whoever_accepts_it_once_the_row_is_free(desk: Desk) -> None:
    await desk.editor.submit(TakeLease(index=3), ADA)
    in_place(desk.path, replacing(b"row 3,3", b"row 3,x"))
    conflict = await desk.told("rows")
    with pytest.raises(Refused) as refused:
        await desk.outside.accept(conflict, BOB)
    assert refused.value.refusal.code == "row_locked"
    await desk.editor.submit(ReleaseLease(index=3), ADA)
    await desk.outside.accept(conflict, BOB)
    await desk.idle()
    assert desk.path.read_bytes() == FILE.replace(b"row 3,3", b"row 3,x")
    *_, last = desk.journal.entries()
    assert (last.event.actor, last.event.reason) == ("bob", "outside_edit")
    with pytest.raises(ConflictNotFound):
        desk.conflicts.find(conflict.id)


async def test_a_dismissed_conflict_is_open_no_more_and_its_file_stays(
    desk: Desk, sit_down: Callable[[], Awaitable[Desk]]
) -> None:
    in_place(desk.path, lambda _: b"")
    conflict = await desk.told("empty_file")
    await desk.stop()
    again = await sit_down()
    assert again.conflicts.list() == [conflict]
    await again.conflicts.settle(again.conflicts.find(conflict.id), DISMISSED, "ada")
    await again.conflicts.load()
    assert again.conflicts.list() == []
    assert await again.conflicts.read(conflict) == b""
    await again.stop()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty_file"),
        (b"PK\x03\x04 a spreadsheet", "not_csv"),
        (b'name,price\n"never closed', "unclosed_quote"),
        (FILE[:60], "half_lost"),
        (b"name,price\n", "half_lost"),
        (b"\xff\xfe\x00", "encoding"),
    ],
)
async def test_a_file_that_cannot_be_meant_is_set_aside_whole_and_written_again(
    desk: Desk, data: bytes, reason: str
) -> None:
    in_place(desk.path, lambda _: data)
    conflict = await desk.told(reason)
    await desk.idle()
    assert desk.path.read_bytes() == FILE
    assert await desk.conflicts.read(conflict) == data
    assert desk.events() == []


async def test_a_table_that_lost_most_rows_can_be_meant_after_all(desk: Desk) -> None:
    in_place(desk.path, lambda _: b"name,price\nrow 1,1\nnew,x\n")
    conflict = await desk.told("half_lost")
    assert conflict.changes == {"added": 1, "changed": 0, "deleted": 19, "moved": 0}
    await desk.editor.submit(price(1, "7"), ADA)
    await desk.outside.accept(conflict, ADA)
    await desk.idle()
    assert desk.path.read_bytes() == b"name,price\nrow 1,7\nnew,x\n"


async def test_what_is_no_table_cannot_be_accepted(desk: Desk) -> None:
    in_place(desk.path, lambda _: b"PK\x03\x04")
    with pytest.raises(Refused) as refused:
        await desk.outside.accept(await desk.told("not_csv"), ADA)
    assert refused.value.refusal.code == "not_csv"
    assert len(desk.conflicts.list()) == 1


async def test_a_folder_in_the_place_of_the_file_is_moved_out_of_the_way(desk: Desk) -> None:
    desk.path.unlink()
    desk.path.mkdir()
    (desk.path / "inside").touch()
    conflict = await desk.told("not_regular")
    await desk.idle()
    assert (desk.backups.conflicts / conflict.file / "inside").exists()
    with pytest.raises(ConflictNotFound):
        await desk.outside.accept(conflict, ADA)


async def test_the_same_bytes_are_set_aside_once(desk: Desk) -> None:
    for _ in range(2):
        in_place(desk.path, lambda _: b"")
        await desk.told("empty_file")
        await desk.idle()
    assert len(desk.conflicts.list()) == 1


async def test_a_deleted_file_is_written_again(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.path.unlink()
    await until(desk.path.exists)
    await desk.idle()
    assert desk.path.read_bytes() == FILE
    assert "was deleted" in caplog.text


# While the table moves on


async def test_who_saves_an_old_copy_takes_nobody_s_edit_back_and_is_told(desk: Desk) -> None:
    """A spreadsheet is open while others edit; then it saves all it has."""
    old = desk.path.read_bytes()
    await desk.editor.submit(price(0, "7"), ADA)
    await desk.idle()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outsiders, "RACE_MICROS", 0)
        in_place(desk.path, lambda _: old.replace(b"row 5,5", b"row 5,x"))
        conflict = await desk.told("older")
        await desk.idle()
    assert (desk.cell(0), desk.cell(5)) == ("7", "x")
    assert [(each.index, each.ours, each.theirs) for each in conflict.rows] == [(0, "7", "0")]
    await desk.outside.accept(conflict, ADA)
    assert (desk.cell(0), desk.cell(5)) == ("0", "x")


async def test_a_program_that_was_a_moment_late_is_merged_without_a_word(desk: Desk) -> None:
    old = desk.path.read_bytes()
    await desk.editor.submit(price(0, "7"), ADA)
    await desk.idle()
    in_place(desk.path, lambda _: old.replace(b"row 5,5", b"row 5,x"))
    await until(lambda: desk.cell(5) == "x")
    await desk.idle()
    assert desk.cell(0) == "7"
    assert desk.conflicts.list() == []


async def test_a_row_that_both_changed_is_a_conflict(desk: Desk) -> None:
    old = desk.path.read_bytes()
    for index in (0, 10, 11, 12):
        await desk.editor.submit(price(index, "7"), ADA)
    await desk.editor.submit(DeleteRow(index=1), ADA)
    await desk.idle()
    data = old.replace(b"row 0,0", b"row 0,x").replace(b"row 1,1", b"row 1,y").replace(b"row 5,5", b"row 5,z")
    in_place(desk.path, lambda _: data)
    conflict = await desk.told("rows")
    assert [(each.index, each.column) for each in conflict.rows] == [(0, "price"), (1, None)]
    assert (desk.cell(0), desk.cell(1), desk.cell(5)) == ("7", None, "z")
    await desk.outside.accept(conflict, ADA)
    assert (desk.cell(0), desk.cell(1)) == ("x", "y")


async def test_a_save_of_the_table_before_a_column_came_keeps_the_column_out_of_it(desk: Desk) -> None:
    old = desk.path.read_bytes()
    await desk.editor.submit(AddColumn(column="new"), ADA)
    await desk.idle()
    in_place(desk.path, lambda _: old.replace(b"row 5,5", b"row 5,x"))
    conflict = await desk.told("columns")
    await desk.idle()
    assert (desk.cell(5), desk.editor.sheet.columns) == ("5", ("name", "price", "new"))
    await desk.outside.accept(conflict, ADA)
    assert (desk.cell(5), desk.editor.sheet.columns) == ("x", ("name", "price"))


async def test_under_load_no_edit_vanishes_and_no_save_is_lost(desk: Desk) -> None:
    """Ada edits the first rows as fast as she can; other programs save over the file, each with marks of its own."""
    random = Random(11)
    done = asyncio.Event()
    acknowledged: dict[int, str] = {}

    async def edit() -> None:
        number = 0
        while not done.is_set():
            number += 1
            await desk.editor.submit(price(number % 5, f"edit {number}"), ADA)
            acknowledged[number % 5] = f"edit {number}"
            await asyncio.sleep(0.002)

    def mark(number: int) -> Change:
        at = 5 + number % 15

        def change(data: bytes) -> bytes:
            lines = data.splitlines(keepends=True)
            found = next(n for n, line in enumerate(lines) if line.startswith(b"row %d," % at))
            lines[found] = b"row %d,save %d\n" % (at, number)
            return b"".join(lines)

        return change

    async def save() -> None:
        for number in range(30):
            await asyncio.to_thread(random.choice(SAVES), desk.path, mark(number))
            await asyncio.sleep(random.random() / 5)

    editing = asyncio.create_task(edit())
    await save()
    await asyncio.sleep(0.5)
    done.set()
    await editing
    await desk.idle()
    assert {index: desk.cell(index) for index in acknowledged} == acknowledged
    journalled = {change[1] for e in desk.events() for change in getattr(e.fact, "cells", {}).values()}
    aside = b"".join(path.read_bytes() for path in desk.backups.conflicts.glob("*.csv"))
    lost = [n for n in range(30) if f"save {n}" not in journalled and b",save %d\n" % n not in aside]
    assert lost == []
    assert not any(event.fact.index < 5 for event in desk.events() if hasattr(event.fact, "index"))


# At start


async def test_an_edit_made_while_the_server_was_stopped_is_taken_in(
    desk: Desk, sit_down: Callable[[], Awaitable[Desk]]
) -> None:
    await desk.editor.submit(price(0, "7"), ADA)
    await desk.stop()
    in_place(desk.path, replacing(b"row 5,5", b"row 5,x"))
    again = await sit_down()
    await again.taken(FILE.replace(b"row 0,0", b"row 0,7").replace(b"row 5,5", b"row 5,x"))
    assert again.conflicts.list() == []
    await again.stop()


async def test_a_save_found_displaced_after_a_crash_is_taken_in(
    desk: Desk, sit_down: Callable[[], Awaitable[Desk]]
) -> None:
    await desk.stop()
    name = ".table.csv.rowlock-seen-1-2-3-abcdef"
    desk.path.with_name(name).write_bytes(FILE.replace(b"row 5,5", b"row 5,x"))
    again = await sit_down()
    await until(lambda: again.cell(5) == "x")
    await again.idle()
    await again.stop()
    assert not desk.path.with_name(name).exists()


async def test_a_save_that_was_taken_in_right_before_a_crash_is_not_taken_in_twice(
    desk: Desk, sit_down: Callable[[], Awaitable[Desk]]
) -> None:
    """The batch is committed, but neither is its position noted nor the file published anew."""
    data = FILE.replace(b"row 5,5", b"row 5,x") + b"new,1\n"
    in_place(desk.path, lambda _: data)
    await desk.taken(data)
    await desk.stop()
    await desk.journal.set_marks({MARK: "1"})
    desk.path.write_bytes(data + b"newer,1\n")
    again = await sit_down()
    await again.taken(data + b"newer,1\n")
    assert again.editor.sheet.total == 22
    await again.stop()


async def test_a_clash_is_not_decided_by_saving_the_same_bytes_again(desk: Desk) -> None:
    await desk.editor.submit(TakeLease(index=3), ADA)
    data = FILE.replace(b"row 3,3", b"row 3,x")
    in_place(desk.path, lambda _: data)
    await desk.told("rows")
    await desk.idle()
    await desk.editor.submit(ReleaseLease(index=3), ADA)
    in_place(desk.path, lambda _: data)
    await until(lambda: desk.path.read_bytes() == FILE)
    assert (desk.cell(3), len(desk.conflicts.list())) == ("3", 1)
