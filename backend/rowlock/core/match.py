"""Finds out which record of a changed file is which row of the table: by its bytes, a key, its cells, its place.

Near-linear: whatever is equal is settled by hashing; only what is left is looked at cell by cell.
"""

from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, pairwise
from operator import itemgetter

NOBODY = -1
# A text that more rows than these have says nothing about which row it is.
RARE = 4
SAMPLE = 100

Cells = Sequence[str]
Places = Sequence[int]


def matched(base: Sequence[bytes], theirs: Sequence[bytes], cells: Callable[[bytes], Cells]) -> list[int]:
    """For each record of `theirs` the place in `base` of the row that it is, or NOBODY; no place occurs twice.

    Equal records are matched, wherever they stand, duplicates in their order; then what is similar.
    """
    matching = _Matching(base, theirs)
    matching.exactly()
    ours, others = matching.left()
    if ours and others:
        _Similar(matching, ours, others, cells).match()
    return matching.partner


def rising(places: Sequence[int]) -> set[int]:
    """A longest selection of `places` (all different) that stands in rising order: what need not be moved."""
    if all(one < other for one, other in pairwise(places)):
        return set(places)
    ends: list[int] = []
    at: list[int] = []
    before = [NOBODY] * len(places)
    for number, place in enumerate(places):
        slot = bisect_left(ends, place)
        before[number] = at[slot - 1] if slot else NOBODY
        ends[slot : slot + 1] = [place]
        at[slot : slot + 1] = [number]
    kept: set[int] = set()
    number = at[-1] if at else NOBODY
    while number != NOBODY:
        kept.add(places[number])
        number = before[number]
    return kept


class _Matching:
    """The pairs found so far: `partner` of each record of theirs, `owner` of each record of the base."""

    def __init__(self, base: Sequence[bytes], theirs: Sequence[bytes]) -> None:
        self.base = base
        self.theirs = theirs
        self.partner = [NOBODY] * len(theirs)
        self.owner = [NOBODY] * len(base)

    def pair(self, place: int, number: int) -> None:
        self.partner[number] = place
        self.owner[place] = number

    def left(self) -> tuple[list[int], list[int]]:
        """The places and the numbers without a partner."""
        places = [place for place, number in enumerate(self.owner) if number == NOBODY]
        return places, [number for number, place in enumerate(self.partner) if place == NOBODY]

    def exactly(self) -> None:
        """Pair equal records: from both ends, those that occur once, their neighbours, then duplicates in order."""
        head, tail = self.ends()
        places, numbers = range(head, len(self.base) - tail), range(head, len(self.theirs) - tail)
        if not places or not numbers:
            return
        self.once(places, numbers)
        self.neighbours(numbers)
        self.neighbours(reversed(numbers), -1)
        for key in (bytes, lambda record: record.rstrip(b"\r\n")):
            self.in_order(*self.left(), key)

    def ends(self) -> tuple[int, int]:
        """Pair what both begin and end with, and say how many records that is."""
        least = min(len(self.base), len(self.theirs))
        head = next((at for at, (one, other) in enumerate(self.zipped()) if one != other), least)
        tail = 0
        while tail < least - head and self.base[-1 - tail] == self.theirs[-1 - tail]:
            tail += 1
        for at in range(head):
            self.pair(at, at)
        for at in range(1, tail + 1):
            self.pair(len(self.base) - at, len(self.theirs) - at)
        return head, tail

    def zipped(self) -> Iterable[tuple[bytes, bytes]]:
        return zip(self.base, self.theirs, strict=False)

    def once(self, places: range, numbers: range) -> None:
        often = Counter(self.base[place] for place in places)
        others = Counter(self.theirs[number] for number in numbers)
        home = {self.base[place]: place for place in places if often[self.base[place]] == 1}
        for number in numbers:
            record = self.theirs[number]
            if others[record] == 1 and record in home:
                self.pair(home[record], number)

    def neighbours(self, numbers: Iterable[int], step: int = 1) -> None:
        """Duplicates beside a pair are most likely those beside its row."""
        for number in numbers:
            place = self.beyond(number, step)
            if place != NOBODY and self.owner[place] == NOBODY and self.base[place] == self.theirs[number]:
                self.pair(place, number)

    def beyond(self, number: int, step: int) -> int:
        """The place that follows the one of the record before, if this record has no partner."""
        if self.partner[number] != NOBODY:
            return NOBODY
        before = number - step
        if not 0 <= before < len(self.partner):
            return 0 if step > 0 and self.base else NOBODY
        place = self.partner[before]
        return place + step if place != NOBODY and 0 <= place + step < len(self.base) else NOBODY

    def in_order(self, places: Places, numbers: Places, key: Callable[[bytes], bytes]) -> None:
        waiting: defaultdict[bytes, deque[int]] = defaultdict(deque)
        for place in places:
            waiting[key(self.base[place])].append(place)
        for number in numbers:
            if found := waiting.get(key(self.theirs[number])):
                self.pair(found.popleft(), number)


class _Similar:
    """Pairs what no record equals any more: rows that were edited."""

    def __init__(self, matching: _Matching, places: Places, numbers: Places, cells: Callable[[bytes], Cells]) -> None:
        self.matching = matching
        self.ours = {place: cells(matching.base[place]) for place in places}
        self.others = {number: cells(matching.theirs[number]) for number in numbers}
        self.width = len(next(iter(self.ours.values())))

    def match(self) -> None:
        self.by_key()
        self.by_place(self.alike)
        self.by_rare_cells()
        self.by_place(self.akin)

    def pair(self, place: int, number: int) -> None:
        self.matching.pair(place, number)
        del self.ours[place], self.others[number]

    def same(self, place: int, number: int) -> int:
        """How many cells are equal."""
        return sum(map(str.__eq__, self.ours[place], self.others[number]))

    def alike(self, place: int, number: int) -> bool:
        return 2 * self.same(place, number) >= self.width > 1

    def akin(self, place: int, number: int) -> bool:
        return self.width == 1 or self.same(place, number) > 0

    def by_key(self) -> None:
        """By the column that tells the rows apart best: no text twice, and what else the rows hold agrees most."""
        best, pairs = 0.0, []
        for ordinal in range(self.width):
            found = self.keyed(ordinal)
            sample = found[:: max(1, len(found) // SAMPLE)]
            score = sum(self.same(*pair) for pair in sample) / (len(sample) or 1) * len(found)
            if score > best:
                best, pairs = score, found
        for place, number in pairs:
            self.pair(place, number)

    def keyed(self, ordinal: int) -> list[tuple[int, int]]:
        """The pairs that a column makes if it is a key among what is left."""
        text = itemgetter(ordinal)
        homes = {text(cells): place for place, cells in self.ours.items()}
        texts = {text(cells): number for number, cells in self.others.items()}
        if len(homes) < len(self.ours) or len(texts) < len(self.others):
            return []
        return [(homes[key], number) for key, number in texts.items() if key and key in homes]

    def by_place(self, fits: Callable[[int, int], bool]) -> None:
        """Between rows that stayed together, pair what is left from both ends for as long as it fits."""
        for places, numbers in self.gaps() if self.ours and self.others else ():
            first = 0
            least = min(len(places), len(numbers))
            while first < least and fits(places[first], numbers[first]):
                self.pair(places[first], numbers[first])
                first += 1
            last = 1
            while last <= least - first and fits(places[-last], numbers[-last]):
                self.pair(places[-last], numbers[-last])
                last += 1

    def gaps(self) -> list[tuple[list[int], list[int]]]:
        """What is left on both sides, cut where a pair stands that did not move."""
        kept = rising([place for place in self.matching.partner if place != NOBODY])
        edges = sorted((place, self.matching.owner[place]) for place in kept)
        places, numbers = (
            iter(chain(sorted(self.ours), [len(self.matching.base)])),
            iter(chain(sorted(self.others), [len(self.matching.theirs)])),
        )
        place, number = next(places), next(numbers)
        found = []
        for place_edge, number_edge in [*edges, (len(self.matching.base), len(self.matching.theirs))]:
            mine, others = [], []
            while place < place_edge:
                mine.append(place)
                place = next(places)
            while number < number_edge:
                others.append(number)
                number = next(numbers)
            if mine and others:
                found.append((mine, others))
        return found

    def by_rare_cells(self) -> None:
        """Pair rows that share texts which few others have and are alike altogether, the most alike first."""
        homes: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
        for place, cells in self.ours.items():
            for cell in enumerate(cells):
                if cell[1]:
                    homes[cell].append(place)
        votes = []
        for number, cells in self.others.items():
            rare = (found for cell in enumerate(cells) if len(found := homes.get(cell, [])) <= RARE)
            for place in set(chain.from_iterable(rare)):
                if self.alike(place, number):
                    votes.append((-self.same(place, number), abs(place - number), place, number))
        for _, _, place, number in sorted(votes):
            if place in self.ours and number in self.others:
                self.pair(place, number)
