"""Requests nobody thought of: whatever comes, the answer is no error of the server."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.server import Server, User, made, serving

ROUTES = [
    ("GET", "fetch_csv"),
    ("POST", "add_csv"),
    ("PUT", "update_csv/{}"),
    ("DELETE", "delete_csv/{}"),
    ("POST", "batch_csv"),
    ("POST", "rows/{}/lease"),
    ("PUT", "rows/{}/lease"),
    ("DELETE", "rows/{}/lease"),
    ("GET", "leases"),
    ("GET", "events"),
    ("GET", "rows/{}/history"),
    ("GET", "numbers"),
    ("GET", "numbers/series"),
    ("GET", "backups/{}"),
    ("POST", "register"),
    ("POST", "login"),
    ("GET", "session"),
]
COLUMNS = st.sampled_from(["user", "pnl", "API key", "", "__proto__", "größe"])
NUMBERS = st.one_of(st.integers(0, 15), st.integers(-(2**70), 2**70), st.sampled_from([2**31, 2**53, 2**63, 2**64]))
TEXTS = st.text(max_size=20)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, st.floats(), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(COLUMNS | TEXTS, inner, max_size=4)),
    max_leaves=10,
)
OPS = st.fixed_dictionaries(
    {},
    optional={
        "op": st.sampled_from(["add", "update", "delete"]),
        "index": NUMBERS,
        "cells": st.dictionaries(COLUMNS, TEXTS, max_size=3),
        "version": NUMBERS,
        "token": NUMBERS,
        "after": NUMBERS,
    },
)
BODIES = st.one_of(
    st.dictionaries(COLUMNS, TEXTS, max_size=3),
    st.fixed_dictionaries({"ops": st.lists(OPS, max_size=3)}),
    st.fixed_dictionaries({"takeover": st.booleans() | JSON}),
    JSON,
)
NAMES = ("offset", "limit", "sort", "q", "filter", "at", "format", "guard", "after", "before", "index", "actor")
OTHERS = ("kind", "order", "from", "to", "points")
QUERIES = st.dictionaries(
    st.sampled_from(NAMES),
    st.one_of(
        NUMBERS.map(str),
        TEXTS,
        st.sampled_from(["user", "-pnl", "csv", "spreadsheet", "value", "pnl:lt:3", "user:contains:", "row_added"]),
        st.datetimes().map(lambda moment: f"{moment.isoformat()}Z"),
    ),
    max_size=4,
)
PLAIN = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=30)
HEADERS = st.dictionaries(
    st.sampled_from(["If-Match", "Lease-Token", "Idempotency-Key", "Client-Id", "If-None-Match", "Range"]),
    st.one_of(NUMBERS.map(str), NUMBERS.map(lambda number: f'"{number}"'), PLAIN.map(str.strip)),
    max_size=3,
)


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    # No numbers: Hypothesis watches the module `random`, which the generator uses.
    with serving(tmp_path_factory.mktemp("random"), login_failures=1000, number_seconds=3600) as server:
        yield server


@pytest.fixture(scope="module")
def anna(fuzzed: Server) -> User:
    return fuzzed.user("anna")


@given(
    route=st.sampled_from(ROUTES),
    part=NUMBERS.map(str) | TEXTS,
    query=QUERIES,
    body=st.one_of(BODIES, st.binary(max_size=60)),
    headers=HEADERS,
)
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_request_makes_the_server_fail(
    fuzzed: Server,
    anna: User,
    route: tuple[str, str],
    part: str,
    query: dict[str, str],
    body: Any,
    headers: dict[str, str],
) -> None:
    method, path = route
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = anna.request(
        method,
        httpx2.URL(fuzzed.url).join("/api/" + path.format(quote(part, safe=""))),
        params=query,
        content=None if method == "GET" else sent,
        headers=[(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        + [(b"Content-Type", b"application/json")],
    )
    assert response.status_code < 500, response.text
    if response.status_code >= 400:
        assert response.headers["content-type"] == "application/problem+json", response.text
        assert {"type", "title", "status", "detail", "code"} <= response.json().keys()


def test_after_all_that_journal_table_and_file_agree(fuzzed: Server, anna: User) -> None:
    assert made(anna.get("/api/verify"))["ok"]
