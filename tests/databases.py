"""SQLite databases for the tests: the tables are made once per process, each test starts from a copy of that file."""

import functools
import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import event

from hub.store.database import Database
from hub.store.migrate import migrate
from tests.guards import stand_guard


@functools.cache
def _template() -> bytes:
    """An empty, migrated database as a file."""
    with tempfile.TemporaryDirectory() as folder:
        db = Database(f"sqlite:///{folder}/t.sqlite")
        migrate(db)
        db.close()
        return Path(folder, "t.sqlite").read_bytes()


def _hasty(dbapi: Any, _record: Any) -> None:
    """These databases outlive no power cut."""
    dbapi.execute("PRAGMA synchronous=OFF")


def _guarded(dbapi: Any, _record: Any) -> None:
    stand_guard(dbapi)


def open_database(url: str) -> Database:
    """A database with all tables; a SQLite file that does not exist yet starts as a copy of the empty one. Others come migrated from
    their fixture. SQLite is under guard."""
    db = Database(url)
    if db.is_sqlite:
        event.listen(db.engine, "connect", _hasty)
        path = Path(str(db.url.database))
        if not path.exists():
            path.write_bytes(_template())
        event.listen(db.engine, "connect", _guarded)
    return db


def sqlite_at(path: Path) -> Database:
    """A fresh, migrated SQLite database in this file."""
    return open_database(f"sqlite:///{path}")
