"""Accounts: who gets in, who is kept out, and when a session ends; on the real database, with cheap hashes."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import time_machine
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from tests.clocks import DAY, HOUR, MINUTE, SECOND, HandClock

from rowlock.security import Passwords, Tokens
from rowlock.service import accounts as service
from rowlock.service.account_errors import (
    AccountError,
    BadCredentials,
    InvalidPassword,
    InvalidUsername,
    TooManyAttempts,
    Unauthorized,
    UnknownUser,
    UsernameTaken,
)
from rowlock.service.account_ports import Session
from rowlock.service.accounts import Accounts, AuthMode
from rowlock.service.ports import StorageBusy
from rowlock.store.accounts import SqlAccounts, delete_session
from rowlock.store.database import Database

pytestmark = pytest.mark.anyio
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


@pytest.fixture
async def house(database: Database, clock: HandClock) -> AsyncIterator[House]:
    passwords = Passwords(PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),)))
    yield House(database, clock, passwords)
    passwords.close()


async def failures(accounts: Accounts, name: str, address: str, count: int) -> list[str]:
    """The codes of `count` logins with a wrong password, one after the other."""
    codes = []
    for number in range(count):
        with pytest.raises(AccountError) as refusal:
            await accounts.login(name, f"wrong {number}", address)
        codes.append(refusal.value.code)
    return codes


async def test_who_registered_can_log_in_and_nobody_else_as_them(house: House) -> None:
    accounts = house.accounts("registered")
    assert (await accounts.register("Anna", "secret", HERE)).name == "Anna"
    login = await accounts.login("ANNA", "secret", HERE)
    assert (login.session.username, login.session.key) == ("Anna", "anna")
    with pytest.raises(BadCredentials):
        await accounts.login("Anna", "Secret", HERE)


async def test_an_unknown_name_and_a_wrong_password_are_told_apart_by_nobody(house: House) -> None:
    accounts = house.accounts("registered")
    await accounts.register("anna", "secret", HERE)
    texts = set()
    for name in ("anna", "bert"):
        with pytest.raises(BadCredentials) as refusal:
            await accounts.login(name, "wrong", HERE)
        texts.add(str(refusal.value))
    assert len(texts) == 1


async def test_a_taken_name_and_its_look_alike_cannot_be_registered(house: House) -> None:
    accounts = house.accounts()
    await accounts.register("coco", "secret", HERE)
    for name in ("coco", "COCO", "\u0441\u043e\u0441\u043e"):
        with pytest.raises(UsernameTaken):
            await accounts.register(name, "other", HERE)


async def test_of_concurrent_registers_exactly_one_wins(house: House) -> None:
    tries = (house.accounts().register("anna", f"secret {number}", HERE) for number in range(5))
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Account"] + 4 * ["UsernameTaken"]


async def test_refused_registrations_are_limited_and_new_ones_are_not(house: House) -> None:
    accounts = house.accounts()
    for number in range(40):
        await accounts.register(f"pupil{number}", "secret", HERE)
    for _ in range(30):
        with pytest.raises(UsernameTaken):
            await accounts.register("pupil0", "secret", HERE)
    with pytest.raises(TooManyAttempts):
        await accounts.register("newcomer", "secret", HERE)
    assert await accounts.register("newcomer", "secret", ELSEWHERE)


async def test_the_first_login_of_a_name_sets_its_password_when_claiming(house: House) -> None:
    accounts = house.accounts("claim")
    await accounts.login("anna", "first", HERE)
    assert await accounts.login("anna", "first", HERE)
    with pytest.raises(BadCredentials):
        await accounts.login("anna", "second", HERE)


async def test_an_account_made_without_password_is_claimed_by_its_first_login(house: House) -> None:
    accounts = house.accounts("claim")
    await accounts.add("Anna")
    assert (await accounts.login("anna", "first", HERE)).session.username == "Anna"
    with pytest.raises(BadCredentials):
        await accounts.login("anna", "second", HERE)


async def test_of_concurrent_first_logins_with_different_passwords_exactly_one_wins(house: House) -> None:
    tries = (house.accounts().login("anna", f"secret {number}", HERE) for number in range(5))
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == 4 * ["BadCredentials"] + ["Login"]


async def test_concurrent_first_logins_with_one_password_all_get_in(house: House) -> None:
    logins = await asyncio.gather(*(house.accounts().login("anna", "secret", HERE) for _ in range(5)))
    assert len({login.session.jti for login in logins}) == 5


async def test_an_account_without_password_is_closed_when_only_the_registered_may_come(house: House) -> None:
    accounts = house.accounts("registered")
    await accounts.add("anna")
    with pytest.raises(BadCredentials):
        await accounts.login("anna", "anything", HERE)


async def test_any_password_opens_an_open_house_each_time_and_claims_nothing(house: House) -> None:
    accounts = house.accounts("open")
    await accounts.login("anna", "one", HERE)
    await accounts.login("anna", "two", HERE)
    assert [account.password_hash for account in await accounts.list()] == [None]


@pytest.mark.parametrize("name", ["", "../x", "a\nb", "\u0430nna", "file", "x" * 10_000])
async def test_a_text_that_is_no_name_is_refused_at_every_door(house: House, name: str) -> None:
    accounts = house.accounts()
    for door in (accounts.register, accounts.login):
        with pytest.raises(InvalidUsername):
            await door(name, "secret", HERE)


@pytest.mark.parametrize("password", ["", "x" * 1025, "a\0b", "\ud800"])
async def test_a_text_that_is_no_password_is_refused_at_every_door(house: House, password: str) -> None:
    accounts = house.accounts("open")
    for door in (accounts.register, accounts.login):
        with pytest.raises(InvalidPassword):
            await door("anna", password, HERE)


async def test_a_long_password_counts_to_its_last_character(house: House) -> None:
    accounts = house.accounts()
    await accounts.login("anna", "\U0001f600" * 1024, HERE)
    with pytest.raises(BadCredentials):
        await accounts.login("anna", "\U0001f600" * 1023 + "x", HERE)


async def test_failed_logins_are_limited_and_a_minute_later_free_again(house: House) -> None:
    accounts = house.accounts()
    with time_machine.travel(1_795_420_800, tick=False) as traveller:
        await accounts.login("anna", "secret", HERE)
        assert await failures(accounts, "anna", HERE, 5) == 3 * ["bad_credentials"] + 2 * ["too_many_attempts"]
        with pytest.raises(TooManyAttempts) as refusal:
            await accounts.login("anna", "secret", HERE)
        assert refusal.value.retry_after == 60
        traveller.shift(61)
        assert await accounts.login("anna", "secret", HERE)


async def test_successful_logins_are_not_limited(house: House) -> None:
    accounts = house.accounts()
    for _ in range(20):
        await accounts.login("anna", "secret", HERE)


async def test_the_failures_of_a_stranger_elsewhere_keep_nobody_out(house: House) -> None:
    accounts = house.accounts()
    await accounts.login("anna", "secret", HERE)
    await failures(accounts, "anna", ELSEWHERE, 10)
    assert await accounts.login("anna", "secret", HERE)


async def test_an_address_that_tries_many_names_is_limited_too(house: House) -> None:
    accounts = house.accounts("registered")
    codes = [code for number in range(16) for code in await failures(accounts, f"user{number}", HERE, 1)]
    assert codes == 15 * ["bad_credentials"] + ["too_many_attempts"]


async def test_a_network_of_ipv6_counts_as_one_address(house: House) -> None:
    accounts = house.accounts("registered")
    codes = [code for host in range(4) for code in await failures(accounts, "anna", f"2001:db8::{host}", 1)]
    assert codes[-1] == "too_many_attempts"
    assert await failures(accounts, "anna", "2001:db8:0:1::", 1) == ["bad_credentials"]
    assert await failures(accounts, "anna", "::ffff:192.0.2.9", 3) + await failures(
        accounts, "anna", "192.0.2.9", 1
    ) == 3 * ["bad_credentials"] + ["too_many_attempts"]


async def test_a_salvo_of_guesses_learns_no_more_than_the_limit(house: House) -> None:
    accounts = house.accounts()
    await accounts.login("anna", "secret", HERE)
    salvo = (accounts.login("anna", f"wrong {number}", HERE) for number in range(15))
    outcomes = await asyncio.gather(*salvo, return_exceptions=True)
    assert sum(isinstance(outcome, BadCredentials) for outcome in outcomes) == 3


async def test_a_clock_set_back_blocks_nobody_for_as_long(house: House, clock: HandClock) -> None:
    accounts = house.accounts()
    with time_machine.travel(1_795_420_800, tick=False) as traveller:
        await accounts.login("anna", "secret", HERE)
        await failures(accounts, "anna", HERE, 3)
        traveller.shift(-3600)
        clock.set_wall(clock.wall() - HOUR)
        assert await accounts.login("anna", "secret", HERE)


async def test_a_session_this_process_began_is_known_without_a_query(house: House) -> None:
    accounts = house.accounts()
    login = await accounts.login("anna", "secret", HERE)
    assert accounts.authenticate_now(login.token) is login.session


async def test_a_session_of_another_process_is_looked_up_once(house: House) -> None:
    login = await house.accounts().login("anna", "secret", HERE)
    accounts = house.accounts()
    assert accounts.authenticate_now(login.token) is None
    assert await accounts.authenticate(login.token) == login.session
    assert accounts.authenticate_now(login.token) == login.session


@pytest.mark.parametrize("token", ["", "a.b.c", "x" * 5000])
async def test_what_is_no_token_opens_nothing(house: House, token: str) -> None:
    accounts = house.accounts()
    assert accounts.authenticate_now(token) is None
    with pytest.raises(Unauthorized):
        await accounts.authenticate(token)


async def test_a_token_of_a_session_that_never_was_opens_nothing(house: House, clock: HandClock) -> None:
    token, _ = Tokens(b"k" * 32, 24, clock).issue("anna", "Anna")
    with pytest.raises(Unauthorized):
        await house.accounts().authenticate(token)


async def test_a_session_opens_no_other_account_than_its_token_names(house: House, database: Database) -> None:
    tokens = Tokens(b"k" * 32, 24, house.clock)
    store = SqlAccounts(database)
    bert = await store.create("bert", "Bert", None, 1)
    token, session = tokens.issue("anna", "Anna")
    assert bert is not None
    assert await store.open_session(bert, session, 2)
    with pytest.raises(Unauthorized):
        await house.accounts().authenticate(token)


async def test_an_expired_session_opens_nothing_the_moment_it_expires(house: House, clock: HandClock) -> None:
    accounts = house.accounts()
    login = await accounts.login("anna", "secret", HERE)
    clock.set_wall(login.session.expires_at)
    assert accounts.authenticate_now(login.token) is None
    with pytest.raises(Unauthorized):
        await accounts.authenticate(login.token)


async def test_logging_out_ends_the_session_at_once_and_tells_why(house: House) -> None:
    accounts = house.accounts()
    login = await accounts.login("anna", "secret", HERE)
    await accounts.logout(login.session)
    assert accounts.authenticate_now(login.token) is None
    with pytest.raises(Unauthorized):
        await accounts.authenticate(login.token)
    assert house.ended == house.heard == [("anna", "logout")]
    await accounts.logout(login.session)


async def test_a_look_up_that_began_before_the_logout_cannot_bring_the_session_back(house: House) -> None:
    login = await house.accounts().login("anna", "secret", HERE)
    accounts = house.accounts()
    looked_up = asyncio.create_task(accounts.authenticate(login.token))
    await asyncio.sleep(0)
    await accounts.logout(login.session)
    with pytest.raises(Unauthorized):
        await looked_up
    assert accounts.authenticate_now(login.token) is None


async def test_a_logout_that_cannot_be_stored_leaves_the_session_as_it_was(house: House) -> None:
    accounts = house.accounts()
    login = await accounts.login("anna", "secret", HERE)
    house.fault = StorageBusy()
    with pytest.raises(StorageBusy):
        await accounts.logout(login.session)
    assert accounts.authenticate_now(login.token) == login.session
    assert await house.accounts().authenticate(login.token) == login.session
    assert house.heard == []


async def test_a_poll_ends_what_another_process_logged_out(house: House) -> None:
    login = await house.accounts().login("anna", "secret", HERE)
    accounts, other = house.accounts(), house.accounts()
    await accounts.authenticate(login.token)
    await other.logout(login.session)
    assert accounts.authenticate_now(login.token) == login.session
    assert list(await accounts.poll()) == [(login.session, "revoked")]
    assert accounts.authenticate_now(login.token) is None
    assert not await accounts.poll()


async def test_a_poll_ends_expired_sessions_even_those_never_seen_here(house: House, clock: HandClock) -> None:
    login = await house.accounts().login("anna", "secret", HERE)
    accounts = house.accounts()
    clock.advance(DAY - SECOND)
    assert not await accounts.poll()
    clock.advance(SECOND)
    assert list(await accounts.poll()) == [(login.session, "expired")]
    assert house.ended == house.heard == [("anna", "expired")]
    assert not await accounts.poll()


async def test_a_poll_leaves_a_login_alone_that_happens_meanwhile(house: House) -> None:
    accounts = house.accounts()
    for _ in range(10):
        login, _ = await asyncio.gather(accounts.login("anna", "secret", HERE), accounts.poll())
        assert accounts.authenticate_now(login.token) == login.session
    assert house.ended == []


async def test_ended_sessions_are_not_remembered_for_ever(house: House, clock: HandClock) -> None:
    accounts = house.accounts()
    await accounts.logout((await accounts.login("anna", "secret", HERE)).session)
    clock.advance(MINUTE)
    await accounts.poll()
    assert not accounts._ended


async def test_a_removed_user_is_out_at_once_everywhere_they_were(house: House) -> None:
    accounts = house.accounts()
    logins = [await accounts.login("anna", "secret", HERE) for _ in range(2)]
    await accounts.remove("Anna")
    assert [accounts.authenticate_now(login.token) for login in logins] == [None, None]
    assert house.heard == 2 * [("anna", "removed")]
    assert await accounts.list() == ()
    with pytest.raises(UnknownUser):
        await accounts.remove("anna")


async def test_one_account_has_at_most_fifty_sessions_and_the_oldest_gives_way(
    house: House, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert service.SESSIONS_AN_ACCOUNT == 50
    monkeypatch.setattr(service, "SESSIONS_AN_ACCOUNT", 2)
    accounts = house.accounts()
    logins = []
    for _ in range(3):
        logins.append(await accounts.login("anna", "secret", HERE))
        clock.advance(SECOND)
    assert [bool(accounts.authenticate_now(login.token)) for login in logins] == [False, True, True]
    assert house.heard == [("anna", "replaced")]


async def test_a_listener_that_fails_spares_the_others(house: House, caplog: pytest.LogCaptureFixture) -> None:
    async def broken(session: Session, reason: str) -> None:
        raise RuntimeError("socket gone")

    accounts = house.accounts()
    accounts.on_ended.insert(0, broken)
    await accounts.logout((await accounts.login("anna", "secret", HERE)).session)
    assert house.heard == [("anna", "logout")]
    assert "a listener failed" in caplog.text
