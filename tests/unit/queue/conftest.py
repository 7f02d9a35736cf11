"""A queue on a real server, and a database with the tables."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from hub.queue.broker import HubBroker
from hub.queue.client import connect
from hub.queue.queue import Queue
from hub.store.database import Database
from tests.databases import sqlite_at


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with connect(redis_url) as made:
        yield made


@pytest.fixture
def queue(client: redis.Redis) -> Queue:
    return Queue(HubBroker(client, "test-process"))


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    made = sqlite_at(tmp_path / "hub.db")
    yield made
    made.close()
