"""A clock that only moves when a test says so."""

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class HandClock:
    """The port `Clock`: starts at 2026-11-23T08:00:00Z; `advance` moves all time, `set_wall` only what is shown."""

    def __init__(self) -> None:
        self._wall = 1_795_420_800 * SECOND
        self._elapsed = 5 * HOUR

    def wall(self) -> int:
        """UTC in microseconds since 1970."""
        return self._wall

    def elapsed(self) -> int:
        """Microseconds since an arbitrary start."""
        return self._elapsed

    def advance(self, micros: int) -> None:
        """Time passes."""
        self._wall += micros
        self._elapsed += micros

    def set_wall(self, micros: int) -> None:
        """Somebody sets the clock."""
        self._wall = micros
