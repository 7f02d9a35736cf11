"""Tags and remarks of external contacts, both ways: each follower keeps his own, nobody's edit is lost, nothing echoes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from hub.setup.flows import FlowChange, set_flow
from hub.store.core import flow, inbox_item
from hub.sync.tasks import Task
from sandbox.core.start import Running, start_sandbox
from tests.e2e.test_customers_wecom import Shop


class TagShop(Shop):
    """A second follower with a tag of his own, and a released flow of customers."""

    def __init__(self, folder: Path, running: Running) -> None:
        super().__init__(folder, running)
        self.make("member", {"userid": "LiNa", "name": "李娜"})
        group = self.make("tag_group", {"group_name": "区域"})["group_id"]
        self.east = self.make("tag", {"group_id": group, "name": "华东"})["id"]
        owner = {"userid": "ChenChen", "createtime": 1, "remark": "张敏", "tags": [self.tag]}
        other = {"userid": "LiNa", "createtime": 2, "remark": "老张", "tags": [self.east]}
        self.change({"follow_user": [other, owner]})
        with self.hub.db.read() as tx:
            query = select(flow.c.id).where(flow.c.connection_id == self.at, flow.c.entity == "customer")
            self.flow = int(tx.execute(query).scalar_one())
        set_flow(self.hub, self.flow, FlowChange(push=True), who="test")
        self.hub.pull(self.at, "customer", full=True)
        self.hub.engine.release_flow(self.flow, who="test")

    def change(self, values: dict[str, Any]) -> None:
        assert self.web.put("/_sandbox/records/external_contact/woA", json=values).is_success

    def noted(self, member: str) -> dict[str, Any]:
        """What one follower notes, with his tags by id."""
        row = self.web.get("/_sandbox/records/external_contact").json()["records"][0]
        found: dict[str, Any] = next(one for one in row["follow_user"] if one["userid"] == member)
        return {**found, "tags": sorted(tag["tag_id"] for tag in found["tags"])}

    def writes(self) -> list[dict[str, Any]]:
        entries = self.web.get("/_sandbox/journal", params={"object": "external_contact"}).json()["entries"]
        return [entry["data"] for entry in entries if entry["kind"] == "update" and entry["data"].get("userid")]

    def edit(self, **values: Any) -> None:
        (customer,) = self.records("customer")
        changes = {name.replace("custom_", "custom."): value for name, value in values.items()}
        self.hub.engine.edit(customer.id, changes, who="alice", version=customer.version)

    def push(self) -> None:
        """Until nothing is due; time passes between the tries."""
        for _ in range(4):
            for kind in ("push", "settle", "reread"):
                self.hub.engine.run(Task(kind, self.flow))
            self.hub.advance(61)

    def tags(self) -> str:
        return str(self.records("customer")[0].data.get("custom.owner_tags"))

    def open_items(self) -> list[Any]:
        with self.hub.db.read() as tx:
            return list(tx.execute(select(inbox_item).where(inbox_item.c.state == "open")))


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[TagShop]:
    with start_sandbox("wecom") as running:
        made = TagShop(tmp_path, running)
        yield made
        made.hub.close()
        made.web.close()


@pytest.mark.parametrize("text", ["华东、大客户", "大客户，华东"])
def test_tags_go_to_the_owner_whose_they_are_and_do_not_echo(shop: TagShop, text: str) -> None:
    """Whatever the order and the commas: the base keeps what each side wrote."""
    assert shop.tags() == "大客户"
    shop.edit(custom_owner_tags=text)
    shop.push()
    assert (shop.noted("ChenChen")["tags"], shop.noted("LiNa")["tags"]) == (sorted([shop.tag, shop.east]), [shop.east])
    assert shop.writes() == [{"userid": "ChenChen", "add_tag": [shop.east], "remove_tag": []}]
    version = shop.records("customer")[0].version
    shop.hub.pull(shop.at, "customer", full=True)
    shop.push()
    assert (len(shop.writes()), shop.records("customer")[0].version) == (1, version), "no echo"


def test_tags_are_taken_away_and_remarks_written_with_them(shop: TagShop) -> None:
    shop.edit(custom_owner_tags="", remark="月结 30 天")
    shop.push()
    told = shop.noted("ChenChen")
    assert (told["tags"], told["description"], told["remark"]) == ([], "月结 30 天", "张敏")
    assert shop.noted("LiNa")["tags"] == [shop.east]
    shop.hub.pull(shop.at, "customer", full=True)
    assert (shop.tags(), shop.records("customer")[0].data["remark"]) in (("", "月结 30 天"), ("None", "月结 30 天"))
    assert shop.open_items() == []


def test_a_tag_that_a_salesperson_puts_meanwhile_is_not_taken_away(shop: TagShop) -> None:
    """He tags after our last read: the write that knows nothing of it is not done; both edits of one field are a question."""
    shop.edit(custom_owner_tags="")
    owner = {"userid": "ChenChen", "createtime": 1, "remark": "张敏", "tags": [shop.tag, shop.east]}
    shop.change({"follow_user": [owner]})
    shop.push()
    assert shop.noted("ChenChen")["tags"] == sorted([shop.tag, shop.east])
    assert [row.kind for row in shop.open_items()] == ["conflict"]


def test_edits_of_different_fields_on_both_sides_are_both_kept(shop: TagShop) -> None:
    shop.edit(remark="月结 30 天")
    owner = {"userid": "ChenChen", "createtime": 1, "remark": "张敏", "tags": [shop.tag, shop.east]}
    shop.change({"follow_user": [owner]})
    shop.push()
    told = shop.noted("ChenChen")
    assert (told["tags"], told["description"]) == (sorted([shop.tag, shop.east]), "月结 30 天")
    assert (shop.tags(), shop.open_items()) == ("华东、大客户", [])


def test_a_tag_that_is_not_there_waits_with_its_name_until_it_is_made(shop: TagShop) -> None:
    shop.edit(custom_owner_tags="大客户、战略")
    shop.push()
    (item,) = shop.open_items()
    assert "战略" in str(item.data)
    assert "客户标签" in str(item.data), "where to make it"
    assert shop.writes() == []
    (known, *_) = shop.web.get("/_sandbox/records/tag").json()["records"]
    made = shop.make("tag", {"group_id": known["group_id"], "name": "战略"})["id"]
    shop.hub.engine.replay(item.id, who="alice")
    shop.push()
    assert shop.noted("ChenChen")["tags"] == sorted([shop.tag, made])
    assert shop.open_items() == []


@pytest.mark.parametrize(
    ("fault", "text"), [("commit_then_drop", "华东、大客户"), ("drop_before_commit", "大客户、华东")]
)
def test_a_lost_reply_marks_once(shop: TagShop, fault: str, text: str) -> None:
    """Where nothing was written the old value stands there, which is also the beginning of the new one: that is no proof."""
    shop.edit(custom_owner_tags=text)
    assert shop.web.post("/_sandbox/faults", json={"kind": fault, "match": {"path": "mark_tag"}}).is_success
    shop.push()
    assert shop.noted("ChenChen")["tags"] == sorted([shop.tag, shop.east])
    assert len(shop.writes()) == 1
    assert shop.open_items() == []
