"""The journal's rows in order, a chunk at a time: each one short read transaction, however long the history."""

from collections.abc import Iterator, Sequence
from functools import partial
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select
from sqlalchemy.exc import DBAPIError

from rowlock.service.ports import ChainBroken, StorageFailed
from rowlock.store import chain, fold
from rowlock.store.database import Database, fetched, not_text
from rowlock.store.packing import Unreadable, unpacked
from rowlock.store.tables import BLOB, EVENT

FOREVER = 2**62
# Small enough to stay in the processor's cache while it is folded.
CHUNK = 1_000
# So many values SQLite takes in one statement, everywhere.
AT_ONCE = 500


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
WHOLE_AT = select(EVENT).where(EVENT.c.position.in_(bindparam("positions", expanding=True))).order_by(EVENT.c.position)
BRIEF = _statement(*(EVENT.c[name] for name in fold.BRIEF))


def chunks(
    database: Database, after: int, upto: int | None, statement: Select[Any] = WHOLE
) -> Iterator[Sequence[chain.Values]]:
    """Rows after `after` up to `upto`, never none at once.

    With `BRIEF` only what most folds ask for. Raises `ChainBroken` at an event that is no text. Blocks.
    """
    last = FOREVER if upto is None else upto
    while True:
        rows = database.read_now(partial(_chunk, statement=statement, after=after, upto=last))
        if not rows:
            return
        yield rows
        after = rows[-1][chain.POSITION]


def rows_at(database: Database, positions: Sequence[int]) -> Iterator[chain.Values]:
    """The rows at these positions, which are in order."""
    for start in range(0, len(positions), AT_ONCE):
        wanted = {"positions": positions[start : start + AT_ONCE]}
        yield from database.read_now(partial(fetched, statement=WHOLE_AT, parameters=wanted))


def rows_after(connection: Connection, position: int) -> Iterator[chain.Values]:
    """Every row after `position`, inside a transaction of the caller's."""
    while rows := fetched(connection, WHOLE, {"after": position, "upto": FOREVER, "limit": CHUNK}):
        yield from rows
        position = rows[-1][chain.POSITION]


def blob_of(connection: Connection, name: bytes) -> bytes:
    """A large value; raises `StorageFailed` unless its bytes are those that its name promises."""
    stored = connection.execute(select(BLOB.c.data).where(BLOB.c.hash == name)).scalar()
    try:
        data = None if stored is None else unpacked(stored)
    except Unreadable:
        data = None
    if data is None or sha256(data).digest() != name:
        raise StorageFailed(f"the journal's stored file {name.hex()} is missing or damaged")
    return data


def _chunk(connection: Connection, statement: Select[Any], after: int, upto: int) -> Sequence[chain.Values]:
    try:
        return fetched(connection, statement, {"after": after, "upto": upto, "limit": CHUNK})
    except DBAPIError as error:
        if not_text(error):
            return _chunk(connection, statement, after, _last_readable(connection, after))
        raise


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
