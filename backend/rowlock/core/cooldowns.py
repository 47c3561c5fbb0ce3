"""The cooldowns of a table, of which there may be hundreds of thousands: to forget some takes no look at the others."""

from collections.abc import Iterator, Mapping

from rowlock.core.leases import Cooling


class Cooldowns(Mapping[int, Cooling]):
    """Which rows cool down, until when and for whom; in the order in which they end.

    They come in that order where all are of the same length. Another one, as from a server that had other settings,
    costs a sorting. Ends and actors are held apart: pairs of them would be objects that the collector of garbage counts
    as new, so that it would come whenever some thousand rows have been edited.
    """

    __slots__ = ("_latest", "_ordered", "actors", "ends")

    def __init__(self, ends: Mapping[int, int] | None = None, actors: Mapping[int, str] | None = None) -> None:
        """`ends` on the lease clock, and `actors`: both by row."""
        # The actors first: where another thread forgets some in between, none of the ends lacks its actor.
        self.actors: dict[int, str] = dict(actors or {})
        self.ends: dict[int, int] = dict(ends or {})
        self._latest = 0
        self._ordered = not self.ends

    def __getitem__(self, index: int) -> Cooling:
        return self.ends[index], self.actors[index]

    def found(self, index: int) -> Cooling | None:
        """The cooldown of a row, which may be over; those that are may be forgotten meanwhile by another thread."""
        until, actor = self.ends.get(index), self.actors.get(index)
        return None if until is None or actor is None else (until, actor)

    def __iter__(self) -> Iterator[int]:
        return iter(self.ends)

    def __len__(self) -> int:
        return len(self.ends)

    def copy(self) -> "Cooldowns":
        """The same, to be changed apart."""
        other = Cooldowns(self.ends, self.actors)
        other._latest, other._ordered = self._latest, self._ordered
        return other

    def put_all(self, cooling: Mapping[int, Cooling]) -> None:
        """Set the cooldowns of rows, by index."""
        ends, actors = self.ends, self.actors
        latest = self._latest if ends else 0
        for index, (until, actor) in cooling.items():
            actors[index] = actor
            ends.pop(index, None)
            ends[index] = until
            if until < latest:
                self._ordered = False
            else:
                latest = until
        self._latest = latest

    def drop(self, index: int) -> None:
        """The row has none any more, if it had one."""
        if self.ends.pop(index, None) is not None:
            del self.actors[index]

    def clear(self) -> None:
        """No row has one any more."""
        self.ends.clear()
        self.actors.clear()

    def forget(self, now: int) -> list[int]:
        """Drop those that are over at `now` (lease clock); of which rows, in the order in which they ended."""
        if not self._ordered:
            self._sort()
        over = []
        for index, until in self.ends.items():
            if until > now:
                break
            over.append(index)
        for index in over:
            del self.ends[index], self.actors[index]
        return over

    def _sort(self) -> None:
        self.ends = dict(sorted(self.ends.items(), key=lambda item: item[1]))
        self._latest = max(self.ends.values(), default=0)
        self._ordered = True
