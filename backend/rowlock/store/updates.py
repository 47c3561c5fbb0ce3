"""Updates of rows, noted in columns, of which only those are laid into the sheet that no later one overwrites."""

import re
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, count
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from rowlock.core.fields import leaves_no_trace, none_leaves_a_trace
from rowlock.core.sheet import Change, Sheet

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

# Fewer are laid into the sheet as they are: to find out which of them count takes as long.
FEW = 200

# What `codec` writes of the update of one cell if nothing in it is escaped: column, text, the cooldown's end.
_ONE_CELL = re.compile(r'\{"v":1,"cells":\{"([^"]*)":\{"from":"[^"]*","to":"([^"]*)"\}\}(?:,"until":([0-9]+))?\}')


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """Updates as the journal has them, in columns; the payloads one a line."""

    positions: Sequence[int]
    indexes: Sequence[int]
    actors: Sequence[str]
    payloads: str


class Said(NamedTuple):
    """What updates say: how many cells each changes and when its cooldown ends; column and text of each cell."""

    counts: Iterable[int]
    untils: Sequence[int]
    columns: Iterable[str]
    texts: Sequence[str]


def said_of_one_cell(count: int, payloads: str) -> Said | None:
    """What so many payloads, one a line, say if each is plainly the update of one cell, as most are; else None.

    It takes a third of the time of reading them as JSON.
    """
    if "\\" in payloads or payloads.count("\n") != count - 1:
        return None
    # In turn what is between two finds, and column, text and end of each: quicker than to make a tuple of each.
    found = _ONE_CELL.split(payloads)
    columns, texts, untils, between = (found[first::4] for first in (1, 2, 3, 4))
    if len(columns) != count or found[0] or between.pop() or between.count("\n") != count - 1:
        return None
    return Said(array("q", [1]) * count, _numbers(untils), columns, texts)


def _numbers(untils: Sequence[Any]) -> Sequence[int]:
    """Their numbers; 0 for None."""
    if None in untils:
        return [int(until or 0) for until in untils]
    numbers: list[int] = orjson.loads(f"[{','.join(untils)}]")
    return numbers


def said_of(payloads: Sequence[dict[str, Any]]) -> Said:
    """What these payloads say; none of them gives a whole record."""
    cells = [payload["cells"] for payload in payloads]
    texts = [made["to"] or "" for each in cells for made in each.values()]
    untils = [payload.get("until", 0) for payload in payloads]
    return Said(list(map(len, cells)), untils, chain.from_iterable(cells), texts)


class Updates:
    """Updates that are not yet in the sheet.

    By number of the update: the row's index, position, cooldown's end, actor and how many cells it changes. By number
    of the changed cell: the column and the text.
    """

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._numbers: dict[str, int] = defaultdict(count().__next__)
        self._clear()

    def _clear(self) -> None:
        self._indexes, self._positions, self._untils = array("q"), array("q"), array("q")
        self._actors, self._counts = array("q"), array("q")
        self._ordinals = array("q")
        self._texts: list[str] = []
        # Cells whose text leaves more behind than itself: what it made of the field depends on what was there.
        self._odd: list[int] = []

    def __len__(self) -> int:
        """How many updates and changed cells are noted."""
        return len(self._positions) + len(self._texts)

    def note(self, positions: Iterable[int], indexes: Iterable[int], actors: Iterable[str], said: Said) -> None:
        """Note updates."""
        ordinals = array("q", list(map(self._sheet.ordinals.__getitem__, said.columns)))
        self._note_odd(said.texts, ordinals)
        self._ordinals += ordinals
        self._texts += said.texts
        self._counts += array("q", said.counts)
        self._untils += array("q", said.untils)
        self._positions += array("q", positions)
        self._indexes += array("q", indexes)
        self._actors += array("q", list(map(self._numbers.__getitem__, actors)))

    def _note_odd(self, texts: Sequence[str], ordinals: "array[int]") -> None:
        dialect, first = self._sheet.dialect, len(self._texts)
        if 0 in ordinals or not none_leaves_a_trace(texts, dialect):
            self._odd += [
                first + number
                for number, (text, ordinal) in enumerate(zip(texts, ordinals, strict=True))
                if not ordinal or not leaves_no_trace(text, dialect)
            ]

    def settle(self) -> None:
        """Lay them into the sheet."""
        self._sheet.change_all(self._changes(self._all() if len(self._counts) < FEW else self._lasting()))
        self._clear()

    def _changes(self, updates: Iterable[tuple[int, ...]]) -> Iterator[Change]:
        ordinals, texts, actors = self._ordinals, self._texts, list(self._numbers)
        for index, until, position, actor, start, size in updates:
            if size == 1:  # as nearly always
                cells = {ordinals[start]: texts[start]}
            else:
                cells = {ordinals[cell]: texts[cell] for cell in range(start, start + size)}
            yield index, cells, until, position, actors[actor]

    def _all(self) -> Iterator[tuple[int, ...]]:
        """Index, cooldown's end, position, actor, number of the first cell and how many there are of each update."""
        starts = (end - size for end, size in zip(accumulate(self._counts), self._counts, strict=True))
        return zip(self._indexes, self._untils, self._positions, self._actors, starts, self._counts, strict=True)

    def _lasting(self) -> Iterator[tuple[int, ...]]:
        """`_all` of the updates that no later one overwrites, by row."""
        import numpy as np

        counts, indexes, untils = np.array(self._counts), np.array(self._indexes), np.array(self._untils)
        starts = np.cumsum(counts) - counts
        update = np.repeat(np.arange(len(counts)), counts)
        cells = indexes[update] * len(self._sheet.columns) + np.array(self._ordinals)
        lasting = _last(cells)
        if self._odd:
            lasting |= np.isin(cells, cells[self._odd])
        keeps = counts == 0
        keeps[update[lasting]] = True
        if not untils.all():
            cooled = np.flatnonzero(untils)
            keeps[cooled[_last(indexes[cooled])]] = True
        kept = np.flatnonzero(keeps)
        kept = kept[np.argsort(indexes[kept], kind="stable")]
        columns = (indexes, untils, np.array(self._positions), np.array(self._actors), starts, counts)
        return zip(*(column[kept].tolist() for column in columns), strict=True)


def _last(keys: "Numbers") -> "Numbers":
    """Of each key where it occurs last, as flags."""
    import numpy as np

    # Sorted as one number with its place behind it: quicker by far than to sort one by the other.
    bits = len(keys).bit_length()
    numbered = (keys << bits) | np.arange(len(keys))
    numbered.sort()
    last = np.zeros(len(keys), dtype=bool)
    ends = np.flatnonzero(np.diff(numbered >> bits, append=-1))
    last[numbered[ends] & ((1 << bits) - 1)] = True
    return last
