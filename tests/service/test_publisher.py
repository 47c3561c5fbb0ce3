"""Messages to everybody: in order, without a gap, several edits in one, and who may write which row."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence

import orjson
import pytest
from tests.clocks import HandClock
from tests.service.running import ADA, BOB, COOLDOWN, SYSTEM, named, price, running, until

from rowlock.core.commands import DeleteRow, ReleaseLease, TakeLease
from rowlock.core.leases import Status
from rowlock.service import publisher as publishers
from rowlock.service.editor import Editor
from rowlock.service.feed import Feed
from rowlock.service.publisher import Publisher, Update
from rowlock.store.database import Database
from rowlock.store.journal import SqlJournal

pytestmark = pytest.mark.anyio
WINDOW = 0.02


class Room:
    """Everybody who listens."""

    def __init__(self) -> None:
        self.updates: list[Update] = []
        self.statuses: list[tuple[int, Status]] = []
        self.count = 1
        self.deaf = 0
        self.takes = 0.0

    def updated(self, update: Update) -> None:
        if self.deaf:
            self.deaf -= 1
            raise ConnectionError("nobody listens")
        self.updates.append(update)

    def locked(self, position: int, statuses: Sequence[Status]) -> None:
        self.statuses += [(position, status) for status in statuses]

    async def sent(self) -> None:
        await asyncio.sleep(self.takes)

    @property
    def positions(self) -> list[int]:
        return [orjson.loads(event)["position"] for update in self.updates for event in update.events]


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
async def editor(database: Database, clock: HandClock) -> AsyncIterator[Editor]:
    async with running(SqlJournal(database), clock) as editor:
        yield editor


@pytest.fixture
async def publisher(editor: Editor, database: Database, room: Room) -> AsyncIterator[Publisher]:
    feed = Feed(SqlJournal(database), editor.sheet.position)
    publisher = Publisher(editor, feed, room, WINDOW)
    editor.listen(feed.extend)
    editor.listen(publisher.extend)
    publisher.start()
    yield publisher
    await publisher.close()


async def sent(publisher: Publisher, editor: Editor) -> None:
    """Wait until everything is sent."""
    await until(lambda: publisher.position >= editor.sheet.position)
    await asyncio.sleep(0.001)


async def test_every_event_is_sent_once_and_in_order(editor: Editor, publisher: Publisher, room: Room) -> None:
    for _ in range(5):
        await asyncio.gather(*(editor.submit(named(str(number)), ADA) for number in range(40)))
    await sent(publisher, editor)
    assert room.positions == list(range(2, 202))
    assert [update.after for update in room.updates] == [1, *(update.position for update in room.updates[:-1])]
    assert room.updates[-1].position == 201
    assert publisher.behind == 0


async def test_a_long_message_is_sent_in_parts(
    editor: Editor, publisher: Publisher, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishers, "MESSAGE_EVENTS", 4)
    await asyncio.gather(*(editor.submit(named(str(number)), ADA) for number in range(10)))
    await sent(publisher, editor)
    assert [(update.after, update.position) for update in room.updates] == [(1, 5), (5, 9), (9, 11)]


async def test_who_may_write_a_row_is_sent_when_it_changes(
    editor: Editor, publisher: Publisher, room: Room, clock: HandClock
) -> None:
    token = (await editor.submit(TakeLease(index=1), ADA))["token"]
    await sent(publisher, editor)
    await editor.submit(price(0, "5"), BOB)
    await editor.submit(ReleaseLease(index=1, token=token), ADA)
    await editor.submit(DeleteRow(index=2), ADA)
    await sent(publisher, editor)
    held = Status(index=1, status="locked", holder="ada", token=2, expires_in=900_000_000)
    cooling = Status(index=0, status="cooldown", holder="bob", expires_in=COOLDOWN)
    free = [Status(index=index, status="free") for index in (1, 2)]
    assert room.statuses[0] == (2, held)
    assert [status for _, status in room.statuses[1:]] == [cooling, *free]


async def test_a_cooldown_that_is_over_is_announced_though_no_event_says_so(
    editor: Editor, publisher: Publisher, room: Room, clock: HandClock
) -> None:
    await editor.submit(price(0, "5"), ADA)
    await sent(publisher, editor)
    clock.advance(COOLDOWN)
    publisher.announce(editor.sheet.forget_cooling(editor.clock.now()))
    await asyncio.sleep(2 * WINDOW)
    assert room.statuses[-1] == (2, Status(index=0, status="free"))


async def test_while_nobody_listens_nothing_is_made_and_who_then_listens_hears_what_comes_after(
    editor: Editor, publisher: Publisher, room: Room
) -> None:
    room.count = 0
    await editor.submit(price(0, "5"), ADA)
    await sent(publisher, editor)
    room.count = 1
    await editor.submit(price(1, "5"), ADA)
    await sent(publisher, editor)
    assert (room.positions, room.updates[0].after) == ([3], 2)
    assert [(position, status.index) for position, status in room.statuses] == [(3, 1)]


async def test_a_message_that_cannot_be_sent_does_not_end_the_stream(
    editor: Editor, publisher: Publisher, room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    room.deaf = 1
    await editor.submit(named("a"), ADA)
    await sent(publisher, editor)
    await editor.submit(named("b"), SYSTEM)
    await sent(publisher, editor)
    assert room.positions == [3]
    assert room.updates[0].after == 2


async def test_the_first_goes_at_once_and_those_soon_after_share_a_message_which_closing_sends(
    editor: Editor, database: Database, room: Room
) -> None:
    feed = Feed(SqlJournal(database), editor.sheet.position)
    publisher = Publisher(editor, feed, room, window=60)
    editor.listen(feed.extend)
    editor.listen(publisher.extend)
    publisher.start()
    await editor.submit(named("a"), ADA)
    await until(lambda: room.positions == [2])
    for name in "bcd":
        await editor.submit(named(name), ADA)
    assert (room.positions, publisher.behind) == ([2], 3)
    await publisher.close()
    assert [len(update.events) for update in room.updates] == [1, 3]


async def test_after_many_events_the_next_are_gathered_for_longer(
    editor: Editor, publisher: Publisher, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishers, "SECONDS_AN_EVENT", 60)
    monkeypatch.setattr(publishers, "LONGEST_WINDOWS", 3_000)
    await editor.submit(named("a"), ADA)
    await until(lambda: room.positions == [2])
    await editor.submit(named("b"), ADA)
    await asyncio.sleep(3 * WINDOW)
    assert room.positions == [2]


async def test_nothing_is_sent_while_the_last_message_is_not_on_its_way(
    editor: Editor, publisher: Publisher, room: Room
) -> None:
    room.takes = 60
    await editor.submit(named("a"), ADA)
    await until(lambda: room.positions == [2])
    await editor.submit(named("b"), ADA)
    await asyncio.sleep(3 * WINDOW)
    assert (room.positions, publisher.behind) == ([2], 1)
