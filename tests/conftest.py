"""What every test may ask for: databases of both kinds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.store.database import Database
from hub.store.migrate import migrate
from tests.postgres import Postgres, running_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server of this session."""
    with running_postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """The URL of a fresh, migrated PostgreSQL database."""
    url = postgres.database()
    yield url
    postgres.drop(url)


@pytest.fixture(params=["sqlite", "postgres"])
def any_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a fresh, migrated database: the test runs once per kind."""
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    db = Database(f"sqlite:///{tmp_path / 'hub.db'}")
    migrate(db)
    db.close()
    return f"sqlite:///{tmp_path / 'hub.db'}"


@pytest.fixture
def any_database(any_database_url: str) -> Iterator[Database]:
    """A fresh, migrated database: the test runs once per kind."""
    db = Database(any_database_url)
    yield db
    db.close()
