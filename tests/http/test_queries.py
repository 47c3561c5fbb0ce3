"""Sorting, filtering and searching, now and at an earlier moment."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from tests.server import Server, User, made, refusal, serving


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose table nobody else changes."""
    folder = tmp_path_factory.mktemp("queries")
    (folder / "data").mkdir()
    (folder / "data" / "backend_table.csv").write_bytes(TABLE)
    with serving(folder) as server:
        yield server


@pytest.fixture(scope="module")
def reader(quiet: Server) -> User:
    return quiet.user("ada")


TABLE = b"""name,size,a:b
Zoe,10,x
adam,9,%
Bert,,_
carl,1e1,(a+)+$
Dora,n/a,.*
"""


def found(user: User, **query: Any) -> list[int]:
    return [row["index"] for row in made(user.get("/api/fetch_csv", params=query))["rows"]]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("size", [1, 0, 3, 4, 2]),
        ("-size", [4, 0, 3, 1, 2]),
        ("name", [2, 4, 0, 1, 3]),
        ("a:b", [1, 3, 4, 2, 0]),
    ],
)
def test_rows_are_sorted_numbers_by_size_and_empty_ones_last(reader: User, sort: str, order: list[int]) -> None:
    assert found(reader, sort=sort) == order
    assert found(reader, sort=sort, offset=1, limit=2) == order[1:3]


@pytest.mark.parametrize(
    ("filters", "indexes"),
    [
        (["size:eq:10"], [0]),
        (["size:ne:10"], [1, 2, 3, 4]),
        (["name:contains:A"], [1, 3, 4]),
        (["size:lt:10"], [1]),
        (["size:le:10"], [0, 1, 3]),
        (["size:gt:9"], [0, 3]),
        (["size:ge:9"], [0, 1, 3]),
        (["size:empty:"], [2]),
        (["size:empty:false"], [0, 1, 3, 4]),
        (["a:b:eq:%"], [1]),
        (["size:ge:9", "name:eq:carl"], [3]),
    ],
)
def test_filters_are_all_met(reader: User, filters: list[str], indexes: list[int]) -> None:
    assert found(reader, filter=filters) == indexes


@pytest.mark.parametrize(("text", "indexes"), [("(a+)+$", [3]), (".*", [4]), ("%", [1]), ("_", [2]), ("AD", [1])])
def test_a_search_is_for_the_text_itself_in_any_cell(reader: User, text: str, indexes: list[int]) -> None:
    assert found(reader, q=text) == indexes


def test_the_total_counts_what_was_found(reader: User) -> None:
    window = made(reader.get("/api/fetch_csv", params={"filter": "size:ge:9", "limit": 1}))
    assert (len(window["rows"]), window["total"]) == (1, 3)


def test_the_table_is_shown_as_it_was_at_a_position_or_a_time(quiet: Server, reader: User) -> None:
    position = made(reader.get("/api/fetch_csv"))["position"]
    time = reader.events()[-1]["at"]
    row = reader.row(name="later")
    reader.update(0, name="Zora")
    for at in (str(position), time):
        then = made(reader.get("/api/fetch_csv", params={"at": at}))
        assert then["position"] == position
        assert [each["cells"][0] for each in then["rows"]] == ["Zoe", "adam", "Bert", "carl", "Dora"]
        assert found(reader, at=at, q="zoe") == [0]
    assert reader.get("/api/fetch_csv", params={"at": position, "format": "csv"}).content == TABLE
    assert row in found(reader, at="9999-12-31T23:59:59Z")
    assert made(reader.get("/api/fetch_csv", params={"at": "2020-01-01T00:00:00+01:00"}))["rows"] == []
    reader.delete(f"/api/delete_csv/{row}")
    reader.update(0, name="Zoe")


def test_a_moment_that_is_none_is_refused(quiet: Server, reader: User) -> None:
    position = quiet.state(reader)[0]
    assert refusal(at(reader, str(position + 1)), 409, "ahead_of_head")["position"] == position
    for text in ("", "-1", "yesterday", "2026-02-30T00:00:00Z", "1_0", "9" * 30, "2026-01-01T00:00:00"):
        refusal(at(reader, text), 422, "invalid_request")


def at(user: User, text: str) -> httpx2.Response:
    return user.get("/api/fetch_csv", params={"at": text})


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"sort": "nope"}, "unknown_column"),
        ({"filter": "nope:eq:1"}, "unknown_column"),
        ({"filter": "size"}, "invalid_request"),
        ({"filter": "size:like:1"}, "invalid_request"),
        ({"q": "x" * 201}, "invalid_request"),
        ({"offset": "-1"}, "invalid_request"),
        ({"offset": "1_000"}, "invalid_request"),
        ({"offset": str(2**63)}, "invalid_request"),
        ({"limit": "-1"}, "invalid_request"),
        ({"limit": "many"}, "invalid_request"),
        ({"format": "xml"}, "invalid_request"),
        ({"guard": "yes"}, "invalid_request"),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(reader: User, query: dict[str, str], code: str) -> None:
    refusal(reader.get("/api/fetch_csv", params=query), 422, code)
