"""Which events are about a row: an index beside the journal that is brought up to date in lots, by row.

An index that is kept with each edit has each of them write a page of its own, somewhere in the file: after a long
history that takes longer than all the rest of an edit. Here the newest events are not in it; they are looked through,
and that their number is bounded keeps this quick. A journal that another program went on writing is no different.
"""

from collections.abc import Sequence
from typing import NamedTuple

import orjson
from sqlalchemy import Connection, Select, delete, func, insert, select

from rowlock.store.prepared import Insertion
from rowlock.store.tables import EVENT, MARK, ROW_EVENT

# As many events must be new before they are taken in: far back a sixteenth of all, so that a page takes several.
LEAST = 20_000
SHARE = 16
# As many at most, since a lot is held in memory: those of a journal that was made without this index.
MOST = 100_000
_MARK = "row_events"
_INSERT = Insertion(ROW_EVENT)
Positions = Select[tuple[int]]


class Taken(NamedTuple):
    """How far the index goes: up to `position`, and of what is behind it up to `upto` the first `done` by row."""

    position: int = 0
    upto: int = 0
    done: int = 0


class Lot(NamedTuple):
    """Events that are to be taken in: (row, position) by row, those that are in already left out."""

    taken: Taken
    entries: Sequence[tuple[int, int]]


def taken(connection: Connection) -> Taken:
    """How far the index goes."""
    text = connection.execute(select(MARK.c.value).where(MARK.c.name == _MARK)).scalar()
    return Taken(*map(int, text.split())) if text else Taken()


def about_row(connection: Connection, index: int, after: int, upto: int) -> list[Positions]:
    """The positions behind `after` up to `upto` of the events about a row, as queries."""
    known = taken(connection).position
    in_index = select(ROW_EVENT.c.position).where(
        ROW_EVENT.c.row_index == index, ROW_EVENT.c.position > after, ROW_EVENT.c.position <= min(upto, known)
    )
    newer = _between(max(after, known), upto).where(EVENT.c.row_index == index)
    return [in_index, newer]


def about_table(after: int, upto: int) -> Positions:
    """The positions behind `after` up to `upto` of the events about the whole table, as a query."""
    return _between(after, upto).where(EVENT.c.row_index.is_(None))


def _between(after: int, upto: int) -> Positions:
    return select(EVENT.c.position).where(EVENT.c.position > after, EVENT.c.position <= upto)


def next_lot(connection: Connection) -> Lot | None:
    """What is to be taken in next; None while too little is new."""
    known = taken(connection)
    if not known.upto:
        newest = connection.execute(select(func.max(EVENT.c.position))).scalar() or 0
        if newest - known.position < max(LEAST, known.position // SHARE):
            return None
        known = Taken(known.position, min(newest, known.position + MOST))
    return Lot(known, _by_row(connection, known)[known.done :])


def _by_row(connection: Connection, known: Taken) -> Sequence[tuple[int, int]]:
    """Row and position of each event of a lot, by row.

    SQLite hands them over as two texts: with a step for each event the driver would interrupt everybody else as often.
    """
    in_order = (
        select(EVENT.c.row_index, EVENT.c.position)
        .where(EVENT.c.position > known.position, EVENT.c.position <= known.upto, EVENT.c.row_index.is_not(None))
        .order_by(EVENT.c.row_index, EVENT.c.position)
    )
    if connection.dialect.name != "sqlite":
        return [(row, position) for row, position in connection.execute(in_order)]
    lot = in_order.subquery()
    [(rows, positions)] = connection.execute(select(*(func.group_concat(column) for column in lot.c)))
    # Where a lot is gone on with depends on its order; to sort what is in order costs next to nothing.
    return sorted(zip(orjson.loads(f"[{rows or ''}]"), orjson.loads(f"[{positions or ''}]"), strict=True))


def take_in(connection: Connection, lot: Lot, most: int) -> Lot | None:
    """Take the first `most` of the lot in; what is left of it, None if all of it is in."""
    now, rest = lot.entries[:most], lot.entries[most:]
    _INSERT.run(connection, now)
    known = lot.taken._replace(done=lot.taken.done + len(now)) if rest else Taken(lot.taken.upto)
    connection.execute(delete(MARK).where(MARK.c.name == _MARK))
    connection.execute(insert(MARK).values(name=_MARK, value=" ".join(map(str, known))))
    return Lot(known, rest) if rest else None
