"""The machine's clocks, behind the `Clock` port."""

import time


class SystemClock:
    """Wall time from the system clock; elapsed time from CLOCK_BOOTTIME, which counts sleep too."""

    def wall(self) -> int:
        """UTC in microseconds since 1970."""
        return time.time_ns() // 1000

    def elapsed(self) -> int:
        """Microseconds since the machine started (elsewhere than Linux: since an arbitrary start)."""
        if hasattr(time, "CLOCK_BOOTTIME"):
            return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000
        return time.monotonic_ns() // 1000
