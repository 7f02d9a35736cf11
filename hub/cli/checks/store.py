"""The database, and what it says about connections."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from hub.cli.checks.approvals import approvals
from hub.cli.checks.finding import Finding, clock, error_of, ok
from hub.errors import HubError, Text, advised
from hub.settings import Settings
from hub.store.core import connection
from hub.store.database import Database
from hub.store.events import in_trouble
from hub.store.migrate import missing, require_shape, unreachable
from hub.store.secrets import existing_box


def database(settings: Settings) -> Iterator[Finding]:
    """Reachable, at this code's schema, writable; the key fits what is stored; which connections wait for an admin."""
    if not settings.database_url and not (settings.data_dir / "hub.db").exists():
        yield ok("database", "数据库将在首次启动时建立", "the database will be made at the first start")
        return
    db = Database(settings.database)
    try:
        yield from _database(db, settings)
    except HubError as error:
        yield error_of("database", error)
    except DatabaseError as error:
        yield error_of("database", unreachable(db, error))
    finally:
        db.close()


def _database(db: Database, settings: Settings) -> Iterator[Finding]:
    if left := missing(db):
        found = Text(f"数据库还缺迁移 {'、'.join(left)}", f"the database lacks migrations {', '.join(left)}")
        yield Finding("database", "bad", found, Text("请执行 hub migrate", "run: hub migrate"))
        return
    with db.read() as reading:
        require_shape(reading)
    _try_write(db)
    yield ok("database", f"数据库可读写：{_shown(db)}", f"the database can be read and written: {_shown(db)}")
    yield from clock("clock.database", _database_time(db), "数据库", "database")
    with db.read() as reading:
        rows = reading.execute(select(connection).order_by(connection.c.name)).all()
    for row in rows:
        yield from _connection(row, settings)
    with db.read() as reading:
        yield from approvals(reading)


def _connection(row: Any, settings: Settings) -> Iterator[Finding]:
    check = f"connection.{row.name}"
    try:
        if row.config:
            existing_box(settings).open(row.config)
    except HubError as error:
        yield error_of(check, error)
        return
    why = advised(row.reason or {})
    if row.state == "active" and row.failures and row.reason:
        found = Text(f"连接 {row.name} 暂时不通：{why.zh}", f"connection {row.name} fails: {why.en}")
        fix = Text(
            f"会自动重试；若一直如此，执行 hub connections test {row.name} 看原因",
            f"it is tried again by itself; if it stays so, run hub connections test {row.name}",
        )
        yield Finding(check, "warning", found, fix)
        return
    if row.state == "active":
        yield ok(check, f"连接 {row.name} 工作中", f"connection {row.name} works")
        if in_trouble(row.events):
            told = advised(row.events)
            found = Text(f"连接 {row.name} 收不到事件：{told.zh}", f"connection {row.name} gets no events: {told.en}")
            yield Finding(f"{check}.events", "warning", found)
        return
    found = Text(
        f"连接 {row.name} 已暂停：{why.zh or '人工暂停'}",
        f"connection {row.name} is paused: {why.en or 'by a person'}",
    )
    fix = Text(
        f"改正后执行 hub connections test {row.name}，通过即恢复；由人暂停的执行 hub connections resume {row.name}",
        f"after fixing it run hub connections test {row.name}: a good answer lets it go on; what a person paused goes on with "
        f"hub connections resume {row.name}",
    )
    yield Finding(check, "warning", found, fix)


def _try_write(db: Database) -> None:
    """A real write, taken back: only that proves that the disk and the rights allow one."""
    with db.write() as writing:
        writing.execute(text("INSERT INTO setting (name, value) VALUES ('doctor.probe', 'true')"))
        writing.execute(text("DELETE FROM setting WHERE name = 'doctor.probe'"))


def _database_time(db: Database) -> float:
    query = (
        "SELECT julianday('now') * 86400.0 - 210866760000.0"
        if db.is_sqlite
        else "SELECT extract(epoch FROM clock_timestamp())"
    )
    with db.read() as reading:
        return float(reading.execute(text(query)).scalar_one())


def _shown(db: Database) -> str:
    return db.url.render_as_string(hide_password=True)
