"""Accounts wired as the server wires them, on the real database, with cheap hashes."""

from dataclasses import dataclass, field

from tests.clocks import HandClock

from rowlock.security import Passwords, Tokens
from rowlock.service.account_ports import Session
from rowlock.service.accounts import Accounts, AuthMode
from rowlock.store.accounts import SqlAccounts, delete_session
from rowlock.store.database import Database

HERE = "192.0.2.1"
ELSEWHERE = "192.0.2.2"


@dataclass
class House:
    """Accounts as the server wires them; a second one on the same database is another process."""

    database: Database
    clock: HandClock
    passwords: Passwords
    ended: list[tuple[str, str]] = field(default_factory=list)
    heard: list[tuple[str, str]] = field(default_factory=list)
    fault: Exception | None = None

    def accounts(self, mode: AuthMode = "claim") -> Accounts:
        accounts = Accounts(
            store=SqlAccounts(self.database),
            passwords=self.passwords,
            tokens=Tokens(b"k" * 32, 24, self.clock),
            clock=self.clock,
            end_session=self.end_session,
            mode=mode,
            login_failures=3,
        )
        accounts.on_ended.append(self.hear)
        return accounts

    async def end_session(self, session: Session, reason: str) -> None:
        """What the editor does, but for the leases."""
        if self.fault:
            raise self.fault
        await self.database.write(lambda connection: delete_session(connection, session.jti))
        self.ended.append((session.username, reason))

    async def hear(self, session: Session, reason: str) -> None:
        self.heard.append((session.username, reason))
