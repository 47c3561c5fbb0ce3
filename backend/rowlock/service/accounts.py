"""Who may come in: accounts, logins, and the sessions that are alive."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from rowlock.core.names import InvalidName, Name, normalise_name
from rowlock.service.account_errors import (
    BadCredentials,
    InvalidPassword,
    InvalidUsername,
    Unauthorized,
    UnknownUser,
    UsernameTaken,
)
from rowlock.service.account_ports import Account, AccountStore, PasswordHasher, Session, TokenMaker
from rowlock.service.attempts import Attempts
from rowlock.service.ports import Clock

log = logging.getLogger(__name__)

AuthMode = Literal["claim", "open", "registered"]
# Ends a session's leases and deletes its row, both in one transaction; a session that is gone is no fault.
EndSession = Callable[[Session, str], Awaitable[object]]
Ended = Callable[[Session, str], Awaitable[None]]

PASSWORD_LIMIT = 1024
SESSIONS_AN_ACCOUNT = 50
EXPIRED_A_POLL = 500
# How long an ended session is remembered, so that a look-up begun before its end cannot bring it back.
REMEMBERED = 60_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A session that has begun, and its token."""

    token: str
    session: Session


class Accounts:
    """Accounts and live sessions.

    A session is alive while its row is in the database and it has not expired. This process keeps the ones it has
    seen in memory, so that a request costs no query; `poll` drops those that ended elsewhere, and the editor asks
    the database once more inside every write transaction.

    Modes: `claim` lets any name in, the first login of a name sets its password; `open` asks for no right password;
    `registered` wants an account. Whatever the mode, `on_ended` hears of every session that ends here.
    """

    def __init__(
        self,
        *,
        store: AccountStore,
        passwords: PasswordHasher,
        tokens: TokenMaker,
        clock: Clock,
        end_session: EndSession,
        mode: AuthMode = "claim",
        login_failures: int = 10,
    ) -> None:
        self.on_ended: list[Ended] = []
        self._store = store
        self._passwords = passwords
        self._tokens = tokens
        self._clock = clock
        self._end_session = end_session
        self._mode = mode
        self._attempts = Attempts(clock, login_failures)
        self._live: dict[str, Session] = {}
        self._ended: dict[str, int] = {}

    async def register(self, username: str, password: str, address: str) -> Account:
        """A new account. Raises `InvalidUsername`, `InvalidPassword`, `UsernameTaken`, `TooManyAttempts`, `Busy`.

        Only refusals count towards the limit, so a classroom behind one address can sign up at once.
        """
        name = _name(username)
        _check_password(password)
        self._attempts.check_registration(address)
        try:
            if await self._store.find(name.key):
                raise UsernameTaken
            return await self.add(username, password)
        except UsernameTaken:
            self._attempts.registration_refused(address)
            raise

    async def add(self, username: str, password: str | None = None) -> Account:
        """A new account made by an operator; without a password the first login chooses it, in mode `claim`."""
        name = _name(username)
        if password is not None:
            _check_password(password)
        stored = None if password is None else await self._passwords.hash(password)
        account = await self._store.create(name.key, name.shown, stored, self._clock.wall())
        if account is None:
            raise UsernameTaken
        return account

    async def login(self, username: str, password: str, address: str) -> Login:
        """A new session. Raises `BadCredentials` alike for an unknown name and a wrong password, and as `register`.

        Failed logins count for the name and the address together and for the address alone (see `Attempts`), so
        other people's failures elsewhere never keep the owner out.
        """
        name = _name(username)
        _check_password(password)
        self._attempts.check_login(name.key, address)
        account = await self._admitted(name, password)
        if account is None:
            self._attempts.login_failed(name.key, address)
            raise BadCredentials
        return await self._begin(account)

    def authenticate_now(self, token: str) -> Session | None:
        """The live session of a token this process knows; None when only `authenticate` can tell."""
        try:
            return self._live.get(self._tokens.read(token).jti)
        except Unauthorized:
            return None

    async def authenticate(self, token: str) -> Session:
        """The live session of a token; raises `Unauthorized`. A session not known yet is looked up once."""
        claimed = self._tokens.read(token)
        session = self._live.get(claimed.jti) or await self._store.find_session(claimed.jti, self._clock.wall())
        if session is None or session.key != claimed.key or session.jti in self._ended:
            raise Unauthorized
        self._live[session.jti] = session
        return session

    def is_live(self, session: Session) -> bool:
        """Whether this process knows the session to be alive."""
        return session.jti in self._live

    async def logout(self, session: Session) -> None:
        """End a session, its leases and its sockets; done already is done."""
        await self._end(session, "logout")

    async def poll(self) -> Sequence[tuple[Session, str]]:
        """End the sessions that expired, or were deleted by another process; say which and why. Every five seconds."""
        self._forget_ended()
        now = self._clock.wall()
        # Before the query: a session that begins meanwhile is stored before it is known here.
        known = dict(self._live)
        stored = await self._store.live_sessions()
        gone = [session for jti, session in known.items() if jti not in stored and jti in self._live]
        expired = await self._store.expired_sessions(now, EXPIRED_A_POLL)
        ending = [(session, "expired" if session.expires_at <= now else "revoked") for session in (*gone, *expired)]
        for session, reason in ending:
            await self._end(session, reason)
        return ending

    async def remove(self, username: str) -> None:
        """Remove an account and end its sessions; raises `UnknownUser`."""
        ended = await self._store.remove(_name(username).key)
        if ended is None:
            raise UnknownUser
        for session in ended:
            await self._end(session, "removed")

    async def _admitted(self, name: Name, password: str) -> Account | None:
        """The account that name and password open in this mode."""
        account = await self._store.find(name.key)
        if self._mode == "open":
            return account or await self._made_open(name)
        if self._mode == "claim" and (account is None or account.password_hash is None):
            stored = await self._passwords.hash(password)
            account = await self._store.claim(name.key, name.shown, stored, self._clock.wall())
            if account.password_hash == stored:
                return account
        matches = await self._passwords.verify(password, account.password_hash if account else None)
        return account if matches else None

    async def _made_open(self, name: Name) -> Account | None:
        made = await self._store.create(name.key, name.shown, None, self._clock.wall())
        return made or await self._store.find(name.key)

    async def _begin(self, account: Account) -> Login:
        token, session = self._tokens.issue(account.key, account.name)
        now = self._clock.wall()
        if not await self._store.open_session(account, session, now):
            raise BadCredentials
        self._live[session.jti] = session
        alive = await self._store.sessions_of(account.key, now)
        for oldest in alive[:-SESSIONS_AN_ACCOUNT]:
            await self._end(oldest, "replaced")
        return Login(token=token, session=session)

    async def _end(self, session: Session, reason: str) -> None:
        """From here on no request of the session is heard; if its end cannot be stored, it goes on as before."""
        live = self._live.pop(session.jti, None)
        self._ended[session.jti] = self._clock.elapsed()
        try:
            await self._end_session(session, reason)
        except BaseException:
            self._ended.pop(session.jti, None)
            if live:
                self._live[session.jti] = live
            raise
        self._tokens.forget(session.jti)
        await self._announce(session, reason)

    async def _announce(self, session: Session, reason: str) -> None:
        calls = (heard(session, reason) for heard in self.on_ended)
        for outcome in await asyncio.gather(*calls, return_exceptions=True):
            if isinstance(outcome, Exception):
                log.error("a listener failed on the end of a session", exc_info=outcome)

    def _forget_ended(self) -> None:
        horizon = self._clock.elapsed() - REMEMBERED
        self._ended = {jti: at for jti, at in self._ended.items() if at > horizon}

    async def list(self) -> Sequence[Account]:
        """All accounts by name."""
        return await self._store.everybody()


def _name(text: str) -> Name:
    try:
        return normalise_name(text)
    except InvalidName as error:
        raise InvalidUsername(error.detail) from None


def _check_password(password: str) -> None:
    if not 1 <= len(password) <= PASSWORD_LIMIT:
        raise InvalidPassword(f"A password has 1 to {PASSWORD_LIMIT} characters.")
    if "\0" in password or any("\ud800" <= character <= "\udfff" for character in password):
        raise InvalidPassword("A password is text without NUL characters and halves of surrogate pairs.")
