"""Pages and plots of the random numbers."""

from collections.abc import Iterator

import pytest
from tests.server import Server, User, eventually, made, refusal, serving

from rowlock.core.times import format_millis, parse_time


@pytest.fixture(scope="module")
def ticking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that has made a dozen numbers quickly."""
    with serving(tmp_path_factory.mktemp("numbers"), number_seconds=0.05) as server:
        yield server


@pytest.fixture(scope="module")
def nina(ticking: Server) -> User:
    user = ticking.user("nina")
    eventually(lambda: made(user.get("/api/numbers"))["total"] >= 12)
    return user


def items(user: User, **query: str | int) -> list[dict[str, float | str]]:
    found: list[dict[str, float | str]] = made(user.get("/api/numbers", params=query))["items"]
    return found


def test_numbers_are_listed_oldest_first(nina: User) -> None:
    found = items(nina, limit=10)
    times = [str(each["timestamp"]) for each in found]
    assert times == sorted(set(times))
    assert len(found) == 10
    assert all(0 <= float(each["value"]) <= 100 for each in found)
    assert all(parse_time(time) for time in times)


def test_pages_are_cut_from_the_whole(nina: User) -> None:
    assert items(nina, offset=3, limit=2) == items(nina, limit=5)[3:]
    assert items(nina, offset=2**53 - 1) == items(nina, limit=0) == []
    assert len(items(nina, limit=10**12)) >= 12


def test_numbers_are_sorted_by_value_or_time_either_way(nina: User) -> None:
    last = str(items(nina)[11]["timestamp"])
    by_value = items(nina, sort="value", to=last)
    assert [each["value"] for each in by_value] == sorted(float(each["value"]) for each in by_value)
    assert items(nina, sort="value", order="desc", to=last) == by_value[::-1] == items(nina, sort="-value", to=last)
    assert items(nina, sort="-timestamp", to=last) == items(nina, to=last)[::-1]


def test_a_span_has_both_its_ends(nina: User) -> None:
    found = items(nina, limit=8)
    begin, end = str(found[2]["timestamp"]), str(found[6]["timestamp"])
    page = made(nina.get("/api/numbers", params={"from": begin, "to": end}))
    assert page["items"][0] == found[2]
    assert page["items"][-1] in (found[5], found[6])
    assert page["total"] == len(page["items"])


def test_a_plot_has_at_most_so_many_points_and_hides_no_extreme(nina: User) -> None:
    found = items(nina, limit=12)
    end = format_millis(parse_time(str(found[-1]["timestamp"])) // 1000 + 1)
    query: dict[str, str | int] = {"points": 3, "from": str(found[0]["timestamp"]), "to": end}
    series = made(nina.get("/api/numbers/series", params=query))["items"]
    assert 1 <= len(series) <= 3
    values = [float(each["value"]) for each in found]
    assert min(each["min"] for each in series) == min(values)
    assert max(each["max"] for each in series) == max(values)
    assert all(each["min"] <= each["mean"] <= each["max"] for each in series)


def test_a_plot_of_no_time_is_empty(nina: User) -> None:
    span = {"from": "2001-01-01T00:00:00Z", "to": "2001-01-02T00:00:00Z"}
    assert made(nina.get("/api/numbers/series", params=span))["items"] == []
    assert made(nina.get("/api/numbers", params=span)) == {"items": [], "total": 0}


@pytest.mark.parametrize(
    "query",
    [
        {"sort": "colour"},
        {"order": "up"},
        {"offset": "-1"},
        {"limit": "-1"},
        {"from": "yesterday"},
        {"to": "2026-02-30T00:00:00Z"},
        {"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"},
        {"points": "0"},
        {"points": "10001"},
    ],
)
def test_a_query_that_makes_no_sense_is_refused(nina: User, query: dict[str, str]) -> None:
    path = "/api/numbers/series" if "points" in query else "/api/numbers"
    refusal(nina.get(path, params=query), 422, "invalid_request")
