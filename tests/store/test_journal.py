"""What a journal promises, whichever it is: in memory and in SQL alike."""

from collections.abc import Iterator

import orjson
import pytest
from tests.store.facts import FILE, IMPORT, OIL, PRICE, append, events

from rowlock.core.events import ColumnAdded, LeaseExpired, TableImported
from rowlock.service.ports import Entry, EventFilter, Head, Journal, KeyedAnswer, Transaction
from rowlock.store import chain, codec
from rowlock.store.accounts import SqlAccounts
from rowlock.store.database import Database
from rowlock.store.journal import SqlJournal
from rowlock.store.memory import MemoryJournal

pytestmark = pytest.mark.anyio
GENESIS = Head(position=0, hash=chain.GENESIS)
ENDED = LeaseExpired(index=0, token=1)
ADDED = ColumnAdded(column="colour", place=2, values={})


@pytest.fixture(params=["memory", "sql"])
def journal(request: pytest.FixtureRequest) -> Iterator[Journal]:
    if request.param == "memory":
        yield MemoryJournal()
    else:
        database: Database = request.getfixturevalue("database")
        yield SqlJournal(database)


async def session_in(journal: Journal, session: str, expires_at: int) -> None:
    """Somebody has logged in."""
    if isinstance(journal, MemoryJournal):
        journal.sessions[session] = expires_at
        return
    assert isinstance(journal, SqlJournal)
    database = journal._database
    account = await SqlAccounts(database).claim("ada", "ada", "hash", 0)
    sql = f"INSERT INTO session VALUES ('{session}', {account.id}, 0, {expires_at})"
    await database.write(lambda connection: connection.exec_driver_sql(sql))


def kept(key: str, at: int = 0, actor: str = "ada") -> KeyedAnswer:
    answer = {"index": 1, "cells": {"né": "1"}, "expires_in": 899.5}
    return KeyedAnswer(actor=actor, key=key, fingerprint=b"f", position=1, at=at, answer=answer)


def positions(page: list[bytes]) -> list[int]:
    return [orjson.loads(event)["position"] for event in page]


async def test_a_new_journal_is_empty(journal: Journal) -> None:
    assert await journal.head() == GENESIS
    assert list(journal.entries(check=True)) == []
    assert await journal.page(EventFilter()) == []
    assert await journal.marks() == {}
    assert await journal.position_at(2**60) == 0


async def test_what_was_appended_is_read_again_in_order(journal: Journal) -> None:
    entries = [*await append(journal, IMPORT, PRICE), *await append(journal, OIL)]
    assert [entry.event for entry in entries] == events(IMPORT, PRICE, OIL)
    assert list(journal.entries()) == entries
    assert list(journal.entries(check=True)) == entries
    assert await journal.head() == Head(position=3, hash=entries[-1].hash)


async def test_each_event_is_chained_to_the_one_before(journal: Journal) -> None:
    previous = chain.GENESIS
    await append(journal, IMPORT, PRICE)
    await append(journal, OIL)
    for entry in journal.entries():
        assert entry.hash == codec.named(codec.values_of(entry.event, previous))["hash"]
        previous = entry.hash


@pytest.mark.parametrize(
    ("after", "upto", "expected"),
    [(0, None, [1, 2, 3]), (1, None, [2, 3]), (1, 2, [2]), (0, 0, []), (3, None, []), (9, 12, [])],
)
async def test_events_are_read_from_anywhere_to_anywhere(
    journal: Journal, after: int, upto: int | None, expected: list[int]
) -> None:
    await append(journal, IMPORT, PRICE, OIL)
    assert [entry.event.position for entry in journal.entries(after, upto)] == expected


async def test_a_check_may_stop_half_way(journal: Journal) -> None:
    await append(journal, IMPORT, PRICE, OIL)
    assert [entry.event.position for entry in journal.entries(0, 2, check=True)] == [1, 2]


async def test_a_page_shows_the_events_that_match_all_that_is_asked(journal: Journal) -> None:
    await append(journal, IMPORT, PRICE, OIL)
    await append(journal, PRICE, ENDED, actor="bob")
    asked = {
        EventFilter(): [1, 2, 3, 4, 5],
        EventFilter(after=1, upto=3): [2, 3],
        EventFilter(after=2): [3, 4, 5],
        EventFilter(after=1, upto=3): [2, 3],
        EventFilter(after=9): [],
        EventFilter(after=1, limit=2): [2, 3],
        EventFilter(index=0): [2, 4, 5],
        EventFilter(actor="bob"): [4, 5],
        EventFilter(kind="row_updated"): [2, 4],
        EventFilter(kind="row_updated", actor="ada", index=0, after=1): [2],
        EventFilter(kind="unheard_of"): [],
        EventFilter(limit=2, newest_first=True): [5, 4],
        EventFilter(index=0, after=2, newest_first=True): [5, 4],
    }
    assert {events: positions(await journal.page(events)) for events in asked} == asked


async def test_what_is_about_a_row_is_read_with_what_is_about_the_table(journal: Journal) -> None:
    await append(journal, IMPORT, PRICE, OIL, ADDED, PRICE)

    def about(index: int | None, *span: int) -> list[int]:
        return [entry.event.position for entry in journal.about(index, *span)]

    assert about(0) == [1, 2, 4, 5]
    assert about(2) == [1, 3, 4]
    assert about(None) == [1, 4]
    assert about(0, 1, 4) == [2, 4]
    assert list(journal.about(0)) == [each for each in journal.entries() if each.event.position != 3]


async def test_a_page_is_made_of_the_same_json_as_the_entries(journal: Journal) -> None:
    entries = await append(journal, IMPORT, PRICE)
    assert await journal.page(EventFilter()) == [entry.wire for entry in entries]


@pytest.mark.parametrize(("second", "position"), [(0, 0), (0.999999, 0), (1, 1), (1.5, 1), (3, 3), (99, 3)])
async def test_a_time_has_a_position(journal: Journal, second: float, position: int) -> None:
    await append(journal, IMPORT, PRICE, OIL)
    assert await journal.position_at(int(second * 1_000_000)) == position


async def test_a_job_that_raises_leaves_nothing(journal: Journal) -> None:
    await session_in(journal, "s", 100)
    head = await journal.head()

    def job(transaction: Transaction) -> None:
        transaction.append(events(IMPORT, PRICE), transaction.head())
        transaction.keep_answers([kept("k")])
        transaction.end_session("s")
        raise KeyError("on purpose")

    with pytest.raises(KeyError, match="on purpose"):
        await journal.write(job)
    assert await journal.head() == head
    assert list(journal.entries()) == []
    assert await journal.write(lambda transaction: transaction.answers({("ada", "k")})) == {}
    assert await journal.write(lambda transaction: transaction.live_sessions({"s"}, 0)) == {"s"}
    await append(journal, IMPORT)
    assert [entry.event.position for entry in journal.entries(check=True)] == [1]


async def test_answers_are_kept_for_their_actor_and_key(journal: Journal) -> None:
    await journal.write(lambda transaction: transaction.keep_answers([kept("a"), kept("b", actor="bob")]))
    asked = {("ada", "a"), ("ada", "b"), ("bob", "b")}
    assert await journal.write(lambda transaction: transaction.answers(asked)) == {
        ("ada", "a"): kept("a"),
        ("bob", "b"): kept("b", actor="bob"),
    }


async def test_old_answers_are_dropped(journal: Journal) -> None:
    await journal.write(lambda transaction: transaction.keep_answers([kept("a", 5), kept("b", 6), kept("c", 7)]))
    assert await journal.drop_answers(7) == 2
    asked = {("ada", key) for key in "abc"}
    assert await journal.write(lambda transaction: set(transaction.answers(asked))) == {("ada", "c")}


async def test_a_session_lives_until_it_expires_or_is_ended(journal: Journal) -> None:
    await session_in(journal, "s", 100)
    asked = {"s", "unknown"}
    assert await journal.write(lambda transaction: transaction.live_sessions(asked, 99)) == {"s"}
    assert await journal.write(lambda transaction: transaction.live_sessions(asked, 100)) == set()
    await journal.write(lambda transaction: transaction.end_session("s"))
    await journal.write(lambda transaction: transaction.end_session("s"))
    assert await journal.write(lambda transaction: transaction.live_sessions(asked, 99)) == set()


async def test_marks_are_kept_and_set_anew(journal: Journal) -> None:
    await journal.set_marks({"a": "1", "b": "2"})
    await journal.set_marks({"a": "3"})
    assert await journal.marks() == {"a": "3", "b": "2"}


async def test_an_imported_file_is_found_again_whole(journal: Journal) -> None:
    await append(journal, IMPORT)
    await append(journal, IMPORT, PRICE)
    files = [entry.event.fact.data for entry in journal.entries() if isinstance(entry.event.fact, TableImported)]
    assert files == [FILE, FILE]


async def test_a_writer_sees_what_was_committed_before_it(journal: Journal) -> None:
    first = await append(journal, IMPORT)

    def job(transaction: Transaction) -> tuple[Head, list[Entry], list[Entry]]:
        return transaction.head(), transaction.entries_after(0), transaction.entries_after(1)

    assert await journal.write(job) == (Head(position=1, hash=first[0].hash), list(first), [])


async def test_the_rows_themselves_can_be_checked_by_others(journal: Journal) -> None:
    await append(journal, IMPORT, PRICE)
    assert isinstance(journal, MemoryJournal | SqlJournal)
    assert list(codec.checked(journal.rows(), GENESIS)) == list(journal.rows())
    assert [row["position"] for row in journal.rows(1)] == [2]
