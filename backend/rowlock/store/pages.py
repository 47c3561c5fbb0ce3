"""Pages and cooldowns as bytes: how many rows, columns of numbers one behind the other, and what is no number."""

from array import array
from typing import TYPE_CHECKING

import orjson

from rowlock.core.blocks import Page
from rowlock.core.cooldowns import Cooldowns

if TYPE_CHECKING:
    from typing_extensions import Buffer

COUNT_BYTES = 4


def content_of(page: Page) -> bytes:
    """What is stored of a page; numbers in this machine's order of bytes."""
    return _content(page.lengths, page.indexes, page.versions, rest=page.data)


def page_of(name: bytes, stored: "Buffer") -> Page:
    """The page that is kept under this name."""
    (lengths, indexes, versions), data = _columns("IIQ", stored)
    return Page(None, name, data, lengths, indexes, versions)


def content_of_cooldowns(cooling: Cooldowns) -> bytes:
    """What is stored of the cooldowns of rows: each row, the number of the actor's name, the end."""
    names = list(dict.fromkeys(cooling.actors.values()))
    numbers = {name: number for number, name in enumerate(names)}
    actors = map(numbers.__getitem__, map(cooling.actors.__getitem__, cooling.ends))
    columns = array("I", cooling.ends), array("I", actors), array("Q", cooling.ends.values())
    return _content(*columns, rest=orjson.dumps(names))


def cooldowns_of(stored: "Buffer") -> Cooldowns:
    """The cooldowns that were stored."""
    (rows, numbers, ends), names = _columns("IIQ", stored)
    actors = map(orjson.loads(names).__getitem__, numbers)
    return Cooldowns(dict(zip(rows, ends, strict=True)), dict(zip(rows, actors, strict=True)))


def _content(*columns: "array[int]", rest: bytes) -> bytes:
    return b"".join((len(columns[0]).to_bytes(COUNT_BYTES, "little"), *map(array.tobytes, columns), rest))


def _columns(codes: str, stored: "Buffer") -> tuple[list["array[int]"], bytes]:
    content = memoryview(stored)
    count, at, columns = int.from_bytes(content[:COUNT_BYTES], "little"), COUNT_BYTES, []
    for code in codes:
        column: array[int] = array(code)
        end = at + count * column.itemsize
        column.frombytes(content[at:end])
        columns.append(column)
        at = end
    return columns, bytes(content[at:])
