"""A backup is whole, private and restorable as docs/backup.md says."""

import shutil
import stat
import subprocess
import threading
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text

from hub.errors import BadInput, SetupError
from hub.store import backup as module
from hub.store.backup import backup
from hub.store.core import setting
from hub.store.database import Database
from hub.store.migrate import require
from tests.postgres import Postgres, binaries


def put(db: Database, name: str, value: object) -> None:
    with db.write() as connection:
        connection.execute(insert(setting), {"name": name, "value": value})


def names(db: Database) -> list[str]:
    with db.read() as connection:
        return list(connection.execute(select(setting.c.name).order_by(setting.c.name)).scalars())


def test_a_sqlite_backup_restores_by_copying(tmp_path: Path, sqlite_db: Database) -> None:
    put(sqlite_db, "客户", {"价": "1.10"})
    size = backup(sqlite_db, tmp_path / "backups" / "one.db")
    put(sqlite_db, "later", 1)
    assert size == (tmp_path / "backups" / "one.db").stat().st_size > 0
    sqlite_db.close()
    for leftover in ("hub.db-wal", "hub.db-shm"):
        (tmp_path / leftover).unlink(missing_ok=True)
    shutil.copy(tmp_path / "backups" / "one.db", tmp_path / "hub.db")
    restored = Database(f"sqlite:///{tmp_path / 'hub.db'}")
    require(restored)
    assert names(restored) == ["客户"]
    restored.close()


def test_a_postgres_backup_restores_with_pg_restore(
    tmp_path: Path, postgres: Postgres, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{binaries()}:{Path('/usr/bin')}")
    db = Database(postgres_url)
    put(db, "客户", {"价": "1.10"})
    backup(db, tmp_path / "one.dump")
    db.close()
    empty = postgres.database(empty=True)
    plain = empty.replace("postgresql+psycopg", "postgresql")
    subprocess.run(["pg_restore", "--no-owner", f"--dbname={plain}", tmp_path / "one.dump"], check=True)
    restored = Database(empty)
    require(restored)
    assert names(restored) == ["客户"]
    restored.close()
    postgres.drop(empty)


def test_a_backup_taken_while_others_write_is_whole(tmp_path: Path, sqlite_db: Database) -> None:
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            with sqlite_db.write() as connection:  # two rows that belong together
                for side in "ab":
                    connection.execute(insert(setting), {"name": f"{number:06}{side}", "value": "x" * 500})
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    for number in range(3):
        backup(sqlite_db, tmp_path / f"{number}.db")
    stop.set()
    writer.join()
    copy = Database(f"sqlite:///{tmp_path / '2.db'}")
    found = names(copy)
    assert [name[-1] for name in found] == ["a", "b"] * (len(found) // 2)
    copy.close()


def test_only_the_owner_reads_it(tmp_path: Path, sqlite_db: Database) -> None:
    backup(sqlite_db, tmp_path / "one.db")
    assert stat.S_IMODE((tmp_path / "one.db").stat().st_mode) == 0o600


def test_an_existing_file_is_never_overwritten(tmp_path: Path, sqlite_db: Database) -> None:
    (tmp_path / "one.db").write_text("precious")
    with pytest.raises(BadInput, match="exists already"):
        backup(sqlite_db, tmp_path / "one.db")
    assert (tmp_path / "one.db").read_text() == "precious"


def test_a_damaged_database_gives_no_backup(tmp_path: Path, sqlite_db: Database) -> None:
    with sqlite_db.write() as connection:
        connection.execute(insert(setting), [{"name": str(n), "value": "x" * 3000} for n in range(50)])
    with sqlite_db.engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    sqlite_db.close()
    path = tmp_path / "hub.db"
    whole = bytearray(path.read_bytes())
    whole[-40_000:-4096] = b"\xff" * (40_000 - 4096)
    path.write_bytes(whole)
    with pytest.raises(SetupError, match="the backup failed"):
        backup(sqlite_db, tmp_path / "one.db")
    assert sorted(entry.name for entry in tmp_path.glob("one*")) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, sqlite_db: Database) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SetupError, match="check rights and disk space"):
        backup(sqlite_db, tmp_path / "file" / "one.db")


def test_without_pg_dump_the_hint_says_what_to_install(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.shutil, "which", lambda _tool: None)
    db = Database(postgres_url)
    with pytest.raises(SetupError, match="postgresql-client"):
        backup(db, tmp_path / "one.dump")
    db.close()
    assert list(tmp_path.iterdir()) == []


def test_what_pg_dump_says_is_passed_on(tmp_path: Path, postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{binaries()}:/usr/bin")
    db = Database(postgres.url("no_such_database"))
    with pytest.raises(SetupError, match="no_such_database"):
        backup(db, tmp_path / "one.dump")
    db.close()
    assert list(tmp_path.iterdir()) == []
