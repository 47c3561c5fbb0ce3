"""When leases and cooldowns end, on a clock that the tests move by hand."""

from collections.abc import Iterator

import pytest
from tests.clocks import DAY, HOUR, SECOND, HandClock
from tests.server import Server, User, eventually, made, refusal, serving


@pytest.fixture(scope="module")
def time() -> HandClock:
    return HandClock()


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory, time: HandClock) -> Iterator[Server]:
    """A server that never cleans up by itself: what ends, ends when somebody looks."""
    folder = tmp_path_factory.mktemp("times")
    with serving(folder, time, token_hours=24 * 365, cleanup_seconds=3600) as server:
        yield server


@pytest.fixture(scope="module")
def eva(slow: Server) -> User:
    return slow.user("eva")


@pytest.fixture(scope="module")
def kim(slow: Server) -> User:
    return slow.user("kim")


def renewed(user: User, row: int, token: int) -> dict[str, object]:
    return made(user.put(f"/api/rows/{row}/lease", headers={"Lease-Token": str(token)}))


def test_a_lease_ends_after_its_term_and_the_next_token_is_higher(time: HandClock, eva: User, kim: User) -> None:
    row = eva.row()
    token = eva.lease(row)
    time.advance(900 * SECOND - 1)
    refusal(kim.update(row, pnl="1"), 423, "row_locked")
    time.advance(1)
    assert eva.status(row) is None
    higher = kim.lease(row)
    assert higher > token
    refusal(eva.update(row, {"Lease-Token": str(token)}, pnl="1"), 409, "stale_lease")
    refusal(eva.put(f"/api/rows/{row}/lease", headers={"Lease-Token": str(token)}), 409, "stale_lease")
    refusal(eva.delete(f"/api/rows/{row}/lease", headers={"Lease-Token": str(token)}), 403, "not_lease_owner")
    kinds = [event["kind"] for event in eva.events(index=row)]
    assert kinds == ["row_added", "lease_granted", "lease_expired", "lease_granted"]


def test_an_ended_lease_is_not_revived(time: HandClock, eva: User) -> None:
    row = eva.row()
    token = {"Lease-Token": str(eva.lease(row))}
    time.advance(900 * SECOND)
    refusal(eva.put(f"/api/rows/{row}/lease", headers=token), 409, "stale_lease")
    refusal(eva.update(row, token, pnl="1"), 409, "stale_lease")
    made(eva.update(row, pnl="1"))


def test_a_renewed_lease_ends_a_term_after_its_renewal(time: HandClock, eva: User, kim: User) -> None:
    row = eva.row()
    token = eva.lease(row)
    time.advance(300 * SECOND)
    assert renewed(eva, row, token)["expires_in"] == 900
    time.advance(899 * SECOND)
    refusal(kim.post(f"/api/rows/{row}/lease"), 423, "row_locked")
    time.advance(SECOND)
    kim.lease(row)


def test_a_renewal_that_moves_the_end_by_little_is_answered_and_not_recorded(time: HandClock, eva: User) -> None:
    row = eva.row()
    token = eva.lease(row)
    time.advance(30 * SECOND)
    assert renewed(eva, row, token)["expires_in"] == 870
    assert [event["kind"] for event in eva.events(index=row)] == ["row_added", "lease_granted"]


def test_no_lease_is_renewed_beyond_the_longest_time(time: HandClock, eva: User, kim: User) -> None:
    row = eva.row()
    token = eva.lease(row)
    for _ in range(19):
        time.advance(720 * SECOND)
        renewed(eva, row, token)
    time.advance(719 * SECOND)
    assert renewed(eva, row, token)["expires_in"] == 1
    time.advance(SECOND)
    kim.lease(row)


def test_a_cooldown_ends_after_its_time(time: HandClock, eva: User, kim: User) -> None:
    row = eva.row()
    made(eva.update(row, pnl="1"))
    time.advance(15 * SECOND - 1)
    assert refusal(kim.update(row, pnl="2"), 423, "row_cooling")["retry_after"] == 1
    time.advance(1)
    made(kim.update(row, pnl="2"))


@pytest.mark.parametrize("step", [-HOUR, -SECOND, HOUR, DAY])
def test_setting_the_wall_clock_moves_no_lease_and_no_cooldown(
    time: HandClock, eva: User, kim: User, step: int
) -> None:
    held, cooling, now = eva.row(), eva.row(), time.wall()
    token = {"Lease-Token": str(eva.lease(held))}
    made(eva.update(cooling, pnl="1"))
    time.set_wall(now + step)
    assert refusal(kim.update(held, pnl="2"), 423, "row_locked")["expires_in"] == 900
    assert refusal(kim.update(cooling, pnl="2"), 423, "row_cooling")["expires_in"] == 15
    made(eva.update(held, token, pnl="2"))
    time.set_wall(now)


def test_the_clean_up_records_what_ended(tmp_path_factory: pytest.TempPathFactory) -> None:
    time = HandClock()
    with serving(tmp_path_factory.mktemp("clean"), time, cleanup_seconds=0.1, token_hours=24) as server:
        pia = server.user("pia")
        token = pia.lease(3)
        time.advance(900 * SECOND)
        ended = eventually(lambda: pia.events(kind="lease_expired"))
        assert [(event["index"], event["token"], event["actor"]) for event in ended] == [(3, token, "scheduler")]


def test_leases_and_tokens_go_on_after_a_restart(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder, time = tmp_path_factory.mktemp("restart"), HandClock()
    with serving(folder, time, token_hours=24) as server:
        rosa = server.user("rosa")
        first, cooled = rosa.lease(2), rosa.update(4, pnl="1")
        assert cooled.status_code == 200
    time.advance(5 * SECOND)
    with serving(folder, time, token_hours=24) as server:
        again, sven = User(server.url, "rosa", rosa.token), server.user("sven")
        with again:
            assert refusal(sven.update(2, pnl="1"), 423, "row_locked")["expires_in"] == 895
            assert refusal(sven.update(4, pnl="1"), 423, "row_cooling")["expires_in"] == 10
            made(again.update(2, {"Lease-Token": str(first)}, pnl="1"))
            assert sven.lease(5) > first
