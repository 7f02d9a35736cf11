"""Webhooks over HTTP into the real composition: sandboxes sign, the server keeps, the queue is told, the engine looks."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from sqlalchemy import select

from hub.api.app import create_app
from hub.api.routes.webhooks import SETTINGS_LIFE_S
from hub.cli.checks import examine
from hub.queue.client import key as redis_key
from hub.runtime import Runtime
from hub.settings import Settings
from hub.setup.connections import NewConnection, add_connection, change_settings
from hub.store.core import alert_answer, connection, inbound_event
from hub.store.database import Database
from hub.store.pending import pending
from sandbox.core.server import listen
from sandbox.core.start import Running, start_sandbox
from tests.unit.queue.fake_engine import wait_for


@dataclass
class Served:
    """A hub that answers at `url`, and one sandbox connected to it."""

    url: str
    runtime: Runtime
    sandbox: Running

    def push(self, **given: Any) -> dict[str, Any]:
        """Have the sandbox send a webhook here; what the sandbox saw as the answer."""
        address = f"{self.url}/webhooks/{given.pop('connection', 'chat')}{given.pop('query', '')}"
        reply = httpx.post(f"{self.sandbox.url}/_sandbox/push", json={"url": address, **given}, timeout=30)
        assert reply.status_code == 200, reply.text
        found: dict[str, Any] = reply.json()
        return found

    def kept(self) -> list[Any]:
        with self.runtime.db.read() as tx:
            return list(tx.execute(select(inbound_event).order_by(inbound_event.c.id)))


def serve(folder: Path, redis_url: str, system: str, name: str) -> Iterator[Served]:
    settings = Settings(data_dir=folder, redis_url=redis_url, allow_private_hosts=True)
    runtime = Runtime.from_settings(settings, role="api")
    bound = listen(0)
    server = uvicorn.Server(uvicorn.Config(create_app(runtime), log_level="error", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    with start_sandbox(system) as sandbox:
        add_connection(runtime, NewConnection(name, system, sandbox.credentials), who="test")
        while not server.started:
            time.sleep(0.01)
        yield Served(f"http://127.0.0.1:{bound.getsockname()[1]}", runtime, sandbox)
    server.should_exit = True
    thread.join()
    runtime.close()


@pytest.fixture
def chat(sqlite_db: Database, tmp_path: Path, redis_url: str) -> Iterator[Served]:
    yield from serve(tmp_path, redis_url, "wecom", "chat")


@pytest.fixture
def crm(sqlite_db: Database, tmp_path: Path, redis_url: str) -> Iterator[Served]:
    yield from serve(tmp_path, redis_url, "ec", "crm")


EDIT = {
    "event": "change_external_contact",
    "change_type": "edit_external_contact",
    "fields": {"UserID": "zhangsan", "ExternalUserID": "wmAAA"},
}


def test_the_vendors_check_of_the_address_is_passed(chat: Served) -> None:
    assert chat.push(verify=True)["accepted"] is True


def test_a_signed_event_is_kept_told_and_looked_at(chat: Served) -> None:
    assert chat.push(**EDIT)["status"] == 200
    [row] = chat.kept()
    assert (row.state, row.hints[0]["entity"], row.hints[0]["id"]) == ("new", "contact", "wmAAA")
    queued = redis_key("queued", "events.intake")
    wait_for(lambda: bool(chat.runtime.redis.exists(queued)))  # a message asks for the intake
    chat.runtime.engine.intake()
    assert [row.state for row in chat.kept()] == ["done"]


def test_the_same_delivery_again_and_again_is_one_event(chat: Served) -> None:
    told = chat.push(times=5, **EDIT)
    assert told["attempts"] == ["200"] * 5
    assert len(chat.kept()) == 1
    chat.runtime.engine.intake()
    chat.push(timestamp="1700000000", nonce="1", **EDIT)
    states = [row.state for row in chat.kept()]
    assert states[0] == "done"


@pytest.mark.parametrize(
    "wrong",
    [
        {"tamper": "signature"},
        {"tamper": "body"},
        {"token": "somebody-elses-token"},
        {"aes_key": "BBECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"},
        {"receive_id": "ww-another-company"},
    ],
)
def test_what_is_not_signed_for_this_app_is_refused_and_not_kept(chat: Served, wrong: dict[str, str]) -> None:
    assert 400 <= chat.push(**EDIT, **wrong)["status"] < 500
    assert chat.kept() == []


def test_a_pressed_button_is_kept_once_and_makes_the_delivery_chore_due(chat: Served) -> None:
    fields = {
        "FromUserName": "zhangsan",
        "EventKey": "confirm",
        "TaskId": "alert-7-a",
        "CardType": "button_interaction",
    }
    told = chat.push(event="template_card_event", times=3, fields={**fields, "ResponseCode": "code"})
    assert told["attempts"] == ["200"] * 3
    assert chat.kept() == [], "it asks for no reading"
    with chat.runtime.db.read() as tx:
        [row] = tx.execute(select(alert_answer)).all()
        assert pending(tx, chat.runtime.now()).alerts
    assert (row.message, row.member, row.button, row.handle, row.state) == (
        "alert-7-a",
        "zhangsan",
        "confirm",
        "code",
        "new",
    )
    assert (
        chat.push(event="template_card_event", tamper="signature", fields={**fields, "ResponseCode": "c"})["status"]
        >= 400
    )
    chat.runtime.work().deliver(chat.runtime.now(), 50)
    with chat.runtime.db.read() as tx:
        [row] = tx.execute(select(alert_answer)).all()
    assert (row.state, row.handle, row.due_at) == ("ignored", "", None), "no alert has that number"


def test_a_push_of_the_crm_names_the_record(crm: Served) -> None:
    address = f"{crm.url}/webhooks/crm"
    body = {"event": "customer.update", "crmId": "77"}
    token = crm.sandbox.credentials["webhook_token"]
    assert httpx.post(address, params={"token": token}, json=body).status_code == 200
    assert httpx.post(address, params={"token": "wrong"}, json=body).status_code == 422
    assert httpx.post(address, json=body).status_code == 422
    [row] = crm.kept()
    assert (row.hints[0]["entity"], row.hints[0]["id"]) == ("customer", "77")


def test_no_secret_of_a_connection_leaves_through_the_interface(crm: Served) -> None:
    from hub.setup import accounts

    accounts.add_user(crm.runtime, accounts.NewUser("ada", "admin"), who="test")
    token = accounts.make_token(crm.runtime, "ada", "test", who="test")[1]
    headers = {"Authorization": f"Bearer {token}"}
    paths = ("connections/crm", "connections", "audit", "users", "tokens", "runs", "inbox", "systems", "mappings")
    everything = "".join(
        httpx.get(f"{crm.url}/api/v1/{path}", headers=headers).raise_for_status().text for path in paths
    )
    tested = httpx.post(f"{crm.url}/api/v1/connections/crm/test", headers=headers, timeout=30)
    assert tested.json()["ok"] is True
    for name in ("app_secret", "webhook_token"):
        assert str(crm.sandbox.credentials[name]) not in everything + tested.text
    assert token not in everything


@pytest.fixture
def ding(sqlite_db: Database, tmp_path: Path, redis_url: str) -> Iterator[Served]:
    yield from serve(tmp_path, redis_url, "dingtalk", "chat")


@pytest.mark.parametrize(
    ("system", "setting", "event"),
    [
        ("chat", "callback_token", EDIT),
        ("chat", "callback_aes_key", EDIT),
        ("ding", "callback_token", {"event": "user_modify_org", "fields": {"UserId": ["lisi"]}}),
        ("ding", "callback_aes_key", {"event": "user_modify_org", "fields": {"UserId": ["lisi"]}}),
    ],
)
def test_a_callback_key_that_does_not_fit_is_seen_by_an_admin_and_goes_when_it_does(
    request: pytest.FixtureRequest, system: str, setting: str, event: dict[str, Any]
) -> None:
    served: Served = request.getfixturevalue(system)

    def events() -> dict[str, Any]:
        with served.runtime.db.read() as tx:
            found: dict[str, Any] = tx.execute(select(connection.c.events)).scalar_one() or {}
        return found

    right = served.sandbox.credentials[setting]
    change_settings(served.runtime, "chat", {setting: "A" * 43}, who="test")
    for _ in range(3):
        served.push(**event)
    assert (events()["how"], events()["state"]) == ("callback", "trouble")
    found = {one.check: one for one in examine(served.runtime.settings)}["connection.chat.events"]
    assert "收不到事件" in found.found.zh
    assert "回调 Token" in found.found.zh, "what to compare"
    assert served.kept() == []
    change_settings(served.runtime, "chat", {setting: right}, who="test")
    time.sleep(SETTINGS_LIFE_S + 0.1)
    served.push(**event)
    assert events()["state"] == "ok"
    assert len(served.kept()) == 1
