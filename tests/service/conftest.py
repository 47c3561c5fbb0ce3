"""What the tests of the services share."""

from collections.abc import AsyncIterator

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from tests.clocks import HandClock
from tests.service.house import House

from rowlock.security import Passwords
from rowlock.store.database import Database


@pytest.fixture
async def house(database: Database, clock: HandClock) -> AsyncIterator[House]:
    passwords = Passwords(PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),)))
    yield House(database, clock, passwords)
    passwords.close()
