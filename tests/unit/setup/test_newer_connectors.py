"""A connector that learned more entities since the connection was made, and which systems lead at first contact."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from hub.connector.discovery import connectors
from hub.setup.connections import change_settings
from hub.store.core import flow
from tests.e2e.small_hub import SmallHub

CHAT = {"corp_id": "ww1", "agent_id": 1, "secret": "s"}


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[SmallHub]:
    made = SmallHub(tmp_path, connectors())
    yield made
    made.close()


def flows(hub: SmallHub, at: int) -> dict[str, Any]:
    with hub.db.read() as tx:
        return {row.entity: row for row in tx.execute(select(flow).where(flow.c.connection_id == at))}


def test_settings_bring_the_flows_of_new_entities_and_leave_the_others(hub: SmallHub) -> None:
    at = hub.connect("chat", "wecom", CHAT)
    before = flows(hub, at)
    assert set(before) == {"employee", "contact", "customer", "approval"}
    with hub.db.write() as tx:
        tx.execute(delete(flow).where(flow.c.entity.in_(("customer", "approval"))))
        tx.execute(update(flow).where(flow.c.entity == "contact").values(every_s=999, pull=False))
    change_settings(hub, "chat", {"approval_template": "Tpl"}, who="admin")
    after = flows(hub, at)
    assert set(after) == set(before)
    assert (after["contact"].id, after["contact"].every_s, after["contact"].pull) == (before["contact"].id, 999, False)
    assert (after["approval"].pull, after["approval"].released_at) == (True, None), (
        "nothing is written until it is released"
    )
    change_settings(hub, "chat", {"approval_days": 30}, who="admin")
    assert {row.id for row in flows(hub, at).values()} == {row.id for row in after.values()}


def test_a_chat_leads_its_members_only_whoever_came_first(hub: SmallHub) -> None:
    chat = flows(hub, hub.connect("chat", "wecom", CHAT))
    assert {entity for entity, row in chat.items() if row.master} == {"employee", "approval"}
    settings = {name: "1" for name, info in connectors()["ec"].config.model_fields.items() if info.is_required()}
    crm = flows(hub, hub.connect("crm", "ec", settings))
    assert crm["customer"].master
    assert crm["contact"].master
