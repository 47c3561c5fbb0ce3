"""Passwords, session tokens and the key that signs them: the only place that does cryptography."""

import asyncio
import os
import secrets
import tempfile
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import jwt
from pwdlib import PasswordHash

from rowlock.service.account_errors import Busy, Unauthorized
from rowlock.service.account_ports import Session
from rowlock.service.ports import Clock

T = TypeVar("T")
SECOND = 1_000_000
# One hash takes 64 MiB and 0.2 s of several cores: more at once only makes everybody wait and eats the memory.
AT_ONCE = 2
WAITING = 20
KEY_BYTES = 32
TOKEN_LIMIT = 4096
TOKENS_CACHED = 4096
LEEWAY_SECONDS = 10
# The times are checked here against our own clock; PyJWT would ask the machine's.
DECODE_OPTIONS: Any = {
    "require": ["exp", "iat", "jti", "sub"],
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
}


class SecretKeyError(Exception):
    """The key file cannot be used; the text says why and what to do."""


class Passwords:
    """Argon2 in threads of its own: two at once, twenty may wait, further callers hear `Busy`."""

    def __init__(self, hasher: PasswordHash | None = None) -> None:
        self._hasher = hasher or PasswordHash.recommended()
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="rowlock-argon2")
        self._lock = Lock()
        self._pending = 0

    async def hash(self, password: str) -> str:
        """The salted hash of a password."""
        return await self._run(lambda: self._hasher.hash(password))

    async def verify(self, password: str, stored: str | None) -> bool:
        """Whether the password is the one stored; without a stored one False, after the same time."""
        if stored is None:
            await self.hash(password)
            return False
        return await self._run(lambda: self._hasher.verify(password, stored))

    def close(self) -> None:
        """Wait for the hashes under way."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def _run(self, job: Callable[[], T]) -> T:
        with self._lock:
            if self._pending >= AT_ONCE + WAITING:
                raise Busy
            self._pending += 1
        future = self._threads.submit(job)
        # Counted down when the hash is done, not when its caller gives up: a cancelled request frees no core.
        future.add_done_callback(self._done)
        return await asyncio.wrap_future(future)

    def _done(self, _future: Future[T]) -> None:
        with self._lock:
            self._pending -= 1


class Tokens:
    """Session tokens: JWT signed with HS256. A token says who and until when; whether the session still lives is
    known to the database only."""

    def __init__(self, key: bytes, hours: float, clock: Clock) -> None:
        self._key = key
        self._life = int(hours * 3600 * SECOND)
        self._clock = clock
        self._cache: OrderedDict[str, Session] = OrderedDict()

    def issue(self, key: str, name: str) -> tuple[str, Session]:
        """A new token for the account `key`, and its session. It ends on a whole second, as JWT counts."""
        now = self._clock.wall()
        expires = -((now + self._life) // -SECOND)
        session = Session(jti=secrets.token_urlsafe(16), username=name, key=key, expires_at=expires * SECOND)
        claims = {"sub": key, "name": name, "jti": session.jti, "iat": now // SECOND, "exp": expires}
        return jwt.encode(claims, self._key, algorithm="HS256"), session

    def read(self, token: str) -> Session:
        """The session that a token speaks of; raises `Unauthorized` when it is not ours or no longer good.

        Decoding is cached, expiry is checked at each call and exact. Ten seconds of a clock stepping back do no harm.
        """
        session = self._cache.get(token)
        if session is None:
            return self._remember(token, self._decode(token))
        self._cache.move_to_end(token)
        return self._unexpired(session)

    def forget(self, jti: str) -> None:
        """Drop the session's tokens from the cache; there may be several texts of one token."""
        for token in [token for token, session in self._cache.items() if session.jti == jti]:
            del self._cache[token]

    def _remember(self, token: str, session: Session) -> Session:
        self._cache[token] = self._unexpired(session)
        if len(self._cache) > TOKENS_CACHED:
            self._cache.popitem(last=False)
        return session

    def _unexpired(self, session: Session) -> Session:
        if session.expires_at <= self._clock.wall():
            raise Unauthorized
        return session

    def _decode(self, token: str) -> Session:
        if len(token) > TOKEN_LIMIT:
            raise Unauthorized
        try:
            claims = jwt.decode(token, self._key, algorithms=["HS256"], options=DECODE_OPTIONS)
        # A ValueError is what lone surrogates cause; PyJWT does not catch it.
        except (jwt.PyJWTError, ValueError):
            raise Unauthorized from None
        self._check_times(claims)
        name = claims.get("name", claims["sub"])
        return Session(jti=claims["jti"], username=str(name), key=claims["sub"], expires_at=claims["exp"] * SECOND)

    def _check_times(self, claims: dict[str, Any]) -> None:
        latest = self._clock.wall() // SECOND + LEEWAY_SECONDS
        if type(claims["exp"]) is not int:
            raise Unauthorized
        for begin in (claims["iat"], claims.get("nbf", 0)):
            if type(begin) is not int or begin > latest:
                raise Unauthorized


def load_secret_key(data_dir: Path, configured: str = "") -> bytes:
    """The key that signs tokens: the configured one, else the one in `<data_dir>/secret.key`, made at first start.

    The file appears whole or not at all, readable by its owner only. Raises `SecretKeyError` when the key is too
    short or the file is open to others: whoever reads it can log in as anybody.
    """
    if configured:
        return _long_enough(configured.encode(), "ROWLOCK_SECRET_KEY")
    path = data_dir / "secret.key"
    try:
        if not path.exists():
            _create_key(path)
        return _read_key(path)
    except OSError as error:
        raise SecretKeyError(f"The key file {path} cannot be used: {error.strerror}.") from error


def _read_key(path: Path) -> bytes:
    if path.stat().st_mode & 0o077:
        raise SecretKeyError(f"The key file {path} is open to others; put that right with: chmod 600 {path}")
    return _long_enough(path.read_bytes(), str(path))


def _long_enough(key: bytes, origin: str) -> bytes:
    if len(key) < KEY_BYTES:
        raise SecretKeyError(
            f"The key of {origin} has {len(key)} bytes, at least {KEY_BYTES} are needed. "
            "Without one, a new key is made and everybody logs in again."
        )
    return key


def _create_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".secret.key.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        # A link never replaces: of two first starts at once, both go on with the key of the quicker one.
        with suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        os.unlink(temporary)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
