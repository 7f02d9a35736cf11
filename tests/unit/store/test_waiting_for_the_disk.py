"""Which commits wait for the disk on SQLite: all, but for those that the hub can do without after a power cut."""

from pathlib import Path

from sqlalchemy import event, text

from hub.store.database import Database

NORMAL, FULL, OFF = 1, 2, 0


def level(db: Database, **how: bool) -> int:
    with db.write(**how) as tx:
        return int(tx.execute(text("PRAGMA synchronous")).scalar_one())


def test_a_commit_waits_for_the_disk_unless_it_is_told_not_to(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'hub.db'}")
    assert [level(db), level(db, durable=False), level(db, durable=False), level(db)] == [FULL, NORMAL, NORMAL, FULL]
    db.close()


def test_a_level_that_somebody_chose_stays(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'hub.db'}")
    event.listen(db.engine, "connect", lambda dbapi, _record: dbapi.execute(f"PRAGMA synchronous={OFF}"))
    assert [level(db), level(db, durable=False)] == [OFF, OFF]
    db.close()


def test_what_did_not_wait_is_there_for_others_at_once(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'hub.db'}")
    with db.write(durable=False) as tx:
        tx.execute(text("CREATE TABLE seen (number INTEGER)"))
        tx.execute(text("INSERT INTO seen VALUES (7)"))
    other = Database(f"sqlite:///{tmp_path / 'hub.db'}")
    with other.read() as tx:
        assert tx.execute(text("SELECT number FROM seen")).scalar_one() == 7
    other.close()
    db.close()
