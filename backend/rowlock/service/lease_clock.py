"""The clock that leases and cooldowns run on, carried over restarts (the rules are in `core.leases`)."""

from collections.abc import Mapping

from rowlock.core.commands import Moment
from rowlock.core.leases import resumed
from rowlock.service.ports import Clock

MARK = "lease_clock"


class LeaseClock:
    """Microseconds that look like UTC but are moved by elapsed time alone."""

    def __init__(self, clock: Clock, marks: Mapping[str, str], term: int) -> None:
        """Go on from the stored marks; `term` is the longest time a lease lasts, in microseconds."""
        self._clock = clock
        wall = clock.wall()
        base = wall
        if MARK in marks:
            stored, stored_wall = map(int, marks[MARK].split())
            base = resumed(stored=stored, stored_wall=stored_wall, wall=wall, term=term)
        self._offset = base - clock.elapsed()

    def now(self) -> int:
        """The lease clock."""
        return self._offset + self._clock.elapsed()

    def moment(self) -> Moment:
        """Now, on both clocks."""
        return Moment(wall=self._clock.wall(), lease=self.now())

    def marks(self) -> dict[str, str]:
        """What to store so that a restart can go on from here."""
        return {MARK: f"{self.now()} {self._clock.wall()}"}
