"""Who gets in and who is kept out, in each mode."""

import asyncio

import pytest
from tests.service.house import HERE, House

from rowlock.service.account_errors import BadCredentials, InvalidPassword, InvalidUsername, UsernameTaken

pytestmark = pytest.mark.anyio


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
