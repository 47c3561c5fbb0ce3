"""Who may write a row now, as JSON."""

from typing import Any

from rowlock.core.leases import Status
from rowlock.core.times import format_time


def status_body(status: Status, wall: int, position: int | None = None) -> dict[str, Any]:
    """A lock status; `wall` is now (UTC in microseconds), `expires_in` in seconds."""
    free = status.status == "free"
    body = {
        "index": status.index,
        "status": status.status,
        "holder": status.holder,
        "token": status.token,
        "expires_at": None if free else format_time(wall + status.expires_in),
        "expires_in": None if free else status.expires_in / 1_000_000,
    }
    return body if position is None else {"position": position} | body
