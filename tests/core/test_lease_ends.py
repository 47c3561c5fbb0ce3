"""The lease protocol: how a lease is prolonged, given back and ended, and what never revives one."""

import pytest
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
    given,
    happen,
    lease,
)

from rowlock.core.commands import (
    Caller,
    EndLeases,
    ExpireLeases,
    ReleaseLease,
    RenewLease,
    Rules,
    TakeLease,
    UpdateRow,
)
from rowlock.core.events import Fact, LeaseExpired, LeaseGranted, LeaseReleased, LeaseRenewed, RowUpdated
from rowlock.core.refusals import (
    NotLeaseOwner,
    RowNotFound,
    StaleLease,
)

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


# Renewing


def test_a_renewal_holds_the_row_for_another_term() -> None:
    renewed = LeaseRenewed(index=0, token=TOKEN, until=LATER + TERM)
    assert decide_in(given(lease(0)), RenewLease(index=0, token=TOKEN), at=LATER) == [renewed]
    assert decide_in(given(lease(0)), RenewLease(index=0), at=LATER) == [renewed]


def test_a_renewal_that_moves_the_end_by_little_is_not_recorded() -> None:
    sheet, tenth = given(lease(0)), TERM // 10
    assert decide_in(sheet, RenewLease(index=0), at=NOW + tenth - 1) == []
    assert decide_in(sheet, RenewLease(index=0), at=NOW + tenth) == [
        LeaseRenewed(index=0, token=TOKEN, until=OVER + tenth)
    ]


@pytest.mark.parametrize("at", [OVER, OVER + 1, OVER + TERM])
def test_renewal_never_revives(at: int) -> None:
    for token in (TOKEN, None):
        assert decide_in(given(lease(0)), RenewLease(index=0, token=token), at=at) == StaleLease(index=0, token=token)


def test_only_the_holder_renews() -> None:
    for caller, token in ((BOB, TOKEN), (BOB, None), (ADA_BESIDE, None), (ADA, TOKEN + 1)):
        refusal = StaleLease(index=0, token=token)
        assert decide_in(given(lease(0)), RenewLease(index=0, token=token), caller, at=LATER) == refusal


def test_nobody_holds_a_row_for_longer_than_the_longest_time() -> None:
    rules = Rules(longest=TERM + 200 * SECOND)
    last = given(lease(0))
    (renewed,) = _facts(decide_in(last, RenewLease(index=0, token=TOKEN), at=LATER, rules=rules))
    assert renewed == LeaseRenewed(index=0, token=TOKEN, until=NOW + rules.longest)
    happen(last, by(ADA, renewed))
    assert decide_in(last, RenewLease(index=0, token=TOKEN), at=OVER, rules=rules) == []
    assert decide_in(given(), TakeLease(index=0), rules=Rules(longest=SECOND)) == [
        LeaseGranted(index=0, client=ADA.client, since=NOW, until=NOW + SECOND)
    ]


def test_a_renewal_of_an_old_token_moves_no_newer_lease() -> None:
    sheet = given(lease(0, until=NOW), lease(0))
    happen(sheet, by(ADA, LeaseRenewed(index=0, token=TOKEN, until=OVER + TERM)))
    assert (held := sheet.lease(0)) is not None
    assert (held.token, held.until) == (TOKEN + 1, OVER)


# Giving back, ending


def test_the_holder_gives_the_row_back() -> None:
    released = LeaseReleased(index=0, token=TOKEN)
    assert decide_in(given(lease(0)), ReleaseLease(index=0, token=TOKEN)) == [released]
    assert decide_in(given(lease(0)), ReleaseLease(index=0)) == [released]


def test_giving_back_again_does_nothing() -> None:
    sheet = given(lease(0), by(ADA, LeaseReleased(index=0, token=TOKEN)))
    assert decide_in(sheet, ReleaseLease(index=0, token=TOKEN)) == []
    assert decide_in(given(lease(0)), ReleaseLease(index=0, token=TOKEN), at=OVER) == []
    assert decide_in(sheet, ReleaseLease(index=9)) == RowNotFound(index=9)


def test_nobody_else_gives_a_row_back() -> None:
    refusal = NotLeaseOwner(index=0, holder="ada")
    assert decide_in(given(lease(0)), ReleaseLease(index=0, token=TOKEN), BOB) == refusal
    assert decide_in(given(lease(0)), ReleaseLease(index=0), ADA_BESIDE) == refusal


def test_the_release_of_an_old_token_never_ends_a_new_lease() -> None:
    sheet = given(lease(0, until=NOW), lease(0))
    assert decide_in(sheet, ReleaseLease(index=0, token=TOKEN)) == StaleLease(index=0, token=TOKEN)
    for late in (LeaseReleased(index=0, token=TOKEN), expired(TOKEN)):
        happen(sheet, by(ADA, late))
        assert (held := sheet.lease(0)) is not None
        assert held.token == TOKEN + 1


def test_the_end_of_a_session_ends_all_its_leases_and_no_others() -> None:
    sheet = given(lease(0), lease(1, ADA_AT_HOME), lease(2, ADA_BESIDE))
    assert decide_in(sheet, EndLeases(reason="logout")) == [
        LeaseReleased(index=0, token=2),
        LeaseReleased(index=2, token=4),
    ]


def test_a_socket_that_is_gone_ends_only_the_leases_bound_to_its_window() -> None:
    sheet = given(lease(0, bound=True), lease(1, ADA_BESIDE, bound=True), lease(2))
    assert decide_in(sheet, EndLeases(reason="disconnected", bound=True)) == [LeaseReleased(index=0, token=2)]


def test_the_clean_up_records_the_end_of_lapsed_leases_and_touches_no_living_one() -> None:
    sheet = given(lease(0, until=NOW), lease(1), lease(2, BOB, until=NOW - 1))
    facts = [LeaseExpired(index=0, token=2), LeaseExpired(index=2, token=4)]
    assert decide_in(sheet, ExpireLeases()) == facts


def test_the_clean_up_does_not_end_a_lease_renewed_meanwhile() -> None:
    sheet = given(lease(0))
    happen(sheet, by(ADA, LeaseRenewed(index=0, token=TOKEN, until=OVER + TERM)))
    assert decide_in(sheet, ExpireLeases(), at=OVER) == []


def _facts(outcome: object) -> list[Fact]:
    assert isinstance(outcome, list)
    return outcome
