"""What accounts need from the outside world: a store, a password hasher, a maker of tokens."""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person who can log in; without a `password_hash`, whoever logs in first chooses the password."""

    id: int
    key: str
    name: str
    password_hash: str | None = field(repr=False)
    created_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A login: `key` is the account's, `username` how its owner writes it; `expires_at` is UTC in microseconds."""

    jti: str
    username: str
    key: str
    expires_at: int


class AccountStore(Protocol):
    """Accounts and live sessions, shared by all processes; each method is one transaction."""

    async def create(self, key: str, name: str, password_hash: str | None, at: int) -> Account | None:
        """A new account; None when the key is taken."""
        ...

    async def claim(self, key: str, name: str, password_hash: str, at: int) -> Account:
        """The account of `key`, made if missing, with this password if it had none. Of several at once one wins."""
        ...

    async def find(self, key: str) -> Account | None:
        """The account of a normalised name."""
        ...

    async def remove(self, key: str) -> tuple[Session, ...] | None:
        """Remove an account with its sessions and say which these were; None when there is no such account."""
        ...

    async def everybody(self) -> tuple[Account, ...]:
        """All accounts by name."""
        ...

    async def open_session(self, account: Account, session: Session, at: int) -> bool:
        """Store a session; False when the account was removed or got another password since it was read."""
        ...

    async def find_session(self, jti: str, at: int) -> Session | None:
        """The session, if it is alive at `at`."""
        ...

    async def sessions_of(self, key: str, at: int) -> tuple[Session, ...]:
        """The sessions of an account that are alive at `at`, the oldest first."""
        ...

    async def live_sessions(self) -> set[str]:
        """The ids of all sessions that nobody has ended, expired ones included."""
        ...

    async def expired_sessions(self, at: int, limit: int) -> tuple[Session, ...]:
        """Sessions that have expired by `at` and were not ended yet, the longest expired first."""
        ...


class PasswordHasher(Protocol):
    """Slow, salted hashing; raises `Busy` when too many wait."""

    async def hash(self, password: str) -> str:
        """The hash to be stored."""
        ...

    async def verify(self, password: str, stored: str | None) -> bool:
        """Whether the password is the stored one; None takes as long and is False."""
        ...


class TokenMaker(Protocol):
    """Signed session tokens."""

    def issue(self, key: str, name: str) -> tuple[str, Session]:
        """A new token and its session, not stored yet."""
        ...

    def read(self, token: str) -> Session:
        """The session a token speaks of; raises `Unauthorized` when it is forged, malformed or expired."""
        ...

    def forget(self, jti: str) -> None:
        """The session has ended; its token need not be remembered."""
        ...
