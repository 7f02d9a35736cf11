"""Fixtures of the HTTP tests; the fakes and the people are in office.py. Databases are made once and copied for each test."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from hub.api.app import create_app, serving
from hub.setup import accounts
from hub.setup.connections import NewConnection, add_connection
from hub.store.database import Database
from tests.databases import open_database, sqlite_at
from tests.unit.api.office import SECRET, FakeRuntime, World, put_mappings, put_people_and_records


@dataclass(frozen=True)
class Office:
    """A hub with one connection, four people and their customers."""

    path: Path
    ids: Mapping[str, int]
    tokens: Mapping[str, str]


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with mappings and one connection."""
    path = tmp_path_factory.mktemp("prepared") / "hub.db"
    db = sqlite_at(path)
    made = FakeRuntime(db)
    put_mappings(made)
    add_connection(made, NewConnection("erp", "acme", {"url": "https://acme.example", "secret": SECRET}), who="setup")
    db.close()
    return path


@pytest.fixture(scope="session")
def office(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Office:
    path = Path(shutil.copy(prepared, tmp_path_factory.mktemp("office")))
    db = Database(f"sqlite:///{path}")
    made = FakeRuntime(db)
    ids = put_people_and_records(made)
    people = [
        accounts.NewUser("ada", "admin"),
        accounts.NewUser("fang", "finance"),
        accounts.NewUser("sun", "sales", employee_id=ids["孙"]),
        accounts.NewUser("shi", "sales", employee_id=ids["石"]),
        accounts.NewUser("nova", "sales"),
    ]
    tokens = {}
    for person in people:
        accounts.add_user(made, person, who="setup")
        tokens[person.name] = accounts.make_token(made, person.name, "test", who="setup")[1]
    db.close()
    return Office(path, ids, tokens)


@pytest.fixture(scope="session")
def api_app(prepared: Path) -> Iterator[FastAPI]:
    """The application, put together once; each test has it serve a hub of its own."""
    db = Database(f"sqlite:///{prepared}")
    yield create_app(FakeRuntime(db))
    db.close()


@pytest.fixture
def runtime(office: Office, tmp_path: Path) -> Iterator[FakeRuntime]:
    db = open_database(f"sqlite:///{shutil.copy(office.path, tmp_path)}")
    yield FakeRuntime(db)
    db.close()


@pytest.fixture
def ids(office: Office) -> dict[str, int]:
    return dict(office.ids)


@pytest.fixture
def world(api_app: FastAPI, runtime: FakeRuntime, office: Office) -> Iterator[World]:
    with TestClient(serving(api_app, runtime), raise_server_exceptions=False) as client:
        yield World(runtime, client, dict(office.tokens), dict(office.ids))
