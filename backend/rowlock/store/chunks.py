"""The journal's rows in order, a chunk at a time: each one short read transaction, however long the history."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from hashlib import sha256
from typing import Any
from zlib import decompress
from zlib import error as ZlibError

import orjson
from sqlalchemy import Connection, Select, Table, bindparam, null, select
from sqlalchemy.exc import DBAPIError

from rowlock.service.ports import ChainBroken, StorageFailed
from rowlock.store import chain, codec
from rowlock.store.database import Database, fetched, not_text
from rowlock.store.tables import BlobRow, EventRow

FOREVER = 2**62
# Small enough to stay in the processor's cache while it is folded.
CHUNK = 1_000

EVENT: Table = EventRow.__table__  # type: ignore[attr-defined]  # SQLModel does not declare what it sets
BLOB: Table = BlobRow.__table__  # type: ignore[attr-defined]

Chunk = tuple[Sequence[chain.Values], Callable[[bytes], bytes]]
_NEEDED = {"position", "kind", "row_index", "at", "actor", "session", "payload"}


def _statement(*columns: Any) -> Select[Any]:
    # Without a word of the sheet, of which there is one: SQLite would take its index and sort the whole journal.
    return (
        select(*columns)
        .where(EVENT.c.position > bindparam("after"), EVENT.c.position <= bindparam("upto"))
        .order_by(EVENT.c.position)
        .limit(bindparam("limit"))
    )


# Built once: building a statement costs more than running it.
WHOLE = _statement(EVENT)
TO_FOLD = _statement(*(column if column.name in _NEEDED else null() for column in EVENT.c))


def chunks(database: Database, after: int, upto: int | None, statement: Select[Any] = WHOLE) -> Iterator[Chunk]:
    """Rows after `after` up to `upto`, never none at once, and what finds the blobs that they name.

    With `TO_FOLD` what no fold asks for is left out. Raises `ChainBroken` at an event that is no text. Blocks.
    """
    last = FOREVER if upto is None else upto
    while True:
        rows, blob = database.read_now(partial(_chunk, statement=statement, after=after, upto=last))
        if not rows:
            return
        yield rows, blob
        after = rows[-1][chain.POSITION]


def rows_after(connection: Connection, position: int) -> Iterator[chain.Values]:
    """Every row after `position`, inside a transaction of the caller's."""
    while rows := fetched(connection, WHOLE, {"after": position, "upto": FOREVER, "limit": CHUNK}):
        yield from rows
        position = rows[-1][chain.POSITION]


def blob_of(connection: Connection, name: bytes) -> bytes:
    """A large value; raises `StorageFailed` unless its bytes are those that its name promises."""
    stored = connection.execute(select(BLOB.c.data).where(BLOB.c.hash == name)).scalar()
    try:
        data = None if stored is None else decompress(stored)
    except ZlibError:
        data = None
    if data is None or sha256(data).digest() != name:
        raise StorageFailed(f"the journal's stored file {name.hex()} is missing or damaged")
    return data


def _chunk(connection: Connection, statement: Select[Any], after: int, upto: int) -> Chunk:
    """Rows and the blobs they name, read together so that the transaction can end before they are used."""
    try:
        rows = fetched(connection, statement, {"after": after, "upto": upto, "limit": CHUNK})
    except DBAPIError as error:
        if not_text(error):
            return _chunk(connection, statement, after, _last_readable(connection, after))
        raise
    payloads = (row[chain.PAYLOAD] for row in rows if row[codec.KIND] == "table_imported")
    names = {bytes.fromhex(orjson.loads(payload)["blob"]) for payload in payloads}
    found = {name: blob_of(connection, name) for name in names}
    return rows, found.__getitem__


def _last_readable(connection: Connection, after: int) -> int:
    """Up to where events are text. Raises `ChainBroken` if that is not even the next one."""
    for position in range(after, after + CHUNK):
        try:
            fetched(connection, WHOLE, {"after": position, "upto": position + 1, "limit": 1})
        except DBAPIError:
            if position == after:
                raise ChainBroken(position + 1, "an event is not what its hash says") from None
            return position
    return after + CHUNK
