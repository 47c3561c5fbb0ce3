"""What all tests share: a loop, a clock moved by hand, and a database built by the migrations."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from tests.clocks import HandClock

from rowlock.store.database import Database, migrate

# A busy machine is no failure. `pytest --hypothesis-profile campaign` looks for longer.
settings.register_profile("usual", deadline=None)
settings.register_profile("campaign", max_examples=5_000, deadline=None)
settings.load_profile("usual")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of the newest schema, to be copied: migrating costs more than most tests."""
    path = tmp_path_factory.mktemp("migrated") / "rowlock.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def database_url(tmp_path: Path, migrated: Path) -> str:
    return f"sqlite:///{shutil.copy(migrated, tmp_path / 'rowlock.db')}"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()
