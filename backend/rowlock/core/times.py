"""One way to write and read a moment: UTC as RFC 3339 with `Z` outside, whole microseconds inside."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

SECOND = 1_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST = -62_135_596_800 * SECOND  # year 1
LAST = 253_402_300_800 * SECOND - 1  # year 9999

RFC3339 = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]+))?"
    r"(?:[Zz]|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))"
)


@lru_cache(maxsize=16)  # the events of one batch have one time
def format_time(micros: int) -> str:
    """Microseconds since 1970 as `2026-11-23T08:36:53.123456Z`."""
    seconds, rest = divmod(micros, SECOND)
    return f"{_second(seconds)}.{rest:06d}Z"


def format_millis(millis: int) -> str:
    """Milliseconds since 1970 as `2026-11-23T08:36:53.123Z`."""
    seconds, rest = divmod(millis, 1000)
    return f"{_second(seconds)}.{rest:03d}Z"


def parse_time(text: str) -> int:
    """Microseconds since 1970 of an RFC 3339 time with any offset; digits beyond the sixth of a second are cut.

    Raises ValueError with a sentence for a person. A leap second (`:60`) is refused: no clock here can show it.
    """
    match = RFC3339.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:40]!r} is not a time such as 2026-11-23T08:36:53Z (RFC 3339).")
    day, clock, fraction, sign, hours, minutes = match.groups()
    try:
        local = datetime.fromisoformat(f"{day}T{clock}+00:00")
    except ValueError:
        raise ValueError(f"{text[:40]!r} is not a moment of the calendar.") from None
    offset = (int(hours) * 3600 + int(minutes) * 60) * (-1 if sign == "-" else 1) if sign else 0
    micros = ((local - EPOCH) // timedelta(seconds=1) - offset) * SECOND + int((fraction or "")[:6].ljust(6, "0"))
    if not FIRST <= micros <= LAST:
        raise ValueError(f"{text[:40]!r} lies outside the years 1 to 9999.")
    return micros


@lru_cache(maxsize=256)
def _second(seconds: int) -> str:
    """The text of a whole second. Times come in bursts within one second, so this is nearly always a look-up."""
    return (EPOCH + timedelta(seconds=seconds)).replace(tzinfo=None).isoformat()
