"""Fixtures for the tests of alerts."""

from pathlib import Path

import pytest

from hub.store.database import Database
from tests.databases import sqlite_at
from tests.unit.alerts.fakes import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """On SQLite."""
    return Desk(sqlite_at(tmp_path / "alerts.sqlite"))


@pytest.fixture
def any_desk(any_database: Database) -> Desk:
    """On SQLite and on PostgreSQL."""
    return Desk(any_database)
