"""Failures are limited, so that guessing is hopeless, and nobody can lock another one out."""

import asyncio

import pytest
import time_machine
from tests.clocks import HOUR, HandClock
from tests.service.house import ELSEWHERE, HERE, House

from rowlock.service.account_errors import AccountError, BadCredentials, TooManyAttempts, UsernameTaken
from rowlock.service.accounts import Accounts

pytestmark = pytest.mark.anyio


async def failures(accounts: Accounts, name: str, address: str, count: int) -> list[str]:
    """The codes of `count` logins with a wrong password, one after the other."""
    codes = []
    for number in range(count):
        with pytest.raises(AccountError) as refusal:
            await accounts.login(name, f"wrong {number}", address)
        codes.append(refusal.value.code)
    return codes


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
