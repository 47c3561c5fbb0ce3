"""The journal's rows in order, a chunk at a time: each one short read transaction, however long the history."""

from array import array
from collections.abc import Iterator, Sequence
from functools import partial
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import Connection, Select, bindparam, func, literal_column, select
from sqlalchemy.exc import DBAPIError

from rowlock.service.ports import ChainBroken, StorageFailed
from rowlock.store import chain, fold
from rowlock.store.database import Database, fetched, not_text
from rowlock.store.packing import Unreadable, unpacked
from rowlock.store.tables import BLOB, EVENT
from rowlock.store.updates import Stored

FOREVER = 2**62
# Small enough to stay in the processor's cache while it is folded.
CHUNK = 1_000
# So many values SQLite takes in one statement, everywhere.
AT_ONCE = 500
# So many chunks at most are read by row before it is tried again to read one in columns.
MOST_BY_ROW = 15


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
# In the order of the rows, for only by position does SQLite find them; whoever asks looks whether it did.
UPDATES = (
    select(
        *(func.group_concat(EVENT.c[name]) for name in ("position", "row_index")),
        *(func.group_concat(EVENT.c[name], literal_column("'\n'")) for name in ("actor", "payload")),
    )
    .where(EVENT.c.position > bindparam("after"), EVENT.c.position <= bindparam("upto"))
    .where(EVENT.c.kind == literal_column(f"'{fold.UPDATED}'"))
)


def chunks(database: Database, after: int, upto: int | None) -> Iterator[Sequence[chain.Values]]:
    """Rows after `after` up to `upto`, never none at once. Raises `ChainBroken` at an event that is no text. Blocks."""
    last = FOREVER if upto is None else upto
    while True:
        rows = database.read_now(partial(_chunk, statement=WHOLE, after=after, upto=last))
        if not rows:
            return
        yield rows
        after = rows[-1][chain.POSITION]


def brief_chunks(database: Database, after: int, upto: int | None) -> Iterator[Stored | Sequence[chain.Values]]:
    """What most folds ask for of the rows after `after` up to `upto`: in columns where they are updates alone.

    Raises `ChainBroken` at an event that is no text. Blocks.
    """
    last = FOREVER if upto is None else upto
    by_row = missed = 0
    while True:
        between = partial(_updates, after=after, upto=min(after + CHUNK, last))
        if not by_row and (stored := database.read_now(between)):
            missed = 0
            yield stored
            after = stored.positions[-1]
            continue
        if not by_row:  # where updates are among others they mostly stay so: columns are tried ever less often
            by_row = missed = min(2 * missed + 1, MOST_BY_ROW)
        by_row -= 1
        rows = database.read_now(partial(_chunk, statement=BRIEF, after=after, upto=last))
        if not rows:
            return
        yield rows
        after = rows[-1][chain.POSITION]


def _updates(connection: Connection, after: int, upto: int) -> Stored | None:
    """The events from the one after `after` on up to `upto`, if all of them are updates of rows; else None.

    To have SQLite join them takes half the time of making objects of each.
    """
    if connection.dialect.name != "sqlite":  # in which order another database joins them is not said
        return None
    try:
        [texts] = fetched(connection, UPDATES, {"after": after, "upto": upto})
        positions = orjson.loads(f"[{texts[0]}]")
        indexes = array("q", orjson.loads(f"[{texts[1]}]"))
    except (DBAPIError, ValueError, TypeError, OverflowError):  # none, or such as only reading them by row can tell of
        return None
    count, actors = len(positions), texts[2].split("\n")
    if positions != list(range(after + 1, after + 1 + count)) or not count == len(indexes) == len(actors):
        return None
    return Stored(positions=positions, indexes=indexes, actors=actors, payloads=texts[3])


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
