"""When a session lives, and that it is over for everybody when it ends."""

import asyncio

import pytest
from tests.clocks import DAY, MINUTE, SECOND, HandClock
from tests.service.house import HERE, House

from rowlock.security import Tokens
from rowlock.service import accounts as service
from rowlock.service.account_errors import Unauthorized, UnknownUser
from rowlock.service.account_ports import Session
from rowlock.service.ports import StorageBusy
from rowlock.store.accounts import SqlAccounts
from rowlock.store.database import Database

pytestmark = pytest.mark.anyio


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
