"""The admin hears in 企业微信 that 金蝶 refused the credentials, and that it does no more: real connectors, both sandboxes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from connectors.kingdee import CONNECTOR as KINGDEE
from connectors.wecom import CONNECTOR as WECOM
from hub.alerts.deliver import deliver
from hub.alerts.notices import connection_events
from hub.alerts.plan import plan
from hub.setup.accounts import NewUser, add_user
from hub.setup.connections import change_settings
from hub.store.core import flow, record
from sandbox.core.start import Running, start_sandbox
from tests.e2e.small_hub import SmallHub
from tests.e2e.test_alerts_wecom import Chat

WRONG = "0" * 32


@pytest.fixture(scope="module")
def wecom() -> Iterator[Running]:
    with start_sandbox("wecom") as running:
        yield running


@pytest.fixture(scope="module")
def kingdee() -> Iterator[Running]:
    with start_sandbox("kingdee") as running:
        yield running


@pytest.fixture
def chat(wecom: Running) -> Iterator[Chat]:
    chat = Chat(wecom)
    yield chat
    chat.web.close()


@pytest.fixture
def hub(tmp_path: Path, chat: Chat, wecom: Running, kingdee: Running) -> Iterator[SmallHub]:
    """A chat whose members were pulled, one of them the hub's admin, and an ERP whose secret is wrong."""
    chat.make("member", {"userid": "ChenJing", "name": "陈静", "department": [1], "mobile": "13800000001"})
    hub = SmallHub(tmp_path, {"wecom": WECOM, "kingdee": KINGDEE})
    known = {name: value for name, value in wecom.credentials.items() if name in WECOM.config.model_fields}
    hub.pull(hub.connect("chat", "wecom", known), "employee", full=True)
    with hub.db.read() as tx:
        chen = int(tx.scalars(select(record.c.id).where(record.c.title == "陈静")).one())
    add_user(hub, NewUser("chen", "admin", "a long password", chen), who="test")
    known = {name: value for name, value in kingdee.credentials.items() if name in KINGDEE.config.model_fields}
    hub.connect("erp", "kingdee", {**known, "app_secret": WRONG})
    yield hub
    hub.close()


def pull(hub: SmallHub) -> str:
    with hub.db.read() as tx:
        flow_id = tx.scalars(select(flow.c.id).where(flow.c.connection_id == 2, flow.c.entity == "customer")).one()
    return hub.engine.pull(flow_id).state


def tell(hub: SmallHub) -> None:
    connection_events(hub.db, hub.now(), zone="Asia/Shanghai")
    plan(hub.db, hub.now(), connectors=hub.connectors)
    deliver(hub.db, hub.clients, hub.now(), 100)


def test_refused_credentials_are_told_to_the_admin_once_a_pause(hub: SmallHub, chat: Chat, kingdee: Running) -> None:
    for _ in range(3):
        assert pull(hub) in ("failed", "paused")
        tell(hub)
    (text,) = chat.read("ChenJing")
    assert text.startswith("连接 erp 已暂停\n")
    assert "由中枢管理员处理：" in text
    assert "hub connections resume erp" in text
    assert WRONG not in text

    change_settings(hub, "erp", {"app_secret": kingdee.credentials["app_secret"]}, who="test")
    hub.engine.resume(2, who="test")
    assert pull(hub) == "ok"
    tell(hub)
    assert len(chat.read("ChenJing")) == 1

    change_settings(hub, "erp", {"app_secret": WRONG}, who="test")
    hub.advance(120)
    assert pull(hub) == "failed"
    tell(hub)
    assert len(chat.read("ChenJing")) == 2
