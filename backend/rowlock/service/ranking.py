"""Answers a query for all rows at once: which of them, in which order. `core.query` says what is meant for one."""

from array import array
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rowlock.core.query import Filter, Query, number_of
from rowlock.core.sheet import NOWHERE, Image
from rowlock.service.order import PART_ROWS, Order
from rowlock.service.scan import Column, Flags, Places, column_of, containing, eights, numbers_of, rows_with

Words = NDArray[np.uint64]

WORD = 8
# What remains of a word of which a text fills so many bytes.
MASKS = np.array([0] + [(1 << 64) - (1 << (64 - 8 * filled)) for filled in range(1, WORD + 1)], np.uint64)


def order_of(image: Image, query: Query) -> Order:
    """The rows of a sheet at rest that the query asks for, in its order. Blocks for long."""
    found = _ranked(image, query)
    home = np.full(image.next_index, NOWHERE, np.uint32)
    home[found] = np.arange(len(found), dtype=np.uint32) // PART_ROWS
    return Order(query, _array(found), _array(home))


def _array(numbers: NDArray[np.uint32]) -> "array[int]":
    made = array("I")
    made.frombytes(numbers.tobytes())
    return made


def _ranked(image: Image, query: Query) -> NDArray[np.uint32]:
    pages, width = image.pages, len(image.columns)
    known: dict[str, Column] = {}

    def column(name: str) -> Column:
        if name not in known:
            known[name] = column_of(pages, image.dialect, image.columns.index(name), width)
        return known[name]

    indexes = [np.frombuffer(page.indexes, np.uint32) for page in pages if page.indexes]
    all_indexes = np.concatenate(indexes) if indexes else np.empty(0, np.uint32)
    wanted = np.ones(len(all_indexes), dtype=bool)
    for each in query.filters:
        wanted &= _satisfying(column(each.column), each)
    if query.text:
        wanted &= rows_with(pages, image.dialect, width, query.text)
    rows = np.flatnonzero(wanted)
    if query.sort is not None:
        rows = _sorted(column(query.sort), rows, descending=query.descending)
    return all_indexes[rows]


def _satisfying(column: Column, each: Filter) -> Flags:
    """Which cells satisfy a filter."""
    match each.operator:
        case "empty":
            empty: Flags = column.lengths == 0
            return ~empty if each.value == "false" else empty
        case "contains":
            return containing(column, each.value)
        case "eq":
            return np.equal(_compared(column, each.value), 0)
        case "ne":
            return np.not_equal(_compared(column, each.value), 0)
        case "lt" | "le" | "gt" | "ge":
            bound = number_of(each.value)
            if bound is None:
                return _holding(each.operator, _compared(column, each.value), 0)
            numbers, flags = numbers_of(column)
            return flags & _holding(each.operator, numbers, bound)


def _holding(operator: str, left: NDArray[Any], right: float) -> Flags:
    compare: dict[str, Any] = {"lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal}
    flags: Flags = compare[operator](left, right)
    return flags


def _compared(column: Column, value: str) -> NDArray[np.int8]:
    """-1, 0 or 1 for each text that is less than, equal to, or greater than `value`."""
    encoded = value.encode()
    result = np.zeros(len(column.starts), np.int8)
    rows = np.arange(len(result))
    for depth in range(0, len(encoded) + 1, WORD):
        words = _words(column, rows, depth)
        piece = np.uint64(int.from_bytes(encoded[depth : depth + WORD].ljust(WORD, b"\0"), "big"))
        result[rows] = (words > piece).astype(np.int8) - (words < piece).astype(np.int8)
        rows = rows[words == piece]
    result[rows] = np.sign(column.lengths[rows] - len(encoded))
    return result


def _sorted(column: Column, rows: Places, *, descending: bool) -> Places:
    """The rows by the texts of a column: see `core.query.rank_of`. Equal ones stay in the order given."""
    numbers, is_number = numbers_of(column)
    empty = column.lengths[rows] == 0
    numeric = is_number[rows]
    by_size = _by_size(numbers, rows[numeric], descending=descending)
    by_character = _in_order(column, rows[~numeric & ~empty], descending=descending)
    parts = (by_character, by_size) if descending else (by_size, by_character)
    return np.concatenate((*parts, rows[empty]))


def _by_size(numbers: NDArray[np.float64], rows: Places, *, descending: bool) -> Places:
    """The rows by their numbers."""
    compared = -numbers[rows] if descending else numbers[rows]
    return rows[np.argsort(compared, kind="stable")]


def _in_order(column: Column, rows: Places, *, descending: bool) -> Places:
    """The rows by the bytes of their texts.

    A few bytes of each text, its number among the rows and that of its group (those that are alike so far) fit into
    one 64-bit word, and numpy sorts such words many times as fast as anything else. Those still alike go on.
    """
    order = rows.copy()
    depth = _alike(column, rows)
    places = np.arange(len(order))
    groups = np.zeros(len(order), np.uint64)
    while len(places) > 1:
        now = order[places]
        row_bits = (len(places) - 1).bit_length()
        group_bits = int(groups[-1]).bit_length()
        taken = (64 - row_bits - group_bits) // 8
        key = _words(column, now, depth) >> np.uint64(64 - 8 * taken)
        if descending:
            key ^= np.uint64((1 << 8 * taken) - 1)
        depth += taken
        told = (groups << np.uint64(8 * taken)) | key
        if (told[1:] < told[:-1]).any():  # many a column stands in order already
            both = (told << np.uint64(row_bits)) | np.arange(len(places), dtype=np.uint64)
            both.sort()
            now = now[(both & np.uint64((1 << row_bits) - 1)).astype(np.int64)]
            order[places] = now
            told = both >> np.uint64(row_bits)
        places, groups = _still_alike(places, told, column.lengths[now] > depth)
    return order


def _alike(column: Column, rows: Places) -> int:
    """How many bytes, in whole words, all the texts begin with alike."""
    depth = 0
    if len(rows):
        shortest = int(column.lengths[rows].min())
        while depth + WORD <= shortest:
            words = eights(column.buffer)[column.starts[rows] + depth]
            if (words != words[0]).any():
                break
            depth += WORD
    return depth


def _still_alike(places: Places, told: Words, goes_on: Flags) -> tuple[Places, Words]:
    """The places of those groups of equals in which some text goes on, and their groups, numbered from 0."""
    first = np.concatenate(([True], told[1:] != told[:-1]))
    begins = np.flatnonzero(first)
    sizes = np.diff(begins, append=len(told))
    open_groups = np.logical_or.reduceat(goes_on, begins) & (sizes > 1)
    kept = np.repeat(open_groups, sizes)
    numbers = np.cumsum(open_groups, dtype=np.uint64) - np.uint64(1)
    return places[kept], np.repeat(numbers, sizes)[kept]


def _words(column: Column, rows: Places, depth: int) -> Words:
    """The bytes of texts from `depth` on, eight in a word, zeros behind the end: words compare as the texts do."""
    remaining = np.clip(column.lengths[rows] - depth, 0, WORD)
    places = np.where(remaining > 0, column.starts[rows] + depth, 0)
    return eights(column.buffer)[places].astype(np.uint64, copy=False).byteswap() & MASKS[remaining]
