"""hub doctor: each thing that can be wrong is found, and the finding says the fix in both languages."""

import json
import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from sqlalchemy import insert, text
from typer.testing import CliRunner

from hub.cli import care
from hub.cli.checks import Finding, examine
from hub.cli.checks import work as queue_checks
from hub.cli.checks.finding import clock
from hub.cli.checks.machine import disk, port
from hub.queue.broker import HubBroker
from hub.queue.client import connect
from hub.queue.presence import Beat
from hub.queue.queue import Queue
from hub.settings import Settings, load_settings
from hub.store.core import connection
from hub.store.database import Database
from hub.store.secrets import SecretBox, box_from_settings
from hub.sync.tasks import Task

runner = CliRunner()
GB = 1024**3


@pytest.fixture
def settings(tmp_path: Path, redis_url: str, sqlite_db: Database) -> Settings:
    """A data folder with a migrated database and a running server."""
    assert sqlite_db.url.database == str(tmp_path / "hub.db")
    return load_settings(data_dir=tmp_path, redis_url=redis_url, port=0)


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[typer.Typer]:
    for name in [name for name in os.environ if name.startswith("HUB_")]:
        monkeypatch.delenv(name)
    for name, value in settings.as_environment().items():
        monkeypatch.setenv(name, value)
    made = typer.Typer()
    care.register(made)
    yield made


def find(settings: Settings, check: str) -> Finding:
    [found] = [finding for finding in examine(settings) if finding.check == check]
    return found


def beat(settings: Settings) -> None:
    with connect(settings.redis_url) as client:
        Beat(client, "worker-x", "worker").tell()
        Beat(client, "scheduler-x", "scheduler").tell()


def add_connection(db: Database, name: str, **values: object) -> None:
    row = {
        "name": name,
        "system": "x",
        "config": "",
        "options": {},
        "state": "active",
        "failures": 0,
        "created_at": datetime.now(UTC),
        **values,
    }
    with db.write() as writing:
        writing.execute(insert(connection), row)


def test_a_healthy_installation_has_nothing_bad(settings: Settings, app: typer.Typer) -> None:
    box_from_settings(settings)
    beat(settings)
    assert [finding.check for finding in examine(settings) if finding.state != "ok"] == []
    result = runner.invoke(app, ["doctor"])
    assert result.exit_code == 0
    assert "数据库可读写" in result.output


def test_lang_and_json(settings: Settings, app: typer.Typer) -> None:
    beat(settings)
    assert "the database can be read and written" in runner.invoke(app, ["doctor", "--lang", "en"]).output
    found = json.loads(runner.invoke(app, ["doctor", "--json"]).output)
    assert {"check", "state", "found", "fix"} == set(found[0])
    assert {"python", "disk", "database", "redis", "worker", "queue.sync", "port"} <= {one["check"] for one in found}


def test_nobody_at_work_is_bad_and_exits_1(settings: Settings, app: typer.Typer) -> None:
    assert find(settings, "worker").state == find(settings, "scheduler").state == "bad"
    result = runner.invoke(app, ["doctor", "--lang", "en"])
    assert result.exit_code == 1
    assert "→ run hub up" in result.output


def test_wrong_settings_are_a_finding_not_a_crash(app: typer.Typer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_PROT", "1")
    result = runner.invoke(app, ["doctor"])
    assert result.exit_code == 1
    assert "是否想写 HUB_PORT" in result.output


def test_a_disk_that_fills_warns_then_is_bad() -> None:
    assert disk(Path("/x"), 5 * GB).state == "ok"
    assert disk(Path("/x"), GB).state == "warning"
    assert disk(Path("/x"), GB // 8).state == "bad"
    assert "HUB_DATA_DIR" in disk(Path("/x"), 0).fix.en


def test_a_folder_that_everybody_can_write_is_bad(settings: Settings) -> None:
    settings.data_dir.chmod(0o777)
    assert find(settings, "data_dir").fix.en == f"chmod 750 {settings.data_dir}"


def test_looking_makes_nothing(tmp_path: Path) -> None:
    empty = load_settings(data_dir=tmp_path / "none", port=0)
    found = {finding.check: finding.state for finding in examine(empty)}
    assert found["database"] == found["key"] == found["data_dir"] == "ok"
    assert found["redis"] == "bad"
    assert not (tmp_path / "none").exists()


def test_a_key_that_others_can_read_is_bad(settings: Settings) -> None:
    box_from_settings(settings)
    (settings.data_dir / "secret.key").chmod(0o644)
    assert "chmod 600" in find(settings, "key").found.en


def test_a_key_that_does_not_fit_shows_at_the_connection(settings: Settings, sqlite_db: Database) -> None:
    box_from_settings(settings)
    add_connection(sqlite_db, "erp", config=SecretBox(b"x" * 32).seal("{}"))
    assert "enter the credentials again" in find(settings, "connection.erp").found.en


def test_a_lost_key_is_told_and_no_new_one_made(settings: Settings, sqlite_db: Database) -> None:
    add_connection(sqlite_db, "erp", config=SecretBox(b"x" * 32).seal("{}"))
    assert find(settings, "connection.erp").state == "bad"
    assert not (settings.data_dir / "secret.key").exists()


def test_a_paused_connection_says_why(settings: Settings, sqlite_db: Database) -> None:
    add_connection(sqlite_db, "erp", state="paused", reason={"zh": "密码被拒绝", "en": "the password was refused"})
    add_connection(sqlite_db, "crm")
    assert find(settings, "connection.erp").found.zh == "连接 erp 已暂停：密码被拒绝"
    assert "hub connections test erp" in find(settings, "connection.erp").fix.en
    assert find(settings, "connection.crm").state == "ok"


def test_a_connection_without_its_events_says_so(settings: Settings, sqlite_db: Database) -> None:
    add_connection(
        sqlite_db, "chat", events={"how": "stream", "state": "trouble", "zh": "连不上", "en": "cannot connect"}
    )
    add_connection(sqlite_db, "good", events={"how": "stream", "state": "ok"})
    found = find(settings, "connection.chat.events")
    assert (found.state, found.found.zh) == ("warning", "连接 chat 收不到事件：连不上")
    assert not [one for one in examine(settings) if one.check == "connection.good.events"]


def test_a_database_without_this_schema_is_bad(settings: Settings, sqlite_db: Database) -> None:
    with sqlite_db.write() as writing:
        writing.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert find(settings, "database").fix.en == "run: hub migrate"


def test_a_database_that_cannot_be_written_is_bad(settings: Settings, sqlite_db: Database) -> None:
    with sqlite_db.write() as writing:
        writing.execute(
            text("CREATE TRIGGER full BEFORE INSERT ON setting BEGIN SELECT RAISE(FAIL, 'disk is full'); END")
        )
    assert "free disk space" in find(settings, "database").found.en


def test_a_database_elsewhere_that_does_not_answer_is_bad(settings: Settings) -> None:
    away = settings.model_copy(update={"database_url": "postgresql://u:pw@127.0.0.1:1/x?connect_timeout=2"})
    found = find(away, "database")
    assert found.state == "bad"
    assert "pw" not in found.found.en.replace("check", "")


def test_postgres_is_looked_at_too(settings: Settings, postgres_url: str) -> None:
    there = settings.model_copy(update={"database_url": postgres_url})
    assert find(there, "database").state == "ok"
    assert find(there, "clock.database").state == "ok"


def test_a_redis_that_does_not_answer_is_bad(settings: Settings) -> None:
    away = settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})
    assert "HUB_REDIS_URL" in find(away, "redis").fix.zh


@pytest.mark.parametrize(
    ("option", "value", "check", "fix"),
    [
        ("appendonly", "no", "redis.persistence", "appendonly yes"),
        ("maxmemory-policy", "allkeys-lru", "redis.eviction", "maxmemory-policy noeviction"),
    ],
)
def test_a_redis_that_forgets_is_found(settings: Settings, option: str, value: str, check: str, fix: str) -> None:
    with connect(settings.redis_url) as client:
        before = client.config_get(option)[option]
        client.config_set(option, value)
        try:
            found = find(settings, check)
        finally:
            client.config_set(option, before)
    assert found.state != "ok"
    assert fix in found.fix.en


def test_work_that_waits_too_long_warns(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with connect(settings.redis_url) as client:
        Queue(HubBroker(client, "x")).enqueue(Task("pull", 1))
    assert find(settings, "queue.sync").state == "ok"
    monkeypatch.setattr(queue_checks, "SLOW_QUEUE_S", 0)
    assert find(settings, "queue.sync").state == "warning"
    monkeypatch.setattr(queue_checks, "STUCK_QUEUE_S", -1)
    assert find(settings, "queue.sync").state == "bad"
    assert "HUB_WORKERS" in find(settings, "queue.sync").fix.en


def test_clocks_that_differ_warn() -> None:
    now = datetime.now(UTC).timestamp()
    assert [one.state for one in clock("c", now, "x", "x")] == ["ok"]
    [late] = clock("c", now - 60, "数据库", "the database")
    assert late.state == "warning"
    assert "-60.0" in late.found.en
    assert "NTP" in late.fix.zh


def test_a_port_of_another_program_is_bad(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.settimeout(0.1)
        taken = settings.model_copy(update={"port": other.getsockname()[1]})
        found = port(taken)
    assert found.state == "bad"
    assert found.fix.en == "choose another HUB_PORT"


def test_migrate_and_backup_say_what_they_did(settings: Settings, app: typer.Typer) -> None:
    assert "数据库已是最新" in runner.invoke(app, ["migrate"]).output
    target = settings.data_dir / "copy.db"
    result = runner.invoke(app, ["backup", str(target), "--lang", "en"])
    assert result.exit_code == 0, result.output
    assert str(settings.data_dir / "secret.key") in result.output.replace("\n", "")
    assert Database(f"sqlite:///{target}").url.database == str(target)
    assert runner.invoke(app, ["backup"]).exit_code == 0
    assert len(list((settings.data_dir / "backups").glob("hub-*.db"))) == 1


def test_migrate_names_what_it_applied(settings: Settings, app: typer.Typer) -> None:
    (settings.data_dir / "hub.db").unlink()
    for leftover in settings.data_dir.glob("hub.db-*"):
        leftover.unlink()
    assert "applied migrations 0001, 0002" in runner.invoke(app, ["migrate", "--lang", "en"]).output


def test_a_connector_file_that_is_wrong_is_named_with_its_line(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "connectors").mkdir()
    (tmp_path / "connectors/crm.yaml").write_text("system: crm\nauht: {kind: none}\n", "utf-8")
    assert find(settings, "connectors").state == "ok"
    wrong = find(settings, "connectors.crm")
    assert wrong.state == "warning"
    assert "crm.yaml:2: auht" in wrong.found.en
    assert "hub rest check" in wrong.fix.zh
