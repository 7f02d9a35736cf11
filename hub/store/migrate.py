"""Brings a database to this code's schema, safely if several processes start at once. Alembic is loaded only then."""

import re
from importlib import resources
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, inspect, text
from sqlalchemy.exc import DatabaseError

from hub.errors import SetupError
from hub.store.database import Database

_PG_LOCK = 0x6875625F  # "hub_": one advisory lock serialises every migration of a database
_STEP = re.compile(r"(\d{4})_\w+\.py")


def steps() -> list[str]:
    """The revisions that this code knows, in order."""
    names = (entry.name for entry in resources.files("hub.store.migrations.versions").iterdir())
    return sorted(match.group(1) for name in names if (match := _STEP.fullmatch(name)))


def current(connection: Connection) -> str:
    """The revision of the database; "" when it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or ""


def missing(db: Database) -> list[str]:
    """Steps that the database still lacks. Raises SetupError when it is newer than this code or is not reachable."""
    try:
        with db.read() as connection:
            return _missing(current(connection))
    except DatabaseError as error:
        raise unreachable(db, error) from error


def require(db: Database) -> None:
    """Raises SetupError unless the database has exactly this code's schema."""
    if steps_left := missing(db):
        raise SetupError(
            f"数据库还缺迁移 {'、'.join(steps_left)}；请先执行 hub migrate",
            f"the database lacks migrations {', '.join(steps_left)}; run: hub migrate",
        )


def migrate_if_new(db: Database) -> bool:
    """Make the tables of an empty database; one that holds data already is left to `hub migrate`. True when it was empty.
    Raises SetupError."""
    return missing(db) == steps() and bool(migrate(db))


def migrate(db: Database) -> list[str]:
    """Apply what is missing, all or nothing, one process at a time. Returns the steps applied.

    Raises SetupError when the database is newer than this code, is not reachable or cannot be written.
    """
    try:
        with db.write() as connection:
            if not db.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _PG_LOCK})
            left = _missing(current(connection))
            if left:
                _upgrade(connection)
            require_shape(connection)
            return left
    except DatabaseError as error:
        raise unreachable(db, error) from error


def require_shape(connection: Connection) -> None:
    """Raises SetupError for a database that claims this schema and lacks parts of it: an earlier development version made it."""
    from sqlmodel import SQLModel

    from hub.store import tables as tables  # noqa: PLC0414 - fills the metadata

    found = inspect(connection).get_multi_columns()
    there = {name: {column["name"]: column for column in columns} for (_schema, name), columns in found.items()}
    lacking = [
        f"{table.name}.{column.name}"
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if _lacks(column, there.get(table.name, {}).get(column.name))
    ]
    if lacking:
        raise SetupError(
            f"数据库由更早的开发版建立，缺少 {', '.join(lacking[:3])}（共 {len(lacking)} 处），不能升级；{_ANEW[0]}",
            f"an earlier development version made this database; it lacks {', '.join(lacking[:3])} ({len(lacking)} in all) and "
            f"cannot be upgraded; {_ANEW[1]}",
            field="HUB_DATABASE_URL",
        )


def _lacks(column: Column[Any], there: Any) -> bool:
    """The column is not there, or has not got the default that this code counts on."""
    return there is None or (column.server_default is not None and there["default"] is None)


def _missing(revision: str) -> list[str]:
    known = steps()
    if not revision:
        return known
    if revision not in known:
        raise SetupError(
            f"数据库的版本 {revision} 比本程序（{known[-1]}）新；请升级程序，或恢复升级前的备份",
            f"the database has schema {revision}, newer than this code ({known[-1]}); upgrade the hub or "
            "restore a backup",
        )
    return known[known.index(revision) + 1 :]


def _upgrade(connection: Connection) -> None:
    """Runs the steps inside the caller's transaction (DDL rolls back on both databases)."""
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    script = ScriptDirectory(str(Path(str(resources.files("hub.store.migrations")))))

    def upgrade(revision: Any, _context: Any) -> Any:
        return script._upgrade_revs("head", revision)

    with EnvironmentContext(Config(), script, fn=upgrade) as environment:
        environment.configure(connection=connection)
        with environment.begin_transaction():
            environment.run_migrations()


def unreachable(db: Database, error: DatabaseError) -> SetupError:
    """What a failing database means to the person who set it up; the URL is shown without its password."""
    return failed(error, f" {db.url.render_as_string(hide_password=True)} ")


def failed(error: DatabaseError, where: str = "") -> SetupError:
    """The same where the database is not at hand."""
    cause = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
    zh, en = _cause(cause)
    return SetupError(
        f"数据库{where}不能使用：{cause}。{zh}",
        f"the database{where or ' '}cannot be used: {cause}. {en}",
        field="HUB_DATABASE_URL",
    )


def _cause(message: str) -> tuple[str, str]:
    for pattern, zh, en in _CAUSES:
        if re.search(pattern, message, re.IGNORECASE):
            return zh, en
    return "请检查 HUB_DATABASE_URL 和数据库日志", "check HUB_DATABASE_URL and the database's log"


_ANEW = (
    "请用原来的版本继续运行，或换一个空的 HUB_DATA_DIR 重新对接（厂商里的数据不受影响）",
    "go on with the version that made it, or start anew in an empty HUB_DATA_DIR (nothing at the vendors is touched)",
)
_CAUSES = (
    (
        r"no such (column|table)|(column|relation) .* does not exist",
        "数据库与程序的版本不符：请先执行 hub migrate",
        "database and program are of different versions: first run hub migrate",
    ),
    (r"disk is full|No space left|disk I/O|file is too big", "请腾出磁盘空间后重试", "free disk space and try again"),
    (
        r"locked|busy",
        "另一个程序长时间占用数据库；结束它后重试",
        "another program holds the database; end it and try again",
    ),
    (
        r"readonly|read-only|unable to open|permission denied",
        "请检查文件及其目录的权限",
        "check the rights of the file and its folder",
    ),
    (r"authentication|password", "请检查用户名和密码", "check user name and password"),
    (r"does not exist", "请先建立该数据库或用户", "create that database or user first"),
    (
        r"refused|timeout|resolve|No such file|connection failed",
        "请检查主机、端口和网络",
        "check host, port and network",
    ),
    (
        r"not a database|malformed",
        "文件已损坏或不是数据库；请从备份恢复",
        "the file is damaged or no database; restore a backup",
    ),
)
