"""One server for all tests of the HTTP interface, and two people; each test works on rows of its own."""

from collections.abc import Iterator

import pytest
from tests.server import Server, User, serving


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    # No numbers: Hypothesis watches the module `random`, which the generator uses, and this server lives on.
    with serving(tmp_path_factory.mktemp("http"), number_seconds=3600) as server:
        yield server


@pytest.fixture(scope="session")
def ada(server: Server) -> User:
    return server.user("ada")


@pytest.fixture(scope="session")
def bob(server: Server) -> User:
    return server.user("bob")
