"""Events as rows of the journal, and as JSON for everybody."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from functools import lru_cache
from operator import itemgetter
from typing import Any

import orjson
from sqlalchemy import RowMapping

from rowlock.core import events
from rowlock.core.columns import ColumnFact
from rowlock.core.dialects import Dialect
from rowlock.core.events import KINDS, Cells, Event, Fact
from rowlock.core.times import format_time
from rowlock.service.ports import Entry, Head, Link
from rowlock.store.chain import COLUMNS, HASH, Values, chained, checked_values, hash_of

SHEET = 1
VERSION = 1

Payload = dict[str, Any]
StoredRow = RowMapping | Mapping[str, Any]
_INTEGER_KEYS = orjson.OPT_NON_STR_KEYS

in_order: Callable[[StoredRow], Values] = itemgetter(*COLUMNS)
"""The values of a stored row in the order of `COLUMNS`."""


class UnknownEvent(ValueError):
    """The journal holds an event of a kind or version that this program does not know."""


def values_of(event: Event, previous: bytes) -> Values:
    """The event as a row of the journal, chained to the hash of the one before; values in the order of `COLUMNS`."""
    position, at, actor, fact, session, key, batch, _, _ = event
    index = getattr(fact, "index", None)
    # Only what is said of the whole table, and so of no row alone, goes by numbers of rows.
    payload = orjson.dumps(_payload(event), option=_INTEGER_KEYS if index is None else None)
    head = (position, SHEET, KINDS[type(fact)], index, at, actor, session, key, batch)
    return (*head, payload.decode(), chained(previous, orjson.dumps(head), payload))


def checked(rows: Iterable[StoredRow], after: Head) -> Iterator[StoredRow]:
    """`checked_values` for rows whose values have names."""
    return map(named, checked_values(map(in_order, rows), after))


def named(values: Values) -> dict[str, Any]:
    """The stored row with the names of its values."""
    return dict(zip(COLUMNS, values, strict=True))


def link_of(row: StoredRow, previous: bytes) -> Link:
    """A stored row as a link of the chain, behind `previous`."""
    return Link(event={name: row[name] for name in COLUMNS[:HASH]}, previous=previous, hash=row["hash"])


def holds(link: Link) -> bool:
    """Whether the hash of a link is that of its event."""
    return hash_of(tuple(link.event[name] for name in COLUMNS[:HASH]), link.previous) == link.hash


def entry_of(row: StoredRow, blob: Callable[[bytes], bytes]) -> Entry:
    """The event and its JSON from a stored row; `blob` finds a large value by its hash."""
    return Entry(event=event_of(row, blob), wire=wire_of(in_order(row)), hash=row["hash"])


def event_of(row: StoredRow, blob: Callable[[bytes], bytes]) -> Event:
    """The event from a stored row. Raises `UnknownEvent`."""
    payload = orjson.loads(row["payload"])
    return Event(
        position=row["position"],
        at=row["at"],
        actor=row["actor"],
        fact=fact_of(row["kind"], row["row_index"], payload, blob),
        reason=payload.get("reason"),
        undoes=payload.get("undoes"),
        session=row["session"],
        key=row["key"],
        batch=row["batch"],
    )


def fact_of(kind: str, index: int | None, payload: Payload, blob: Callable[[bytes], bytes]) -> Fact:
    """The fact of an event from its kind, its row and its payload. Raises `UnknownEvent`."""
    if payload.get("v") != VERSION or kind not in _DECODERS:
        raise UnknownEvent(f"event of kind {kind}, version {payload.get('v')}, is from a newer program")
    return _DECODERS[kind](index, payload, blob)


def wire_of(values: Values) -> bytes:
    """The event as JSON for everybody: the common fields, the payload's, the hash; the session stays out."""
    position, _, kind, index, at, actor, _, key, batch, payload, digest = values
    row = b"" if index is None else b'"index":%d,' % index
    shared = _shared(at, actor, key, batch)
    told, link = payload[1:-1].encode(), digest.hex().encode()
    return b'{"position":%d,"kind":"%b",%b%b,%b,"hash":"%b"}' % (position, kind.encode(), row, shared, told, link)


@lru_cache(16)
def _shared(at: int, actor: str, key: str | None, batch: int | None) -> bytes:
    """What the events of a batch have in common, as members of an object."""
    common = {"at": format_time(at), "actor": actor, "key": key, "batch": batch}
    return orjson.dumps({name: value for name, value in common.items() if value is not None})[1:-1]


def _payload(event: Event) -> Payload:
    """What the journal keeps of the fact, and why it happened; keys without a value are left out."""
    payload = _told(event)
    if event.reason is not None:
        payload["reason"] = event.reason
    if event.undoes is not None:
        payload["undoes"] = event.undoes
    return payload


def _told(event: Event) -> Payload:
    fact = event.fact
    payload: Payload
    match fact:
        case events.RowUpdated():
            payload = {"v": VERSION, "cells": _changes(fact.cells)}
            if fact.until:
                payload["until"] = fact.until
            if fact.raw is not None:
                payload["raw"] = fact.raw
            return payload
        case events.RowAdded() | events.RowDeleted():
            return _shown({"cells": _changes(fact.cells), "raw": fact.raw}) | {"after": fact.after}
        case events.RowMoved():
            return {"v": VERSION, "after": fact.after, "was": fact.was}
        case events.LeaseGranted():
            payload = _granted(event, fact)
        case events.LeaseRenewed():
            payload = {"token": fact.token, "until": fact.until}
        case events.LeaseReleased() | events.LeaseExpired():
            payload = {"token": fact.token}
        case events.TableImported():
            payload = {
                "blob": fact.blob.hex(),
                "delimiter": fact.delimiter,
                "encoding": fact.encoding,
                "columns": fact.columns,
                "rows": fact.rows,
            }
        case events.StyleChanged():
            payload = _style(fact)
        case _:
            payload = _column(fact)
    return _shown(payload)


def _granted(event: Event, fact: events.LeaseGranted) -> Payload:
    return {
        "token": event.position,
        "holder": event.actor,
        "client": fact.client,
        "since": fact.since,
        "until": fact.until,
        "expires_at": format_time(event.at + fact.until - fact.since),
        "bound": fact.bound or None,
        "replaced": fact.replaced,
    }


def _column(fact: ColumnFact) -> Payload:
    match fact:
        case events.ColumnAdded() | events.ColumnDeleted():
            return {"column": fact.column, "place": fact.place, "values": dict(fact.values), **_given(fact)}
        case events.ColumnRenamed():
            return {"column": fact.column, "to": fact.to}
        case events.ColumnMoved():
            return {"column": fact.column, "place": fact.place, "was": fact.was, **_given(fact)}


def _style(fact: events.StyleChanged) -> Payload:
    return {
        "to": asdict(fact.dialect),
        "header": fact.header,
        "columns": fact.columns,
        "was": asdict(fact.was),
        "was_header": fact.was_header,
        **_given(fact),
    }


def _shown(payload: Payload) -> Payload:
    return {"v": VERSION} | {name: value for name, value in payload.items() if value is not None}


def _changes(cells: Cells) -> Payload:
    return {column: {"from": old, "to": new} for column, (old, new) in cells.items()}


def _cells(payload: Payload) -> Cells:
    return {column: (change["from"], change["to"]) for column, change in payload["cells"].items()}


def _imported(_index: int | None, payload: Payload, blob: Callable[[bytes], bytes]) -> Fact:
    name = bytes.fromhex(payload["blob"])
    return events.TableImported(
        blob=name,
        data=blob(name),
        delimiter=payload["delimiter"],
        encoding=payload["encoding"],
        columns=tuple(payload["columns"]),
        rows=payload["rows"],
    )


def _lease_granted(index: Any, payload: Payload, _blob: Any) -> Fact:
    return events.LeaseGranted(
        index=index,
        client=payload.get("client"),
        since=payload["since"],
        until=payload["until"],
        bound=payload.get("bound", False),
        replaced=payload.get("replaced"),
    )


def _by_index(texts: Mapping[str, str]) -> dict[int, str]:
    return {int(index): text for index, text in texts.items()}


def _given(fact: events.ColumnAdded | events.ColumnMoved | events.ColumnDeleted | events.StyleChanged) -> Payload:
    return {"records": dict(fact.records) or None}


def _records(payload: Payload) -> Mapping[int, str]:
    return _by_index(payload["records"]) if "records" in payload else events.NOTHING


_DECODERS: dict[str, Callable[[Any, Payload, Callable[[bytes], bytes]], Fact]] = {
    "row_updated": lambda index, payload, _: events.RowUpdated(
        index=index, cells=_cells(payload), until=payload.get("until", 0), raw=payload.get("raw")
    ),
    "row_added": lambda index, payload, _: events.RowAdded(
        index=index, cells=_cells(payload), after=payload["after"], raw=payload.get("raw")
    ),
    "row_deleted": lambda index, payload, _: events.RowDeleted(
        index=index, cells=_cells(payload), after=payload["after"], raw=payload.get("raw")
    ),
    "row_moved": lambda index, payload, _: events.RowMoved(index=index, after=payload["after"], was=payload["was"]),
    "lease_granted": _lease_granted,
    "lease_renewed": lambda index, payload, _: events.LeaseRenewed(
        index=index, token=payload["token"], until=payload["until"]
    ),
    "lease_released": lambda index, payload, _: events.LeaseReleased(index=index, token=payload["token"]),
    "lease_expired": lambda index, payload, _: events.LeaseExpired(index=index, token=payload["token"]),
    "column_added": lambda _, payload, __: events.ColumnAdded(
        column=payload["column"], place=payload["place"], values=_by_index(payload["values"]), records=_records(payload)
    ),
    "column_renamed": lambda _, payload, __: events.ColumnRenamed(column=payload["column"], to=payload["to"]),
    "column_moved": lambda _, payload, __: events.ColumnMoved(
        column=payload["column"], place=payload["place"], was=payload["was"], records=_records(payload)
    ),
    "column_deleted": lambda _, payload, __: events.ColumnDeleted(
        column=payload["column"], place=payload["place"], values=_by_index(payload["values"]), records=_records(payload)
    ),
    "style_changed": lambda _, payload, __: events.StyleChanged(
        dialect=Dialect(**payload["to"]),
        header=payload["header"],
        columns=tuple(payload["columns"]),
        was=Dialect(**payload["was"]),
        was_header=payload["was_header"],
        records=_records(payload),
    ),
    "table_imported": _imported,
}
