"""What every test may ask for: databases of both kinds."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from hub.mapping import load
from hub.queue.client import connect
from hub.queue.valkey import Valkey
from hub.setup import accounts
from hub.store.database import Database
from tests.databases import open_database, sqlite_at
from tests.postgres import Postgres, running_postgres


@pytest.fixture(scope="session", autouse=True)
def real_hasher() -> Iterator[PasswordHasher]:
    """Passwords are hashed as cheaply as can be in the tests' own process; yields the hasher that the product uses."""
    with pytest.MonkeyPatch.context() as patch:
        real = accounts._HASHER
        patch.setattr(accounts, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield real


@pytest.fixture(autouse=True)
def mappings_as_they_were() -> Iterator[None]:
    """A company's own mappings, kept by one test, are not there for the next."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(load, "_KEPT", dict(load._KEPT))
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server of this session."""
    with running_postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """The URL of a fresh, migrated PostgreSQL database."""
    url = postgres.lend()
    yield url
    postgres.take_back(url)


@pytest.fixture(params=["sqlite", "postgres"])
def any_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a fresh, migrated database: the test runs once per kind."""
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    sqlite_at(tmp_path / "hub.db").close()
    return f"sqlite:///{tmp_path / 'hub.db'}"


@pytest.fixture
def any_database(any_database_url: str) -> Iterator[Database]:
    """A fresh, migrated database: the test runs once per kind."""
    db = open_database(any_database_url)
    yield db
    db.close()


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """A Redis-compatible server of this session."""
    server = Valkey(tmp_path_factory.mktemp("valkey"))
    server.ensure()
    yield server
    server.stop()


@pytest.fixture
def redis_url(valkey: Valkey) -> str:
    """The URL of a Redis database that is empty when the test starts."""
    url = valkey.ensure()
    with connect(url) as client:
        client.flushall()
    return url


@pytest.fixture
def sqlite_db(tmp_path: Path) -> Iterator[Database]:
    """A fresh, migrated SQLite database at tmp_path/hub.db."""
    db = sqlite_at(tmp_path / "hub.db")
    yield db
    db.close()
