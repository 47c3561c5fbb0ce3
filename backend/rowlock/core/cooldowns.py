"""The cooldowns of a table, of which there may be hundreds of thousands: to forget some takes no look at the others."""

from collections.abc import Mapping
from operator import itemgetter

from rowlock.core.leases import Cooling


class Cooldowns(dict[int, Cooling]):
    """Which rows cool down, until when and for whom; set by `put_all`, in the order in which they end.

    They come in that order where all are of the same length. Another one, as from a server that had other settings,
    costs a sorting.
    """

    def __init__(self, cooling: Mapping[int, Cooling] | None = None) -> None:
        super().__init__(cooling or {})
        self._latest = 0
        self._ordered = not self

    def put_all(self, cooling: Mapping[int, Cooling]) -> None:
        """Set the cooldowns of rows, by index."""
        latest = self._latest if self else 0
        for index, each in cooling.items():
            self.pop(index, None)
            self[index] = each
            if each[0] < latest:
                self._ordered = False
            else:
                latest = each[0]
        self._latest = latest

    def forget(self, now: int) -> list[int]:
        """Drop those that are over at `now` (lease clock); of which rows, in the order in which they ended."""
        if not self._ordered:
            ordered = sorted(self.items(), key=itemgetter(1))
            self.clear()
            self.put_all(dict(ordered))
            self._ordered = True
        over = []
        for index, (until, _) in self.items():
            if until > now:
                break
            over.append(index)
        for index in over:
            del self[index]
        return over
