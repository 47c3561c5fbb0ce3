"""What an event makes of the table: the fold that the server, the tools and the tests share. It never refuses."""

from dataclasses import replace
from typing import assert_never

from rowlock.core import records
from rowlock.core.columns import evolve_columns
from rowlock.core.draft import Rows, Writable
from rowlock.core.events import (
    Cells,
    ColumnAdded,
    ColumnDeleted,
    ColumnMoved,
    ColumnRenamed,
    Event,
    Fact,
    LeaseExpired,
    LeaseGranted,
    LeaseReleased,
    LeaseRenewed,
    RowAdded,
    RowDeleted,
    RowMoved,
    RowUpdated,
    StyleChanged,
    TableImported,
)
from rowlock.core.leases import Lease
from rowlock.core.sheet import Row, Sheet
from rowlock.core.style import evolve_style

TABLE_FACTS = (TableImported, ColumnAdded, ColumnRenamed, ColumnMoved, ColumnDeleted, StyleChanged)


def evolve(sheet: Sheet, event: Event) -> None:
    """Bring the sheet from the position before the event to the event's. Any event of the journal, in order."""
    fact = event.fact
    match fact:
        case TableImported():
            sheet.position = event.position
            sheet.load(fact.table or records.read_table(fact.data, encoding=fact.encoding, delimiter=fact.delimiter))
        case ColumnAdded() | ColumnRenamed() | ColumnMoved() | ColumnDeleted():
            sheet.position = event.position
            evolve_columns(sheet, fact)
        case StyleChanged():
            sheet.position = event.position
            evolve_style(sheet, fact)
        case _:
            evolve_rows(sheet, event)


def evolve_rows(state: Writable, event: Event) -> None:
    """`evolve` for the events of rows and leases, which can be laid over a sheet in a draft."""
    happen(state, event.fact, event.position, event.actor, event.session)


def happen(
    state: Writable, fact: Fact, position: int, actor: str, session: str | None, record: bytes | None = None
) -> None:
    """What an event of this fact at this position makes of rows and leases.

    `record`: what `updated_record` would give for an update, where it is known.
    """
    match fact:
        case RowUpdated():
            if record is None:
                record = updated_record(state, fact.index, fact.cells, fact.raw)
            state.replace(fact.index, position, record)
            if fact.until:
                state.cool(fact.index, fact.until, actor)
        case RowAdded():
            record = added_record(state, fact.cells, fact.after, fact.raw)
            state.insert(fact.index, position, record, fact.after)
        case RowDeleted():
            state.remove(fact.index)
        case RowMoved():
            state.move(fact.index, position, fact.after)
        case LeaseGranted():
            state.hold(fact.index, _granted(fact, position, actor, session))
        case LeaseRenewed():
            if (lease := state.lease(fact.index)) and lease.token == fact.token:
                state.hold(fact.index, replace(lease, until=fact.until))
        case LeaseReleased() | LeaseExpired():
            if (lease := state.lease(fact.index)) and lease.token == fact.token:
                state.hold(fact.index, None)
        case TableImported() | ColumnAdded() | ColumnRenamed() | ColumnMoved() | ColumnDeleted() | StyleChanged():
            raise TypeError(f"{type(fact).__name__} changes the whole table and is decided alone")
        case _:
            assert_never(fact)
    state.position = position


def added_record(state: Rows, cells: Cells, after: int | None, raw: str | None = None) -> bytes:
    """The record of a new row behind `after`, written as its neighbour is, unless `raw` says it all."""
    if raw is not None:
        return raw.encode()
    texts = [to if (change := cells.get(column)) and (to := change[1]) else "" for column in state.columns]
    neighbour = _neighbour(state, after)
    return records.new_record(texts, state.dialect, neighbour.record if neighbour else None)


def updated_record(state: Rows, index: int, cells: Cells, raw: str | None = None) -> bytes:
    """The record of an existing row with other cells, unless `raw` says it all."""
    if raw is not None:
        return raw.encode()
    row = state.row(index)
    assert row is not None
    changes = {state.ordinals[column]: to or "" for column, (_, to) in cells.items()}
    return records.changed_record(row.record, changes, state.dialect)


def _neighbour(state: Rows, after: int | None) -> Row | None:
    index = state.following(None) if after is None else after
    return None if index is None else state.row(index)


def _granted(fact: LeaseGranted, position: int, actor: str, session: str | None) -> Lease:
    return Lease(
        token=position,
        holder=actor,
        session=session,
        client=fact.client,
        since=fact.since,
        until=fact.until,
        bound=fact.bound,
    )
