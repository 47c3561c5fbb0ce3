"""Receipts of events: what somebody takes away to prove later, without us, what was acknowledged."""

from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from rowlock.core.times import format_time
from rowlock.service.ports import Head, Link


class StoredEventShape(BaseModel):
    """An event as its hash was made: nothing is left out, and `payload` is the stored text."""

    model_config = ConfigDict(extra="forbid", strict=True)

    position: int
    sheet: int
    kind: str
    row_index: int | None
    at: int
    actor: str
    session: str | None
    key: str | None
    batch: int | None
    payload: str


class HeadShape(BaseModel):
    """Where the journal stood: its last position and that event's hash, which vouches for all events before it."""

    position: int
    hash: str


class ReceiptShape(BaseModel):
    """An event, the hash before it, its own hash, and the head of the chain when the receipt was given."""

    event: StoredEventShape
    previous: str
    hash: str
    head: HeadShape
    issued_at: str


def receipt_body(link: Link, head: Head, at: int) -> dict[str, Any]:
    """A receipt given `at` (UTC in microseconds)."""
    return {
        "event": link.event,
        "previous": link.previous.hex(),
        "hash": link.hash.hex(),
        "head": {"position": head.position, "hash": head.hash.hex()},
        "issued_at": format_time(at),
    }


def read_receipt(text: bytes) -> tuple[Link, Head]:
    """What a receipt says of its event and of the head; raises ValueError with one sentence if it is none."""
    try:
        shape = ReceiptShape.model_validate(orjson.loads(text))
        head = Head(position=shape.head.position, hash=bytes.fromhex(shape.head.hash))
        previous, own = bytes.fromhex(shape.previous), bytes.fromhex(shape.hash)
    except (orjson.JSONDecodeError, ValidationError, ValueError) as error:
        raise ValueError("it is no receipt of an event") from error
    return Link(event=shape.event.model_dump(), previous=previous, hash=own), head
