"""External contacts of 企业微信 as the hub's customers: owner, tags, callbacks, and a setting that is changed later."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from connectors.wecom import CONNECTOR
from hub.api.inbound import inbound_row
from hub.connector.testing import Receiver
from hub.setup.connections import change_settings
from hub.store.core import binding, flow, inbox_item, record
from hub.store.inbound import keep
from hub.sync.tasks import Task
from sandbox.core.start import Running, start_sandbox
from tests.e2e.small_hub import SmallHub


class Shop:
    """A hub whose only system is the chat: one salesperson, one customer with a tag."""

    def __init__(self, folder: Path, running: Running) -> None:
        self.web = httpx.Client(base_url=running.url, timeout=20, trust_env=False)
        self.make("member", {"userid": "ChenChen", "name": "陈晨"})
        group = self.make("tag_group", {"group_name": "级别"})["group_id"]
        self.tag = self.make("tag", {"group_id": group, "name": "大客户"})["id"]
        follow = {
            "userid": "ChenChen",
            "remark": "张敏",
            "remark_mobiles": ["13700137000"],
            "tags": [self.tag],
            "add_way": 16,
        }
        given = {"external_userid": "woA", "name": "张敏", "type": 2, "corp_full_name": "杭州华星贸易有限公司"}
        self.make("external_contact", {**given, "follow_user": [follow]})
        self.hub = SmallHub(folder, {"wecom": CONNECTOR})
        known = {name: value for name, value in running.credentials.items() if name in CONNECTOR.config.model_fields}
        self.settings = {**known, "external_contacts_as": "customer"}
        self.at = self.hub.connect("chat", "wecom", self.settings)
        for entity in ("employee", "contact", "customer"):
            self.hub.pull(self.at, entity, full=True)

    def make(self, name: str, row: dict[str, Any]) -> dict[str, Any]:
        answer = self.web.post(f"/_sandbox/records/{name}", json=row)
        assert answer.status_code == 200, answer.text
        made: dict[str, Any] = answer.json()["records"][0]
        return made

    def told(self, event: str, change: str, **fields: str) -> None:
        with Receiver() as receiver:
            asked = {"url": receiver.url, "event": event, "change_type": change, "fields": fields}
            assert self.web.post("/_sandbox/push", json=asked).status_code == 200
        assert CONNECTOR.callback is not None
        config = CONNECTOR.config.model_validate(self.settings)
        reply = CONNECTOR.callback(config, receiver.requests[0], self.hub.now())
        with self.hub.db.write() as tx:
            keep(tx, [inbound_row(self.at, reply.hints, self.hub.now())])
        self.hub.engine.intake()
        for task in self.hub.engine.due():
            self.hub.engine.run(task)

    def records(self, entity: str) -> list[Any]:
        with self.hub.db.read() as tx:
            return list(tx.execute(select(record).where(record.c.entity == entity, record.c.state == "live")))

    def sweep(self, entity: str) -> str:
        with self.hub.db.read() as tx:
            key = tx.execute(
                select(flow.c.id).where(flow.c.connection_id == self.at, flow.c.entity == entity)
            ).scalar_one()
        return str(self.hub.engine.run(Task("sweep", int(key))).state)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with start_sandbox("wecom") as running:
        made = Shop(tmp_path, running)
        yield made
        made.hub.close()
        made.web.close()


def test_a_customer_has_its_owner_its_tags_and_its_mobile(shop: Shop) -> None:
    (customer,) = shop.records("customer")
    (seller,) = shop.records("employee")
    assert (customer.data["name"], customer.data["owner"]) == ("杭州华星贸易有限公司", seller.id)
    assert (customer.data["mobile"], customer.data["custom.tags"], customer.data["source"]) == (
        "+8613700137000",
        "大客户",
        "获客链接",
    )
    assert shop.records("contact") == []


def test_an_edit_and_a_renamed_tag_arrive_by_callback(shop: Shop) -> None:
    assert shop.web.put(
        "/_sandbox/records/external_contact/woA", json={"corp_full_name": "杭州新星贸易有限公司"}
    ).is_success
    shop.told("change_external_contact", "edit_external_contact", UserID="ChenChen", ExternalUserID="woA")
    assert [row.data["name"] for row in shop.records("customer")] == ["杭州新星贸易有限公司"]
    shop.hub.advance(700)
    assert shop.web.put(f"/_sandbox/records/tag/{shop.tag}", json={"name": "战略客户"}).is_success
    shop.told("change_external_tag", "update", Id=shop.tag, TagType="tag")
    assert [row.data["custom.tags"] for row in shop.records("customer")] == ["战略客户"]


def test_back_to_contacts_takes_no_customer_for_deleted(shop: Shop) -> None:
    change_settings(shop.hub, "chat", {"external_contacts_as": "contact"}, who="admin")
    shop.hub.clients.close()
    for _ in range(4):
        assert shop.sweep("customer") == "ok"
        shop.hub.advance(86_400)
    with shop.hub.db.read() as tx:
        assert [row.state for row in tx.execute(select(binding).where(binding.c.entity == "customer"))] == ["linked"]
        assert tx.execute(select(inbox_item)).all() == []
    assert len(shop.records("customer")) == 1
