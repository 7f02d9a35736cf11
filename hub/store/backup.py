"""Copies of the whole database while it is in use."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

from hub.errors import BadInput, SetupError
from hub.store.database import Database

_PAGES_PER_STEP = 2000


def backup(db: Database, target: Path) -> int:
    """Write a consistent copy to `target` (mode 0600), which must not exist yet. Returns its size in bytes.

    SQLite: an ordinary database file, checked before it counts. PostgreSQL: pg_dump's custom format.
    Raises BadInput, SetupError; a copy that failed leaves no file.
    """
    if target.exists():
        raise BadInput(f"文件 {target} 已存在", f"{target} exists already", field="file", value=str(target))
    draft = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        (_copy_sqlite if db.is_sqlite else _dump_postgres)(db, draft)
        draft.rename(target)
    except (OSError, sqlite3.Error) as error:
        raise SetupError(
            f"备份没有完成：{error}；请检查 {target.parent} 的权限和磁盘空间",
            f"the backup failed: {error}; check rights and disk space of {target.parent}",
        ) from error
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
    return target.stat().st_size


def _copy_sqlite(db: Database, draft: Path) -> None:
    with (
        contextlib.closing(sqlite3.connect(f"file:{db.url.database}?mode=ro", uri=True)) as source,
        contextlib.closing(sqlite3.connect(draft)) as copy,
    ):
        source.backup(copy, pages=_PAGES_PER_STEP)
        [found] = copy.execute("PRAGMA integrity_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(found)


def _dump_postgres(db: Database, draft: Path) -> None:
    tool = shutil.which("pg_dump")
    if tool is None:
        raise SetupError(
            "这台机器没有 pg_dump；请安装 postgresql-client，或在数据库服务器上执行 pg_dump --format=custom",
            "there is no pg_dump here; install postgresql-client, or run pg_dump --format=custom on the database server",
        )
    url = db.url.set(drivername="postgresql", password=None)
    environment = {**_plain_environment(), **({"PGPASSWORD": str(db.url.password)} if db.url.password else {})}
    done = subprocess.run(
        [tool, "--format=custom", "--no-owner", f"--file={draft}", url.render_as_string(hide_password=False)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SetupError(f"pg_dump 失败：{done.stderr.strip()}", f"pg_dump failed: {done.stderr.strip()}")


def _plain_environment() -> dict[str, str]:
    """What a child needs to run; the hub's own settings and keys stay here."""
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}
