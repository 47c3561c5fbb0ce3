"""Snapshots in SQL: sheets at rest, in pages named by what is stored, so that what did not change is stored once."""

import asyncio
import sys
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import Connection, delete, insert, select

from rowlock.core.blocks import Page
from rowlock.core.cooldowns import Cooldowns
from rowlock.core.dialects import Dialect
from rowlock.core.leases import Lease
from rowlock.core.sheet import Image
from rowlock.service.ports import PagesMissing, SnapshotUnfit
from rowlock.store.database import Database
from rowlock.store.packing import Unreadable, all_packed, all_unpacked
from rowlock.store.pages import content_of, content_of_cooldowns, cooldowns_of, page_of
from rowlock.store.prepared import Insertion
from rowlock.store.tables import EVENT, PAGE, SNAPSHOT

if TYPE_CHECKING:
    from typing_extensions import Buffer

# Another version, or the other order of bytes in numbers, is a snapshot that does not fit, no more.
FORMAT = [2, sys.byteorder]
# Its cooldowns are in its body.
EARLIER_FORMAT = [1, sys.byteorder]
NAME_BYTES = 32
NAMES_AT_ONCE = 500
# So many times as many pages are unpacked ahead.
AHEAD = 1
_INSERT_PAGES = Insertion(PAGE, new_only=True)


class SqlSnapshots:
    """The snapshots of a database (see `ports.SnapshotStore`)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def positions(self) -> list[int]:
        """Where there are snapshots, the newest first. Blocks."""
        newest_first = select(SNAPSHOT.c.position).order_by(SNAPSHOT.c.position.desc())
        return self._database.read_now(lambda connection: list(connection.execute(newest_first).scalars()))

    def load(self, position: int) -> Image:
        """The sheet at `position`; raises `SnapshotUnfit` unless all of it is what was stored. Blocks."""
        return self._database.read_now(lambda connection: _image(connection, position))

    async def keep_pages(self, pages: Sequence[Page]) -> list[bytes]:
        """Store pages and name them. A few at a time: this takes the writer's turn."""
        return await self._keep_named(lambda: list(map(content_of, pages)))

    async def keep(self, image: Image, names: Sequence[bytes]) -> None:
        """Store a snapshot whose pages were stored under these names; raises `PagesMissing` if they are gone."""
        chain = await self._database.read(lambda connection: _chain_at(connection, image.position))
        # Under load there are a hundred thousand: to write them down in the writer's turn would hold up the edits.
        cooling = await self._keep_named(lambda: [content_of_cooldowns(image.cooling)]) if image.cooling else []
        row = await asyncio.to_thread(_row, image, chain, names, cooling)
        await self._database.write(lambda connection: _keep(connection, row))

    async def _keep_named(self, contents: Callable[[], list[bytes]]) -> list[bytes]:
        named = await asyncio.to_thread(lambda: _named(contents()))
        await self._database.write(lambda connection: _INSERT_PAGES.run(connection, named))
        return [name for name, _ in named]

    async def drop(self, positions: Collection[int]) -> None:
        """Delete these snapshots, and then the pages that none is left to name."""
        unwanted = delete(SNAPSHOT).where(SNAPSHOT.c.position.in_(list(positions)))
        await self._database.write(lambda connection: connection.execute(unwanted))
        orphans = await self._database.read(_orphans)
        for names in _portions(orphans):
            await self._database.write(
                partial(Connection.execute, statement=delete(PAGE).where(PAGE.c.name.in_(names)))
            )


def _known(connection: Connection, names: list[bytes]) -> set[bytes]:
    return set(connection.execute(select(PAGE.c.name).where(PAGE.c.name.in_(names))).scalars())


def _chain_at(connection: Connection, position: int) -> bytes:
    chain: bytes = connection.execute(select(EVENT.c.hash).where(EVENT.c.position == position)).scalar_one()
    return chain


def _row(image: Image, chain: bytes, names: Sequence[bytes], cooling: Sequence[bytes]) -> dict[str, Any]:
    body, pages = _body(image, chain), b"".join((*names, *cooling))
    return {"position": image.position, "digest": _digest(body, pages), "body": body, "pages": pages}


def _keep(connection: Connection, row: Mapping[str, Any]) -> None:
    if any(len(_known(connection, names)) < len(set(names)) for names in _portions(_names(row["pages"]))):
        raise PagesMissing
    connection.execute(delete(SNAPSHOT).where(SNAPSHOT.c.position == row["position"]))
    connection.execute(insert(SNAPSHOT), [row])


def _orphans(connection: Connection) -> list[bytes]:
    wanted: set[bytes] = set()
    for pages in connection.execute(select(SNAPSHOT.c.pages)).scalars():
        wanted.update(_names(pages))
    return [name for name in connection.execute(select(PAGE.c.name)).scalars() if name not in wanted]


def _image(connection: Connection, position: int) -> Image:
    row = connection.execute(select(SNAPSHOT).where(SNAPSHOT.c.position == position)).mappings().first()
    if row is None:
        raise SnapshotUnfit("it is gone")
    if not isinstance(row["body"], bytes) or _digest(row["body"], row["pages"]) != row["digest"]:
        raise SnapshotUnfit("its content is not what its hash says")
    body = orjson.loads(row["body"])
    if body["format"] not in (FORMAT, EARLIER_FORMAT):
        raise SnapshotUnfit("another version of the program made it")
    chain = connection.execute(select(EVENT.c.hash).where(EVENT.c.position == position)).scalar()
    if chain is None:
        raise SnapshotUnfit("the journal does not reach it")
    if chain.hex() != body["chain"]:
        raise SnapshotUnfit("the journal has another event there")
    names = _names(row["pages"])
    contents = _contents_of(connection, names)
    pages = list(map(page_of, names[: body.get("pages")], contents))
    cooling = Cooldowns()
    cooling.put_all({index: (until, actor) for index, until, actor in body.get("cooling", ())})
    for stored in contents:
        cooling = cooldowns_of(stored)
    return _image_of(position, body, pages, cooling)


def _image_of(position: int, body: dict[str, Any], pages: list[Page], cooling: Cooldowns) -> Image:
    return Image(
        position=position,
        next_index=body["next_index"],
        dialect=Dialect(**body["dialect"]),
        header=body["header"].encode(),
        columns=tuple(body["columns"]),
        leases={index: Lease(**lease) for index, lease in body["leases"]},
        cooling=cooling,
        pages=pages,
    )


def _body(image: Image, chain: bytes) -> bytes:
    body = {
        "format": FORMAT,
        "chain": chain.hex(),
        "next_index": image.next_index,
        "dialect": asdict(image.dialect),
        "header": image.header.decode(),
        "columns": image.columns,
        "leases": [(index, asdict(lease)) for index, lease in image.leases.items()],
        "pages": len(image.pages),
    }
    return orjson.dumps(body)


def _contents_of(connection: Connection, names: list[bytes]) -> "Iterator[Buffer]":
    """What is stored under these names, in order, some hundreds at a time; the next ones are unpacked meanwhile."""
    with ThreadPoolExecutor(1, thread_name_prefix="rowlock-pages") as beside:
        ahead: deque[Future[Sequence[Buffer]]] = deque()
        for portion in _portions(names):
            ahead.append(beside.submit(_contents, portion, _stored(connection, portion)))
            if len(ahead) > AHEAD:
                yield from ahead.popleft().result()
        for contents in ahead:
            yield from contents.result()


def _contents(names: list[bytes], stored: Mapping[bytes, bytes]) -> "Sequence[Buffer]":
    """What these pages hold; next to none of it needs the interpreter."""
    try:
        values = [stored[name] for name in names]
        contents: Sequence[Buffer] = all_unpacked(values)
    except (KeyError, TypeError, AttributeError, Unreadable):  # whatever somebody put there, it is not the page
        values, contents = [], []
    if not (len(values) == len(names) and all(map(_is_named, names, values, contents))):
        raise SnapshotUnfit("a page is missing or not what its hash says")
    return contents


def _stored(connection: Connection, names: list[bytes]) -> dict[bytes, bytes]:
    rows = connection.execute(select(PAGE.c.name, PAGE.c.data).where(PAGE.c.name.in_(names))).all()
    return {row.name: row.data for row in rows}


def _named(contents: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
    """What is stored of each, named by that: a fifth of its bytes, and each byte takes its time."""
    return [(sha256(stored).digest(), stored) for stored in all_packed(contents)]


def _is_named(name: bytes, stored: bytes, content: "Buffer") -> bool:
    """Whether this is the page of that name; earlier versions named it by its content."""
    return sha256(stored).digest() == name or sha256(content).digest() == name


def _digest(body: bytes, pages: bytes) -> bytes:
    return sha256(sha256(body).digest() + pages).digest()


def _names(pages: bytes) -> list[bytes]:
    return [pages[at : at + NAME_BYTES] for at in range(0, len(pages), NAME_BYTES)]


def _portions(names: Sequence[bytes]) -> Iterable[list[bytes]]:
    return (list(names[at : at + NAMES_AT_ONCE]) for at in range(0, len(names), NAMES_AT_ONCE))
