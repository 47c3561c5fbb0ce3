"""The lease protocol: who may write a row now, and what a lease or a token is worth later."""

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st
from tests.core.given import (
    ADA,
    ADA_AT_HOME,
    ADA_BESIDE,
    BOB,
    COOLDOWN,
    NOW,
    SECOND,
    TERM,
    by,
    decide_in,
    deletion,
    edit,
    given,
    happen,
    imported,
    lease,
)

from rowlock.core.commands import (
    Caller,
    ChangeRows,
    DeleteRow,
    MoveRow,
    ReleaseLease,
    RenewLease,
    Rules,
    TakeLease,
    UpdateRow,
)
from rowlock.core.events import LeaseExpired, LeaseGranted, LeaseReleased, LeaseRenewed, RowUpdated
from rowlock.core.leases import Status, resumed, status
from rowlock.core.refusals import (
    OpRefused,
    RowCooling,
    RowLocked,
    RowNotFound,
    StaleLease,
    TooManyLeases,
)
from rowlock.core.refusals import RowDeleted as RowIsDeleted

OVER = NOW + TERM
LATER = NOW + TERM // 2
TOKEN = 2
"""The token of the first lease given."""


def granted(caller: Caller, *, at: int = NOW, bound: bool = False, replaced: int | None = None) -> LeaseGranted:
    until = at + TERM
    return LeaseGranted(index=0, client=caller.client, since=at, until=until, bound=bound, replaced=replaced)


def price_five(token: int | None = None, index: int = 0) -> UpdateRow:
    return UpdateRow(index=index, cells={"price": "5"}, token=token)


def updated(at: int = NOW, index: int = 0, old: str = "2") -> RowUpdated:
    return RowUpdated(index=index, cells={"price": (old, "5")}, until=at + COOLDOWN)


def expired(token: int = TOKEN) -> LeaseExpired:
    return LeaseExpired(index=0, token=token)


# Taking


def test_a_free_row_is_granted_for_a_term_to_the_window_that_asks() -> None:
    assert decide_in(given(), TakeLease(index=0, bound=True)) == [granted(ADA, bound=True)]


def test_a_row_held_by_somebody_else_is_refused_with_the_holder_and_the_time_left() -> None:
    refusal = RowLocked(index=0, holder="bob", expires_in=TERM // 2)
    assert decide_in(given(lease(0, BOB)), TakeLease(index=0), at=LATER) == refusal
    assert decide_in(given(lease(0, BOB)), TakeLease(index=0, takeover=True), at=LATER) == refusal


def test_taking_what_one_holds_gives_the_same_lease_again() -> None:
    assert decide_in(given(lease(0)), TakeLease(index=0)) == []


def test_taking_what_one_holds_renews_it() -> None:
    renewed = LeaseRenewed(index=0, token=TOKEN, until=LATER + TERM)
    assert decide_in(given(lease(0)), TakeLease(index=0), at=LATER) == [renewed]


@pytest.mark.parametrize("elsewhere", [ADA_BESIDE, ADA_AT_HOME])
def test_ones_own_row_in_another_window_is_locked_until_taken_over(elsewhere: Caller) -> None:
    sheet = given(lease(0))
    assert decide_in(sheet, TakeLease(index=0), elsewhere) == RowLocked(
        index=0, holder="ada", expires_in=TERM, yours=True
    )
    assert decide_in(sheet, TakeLease(index=0, takeover=True), elsewhere) == [granted(elsewhere, replaced=TOKEN)]


def test_after_a_takeover_the_old_token_writes_nothing_and_ends_nothing() -> None:
    sheet = given(lease(0), by(ADA_BESIDE, granted(ADA_BESIDE, replaced=TOKEN)))
    assert decide_in(sheet, price_five(TOKEN)) == StaleLease(index=0, token=TOKEN)
    assert decide_in(sheet, RenewLease(index=0, token=TOKEN)) == StaleLease(index=0, token=TOKEN)
    assert decide_in(sheet, ReleaseLease(index=0, token=TOKEN)) == StaleLease(index=0, token=TOKEN)


def test_a_window_that_does_not_say_which_it_is_stands_for_its_session() -> None:
    anyone = Caller(actor="ada", session=ADA.session)
    assert decide_in(given(lease(0)), TakeLease(index=0), anyone) == []
    assert decide_in(given(lease(0, anyone)), price_five()) == [updated()]


def test_a_lapsed_lease_is_recorded_as_over_before_the_next_is_granted() -> None:
    facts = [expired(), granted(BOB, at=OVER)]
    assert decide_in(given(lease(0)), TakeLease(index=0), BOB, at=OVER) == facts


def test_no_row_no_lease() -> None:
    assert decide_in(given(), TakeLease(index=9)) == RowNotFound(index=9)
    assert decide_in(given(deletion(0)), TakeLease(index=0)) == RowIsDeleted(index=0)


def test_a_session_holds_no_more_rows_than_the_limit() -> None:
    two = Rules(lease_limit=2)
    sheet = given(lease(1), lease(2))
    assert decide_in(sheet, TakeLease(index=0), rules=two) == TooManyLeases(limit=2)
    assert decide_in(sheet, TakeLease(index=1), rules=two) == []
    assert decide_in(sheet, TakeLease(index=0), ADA_AT_HOME, rules=two) == [granted(ADA_AT_HOME)]
    assert decide_in(given(lease(1), lease(2, until=NOW)), TakeLease(index=0), rules=two) == [granted(ADA)]


def test_a_takeover_from_another_session_counts_towards_the_limit_but_one_within_it_does_not() -> None:
    two, take_over = Rules(lease_limit=2), TakeLease(index=0, takeover=True)
    assert decide_in(
        given(lease(0), lease(1, ADA_AT_HOME), lease(2, ADA_AT_HOME)), take_over, ADA_AT_HOME, rules=two
    ) == (TooManyLeases(limit=2))
    facts = [granted(ADA_BESIDE, replaced=TOKEN)]
    assert decide_in(given(lease(0), lease(1)), take_over, ADA_BESIDE, rules=two) == facts


# Writing


def test_the_holder_writes_with_and_without_the_token() -> None:
    assert decide_in(given(lease(0)), price_five(TOKEN)) == [updated()]
    assert decide_in(given(lease(0)), price_five()) == [updated()]


@pytest.mark.parametrize("command", [price_five(), DeleteRow(index=0), MoveRow(index=0, after=2)])
def test_nobody_else_writes_while_the_lease_lives(command: UpdateRow | DeleteRow | MoveRow) -> None:
    locked = RowLocked(index=0, holder="bob", expires_in=TERM)
    assert decide_in(given(lease(0, BOB)), command) == locked


def test_the_holders_other_window_does_not_write_without_the_token() -> None:
    locked = RowLocked(index=0, holder="ada", expires_in=TERM, yours=True)
    assert decide_in(given(lease(0)), price_five(), ADA_BESIDE) == locked


def test_a_lapsed_lease_no_longer_permits_writing() -> None:
    assert decide_in(given(lease(0)), price_five(TOKEN), at=OVER - 1) == [updated(OVER - 1)]
    assert decide_in(given(lease(0)), price_five(TOKEN), at=OVER) == StaleLease(index=0, token=TOKEN)


def test_a_stale_token_is_refused_although_its_user_holds_a_newer_lease() -> None:
    sheet = given(lease(0, until=NOW), lease(0))
    assert decide_in(sheet, price_five(TOKEN)) == StaleLease(index=0, token=TOKEN)
    assert decide_in(sheet, price_five(TOKEN + 1)) == [updated()]


def test_a_token_is_worth_nothing_to_anybody_but_its_holder() -> None:
    assert decide_in(given(lease(0)), price_five(TOKEN), BOB) == StaleLease(index=0, token=TOKEN)


def test_a_token_is_worth_nothing_on_another_row() -> None:
    sheet = given(lease(0), lease(1))
    assert decide_in(sheet, price_five(TOKEN, index=1)) == StaleLease(index=1, token=TOKEN)


def test_a_free_row_is_written_without_a_token_and_not_with_one() -> None:
    assert decide_in(given(), price_five()) == [updated()]
    assert decide_in(given(), price_five(TOKEN)) == StaleLease(index=0, token=TOKEN)


def test_a_lapsed_lease_in_the_way_is_recorded_as_over_with_the_write() -> None:
    assert decide_in(given(lease(0)), price_five(), BOB, at=OVER) == [expired(), updated(OVER)]
    assert decide_in(given(lease(0)), UpdateRow(index=0, cells={}), BOB, at=OVER) == []


def test_a_batch_is_bound_by_leases_as_single_writes_are() -> None:
    batch = ChangeRows(ops=(price_five(), price_five(index=1)))
    locked = RowLocked(index=1, holder="bob", expires_in=TERM)
    assert decide_in(given(lease(1, BOB)), batch) == OpRefused(op=1, refusal=locked)


def test_deleting_a_row_ends_its_lease_and_cooldown() -> None:
    sheet = given(lease(0), edit(0), deletion(0))
    assert (sheet.lease(0), sheet.cooling(0)) == (None, None)
    assert decide_in(sheet, RenewLease(index=0, token=TOKEN)) == StaleLease(index=0, token=TOKEN)


def test_a_move_keeps_lease_and_cooldown() -> None:
    sheet = given(lease(0), edit(0))
    held, cooling = sheet.lease(0), sheet.cooling(0)
    facts = decide_in(sheet, MoveRow(index=0, after=2, token=TOKEN))
    assert isinstance(facts, list)
    happen(sheet, *(by(ADA, fact) for fact in facts))
    assert (sheet.lease(0), sheet.cooling(0)) == (held, cooling)


def test_a_new_table_ends_every_lease_and_cooldown() -> None:
    sheet = given(lease(0), edit(1))
    happen(sheet, by(BOB, imported(b"a\n1\n")))
    assert (list(sheet.leased()), list(sheet.cooled())) == ([], [])


# Cooling


def test_cooldown_holds_off_everybody_but_the_last_editor() -> None:
    sheet = given(edit(0))
    cooling = RowCooling(index=0, holder="ada", expires_in=COOLDOWN)
    for command in (price_five(), DeleteRow(index=0), MoveRow(index=0, after=2), TakeLease(index=0)):
        assert decide_in(sheet, command, BOB) == cooling
    assert decide_in(sheet, price_five(), ADA_AT_HOME) == [updated(old="9")]
    assert decide_in(sheet, TakeLease(index=0)) == [granted(ADA)]


def test_a_cooldown_ends_on_the_dot() -> None:
    over = NOW + COOLDOWN
    assert decide_in(given(edit(0)), TakeLease(index=0), BOB, at=over - 1) == RowCooling(
        index=0, holder="ada", expires_in=1
    )
    assert decide_in(given(edit(0)), TakeLease(index=0), BOB, at=over) == [granted(BOB, at=over)]


def test_the_cooldown_of_an_edit_outlives_the_release_of_the_lease() -> None:
    sheet = given(lease(0), edit(0), by(ADA, LeaseReleased(index=0, token=TOKEN)))
    assert decide_in(sheet, TakeLease(index=0), BOB) == RowCooling(index=0, holder="ada", expires_in=COOLDOWN)


def test_a_holder_writes_though_somebody_elses_edit_is_cooling() -> None:
    assert decide_in(given(lease(0), edit(0, BOB)), price_five(TOKEN)) == [updated(old="9")]


def test_a_lapsed_lease_does_not_open_a_cooling_row() -> None:
    sheet = given(lease(0, until=NOW), edit(0))
    assert decide_in(sheet, price_five(), BOB) == RowCooling(index=0, holder="ada", expires_in=COOLDOWN)


def test_forgetting_cooldowns_that_are_over_changes_no_answer() -> None:
    sheet = given(edit(0, until=NOW), edit(1))
    assert sheet.forget_cooling(NOW) == [0]
    assert list(sheet.cooled()) == [1]
    assert decide_in(sheet, TakeLease(index=0), BOB) == [granted(BOB)]


# What is shown, and the clock


def test_a_row_is_shown_locked_or_cooling_or_free() -> None:
    sheet = given(lease(0), edit(1, BOB))
    assert status(sheet, 0, NOW) == Status(index=0, status="locked", holder="ada", token=TOKEN, expires_in=TERM)
    assert status(sheet, 1, NOW) == Status(index=1, status="cooldown", holder="bob", expires_in=COOLDOWN)
    assert status(sheet, 2, NOW) == Status(index=2, status="free")
    assert status(sheet, 0, OVER) == Status(index=0, status="free")


def test_after_a_restart_the_lease_clock_goes_on_by_what_the_wall_clock_says_has_passed() -> None:
    assert resumed(stored=NOW, stored_wall=50, wall=50 + SECOND, term=TERM) == NOW + SECOND


def test_a_wall_clock_that_was_set_back_lets_no_time_pass() -> None:
    assert resumed(stored=NOW, stored_wall=50 * SECOND, wall=0, term=TERM) == NOW


def test_after_a_long_stop_every_lease_is_over_and_the_clock_is_utc_again() -> None:
    wall = NOW + 3 * TERM
    assert resumed(stored=NOW, stored_wall=NOW, wall=wall, term=TERM) == wall
    assert resumed(stored=NOW + 9 * TERM, stored_wall=NOW, wall=wall, term=TERM) == NOW + 10 * TERM


@for_any(*[st.integers(0, 10 * TERM)] * 3)
def test_the_lease_clock_never_runs_back(stored: int, stored_wall: int, wall: int) -> None:
    assert resumed(stored=stored, stored_wall=stored_wall, wall=wall, term=TERM) >= stored
