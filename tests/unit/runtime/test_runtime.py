"""The composition root: what it puts together, what it refuses, what it leaves behind."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from hub.alerts.rules import shipped_rules
from hub.connector.manifest import Limit, Manifest
from hub.errors import ConfigInvalid, RateLimited, SetupError
from hub.queue.budget import RedisBudget
from hub.queue.queue import DELIVER
from hub.queue.valkey import Valkey
from hub.runtime import Runtime, budget_of
from hub.settings import Settings, load_settings
from hub.store.core import connection
from hub.store.database import Database
from hub.store.retention import GROUPS
from hub.sync.tasks import Task
from tests.unit.queue.fake_engine import messages

MANIFEST = Manifest(
    system="x",
    name={"zh": "某系统", "en": "Some system"},  # type: ignore[arg-type]
    kind=("erp",),
    vendor_docs="https://example.com",
    wire_version="1",
    entities={},
    limits=(Limit(calls=2, per_s=30),),
)


@pytest.fixture
def settings(tmp_path: Path, redis_url: str, sqlite_db: Database) -> Settings:
    assert sqlite_db.url.database == str(tmp_path / "hub.db")
    return load_settings(data_dir=tmp_path, redis_url=redis_url)


@pytest.fixture
def runtime(settings: Settings) -> Iterator[Runtime]:
    with Runtime.from_settings(settings, role="worker") as made:
        yield made


def add_connection(db: Database, options: dict[str, Any]) -> int:
    row = {"name": "erp", "system": "x", "config": "", "options": options, "state": "active", "failures": 0}
    with db.write() as writing:
        made = writing.execute(insert(connection).values(**row, created_at=datetime.now(UTC)))
    [key] = made.inserted_primary_key or [0]
    return int(key)


def test_it_holds_what_api_cli_and_workers_need(runtime: Runtime, settings: Settings) -> None:
    assert runtime.secrets.open(runtime.secrets.seal("x")) == "x"
    assert runtime.engine.due() == []
    assert runtime.clients.db is runtime.db
    assert runtime.now().tzinfo is not None
    assert {"kingdee", "ec", "wecom"} <= set(runtime.connectors)
    assert (settings.data_dir / "run" / runtime.process_id).exists()


def test_closed_it_is_no_longer_among_the_living(settings: Settings) -> None:
    with Runtime.from_settings(settings) as made:
        assert made.presence.dead() == []
    assert list((settings.data_dir / "run").iterdir()) == []


def test_what_the_engine_notices_becomes_a_message(runtime: Runtime) -> None:
    runtime.engine.core.notify(Task("push", 4))
    runtime.notify(Task("pull", 4, trigger="person"))
    runtime.tell_intake()
    assert [actor for actor, _ in messages(runtime.queue, "push")] == ["flow.push"]
    assert runtime.queue_depths() == {"sync": 1, "push": 1, "alerts": 1}


def test_alerts_are_planned_and_delivered_by_their_modules(runtime: Runtime) -> None:
    work = runtime.work()
    assert work.plan(runtime.now()) == 0
    assert work.deliver(runtime.now(), 10) == 0
    work.plan_alerts()
    assert [actor for actor, _ in messages(runtime.queue, "alerts") if actor == DELIVER] == []


def test_daily_jobs(runtime: Runtime, settings: Settings) -> None:
    jobs = {job.name: job for job in runtime.daily()}
    assert {name: job.hour for name, job in jobs.items()} == {
        "retention": settings.nightly_hour,
        "overdue": settings.daily_hour,
        "inbox": settings.daily_hour,
        "rules": 0,
        "connections": 0,
    }
    assert jobs["overdue"].again_s == settings.overdue_every_s
    assert jobs["connections"].again_s == settings.notice_every_s
    made = {name: job.run(runtime.now()) for name, job in jobs.items()}
    assert made == {"retention": 0, "overdue": 0, "inbox": 0, "rules": len(shipped_rules()), "connections": 0}
    assert jobs["rules"].run(runtime.now()) == 0
    assert len(GROUPS) == 8


def test_the_company_s_day_is_not_utc_s(runtime: Runtime) -> None:
    assert runtime.local_day(datetime(2026, 3, 1, 17, tzinfo=UTC)).isoformat() == "2026-03-02"


def test_a_database_that_is_not_migrated_is_refused_and_left_alone(tmp_path: Path, redis_url: str) -> None:
    bare = load_settings(data_dir=tmp_path / "new", redis_url=redis_url)
    with pytest.raises(SetupError, match="hub migrate"):
        Runtime.from_settings(bare)


def test_without_redis_depths_say_what_to_check(settings: Settings) -> None:
    away = settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})
    with Runtime.from_settings(away) as made:
        made.notify(Task("pull", 1))
        made.tell_intake()
        with pytest.raises(SetupError, match="HUB_REDIS_URL"):
            made.queue_depths()


def test_a_command_takes_the_server_down_that_it_started(tmp_path: Path, sqlite_db: Database) -> None:
    embedded = load_settings(data_dir=tmp_path)
    server = Valkey(tmp_path)
    with Runtime.from_settings(embedded) as made:
        assert made.redis.ping()
    assert not server.alive()
    server.ensure()
    with Runtime.from_settings(embedded):
        pass
    assert server.alive(), "one that ran before stays"
    server.stop()
    with Runtime.from_settings(embedded, role="worker"):
        pass
    assert server.alive(), "a service leaves it to the others"
    server.stop()


def taken(budget: RedisBudget) -> int:
    """How many permits there are at once."""
    budget.patience_s = 0
    for count in range(100):
        try:
            budget.take("x")
        except RateLimited:
            return count
    return 100


def test_limits_come_from_the_manifest(runtime: Runtime) -> None:
    key = add_connection(runtime.db, {})
    assert taken(budget_of(runtime.db, runtime.redis, key, manifest=MANIFEST)) == 2
    assert isinstance(runtime.clients.budget(key, MANIFEST), RedisBudget)


def test_the_connection_s_own_limits_go_first(runtime: Runtime) -> None:
    key = add_connection(runtime.db, {"limits": [{"calls": 5, "per_s": 60}]})
    assert taken(budget_of(runtime.db, runtime.redis, key, manifest=MANIFEST)) == 5


def test_no_limits_at_all_may_be_asked_for(runtime: Runtime) -> None:
    key = add_connection(runtime.db, {"limits": []})
    assert taken(budget_of(runtime.db, runtime.redis, key, manifest=MANIFEST)) == 100


def test_wrong_limits_name_the_connection(runtime: Runtime) -> None:
    key = add_connection(runtime.db, {"limits": [{"calls": "many", "per_s": 60}]})
    with pytest.raises(ConfigInvalid, match=f"limits of connection {key}"):
        budget_of(runtime.db, runtime.redis, key, manifest=MANIFEST)


def test_tokens_are_the_connection_s(runtime: Runtime) -> None:
    runtime.clients.tokens(1).put("access", "x", 60)
    assert runtime.clients.tokens(1).get("access") == "x"
    assert runtime.clients.tokens(2).get("access") is None
