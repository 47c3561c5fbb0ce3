"""What folds ask for is read in columns where events are updates alone: they come to what each alone comes to."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given as for_any
from hypothesis import settings
from hypothesis import strategies as st
from sqlalchemy import Connection
from tests.core.histories import ADA, BOB, History, Step, files
from tests.store.test_fold import busy

from rowlock.core.commands import ChangeRows, EndLeases, TakeLease, UpdateRow
from rowlock.core.events import TableImported
from rowlock.core.sheet import Sheet
from rowlock.core.steps import Made
from rowlock.service.ports import ChainBroken
from rowlock.service.snapshots import alike
from rowlock.store import chunks
from rowlock.store.chunks import brief_chunks
from rowlock.store.database import Database
from rowlock.store.journal import SqlJournal, SqlTransaction
from rowlock.store.updates import Stored

Shape = tuple[str, int]


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "CHUNK", 5)


@contextmanager
def kept(migrated: Path, history: History, tampering: str = "") -> Iterator[Database]:
    """A database in which all of it has happened; and then somebody with a database shell was there."""
    with TemporaryDirectory() as folder:
        path = shutil.copy(migrated, folder)
        database = Database(f"sqlite:///{path}")
        database.write_now(lambda connection: append(SqlTransaction(connection), history))
        if tampering:
            with closing(sqlite3.connect(path)) as connection:
                connection.executescript("DROP TRIGGER event_refuses_update; DROP TRIGGER event_refuses_delete;")
                connection.executescript(tampering)
        yield database
        database.close()


def append(transaction: SqlTransaction, history: History) -> None:
    first, *others = history.events
    assert isinstance(first.fact, TableImported)
    imported = replace(first.fact, blob=sha256(first.fact.data).digest())
    transaction.append([first._replace(fact=imported), *others], transaction.head())


def replayed(database: Database, upto: int | None = None) -> Sheet:
    sheet = Sheet()
    for _ in SqlJournal(database).replay(sheet, upto):
        pass
    return sheet


def shapes(database: Database, after: int = 0, upto: int | None = None) -> list[Shape]:
    """How each chunk is read, and up to where."""
    return [
        ("columns", found.positions[-1]) if isinstance(found, Stored) else ("rows", max(row[0] for row in found))
        for found in brief_chunks(database, after, upto)
    ]


def edited(*texts: str) -> History:
    """A table, and one edit after the other of the same cell by two people."""
    history = History()
    for number, text in enumerate(texts):
        assert history.do(UpdateRow(index=0, cells={"price": text}), (ADA, BOB)[number % 2]) is None
    return history


def numbers(count: int) -> list[str]:
    return [str(number + 10) for number in range(count)]


@settings(max_examples=40)
@for_any(files, st.lists(busy, max_size=3), st.sampled_from([0, 30, 120]))
def test_what_is_read_in_columns_and_by_row_comes_to_what_each_event_alone_comes_to(
    migrated: Path, file: bytes, stretches: list[list[Step]], pause: int
) -> None:
    history = History(file, pause=pause * 1_000_000)
    for happened in stretches:
        for number in range(12):
            history.random(("update", number % 2, number % 3, str(number)))
        for step in happened:
            if step[0] == "end":
                history.do(EndLeases(reason="logout"), (ADA, BOB)[step[1] % 2])
            else:
                history.random(step)
    with kept(migrated, history) as database:
        sheet = replayed(database)
    assert alike(sheet, history.sheet)
    assert sheet.image().cooling == history.sheet.image().cooling
    assert b"".join(sheet.file_parts()) == history.file


def test_updates_of_rows_are_read_in_columns_up_to_the_last(migrated: Path) -> None:
    with kept(migrated, edited(*numbers(12))) as database:
        assert shapes(database) == [("rows", 5), ("columns", 10), ("columns", 13)]
        assert shapes(database, 6) == [("columns", 11), ("columns", 13)]
        assert shapes(database, 6, 9) == [("columns", 9)]
        assert shapes(database, 13) == []


def test_another_fact_among_them_has_them_read_by_row(migrated: Path) -> None:
    history = edited(*numbers(7))
    history.do(TakeLease(index=1))
    history.do(UpdateRow(index=0, cells={"price": "1"}))
    with kept(migrated, history) as database:
        assert shapes(database, 1) == [("columns", 6), ("rows", 10)]


def test_where_columns_were_of_no_use_they_are_tried_ever_less_often(migrated: Path) -> None:
    history = edited()
    for number in range(30):
        history.do(TakeLease(index=number % 3), (ADA, BOB)[number % 2])
        history.leases_run_out()
    tried = list[int]()
    in_columns = chunks._updates

    def trying(connection: Connection, after: int, upto: int) -> Stored | None:
        tried.append(after)
        return in_columns(connection, after, upto)

    with kept(migrated, history) as database, pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunks, "_updates", trying)
        assert {shape for shape, _ in shapes(database)} == {"rows"}
    assert tried == [0, 5, 20, 55]


@pytest.mark.parametrize("odd", ['a "b"', "x\\y", "", " é", "日本", "x,y;z", "two\nlines", "\x7f", "\u2028"])
def test_any_text_comes_out_as_it_went_in(migrated: Path, odd: str) -> None:
    history = edited(*numbers(3), odd, *numbers(2), odd)
    with kept(migrated, history) as database:
        assert shapes(database, 1) == [("columns", 6), ("columns", 8)]
        for upto in range(1, 9):
            assert alike(replayed(database, upto), history.at(upto))


def test_updates_of_several_cells_and_of_records_and_with_reasons_are_read_in_columns_too(migrated: Path) -> None:
    history = edited(*numbers(3))
    assert isinstance(history.undo(4), Made)
    history.do(UpdateRow(index=0, cells={"price": "8", "name": "Té"}), BOB)
    history.random(("raw", 1, 0, ""))
    history.do(ChangeRows(ops=tuple(UpdateRow(index=index, cells={"price": "3"}) for index in range(3))))
    with kept(migrated, history) as database:
        assert {shape for shape, _ in shapes(database, 1)} == {"columns"}
        assert alike(replayed(database), history.sheet)


def test_a_cooldown_is_that_of_who_edited_last(migrated: Path) -> None:
    history = edited(*numbers(9))
    with kept(migrated, history) as database:
        cooling = replayed(database).cooling(0)
    assert cooling is not None
    assert cooling[1] == "ada"
    assert cooling == history.sheet.cooling(0)


@pytest.mark.parametrize(
    ("tampering", "expected"),
    [
        ("DELETE FROM event WHERE position = 4", [("rows", 7), ("columns", 9)]),
        ("UPDATE event SET payload = replace(payload, ',', ',' || char(10)) WHERE position = 4", None),
        ("UPDATE event SET payload = cast(payload AS BLOB) WHERE position = 9", None),
        ("UPDATE event SET actor = 'a' || char(10) || 'b' WHERE position = 4", [("rows", 6), ("columns", 9)]),
    ],
)
def test_what_somebody_else_wrote_is_folded_as_it_was_by_row(
    migrated: Path, tampering: str, expected: list[Shape] | None
) -> None:
    with kept(migrated, edited(*numbers(8)), tampering) as database:
        assert shapes(database, 1) == (expected or [("columns", 6), ("columns", 9)])
        sheet = replayed(database)
        assert sheet.position == 9
        assert sheet.cells(next(sheet.rows())[1].record) == ["Tea", "17"]


@pytest.mark.parametrize("index", ["NULL", "'first'", "0.5"])
def test_an_update_of_no_row_is_an_error_however_it_is_read(migrated: Path, index: str) -> None:
    with kept(migrated, edited(*numbers(8)), f"UPDATE event SET row_index = {index} WHERE position = 8") as database:
        assert shapes(database, 1) == [("columns", 6), ("rows", 9)]
        with pytest.raises(TypeError):
            replayed(database)


def test_an_event_that_is_no_text_is_named(migrated: Path) -> None:
    no_text = "UPDATE event SET payload = cast(x'ff' AS TEXT) WHERE position = 8"
    with kept(migrated, edited(*numbers(8)), no_text) as database, pytest.raises(ChainBroken) as found:
        replayed(database)
    assert found.value.position == 8


def test_a_database_of_another_kind_is_read_by_row(migrated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history = edited(*numbers(8))
    with kept(migrated, history) as database:
        monkeypatch.setattr(database._read_engine.dialect, "name", "postgresql")
        assert {shape for shape, _ in shapes(database)} == {"rows"}
        assert alike(replayed(database), history.sheet)
