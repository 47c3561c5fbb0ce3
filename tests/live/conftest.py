"""One server for most tests of the sockets, and two people."""

from collections.abc import Iterator

import pytest
from tests.server import Server, User, serving


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    # No numbers: Hypothesis watches the module `random`, which the generator uses, and this server lives on.
    folder = tmp_path_factory.mktemp("live")
    with serving(folder, sockets_per_user=6, grace_seconds=0.3, number_seconds=3600) as server:
        yield server


@pytest.fixture(scope="session")
def ada(server: Server) -> User:
    return server.user("ada")


@pytest.fixture(scope="session")
def bob(server: Server) -> User:
    return server.user("bob")
