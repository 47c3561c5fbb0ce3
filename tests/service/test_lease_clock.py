"""The lease clock runs by elapsed time and goes on where it stood when the server starts again."""

from tests.clocks import HOUR, MINUTE, SECOND, HandClock

from rowlock.service.lease_clock import LeaseClock

TERM = 15 * MINUTE


def test_a_first_start_begins_at_utc(clock: HandClock) -> None:
    assert LeaseClock(clock, {}, TERM).now() == clock.wall()


def test_it_runs_with_elapsed_time(clock: HandClock) -> None:
    leases = LeaseClock(clock, {}, TERM)
    before = leases.now()
    clock.advance(5 * SECOND)
    assert leases.now() == before + 5 * SECOND


def test_setting_the_wall_clock_moves_no_lease_but_what_is_shown(clock: HandClock) -> None:
    leases = LeaseClock(clock, {}, TERM)
    before = leases.now()
    for wall in (clock.wall() - HOUR, clock.wall() + 9 * HOUR):
        clock.set_wall(wall)
        assert (leases.moment().lease, leases.moment().wall) == (before, wall)


def test_after_a_restart_it_goes_on_by_the_time_that_has_passed(clock: HandClock) -> None:
    first = LeaseClock(clock, {}, TERM)
    clock.set_wall(clock.wall() + HOUR)
    stood, marks = first.now(), first.marks()
    clock.advance(MINUTE)
    assert LeaseClock(clock, marks, TERM).now() == stood + MINUTE


def test_after_a_restart_with_a_wall_clock_set_back_it_stands_where_it_stood(clock: HandClock) -> None:
    first = LeaseClock(clock, {}, TERM)
    stood, marks = first.now(), first.marks()
    clock.set_wall(clock.wall() - HOUR)
    assert LeaseClock(clock, marks, TERM).now() == stood


def test_after_a_long_stop_every_lease_is_over(clock: HandClock) -> None:
    marks = LeaseClock(clock, {}, TERM).marks()
    until = clock.wall() + TERM
    clock.advance(20 * HOUR)
    assert LeaseClock(clock, marks, TERM).now() == clock.wall() >= until
