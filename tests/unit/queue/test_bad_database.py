"""A full disk, a lock, a lost server: said in words that name the fix, and made good by the due rows."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from dramatiq import Worker
from sqlalchemy import text

from hub.errors import BadInput, SetupError
from hub.queue.actors import declare
from hub.queue.queue import Queue
from hub.store import database as database_module
from hub.store.database import Database
from hub.store.migrate import migrate, missing, steps
from hub.sync.tasks import Task
from tests.postgres import Postgres
from tests.unit.queue.fake_engine import FakeEngine, make_work, wait_for


def fill(db: Database, pages: int = 0) -> None:
    """Allows the file no page more than it has (plus `pages`), as a full disk would."""

    def limit(dbapi: sqlite3.Connection, _record: object) -> None:
        used = dbapi.execute("PRAGMA page_count").fetchone()[0]
        dbapi.execute(f"PRAGMA max_page_count = {used + pages}")

    from sqlalchemy import event

    db.engine.dispose()
    event.listen(db.engine, "connect", limit)


def write_much(db: Database) -> None:
    with db.write() as connection:
        connection.execute(
            text("INSERT INTO audit (at, who, action, target, data) VALUES (1, 'x', 'x', 'x', :data)"),
            {"data": "x" * 200_000},
        )


def run_one(queue: Queue, db: Database, on_run: Callable[[Task], object]) -> FakeEngine:
    engine = FakeEngine()
    engine.on_run = on_run
    declare(queue.broker, make_work(engine, queue, db))
    worker = Worker(queue.broker, queues={"sync"}, worker_timeout=50, worker_threads=1)
    worker.start()
    queue.enqueue(Task("pull", 1))
    wait_for(lambda: queue.broker.client.hlen("hub:sync.msgs") == 0)
    worker.stop(5000)
    return engine


def test_a_full_disk_is_named_and_the_worker_goes_on(
    queue: Queue, db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    fill(db)
    run_one(queue, db, lambda _task: write_much(db))
    assert "free disk space" in caplog.text
    assert "请腾出磁盘空间" in caplog.text
    assert "Traceback" not in caplog.text
    assert queue.enqueue(Task("pull", 1)), "the work may be asked for again"


def test_a_flow_that_is_no_more_is_told_in_one_line(
    queue: Queue, db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    def gone(_task: Task) -> None:
        raise BadInput("没有编号为 1 的流程", "there is no flow 1")

    run_one(queue, db, gone)
    assert "there is no flow 1" in caplog.text
    assert "Traceback" not in caplog.text


def test_what_a_full_disk_refused_left_nothing_half_done(db: Database) -> None:
    fill(db)
    with pytest.raises(Exception, match="full"):
        write_much(db)
    with db.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM audit")).scalar_one() == 0


def test_a_migration_on_a_full_disk_names_the_fix_and_can_be_repeated(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'hub.db'}")
    fill(db, pages=10)
    with pytest.raises(SetupError, match="free disk space and try again"):
        migrate(db)
    db.close()
    roomy = Database(f"sqlite:///{tmp_path / 'hub.db'}")
    assert missing(roomy) == steps()
    assert migrate(roomy) == steps()
    roomy.close()


def test_a_lock_that_lasts_is_named(
    tmp_path: Path, queue: Queue, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(database_module, "BUSY_TIMEOUT_MS", 50)
    db = Database(f"sqlite:///{tmp_path / 'locked.db'}")
    db.create_all()
    holder = sqlite3.connect(tmp_path / "locked.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    run_one(queue, db, lambda _task: write_much(db))
    holder.execute("ROLLBACK")
    holder.close()
    assert "another program holds the database" in caplog.text
    write_much(db)
    db.close()


def test_a_postgres_that_goes_away_is_named_and_used_again(
    queue: Queue, postgres: Postgres, postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    db = Database(postgres_url)
    with db.read() as connection:
        name = connection.execute(text("SELECT current_database()")).scalar_one()

    def lose(_task: Task) -> None:
        with db.write() as connection:
            postgres.execute(
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid()"
            )
            connection.execute(text("SELECT 1"))

    run_one(queue, db, lose)
    assert "cannot be used" in caplog.text
    with db.read() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
    db.close()


def test_a_mistake_of_ours_is_not_blamed_on_the_database(
    queue: Queue, db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    def twice(_task: Task) -> None:
        with db.write() as connection:
            for _ in range(2):
                connection.execute(text("INSERT INTO setting (name, value) VALUES ('x', '1')"))

    run_one(queue, db, twice)
    assert "UNIQUE constraint failed" in caplog.text
    assert "cannot be used" not in caplog.text
    assert "Traceback" in caplog.text
