"""A save over the table is noticed soon, however it was made; our own publishes are none."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from tests.service.running import until

from rowlock.files.scratch import Identity
from rowlock.files.table_file import TableFile
from rowlock.files.watch import Watch

pytestmark = pytest.mark.anyio

SOON = 5.0


class Watched:
    """A table that is watched, and how often something was noticed."""

    def __init__(self, path: Path) -> None:
        self.table = TableFile(path)
        self.noticed = asyncio.Event()
        self.watch = Watch(self.table, self.noticed.set, 0.05)
        self.path = path

    async def notices(self, happening: Callable[[], object]) -> None:
        self.noticed.clear()
        happening()
        async with asyncio.timeout(SOON):
            await self.noticed.wait()


@pytest.fixture
async def watched(path: Path) -> AsyncIterator[Watched]:
    watched = Watched(path)
    watched.table.publish([b"a\n1\n"])
    watched.watch.start()
    yield watched
    await watched.watch.close()


async def test_every_way_to_save_is_noticed_again_and_again(
    watched: Watched, save_by_rename: Callable[[bytes], None]
) -> None:
    for number in range(3):
        await watched.notices(lambda n=number: watched.path.write_bytes(b"a\n%d\n" % n))  # type: ignore[misc]
        watched.table.publish([b"a\n1\n"])
        await watched.notices(lambda: save_by_rename(b"a\n2\n"))
        watched.table.publish([b"a\n1\n"])


async def test_a_file_that_goes_away_or_becomes_a_folder_is_noticed(watched: Watched) -> None:
    await watched.notices(watched.path.unlink)
    await watched.notices(watched.path.mkdir)


class Slow(TableFile):
    """A table at which a look takes until something is published, if anything can be meanwhile."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.looks = 0
        self.looking, self.published_now = threading.Event(), threading.Event()

    def identity(self) -> Identity | None:
        found = super().identity()
        self.looks += 1
        self.looking.set()
        self.published_now.wait(0.2)
        return found


async def test_what_we_publish_during_a_look_is_not_noticed(path: Path) -> None:
    table, noticed = Slow(path), asyncio.Event()
    table.publish([b"a\n1\n"])
    watch = Watch(table, noticed.set, 0.01)
    watch.start()
    await asyncio.to_thread(table.looking.wait)
    await asyncio.to_thread(table.publish, [b"a\n2\n"])
    table.published_now.set()
    await until(lambda: table.looks > 2)
    await watch.close()
    assert not noticed.is_set()


async def test_our_own_publishes_are_not_noticed(watched: Watched) -> None:
    for number in range(3):
        watched.table.publish([b"a\n%d\n" % number])
        await asyncio.sleep(0.2)
    watched.path.with_name("other.csv").write_bytes(b"")
    await asyncio.sleep(0.2)
    assert not watched.noticed.is_set()
