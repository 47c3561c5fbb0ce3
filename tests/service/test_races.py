"""Two who want the same thing at once (RELIABILITY, races a to j): the first in the queue is first, both ways."""

from collections.abc import AsyncIterator
from functools import partial

import pytest
from tests.clocks import HandClock
from tests.service.running import ADA, BOB, SYSTEM, TERM, all_at_once, log_in, price, running

from rowlock.core.commands import (
    Caller,
    Command,
    DeleteRow,
    EndLeases,
    ExpireLeases,
    ReleaseLease,
    RenewLease,
    TakeLease,
)
from rowlock.service.editor import Editor
from rowlock.store.database import Database
from rowlock.store.journal import SqlJournal

pytestmark = pytest.mark.anyio
ADA_IN = Caller(actor="ada", session="ada's", client="one")
Race = tuple[Command, Caller]


@pytest.fixture(params=["in one batch", "in turn"])
def together(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "in one batch")


@pytest.fixture
async def editor(database: Database, clock: HandClock) -> AsyncIterator[Editor]:
    async with running(SqlJournal(database), clock) as editor:
        yield editor


async def outcomes(editor: Editor, together: bool, *races: Race) -> list[str]:
    """`done` or the refusal's code of each, in this order."""
    if together:
        found = await all_at_once(*(editor.submit(command, caller) for command, caller in races))
    else:
        found = [(await all_at_once(editor.submit(command, caller)))[0] for command, caller in races]
    return [outcome if isinstance(outcome, str) else "done" for outcome in found]


async def token_of(editor: Editor, caller: Caller, index: int = 0) -> int:
    token: int = (await editor.submit(TakeLease(index=index), caller))["token"]
    return token


async def test_a_of_two_writes_of_one_version_the_first_is_made(editor: Editor, together: bool) -> None:
    first, second = (price(0, "5", version=1), ADA), (price(0, "6", version=1), ADA)
    assert await outcomes(editor, together, first, second) == ["done", "version_mismatch"]
    first, second = (price(1, "6", version=1), ADA), (price(1, "5", version=1), ADA)
    assert await outcomes(editor, together, first, second) == ["done", "version_mismatch"]


async def test_b_a_write_as_the_lease_ends_is_decided_by_the_clock_in_the_transaction(
    editor: Editor, clock: HandClock, together: bool
) -> None:
    token = await token_of(editor, ADA)
    clock.advance(TERM - 1)
    assert await outcomes(editor, together, (price(0, "5", token=token), ADA)) == ["done"]
    clock.advance(1)
    assert await outcomes(editor, together, (price(0, "6", token=token), ADA)) == ["stale_lease"]


async def test_c_of_two_who_take_a_row_the_first_gets_it(editor: Editor, together: bool) -> None:
    take = TakeLease(index=0)
    assert await outcomes(editor, together, (take, ADA), (take, BOB)) == ["done", "row_locked"]
    other = TakeLease(index=1)
    assert await outcomes(editor, together, (other, BOB), (other, ADA)) == ["done", "row_locked"]


async def test_d_f_a_renewal_before_the_clean_up_stays_and_one_after_it_is_too_late(
    editor: Editor, clock: HandClock, together: bool
) -> None:
    token = await token_of(editor, ADA)
    clock.advance(TERM - 1)
    renew, clean_up = (RenewLease(index=0, token=token), ADA), (ExpireLeases(), SYSTEM)
    assert await outcomes(editor, together, renew, clean_up) == ["done", "done"]
    clock.advance(1)
    assert await outcomes(editor, together, clean_up, renew) == ["done", "done"]
    clock.advance(2 * TERM)
    assert await outcomes(editor, together, clean_up, renew) == ["done", "stale_lease"]
    assert list(editor.sheet.leased()) == []


async def test_d_an_expired_lease_is_not_renewed_even_before_the_clean_up(
    editor: Editor, clock: HandClock, together: bool
) -> None:
    token = await token_of(editor, ADA)
    clock.advance(TERM)
    renew, clean_up = (RenewLease(index=0, token=token), ADA), (ExpireLeases(), SYSTEM)
    assert await outcomes(editor, together, renew, clean_up) == ["stale_lease", "done"]


async def test_e_a_late_release_never_ends_a_new_lease(editor: Editor, clock: HandClock, together: bool) -> None:
    old = await token_of(editor, ADA)
    clock.advance(TERM)
    late, take = (ReleaseLease(index=0, token=old), ADA), (TakeLease(index=0), BOB)
    assert await outcomes(editor, together, take, late) == ["done", "not_lease_owner"]
    assert list(editor.sheet.leased()) == [0]
    clock.advance(TERM)
    assert await outcomes(editor, together, late, take) == ["done", "done"]
    assert list(editor.sheet.leased()) == [0]


@pytest.mark.parametrize("logout_first", [True, False])
async def test_g_a_write_before_the_logout_is_made_and_one_after_it_is_not(
    editor: Editor, database: Database, clock: HandClock, logout_first: bool
) -> None:
    await log_in(database, clock, ADA_IN)
    asked = [partial(editor.submit, price(0, "5"), ADA_IN), partial(editor.end_session, ADA_IN, "logout")]
    found = await all_at_once(*(ask() for ask in (reversed(asked) if logout_first else asked)))
    assert ("session_ended" in found) is logout_first
    assert editor.sheet.position == (1 if logout_first else 2)


async def test_h_the_end_of_an_old_socket_leaves_the_leases_of_the_new_window(editor: Editor, together: bool) -> None:
    new = Caller(actor="ada", client="new")
    take, gone = (TakeLease(index=0, bound=True), ADA), (EndLeases(reason="disconnected", bound=True), ADA)
    take_over = (TakeLease(index=0, bound=True, takeover=True), new)
    assert await outcomes(editor, together, take, take_over, gone) == ["done"] * 3
    assert (lease := editor.sheet.lease(0)) is not None
    assert lease.client == "new"
    assert await outcomes(editor, together, gone, take_over) == ["done"] * 2
    assert list(editor.sheet.leased()) == [0]


async def test_i_a_retry_of_a_write_that_was_committed_does_nothing(editor: Editor) -> None:
    first = await editor.submit(price(0, "5", version=1), ADA, key="k")
    assert await editor.submit(price(0, "5", version=1), ADA, key="k") == first
    assert editor.sheet.position == 2


async def test_j_of_a_deletion_and_a_write_the_first_wins(editor: Editor, together: bool) -> None:
    delete, write = (DeleteRow(index=0), ADA), (price(0, "5"), ADA)
    assert await outcomes(editor, together, delete, write) == ["done", "row_deleted"]
    write, delete = (price(1, "5", version=1), ADA), (DeleteRow(index=1, version=1), ADA)
    assert await outcomes(editor, together, write, delete) == ["done", "version_mismatch"]
    assert await outcomes(editor, together, (DeleteRow(index=2), ADA), (DeleteRow(index=2), BOB)) == [
        "done",
        "row_deleted",
    ]
