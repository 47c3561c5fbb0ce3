"""Accounts and sessions in SQL."""

from collections.abc import Collection
from functools import cache
from typing import Any

from sqlalchemy import Connection, Executable, Row, bindparam, delete, insert, literal, or_, select, update
from sqlalchemy.exc import IntegrityError

from rowlock.service.account_ports import Account, Session
from rowlock.store.database import Database
from rowlock.store.prepared import Prepared, padded
from rowlock.store.tables import ACCOUNT, SESSION

_DELETE = delete(SESSION).where(SESSION.c.jti == bindparam("ended"))
_SESSIONS = select(SESSION.c.jti, ACCOUNT.c.name.label("username"), ACCOUNT.c.key, SESSION.c.expires_at).select_from(
    SESSION.join(ACCOUNT)
)


def live_sessions(connection: Connection, jtis: Collection[str], at: int) -> set[str]:
    """Those of the sessions that are stored and not expired at `at`; for use inside the editor's transaction."""
    if not jtis:
        return set()
    asked = {f"jti{number}": jti for number, jti in enumerate(padded(jtis))}
    return {jti for (jti,) in _live(len(asked)).rows(connection, at=at, **asked)}


@cache
def _live(count: int) -> Prepared:
    """Which of so many sessions are live: asked in every transaction of edits."""
    asked = or_(*(SESSION.c.jti == bindparam(f"jti{number}") for number in range(count)))
    return Prepared(select(SESSION.c.jti).where(asked, SESSION.c.expires_at > bindparam("at")))


def delete_session(connection: Connection, jti: str) -> None:
    """Delete a session if it is there; for use inside the editor's transaction."""
    connection.execute(_DELETE, {"ended": jti})


class SqlAccounts:
    """The port `AccountStore` on a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, key: str, name: str, password_hash: str | None, at: int) -> Account | None:
        """A new account; None when the key is taken."""

        def job(connection: Connection) -> Account | None:
            made = _create(connection, key=key, name=name, password_hash=password_hash, created_at=at)
            return _find(connection, key) if made else None

        return await self._database.write(job)

    async def claim(self, key: str, name: str, password_hash: str, at: int) -> Account:
        """The account of `key`, made if missing, with this password if it had none. Of several at once one wins."""

        def job(connection: Connection) -> Account:
            _create(connection, key=key, name=name, password_hash=None, created_at=at)
            unclaimed = update(ACCOUNT).where(ACCOUNT.c.key == key, ACCOUNT.c.password_hash.is_(None))
            connection.execute(unclaimed.values(password_hash=password_hash))
            account = _find(connection, key)
            assert account is not None
            return account

        return await self._database.write(job)

    async def find(self, key: str) -> Account | None:
        """The account of a normalised name."""
        return await self._database.read(lambda connection: _find(connection, key))

    async def remove(self, key: str) -> tuple[Session, ...] | None:
        """Remove an account with its sessions and say which these were; None when there is no such account."""

        def job(connection: Connection) -> tuple[Session, ...] | None:
            account = _find(connection, key)
            if account is None:
                return None
            ended = _sessions(connection, _SESSIONS.where(ACCOUNT.c.id == account.id))
            connection.execute(delete(SESSION).where(SESSION.c.account_id == account.id))
            connection.execute(delete(ACCOUNT).where(ACCOUNT.c.id == account.id))
            return ended

        return await self._database.write(job)

    async def everybody(self) -> tuple[Account, ...]:
        """All accounts by name."""
        statement = select(ACCOUNT).order_by(ACCOUNT.c.key)
        return await self._database.read(lambda connection: tuple(map(_account, connection.execute(statement))))

    async def open_session(self, account: Account, session: Session, at: int) -> bool:
        """Store a session; False when the account was removed or got another password since it was read."""
        # The id alone would not do: SQLite gives the id of a removed account to the next one.
        unchanged = (
            ACCOUNT.c.id == account.id,
            ACCOUNT.c.key == account.key,
            ACCOUNT.c.password_hash.is_not_distinct_from(account.password_hash),
        )
        row = select(literal(session.jti), ACCOUNT.c.id, literal(at), literal(session.expires_at)).where(*unchanged)
        statement = insert(SESSION).from_select(["jti", "account_id", "created_at", "expires_at"], row)
        return await self._database.write(lambda connection: connection.execute(statement).rowcount == 1)

    async def find_session(self, jti: str, at: int) -> Session | None:
        """The session, if it is alive at `at`."""
        statement = _SESSIONS.where(SESSION.c.jti == jti, SESSION.c.expires_at > at)
        found = await self._read_sessions(statement)
        return found[0] if found else None

    async def sessions_of(self, key: str, at: int) -> tuple[Session, ...]:
        """The sessions of an account that are alive at `at`, the oldest first."""
        alive = _SESSIONS.where(ACCOUNT.c.key == key, SESSION.c.expires_at > at)
        return await self._read_sessions(alive.order_by(SESSION.c.created_at, SESSION.c.expires_at, SESSION.c.jti))

    async def live_sessions(self) -> set[str]:
        """The ids of all sessions that nobody has ended, expired ones included."""
        return await self._database.read(lambda connection: set(connection.execute(select(SESSION.c.jti)).scalars()))

    async def expired_sessions(self, at: int, limit: int) -> tuple[Session, ...]:
        """Sessions that have expired by `at` and were not ended yet, the longest expired first."""
        expired = _SESSIONS.where(SESSION.c.expires_at <= at).order_by(SESSION.c.expires_at).limit(limit)
        return await self._read_sessions(expired)

    async def _read_sessions(self, statement: Executable) -> tuple[Session, ...]:
        return await self._database.read(lambda connection: _sessions(connection, statement))


def _create(connection: Connection, **values: Any) -> bool:
    """Insert an account; False when its key is taken. The savepoint keeps the transaction usable on PostgreSQL."""
    try:
        with connection.begin_nested():
            connection.execute(insert(ACCOUNT).values(**values))
    except IntegrityError:
        return False
    return True


def _find(connection: Connection, key: str) -> Account | None:
    row = connection.execute(select(ACCOUNT).where(ACCOUNT.c.key == key)).one_or_none()
    return None if row is None else _account(row)


def _account(row: Row[Any]) -> Account:
    return Account(**row._mapping)


def _sessions(connection: Connection, statement: Executable) -> tuple[Session, ...]:
    return tuple(Session(**row._mapping) for row in connection.execute(statement))
