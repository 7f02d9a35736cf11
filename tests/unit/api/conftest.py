"""Fixtures of the HTTP tests; the fakes and the people are in office.py."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from hub.api.app import create_app
from hub.setup import accounts
from hub.setup.connections import NewConnection, add_connection
from hub.store.database import Database
from tests.unit.api.office import SECRET, FakeRuntime, World, put_mappings, put_record


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with mappings and one connection, made once and copied for each test."""
    path = tmp_path_factory.mktemp("prepared") / "hub.db"
    db = Database(f"sqlite:///{path}")
    db.create_all()
    made = FakeRuntime(db)
    put_mappings(made)
    new = NewConnection("erp", "acme", {"url": "https://acme.example", "secret": SECRET})
    add_connection(made, new, who="setup")
    db.close()
    return path


@pytest.fixture
def runtime(prepared: Path, tmp_path: Path) -> Iterator[FakeRuntime]:
    shutil.copy(prepared, tmp_path / "hub.db")
    db = Database(f"sqlite:///{tmp_path / 'hub.db'}")
    yield FakeRuntime(db)
    db.close()


@pytest.fixture
def ids(runtime: FakeRuntime) -> dict[str, int]:
    sun, shi = put_record(runtime, "employee", "孙"), put_record(runtime, "employee", "石")
    found = {"孙": sun, "石": shi, "螺丝": put_record(runtime, "product", "螺丝")}
    for seller, owner in (("孙", sun), ("石", shi)):
        customer = put_record(runtime, "customer", f"{seller}的客户", number=f"C-{owner}", owner_id=owner)
        found[f"{seller}的客户"] = customer
        for entity in ("contact", "order", "receivable", "receipt"):
            title = f"{seller}的{entity}"
            found[title] = put_record(runtime, entity, title, customer_id=customer)
    found["无主客户"] = put_record(runtime, "customer", "无主客户")
    found["无客户的订单"] = put_record(runtime, "order", "无客户的订单", owner_id=sun)
    return found


@pytest.fixture
def world(runtime: FakeRuntime, ids: dict[str, int]) -> Iterator[World]:
    people = [
        accounts.NewUser("ada", "admin"),
        accounts.NewUser("fang", "finance"),
        accounts.NewUser("sun", "sales", employee_id=ids["孙"]),
        accounts.NewUser("shi", "sales", employee_id=ids["石"]),
        accounts.NewUser("nova", "sales"),
    ]
    tokens = {}
    for person in people:
        accounts.add_user(runtime, person, who="setup")
        tokens[person.name] = accounts.make_token(runtime, person.name, "test", who="setup")[1]
    with TestClient(create_app(runtime), raise_server_exceptions=False) as client:
        yield World(runtime, client, tokens, ids)
