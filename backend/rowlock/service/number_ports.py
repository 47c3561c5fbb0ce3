"""What the number generator needs from the outside world: a store."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A generated number; `timestamp` is the begin of its interval, UTC in milliseconds."""

    timestamp: int
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberBucket:
    """Numbers summed up for a plot; `timestamp` is the bucket's begin, UTC in milliseconds."""

    timestamp: int
    min: float
    max: float
    mean: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberPage:
    """Some of the numbers, and how many there are in all."""

    items: tuple[Number, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of time in milliseconds; both ends belong to it, None is open."""

    begin: int | None = None
    end: int | None = None


ALL = Span()


class NumberStore(Protocol):
    """Generated numbers, shared by all processes, and the sums of each minute, which outlive them."""

    async def add(self, number: Number) -> bool:
        """Store a number; False when its timestamp has one already, or lies in a minute whose numbers are gone."""
        ...

    async def page(self, span: Span, offset: int, limit: int, sort: str, *, descending: bool) -> NumberPage:
        """Numbers of a span sorted by `timestamp` or `value`; minutes are not among them."""
        ...

    async def series(self, span: Span, points: int) -> tuple[NumberBucket, ...]:
        """A span in at most `points` buckets of equal width; empty ones are left out.

        Where buckets are not far shorter than a minute they are whole minutes wide. A number counts only if it lies in
        the span; a minute whose numbers are gone stands as a whole where it begins.
        """
        ...

    async def sum_up(self, before: int, minutes: int) -> int:
        """Drop the numbers of the oldest `minutes` minutes that ended by `before`, whose sums stay; how many."""
        ...

    async def drop_minutes(self, before: int, limit: int) -> int:
        """Remove the oldest minutes that began before `before`, at most `limit`; how many."""
        ...
