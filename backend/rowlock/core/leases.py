"""Who may write a row now: leases, cooldowns and the clock they run on.

The protocol: a lease is held by one window (client) of one session, ends by itself, and is fenced by its token, the
position of the event that granted it. Time decides only how long others wait; the token decides what is written.

The lease clock counts microseconds like UTC does, but by elapsed time: setting the machine's clock moves no lease. It
goes on where it stood after a restart, plus the time the wall clock says has passed, but never more than one term.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from rowlock.core.commands import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """One row held: `since` and `until` on the lease clock in microseconds, `token` the fencing token."""

    token: int
    holder: str
    session: str | None
    client: str | None
    since: int
    until: int
    bound: bool = False

    def live(self, now: int) -> bool:
        """Whether it has not run out at `now` (lease clock)."""
        return now < self.until

    def held_by(self, caller: Caller) -> bool:
        """Whether the caller is the holder: the same session, and the same window where both name one."""
        if self.holder != caller.actor or self.session != caller.session:
            return False
        return self.client is None or caller.client is None or self.client == caller.client


# A row that only an actor, who edited it last, may edit until then (lease clock): (until, actor).
Cooling = tuple[int, str]


class LeaseTable(Protocol):
    """What the questions below need to know of a sheet."""

    def lease(self, index: int) -> Lease | None:
        """The lease of a row, which may have run out."""
        ...

    def cooling(self, index: int) -> Cooling | None:
        """The cooldown of a row, which may be over."""
        ...

    def leased(self) -> Iterator[int]:
        """The rows that have a lease."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What a lock display shows of a row; `expires_in` in microseconds, 0 when free."""

    index: int
    status: Literal["locked", "cooldown", "free"]
    holder: str | None = None
    token: int | None = None
    expires_in: int = 0


def live_lease(table: LeaseTable, index: int, now: int) -> Lease | None:
    """The row's lease if it has not run out at `now`."""
    lease = table.lease(index)
    return lease if lease is not None and lease.live(now) else None


def live_cooling(table: LeaseTable, index: int, now: int) -> Cooling | None:
    """The row's cooldown if it is not over at `now`."""
    cooling = table.cooling(index)
    return cooling if cooling is not None and now < cooling[0] else None


def status(table: LeaseTable, index: int, now: int) -> Status:
    """Who may write the row at `now`: its holder, its last editor, or anybody."""
    if lease := live_lease(table, index, now):
        return Status(
            index=index, status="locked", holder=lease.holder, token=lease.token, expires_in=lease.until - now
        )
    if cooling := live_cooling(table, index, now):
        until, actor = cooling
        return Status(index=index, status="cooldown", holder=actor, expires_in=until - now)
    return Status(index=index, status="free")


def resumed(*, stored: int, stored_wall: int, wall: int, term: int) -> int:
    """Where the lease clock goes on after a restart, from where it and the wall clock were when last stored.

    A wall clock set back lets no time pass; one set forward ends leases early at worst, which is safe. Where more than
    a term has passed every lease has ended, and the clock returns to UTC unless that would turn it back.
    """
    passed = wall - stored_wall
    if passed > term:
        return max(stored + term, wall)
    return stored + max(passed, 0)
