"""Limits on failed logins and refused registrations: enough for a person who mistypes, too few for a guesser."""

import math
import time
from ipaddress import IPv6Address, ip_address

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from rowlock.service.account_errors import TooManyAttempts
from rowlock.service.ports import Clock

# An honest caller on one address (an office, a proxy) is many people.
PEOPLE_AN_ADDRESS = 5
REGISTRATIONS = 30
STEP = 1_000_000


class Attempts:
    """Counts failures within a moving minute.

    Logins: so many for a name *from one address*, five times that for an address whatever the names. There is no
    limit for a name over all addresses, because then anybody could lock anybody out: a stranger's failures never
    block the owner, who comes from elsewhere. Guessing from many addresses stays bounded by the two hashes at once
    (some ten guesses a second for the whole server). A network of IPv6 (/64) counts as one address.
    """

    def __init__(self, clock: Clock, failures: int) -> None:
        self._clock = clock
        self._storage = MemoryStorage()
        self._window = MovingWindowRateLimiter(self._storage)
        self._pair = RateLimitItemPerMinute(failures)
        self._address = RateLimitItemPerMinute(failures * PEOPLE_AN_ADDRESS)
        self._registration = RateLimitItemPerMinute(REGISTRATIONS)
        self._offset = self._wall_offset()

    def check_login(self, key: str, address: str) -> None:
        """Raise `TooManyAttempts` when this name has failed too often from here, or anybody has."""
        self._check(*self._login_windows(key, address))

    def login_failed(self, key: str, address: str) -> None:
        """Count a failed login; raises `TooManyAttempts` when others failed meanwhile and there was no room left."""
        self._count(*self._login_windows(key, address))

    def check_registration(self, address: str) -> None:
        """Raise `TooManyAttempts` when registrations from here have been refused too often."""
        self._check((self._registration, ("register", _network(address))))

    def registration_refused(self, address: str) -> None:
        """Count a registration of a name that was taken; raises `TooManyAttempts` like `login_failed`."""
        self._count((self._registration, ("register", _network(address))))

    def _login_windows(self, key: str, address: str) -> tuple[tuple[RateLimitItem, tuple[str, ...]], ...]:
        network = _network(address)
        return (self._pair, ("login", key, network)), (self._address, ("login", network))

    def _check(self, *windows: tuple[RateLimitItem, tuple[str, ...]]) -> None:
        self._heed_clock()
        for limit, names in windows:
            if not self._window.test(limit, *names):
                raise TooManyAttempts(self._retry_after(limit, names))

    def _count(self, *windows: tuple[RateLimitItem, tuple[str, ...]]) -> None:
        for limit, names in windows:
            if not self._window.hit(limit, *names):
                raise TooManyAttempts(self._retry_after(limit, names))

    def _retry_after(self, limit: RateLimitItem, names: tuple[str, ...]) -> int:
        return max(1, math.ceil(self._window.get_window_stats(limit, *names).reset_time - time.time()))

    def _heed_clock(self) -> None:
        """Forget everything when the wall clock was set back: `limits` counts by it and would block for as long."""
        offset = self._wall_offset()
        if offset < self._offset - STEP:
            self._storage.reset()
        self._offset = offset

    def _wall_offset(self) -> int:
        return self._clock.wall() - self._clock.elapsed()


def _network(address: str) -> str:
    """What counts as one address; a proxy's or test's name that is no address stands for itself."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or int(parsed) >> 64)
    return str(parsed)
