"""Accounts and sessions in SQL, on the real SQLite."""

import asyncio

import pytest
from sqlalchemy import Connection

from rowlock.service.account_ports import Account, Session
from rowlock.store.accounts import SqlAccounts, delete_session, live_sessions
from rowlock.store.database import Database

pytestmark = pytest.mark.anyio


@pytest.fixture
def store(database: Database) -> SqlAccounts:
    return SqlAccounts(database)


def session(jti: str, expires_at: int = 100, key: str = "anna") -> Session:
    return Session(jti=jti, username=key.title(), key=key, expires_at=expires_at)


async def anna(store: SqlAccounts, *jtis: str) -> Account:
    account = await store.create("anna", "Anna", "hash", 1)
    assert account is not None
    for at, jti in enumerate(jtis):
        assert await store.open_session(account, session(jti), at)
    return account


async def test_an_account_is_found_by_its_key(store: SqlAccounts) -> None:
    made = await anna(store)
    assert await store.find("anna") == made
    assert (made.name, made.password_hash, made.created_at) == ("Anna", "hash", 1)
    assert await store.find("bert") is None


async def test_of_two_registers_of_a_name_one_wins_across_processes(store: SqlAccounts, database: Database) -> None:
    other = Database(database.url)
    made = await asyncio.gather(
        *(each.create("anna", f"Anna{n}", f"hash{n}", n) for n in range(5) for each in (store, SqlAccounts(other)))
    )
    other.close()
    winners = [account for account in made if account]
    assert len(winners) == 1
    assert await store.find("anna") == winners[0]


async def test_of_two_first_logins_one_sets_the_password(store: SqlAccounts, database: Database) -> None:
    other = Database(database.url)
    claimed = await asyncio.gather(
        *(each.claim("anna", "Anna", f"hash{n}{each}", n) for n in range(5) for each in (store, SqlAccounts(other)))
    )
    other.close()
    assert len(set(claimed)) == 1


async def test_a_first_login_gives_an_account_without_password_one(store: SqlAccounts) -> None:
    await store.create("anna", "Anna", None, 1)
    assert (await store.claim("anna", "ANNA", "hash", 2)).password_hash == "hash"
    account = await store.claim("anna", "ANNA", "another", 3)
    assert (account.password_hash, account.name) == ("hash", "Anna")


async def test_everybody_is_listed_by_name(store: SqlAccounts) -> None:
    for key in ("carl", "anna", "bert"):
        await store.create(key, key.title(), None, 1)
    assert [account.name for account in await store.everybody()] == ["Anna", "Bert", "Carl"]


async def test_a_session_is_found_with_its_account_until_it_expires(store: SqlAccounts) -> None:
    await anna(store, "j")
    assert await store.find_session("j", 99) == session("j")
    assert await store.find_session("j", 100) is None
    assert await store.find_session("k", 99) is None


async def test_the_sessions_of_an_account_come_oldest_first(store: SqlAccounts) -> None:
    account = await anna(store, "z", "y", "x")
    await store.open_session(account, session("dead", 5), 0)
    assert [each.jti for each in await store.sessions_of("anna", 5)] == ["z", "y", "x"]
    assert await store.live_sessions() == {"x", "y", "z", "dead"}


async def test_expired_sessions_come_longest_expired_first_and_not_all_at_once(store: SqlAccounts) -> None:
    account = await anna(store)
    for expires_at in (30, 10, 20, 40):
        await store.open_session(account, session(f"j{expires_at}", expires_at), 0)
    assert [each.jti for each in await store.expired_sessions(30, 2)] == ["j10", "j20"]
    assert [each.jti for each in await store.expired_sessions(30, 9)] == ["j10", "j20", "j30"]


async def test_removing_an_account_removes_its_sessions_and_names_them(store: SqlAccounts) -> None:
    await anna(store, "j", "k")
    assert set(await store.remove("anna") or ()) == {session("j"), session("k")}
    assert await store.find("anna") is None
    assert await store.live_sessions() == set()
    assert await store.remove("anna") is None


async def test_no_session_begins_for_an_account_that_was_replaced_meanwhile(store: SqlAccounts) -> None:
    before = await anna(store)
    await store.remove("anna")
    successor = await store.create("bert", "Bert", None, 2)
    assert successor is not None
    assert successor.id == before.id
    assert not await store.open_session(before, session("j"), 3)
    assert await store.live_sessions() == set()


async def test_no_session_begins_on_a_password_that_changed_meanwhile(store: SqlAccounts) -> None:
    before = await store.create("anna", "Anna", None, 1)
    assert before is not None
    await store.claim("anna", "Anna", "hash", 2)
    assert not await store.open_session(before, session("j"), 3)


async def test_the_editor_asks_for_live_sessions_inside_its_transaction(store: SqlAccounts, database: Database) -> None:
    account = await anna(store, "j", "k")
    await store.open_session(account, session("short", 10), 0)
    asked = ["j", "short", "unknown"]
    assert await database.write(lambda connection: live_sessions(connection, asked, 9)) == {"j", "short"}
    assert await database.write(lambda connection: live_sessions(connection, asked, 10)) == {"j"}
    assert await database.write(lambda connection: live_sessions(connection, [], 9)) == set()


async def test_a_deleted_session_is_dead_within_the_same_transaction(store: SqlAccounts, database: Database) -> None:
    await anna(store, "j", "k")

    def job(connection: Connection) -> set[str]:
        delete_session(connection, "j")
        delete_session(connection, "never there")
        return live_sessions(connection, ["j", "k"], 9)

    assert await database.write(job) == {"k"}
