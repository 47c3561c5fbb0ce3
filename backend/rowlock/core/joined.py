"""Records that follow each other in one piece of memory, and those of them that stand aside until all are wanted."""

from array import array
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, pairwise
from typing import TypeVar

# Where one in so many records changes, they are quicker taken apart whole.
MANY = 4
# So many records are found quicker one by one.
FEW = 8

T = TypeVar("T")


def records_in(data: bytes, lengths: Iterable[int], start: int) -> list[bytes]:
    """The records of these lengths, which follow each other from `start` on."""
    return [data[begin:end] for begin, end in pairwise(accumulate(lengths, initial=start))]


class Joined:
    """Records joined in `data`, with their `lengths`; but for the slots in `late`, as there."""

    __slots__ = ("data", "known_starts", "late", "lengths")

    def __init__(self, data: bytes, lengths: "array[int]") -> None:
        self.data = data
        self.lengths = lengths
        self.late: dict[int, bytes] = {}
        self.known_starts: array[int] | None = None

    @property
    def starts(self) -> "array[int]":
        """Where in `data` each record begins, and where the last one ends."""
        if self.known_starts is None:
            self.known_starts = array("I", accumulate(self.lengths, initial=0))
        return self.known_starts

    def start(self, slot: int) -> int:
        """Where the record in `slot` begins in `data`, counted from the nearer end unless all are known."""
        if self.known_starts is not None:
            return self.known_starts[slot]
        if 2 * slot <= len(self.lengths):
            return sum(self.lengths[:slot])
        return len(self.data) - sum(self.lengths[slot:])

    def record(self, slot: int) -> bytes:
        """The record in `slot`."""
        if (record := self.late.get(slot)) is not None:
            return record
        start = self.start(slot)
        return self.data[start : start + self.lengths[slot]]

    def change_all(self, changes: Sequence[tuple[int, T]], changed: Callable[[bytes, T], bytes]) -> None:
        """Let stand aside in each of the slots what `changed` makes of the record there, in order."""
        late = self.late
        if len(changes) <= FEW:
            for slot, change in changes:
                late[slot] = changed(self.record(slot), change)
            return
        data, starts = self.data, self.starts
        for slot, change in changes:
            record = late[slot] if slot in late else data[starts[slot] : starts[slot + 1]]
            late[slot] = changed(record, change)

    def settled(self) -> "Joined":
        """The same with nothing late."""
        return self._apart() if MANY * len(self.late) > len(self.lengths) else self._spliced()

    def _apart(self) -> "Joined":
        records = records_in(self.data, self.lengths, 0)
        for slot, record in self.late.items():
            records[slot] = record
        return Joined(b"".join(records), array("I", map(len, records)))

    def _spliced(self) -> "Joined":
        old, were, lengths = memoryview(self.data), self.lengths, self.lengths[:]
        parts: list[bytes | memoryview] = []
        end = done = 0
        for slot, record in sorted(self.late.items()):
            start = end + sum(were[done:slot])
            parts += (old[end:start], record)
            end, done = start + were[slot], slot + 1
            lengths[slot] = len(record)
        parts.append(old[end:])
        return Joined(b"".join(parts), lengths)
