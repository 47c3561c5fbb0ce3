"""What came after a position: from memory for those a little behind, from the journal for others, never with a gap."""

from collections.abc import AsyncIterator

import orjson
import pytest
from tests.clocks import HandClock
from tests.service.running import ADA, named, running

from rowlock.service import feed as feeds
from rowlock.service.editor import Editor
from rowlock.service.feed import Feed
from rowlock.store.database import Database
from rowlock.store.journal import SqlJournal

pytestmark = pytest.mark.anyio


@pytest.fixture
def journal(database: Database) -> SqlJournal:
    return SqlJournal(database)


@pytest.fixture
async def editor(journal: SqlJournal, clock: HandClock) -> AsyncIterator[Editor]:
    async with running(journal, clock) as editor:
        yield editor


@pytest.fixture
async def feed(editor: Editor, journal: SqlJournal) -> Feed:
    """Knows nothing of the first three positions; has heard of the next three."""
    for name in "ab":
        await editor.submit(named(name), ADA)
    feed = Feed(journal, editor.sheet.position)
    editor.listen(feed.extend)
    for name in "cde":
        await editor.submit(named(name), ADA)
    return feed


def positions(events: list[bytes] | None) -> list[int] | None:
    return None if events is None else [orjson.loads(event)["position"] for event in events]


@pytest.mark.parametrize("after", range(7))
async def test_every_event_after_a_position_comes_in_order(feed: Feed, after: int) -> None:
    assert feed.position == 6
    assert positions(await feed.since(after)) == list(range(after + 1, 7))


@pytest.mark.parametrize(("after", "upto"), [(0, 2), (0, 5), (2, 4), (3, 5), (4, 4), (5, 3)])
async def test_it_may_be_asked_up_to_a_position(feed: Feed, after: int, upto: int) -> None:
    assert positions(await feed.since(after, upto)) == list(range(after + 1, upto + 1))


async def test_what_has_not_happened_yet_is_left_out(feed: Feed) -> None:
    assert positions(await feed.since(4, 99)) == [5, 6]
    assert positions(await feed.since(1, 99)) == [2, 3, 4, 5, 6]


async def test_only_the_tail_is_at_hand(feed: Feed) -> None:
    assert feed.recent(2, 6) is None
    assert positions(feed.recent(3, 6)) == [4, 5, 6]


async def test_memory_and_journal_say_the_same(feed: Feed, journal: SqlJournal) -> None:
    assert await feed.since(3) == [entry.wire for entry in journal.entries(3)]


async def test_whoever_is_ahead_or_too_far_behind_loads_anew(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await feed.since(7) is None
    monkeypatch.setattr(feeds, "PAGE", 3)
    assert await feed.since(2) is None
    assert positions(await feed.since(3)) == [4, 5, 6]


async def test_more_bytes_than_a_message_may_have_are_loaded_anew(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = await feed.since(3)
    assert everything is not None
    monkeypatch.setattr(feeds, "PAGE_BYTES", sum(map(len, everything)))
    assert await feed.since(3) == everything
    assert await feed.since(2) is None


async def test_the_tail_forgets_the_oldest(
    editor: Editor, journal: SqlJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "TAIL", 2)
    feed = Feed(journal, editor.sheet.position)
    editor.listen(feed.extend)
    for name in "abcd":
        await editor.submit(named(name), ADA)
    assert feed.recent(2, 5) is None
    assert positions(feed.recent(3, 5)) == [4, 5]
    assert positions(await feed.since(1)) == [2, 3, 4, 5]
