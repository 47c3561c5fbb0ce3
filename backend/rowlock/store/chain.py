"""The hash chain of the journal's rows, as it is made and as it is checked.

The chain: `hash = SHA-256(previous hash + head + LF + payload)`, where `head` is the compact JSON array
`[position, sheet, kind, row_index, at, actor, session, key, batch]` in UTF-8, `payload` the stored text, and the
hash before the first event is 32 zero bytes.
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Any

import orjson

from rowlock.service.ports import ChainBroken, Head

GENESIS = bytes(32)
COLUMNS = ("position", "sheet", "kind", "row_index", "at", "actor", "session", "key", "batch", "payload", "hash")
POSITION, PAYLOAD, HASH = (COLUMNS.index(name) for name in ("position", "payload", "hash"))
NOT_ITS_HASH = "an event is not what its hash says"

# A stored row without names, in the order of `COLUMNS`, for those who read a million of them.
Values = Sequence[Any]


def chained(previous: bytes, head: bytes, payload: bytes) -> bytes:
    """The hash of an event from the hash of the one before it, its head and its payload."""
    return sha256(b"%b%b\n%b" % (previous, head, payload)).digest()


def hash_of(values: Values, previous: bytes) -> bytes:
    """What the hash of a stored row must be if nothing was changed."""
    return chained(previous, orjson.dumps(values[:PAYLOAD]), values[PAYLOAD].encode())


def checked_values(rows: Iterable[Values], after: Head) -> Iterator[Values]:
    """The same rows, each found to follow the one before it. Raises `ChainBroken` at the first that does not."""
    position, previous = after.position, after.hash
    for values in rows:
        position += 1
        if values[POSITION] != position:
            raise ChainBroken(position, "an event is missing")
        try:
            previous = hash_of(values, previous)
        except (TypeError, AttributeError):  # a value of another type than we ever store
            previous = b""
        if values[HASH] != previous:
            raise ChainBroken(position, NOT_ITS_HASH)
        yield values
