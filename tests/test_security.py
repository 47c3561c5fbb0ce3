"""Passwords and tokens: what is let in and what never is."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from tests.clocks import HOUR, SECOND, HandClock

from rowlock.security import Passwords, Tokens
from rowlock.service.account_errors import Busy, Unauthorized

KEY = b"k" * 32


class GatedHasher(Argon2Hasher):
    """Argon2 at its cheapest, that waits for a gate and notes how many were inside at once."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.gate = threading.Event()
        self.inside = self.most = 0
        self.begun = threading.Semaphore(0)
        self.lock = threading.Lock()

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        self.begun.release()
        self.gate.wait(10)
        with self.lock:
            self.inside -= 1
        return super().hash(password, salt=salt)


@pytest.fixture
def hasher() -> GatedHasher:
    return GatedHasher()


@pytest.fixture
def passwords(hasher: GatedHasher) -> Iterator[Passwords]:
    passwords = Passwords(PasswordHash((hasher,)))
    yield passwords
    hasher.gate.set()
    passwords.close()


@pytest.fixture
def tokens(clock: HandClock) -> Tokens:
    return Tokens(KEY, 24, clock)


@pytest.mark.anyio
async def test_only_the_right_password_is_right(passwords: Passwords, hasher: GatedHasher) -> None:
    hasher.gate.set()
    stored = await passwords.hash("correct horse")
    assert await passwords.verify("correct horse", stored)
    assert not await passwords.verify("wrong horse", stored)
    assert not await passwords.verify("correct horse", None)


@pytest.mark.anyio
async def test_two_hashes_run_at_once_and_twenty_more_wait(passwords: Passwords, hasher: GatedHasher) -> None:
    accepted = [asyncio.create_task(passwords.hash("x")) for _ in range(22)]
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await passwords.hash("x")
    hasher.gate.set()
    await asyncio.gather(*accepted)
    assert hasher.most == 2
    assert await passwords.hash("x")


@pytest.mark.anyio
async def test_a_caller_who_gives_up_frees_no_core(passwords: Passwords, hasher: GatedHasher) -> None:
    accepted = [asyncio.create_task(passwords.hash("x")) for _ in range(22)]
    for _ in range(2):
        await asyncio.to_thread(hasher.begun.acquire)
    for task in accepted:
        task.cancel()
    await asyncio.gather(*accepted, return_exceptions=True)
    # The twenty that waited are gone, the two that run are not.
    again = [asyncio.create_task(passwords.hash("x")) for _ in range(20)]
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await passwords.hash("x")
    hasher.gate.set()
    await asyncio.gather(*again)
    assert hasher.most == 2


@pytest.mark.anyio
async def test_an_unknown_name_takes_as_long_as_a_wrong_password() -> None:
    passwords = Passwords()
    stored = await passwords.hash("right")

    async def seconds(known: str | None) -> float:
        began = time.perf_counter()
        await passwords.verify("wrong", known)
        return time.perf_counter() - began

    pairs = [(await seconds(stored), await seconds(None)) for _ in range(3)]
    passwords.close()
    known, unknown = (min(times) for times in zip(*pairs, strict=True))
    # Without the dummy hash the unknown name answers a thousand times faster; the rest is room for a busy machine.
    assert 0.4 < unknown / known < 2.5


def test_a_token_says_who_and_until_when(tokens: Tokens, clock: HandClock) -> None:
    token, session = tokens.issue("anna", "Anna")
    assert tokens.read(token) == session
    assert (session.key, session.username) == ("anna", "Anna")
    assert session.expires_at == clock.wall() + 24 * HOUR
    assert jwt.decode(token, KEY, algorithms=["HS256"], options={"verify_exp": False})["jti"] == session.jti


def test_a_token_expires_to_the_microsecond_though_it_is_cached(tokens: Tokens, clock: HandClock) -> None:
    token, session = tokens.issue("anna", "Anna")
    clock.set_wall(session.expires_at - 1)
    assert tokens.read(token)
    clock.set_wall(session.expires_at)
    with pytest.raises(Unauthorized):
        tokens.read(token)


def test_a_token_that_lives_shorter_than_a_second_still_ends_on_one(clock: HandClock) -> None:
    clock.advance(SECOND // 2)
    _, session = Tokens(KEY, 0.0001, clock).issue("anna", "Anna")
    assert session.expires_at == clock.wall() + SECOND // 2


def test_a_clock_that_steps_back_a_second_logs_nobody_out(tokens: Tokens, clock: HandClock) -> None:
    token, _ = tokens.issue("anna", "Anna")
    clock.set_wall(clock.wall() - SECOND)
    assert tokens.read(token)


def test_a_forgotten_token_is_decoded_anew(tokens: Tokens) -> None:
    token, session = tokens.issue("anna", "Anna")
    first = tokens.read(token)
    assert tokens.read(token) is first
    tokens.forget(session.jti)
    assert tokens.read(token) is not first


def test_the_cache_of_tokens_is_bounded(tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rowlock.security.TOKENS_CACHED", 2)
    first, second, third = (tokens.issue("anna", "Anna")[0] for _ in range(3))
    kept = tokens.read(first)
    dropped = tokens.read(second)
    assert tokens.read(first) is kept
    tokens.read(third)
    assert tokens.read(first) is kept
    assert tokens.read(second) is not dropped


def forged(clock: HandClock, *, key: bytes = KEY, algorithm: str = "HS256", **changed: Any) -> str:
    now = clock.wall() // SECOND
    claims = {"sub": "anna", "name": "Anna", "jti": "j", "iat": now, "exp": now + 3600} | changed
    return jwt.encode({name: claim for name, claim in claims.items() if claim != "none"}, key, algorithm=algorithm)


def test_a_token_like_ours_is_read(tokens: Tokens, clock: HandClock) -> None:
    assert tokens.read(forged(clock)).key == "anna"
    assert tokens.read(forged(clock, iat=clock.wall() // SECOND + 10)).key == "anna"


@pytest.mark.parametrize(
    "changed",
    [
        {"exp": "none"},
        {"iat": "none"},
        {"jti": "none"},
        {"sub": "none"},
        {"exp": None},
        {"exp": "3000000000"},
        {"exp": True},
        {"exp": 3e9},
        {"exp": 1},
        {"exp": [1]},
        {"exp": -(10**400)},
        {"iat": "now"},
        {"iat": 3_000_000_000},
        {"nbf": 3_000_000_000},
        {"nbf": "soon"},
        {"sub": 7},
        {"jti": 7},
        {"aud": "others"},
        {"name": "x" * 5000},
        {"key": b"j" * 32},
        {"algorithm": "HS512"},
    ],
    ids=lambda changed: f"{next(iter(changed))} {next(iter(changed.values()))!r:.20}",
)
@pytest.mark.filterwarnings("ignore::jwt.InsecureKeyLengthWarning")
def test_a_token_with_odd_claims_is_unauthorized(tokens: Tokens, clock: HandClock, changed: dict[str, Any]) -> None:
    with pytest.raises(Unauthorized):
        tokens.read(forged(clock, **changed))


def encoded(value: bytes) -> str:
    return jwt.utils.base64url_encode(value).decode()


def deep(depth: int) -> bytes:
    return b'{"alg":"HS256","x":' + b"[" * depth + b"]" * depth + b"}"


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "..",
        "a.b.c",
        "\ud800.\ud800.\ud800",
        "é.é.é",
        "x" * 5_000_000,
        f"{encoded(deep(1400))}.e30.x",
        f"{encoded(json.dumps({'alg': 'none'}).encode())}.{encoded(b'{}')}.",
        f"{encoded(json.dumps({'alg': ['HS256']}).encode())}.{encoded(b'{}')}.x",
        f"{encoded(json.dumps({'alg': None}).encode())}.{encoded(b'{}')}.x",
        f"{encoded(json.dumps({'alg': {}}).encode())}.{encoded(b'{}')}.x",
        f"{encoded(json.dumps({'alg': 'HS256', 'kid': 7}).encode())}.{encoded(b'{}')}.x",
        f"{encoded(json.dumps({'alg': 'HS256', 'b64': False}).encode())}.{encoded(b'{}')}.x",
        f"{encoded(json.dumps({'alg': 'HS256', 'crit': 7}).encode())}.{encoded(b'{}')}.x",
        f"{encoded(b'[]')}.{encoded(b'{}')}.x",
        f"{encoded(b'7')}.{encoded(b'{}')}.x",
    ],
    ids=lambda token: repr(token[:20]),
)
def test_what_is_no_token_is_unauthorized(tokens: Tokens, token: str) -> None:
    with pytest.raises(Unauthorized):
        tokens.read(token)


@given(st.text(max_size=60))
def test_any_text_is_unauthorized_and_nothing_worse(text: str) -> None:
    with pytest.raises(Unauthorized):
        Tokens(KEY, 24, HandClock()).read(text)
