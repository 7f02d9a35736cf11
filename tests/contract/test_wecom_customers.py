"""External contacts of 企业微信 as customers: the contract kit under that setting, and what an upgrade keeps."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from pydantic import SecretStr

from connectors.wecom import CONNECTOR
from connectors.wecom.config import WecomConfig
from connectors.wecom.reading import WecomReader
from connectors.wecom.tags import TagNames
from hub.connector.contract import Native, Write, Written
from hub.connector.testing import ConnectorContract, Kit, Sample, SandboxControl
from hub.connector.testing.kit import rows_of
from hub.errors import RecordLocked, ValidationFailed
from hub.mapping.compile import compile_mapping
from hub.mapping.load import load_shipped
from sandbox.core.start import start_sandbox
from tests.contract.test_wecom import clicked, follows, remarked, says_remark

CUSTOMER = Sample(
    object="external_contact",
    seed=lambda n: {"name": f"李伟{n}", "follow_user": follows(n)},
    edit=remarked,
    has=says_remark,
    change=remarked,
    changed=says_remark,
    seed_text=lambda text: {"name": text, "follow_user": follows(1)},
    text_of=lambda data: data["external_contact"]["name"],
    pages=1.1,
)


@pytest.fixture(scope="module")
def sandbox_url() -> Iterator[str]:
    with start_sandbox("wecom") as running:
        yield running.url


def tagged(kit: Kit) -> tuple[str, Native]:
    """One customer of two followers with tags and mobiles, as the connector reads it."""
    (group,) = kit.control.seed("tag_group", [{"group_name": "级别"}])
    tags = kit.control.seed("tag", [{"group_id": group, "name": name} for name in ("大客户", "华东")])
    mine = {
        "userid": "zhangsan",
        "remark": "张敏",
        "remark_mobiles": ["13700000001"],
        "createtime": 5,
        "tags": tags[:1],
    }
    other = {
        "userid": "lisi",
        "remark_mobiles": ["13700000002", "13700000001"],
        "createtime": 9,
        "tags": tags,
        "add_way": 16,
    }
    made = {"name": "敏敏", "type": 2, "corp_full_name": "杭州华星贸易有限公司", "follow_user": [other, mine]}
    (one,) = kit.seed_rows("customer", [made])
    return one, kit.client().read("customer", [one])[one].data


class TestWecomCustomers(ConnectorContract):
    connector = CONNECTOR
    samples: ClassVar[Mapping[str, Sample]] = {"customer": CUSTOMER}
    settings: ClassVar[Mapping[str, Any]] = {"external_contacts_as": "customer"}
    faults = frozenset({"token_expired", "rate_limited", "repeat_page", "locked"})
    credential = "secret"
    unknown_code = b'{"errcode":9999999,"errmsg":"something new","department_id":[],"ip_list":[],"follow_user":[]}'
    push_events = tuple(
        {
            "event": "change_external_contact",
            "change_type": "edit_external_contact",
            "fields": {"UserID": "zhangsan", "ExternalUserID": name},
        }
        for name in ("wmA", "wmB")
    )
    signed = ("msg_signature", "timestamp", "nonce")

    def prepare(self, control: SandboxControl) -> None:
        control.seed("member", [{"userid": "zhangsan", "name": "张三"}, {"userid": "lisi", "name": "李四"}])

    def answer_event(self, message: str, member: str) -> Mapping[str, Any]:
        return clicked(message, member)

    def test_tags_mobiles_and_owner_of_all_followers(self, kit: Kit) -> None:
        one, data = tagged(kit)
        assert (data["tag_names"], data["mobiles"]) == ("华东、大客户", ["13700000001", "13700000002"])
        (pulled,) = rows_of(kit.client().pull("customer", None))
        assert (pulled.id, pulled.data) == (one, data)
        golden = compile_mapping(load_shipped("wecom", "customer")).pull(data).values
        assert golden["name"] == "杭州华星贸易有限公司"
        assert (golden["mobile"], golden["custom.tags"]) == ("+8613700000001", "华东、大客户")
        assert golden["owner"]["$ref"] == {"entity": "employee", "by": "id", "value": "zhangsan"}

    def test_a_tag_that_is_new_is_named_at_once(self, kit: Kit) -> None:
        one, _ = tagged(kit)
        client = kit.client()
        client.read("customer", [one])
        (group,) = kit.control.seed("tag_group", [{"group_name": "区域"}])
        (tag,) = kit.control.seed("tag", [{"group_id": group, "name": "新签"}])
        kit.control.edit("external_contact", one, {"follow_user": [{"userid": "lisi", "tags": [tag]}]})
        assert client.read("customer", [one])[one].data["tag_names"] == "新签"

    def test_they_are_contacts_unless_the_settings_say_otherwise(self, kit: Kit) -> None:
        one, _ = tagged(kit)
        as_contacts, as_customers = kit.client(kit.config(external_contacts_as="contact")), kit.client()
        assert rows_of(as_contacts.pull("customer", None)) == []
        assert rows_of(as_customers.pull("contact", None)) == []
        (contact,) = rows_of(as_contacts.pull("contact", None))
        assert set(contact.data) == {"external_contact", "follow_user"}, (
            "or every contact would look changed after the upgrade"
        )
        assert "external_contacts_as" not in kit.control.credentials(), "an older connection has no such setting"
        assert WecomConfig(corp_id="c", agent_id=1, secret=SecretStr("s")).external_contacts_as == "contact"
        assert set(as_customers.read("contact", [one])) == {one}, (
            "what was linked as a contact is not taken for deleted"
        )

    # --- what is written back

    def test_tags_are_written_for_the_follower_whose_they_are(self, kit: Kit) -> None:
        one, data = tagged(kit)
        assert [row["tag_names"] for row in data["follow_user"]] == ["大客户", "华东、大客户"]
        client = kit.client()
        for noted, whose in (
            ({"tag_names": "华东"}, ["华东", "华东、大客户"]),
            ({"userid": "LISI", "tag_names": None}, ["华东", ""]),
            ({"tag_names": "级别/大客户，华东"}, ["华东、大客户", ""]),
        ):
            (outcome,) = client.update("customer", [Write("K", {"follow_user": [noted]}, id=one)])
            assert isinstance(outcome, Written)
            after = client.read("customer", [one])[one].data["follow_user"]
            assert [row["tag_names"] for row in after] == whose
        second = {"follow_user": [None, {"tag_names": "大客户"}]}
        assert isinstance(client.update("customer", [Write("K", second, id=one)])[0], Written)
        assert client.read("customer", [one])[one].data["follow_user"][1]["tag_names"] == "大客户"

    def test_tags_that_are_there_already_cost_no_write(self, kit: Kit) -> None:
        one, _ = tagged(kit)
        kit.client().update("customer", [Write("K", {"follow_user": [{"tag_names": "大客户"}]}, id=one)])
        assert kit.control.journal(object="external_contact") == []

    @pytest.mark.parametrize(
        ("noted", "said"),
        [
            ({"tag_names": "大客户、没有的"}, "没有的"),
            ({"userid": "wangwu", "tag_names": "大客户"}, "wangwu"),
            ({"tag_names": "大客户", "add_way": 1}, "add_way"),
        ],
    )
    def test_what_cannot_be_written_is_named_and_nothing_is_written(
        self, kit: Kit, noted: Mapping[str, Any], said: str
    ) -> None:
        one, _ = tagged(kit)
        noted = {"description": "不该写入", **noted}
        (outcome,) = kit.client().update("customer", [Write("K", {"follow_user": [noted]}, id=one)])
        assert isinstance(outcome, ValidationFailed)
        assert said in outcome.text.zh
        assert kit.control.journal(object="external_contact") == []

    def test_a_write_that_was_decided_on_older_notes_is_not_done(self, kit: Kit) -> None:
        one, _ = tagged(kit)
        client = kit.client()
        seen = client.read("customer", [one])[one].version
        (pulled,) = rows_of(client.pull("customer", None))
        assert seen == pulled.version != ""
        kit.control.edit("external_contact", one, {"follow_user": [{"userid": "lisi", "remark": "改了"}]})
        (outcome,) = client.update("customer", [Write("K", {"follow_user": [{"remark": "新"}]}, id=one, version=seen)])
        assert isinstance(outcome, RecordLocked)
        kit.errors.append(outcome)
        fresh = client.read("customer", [one])[one].version
        done = client.update("customer", [Write("K", {"follow_user": [{"remark": "新"}]}, id=one, version=fresh)])
        assert isinstance(done[0], Written)


def test_names_that_two_groups_have_or_that_hold_a_separator_can_be_told_apart() -> None:
    names = TagNames([("级别", {"a": "A", "b": "B、C"}), ("区域", {"c": "A", "d": " 华东 "})])
    shown = names.shown(["a", "b", "c", "d"])
    assert shown == "b、区域/A、华东、级别/A"
    assert names.read(shown, set()) == {"a", "b", "c", "d"}
    with pytest.raises(ValidationFailed, match="A"):
        names.read("A", set())


def test_tags_that_the_list_does_not_show_are_kept_and_asked_for_once() -> None:
    """A tag of a rule group stands at the customer but in no list; a list for each contact would eat the quota."""
    asked: list[int] = []
    clock = [datetime(2026, 11, 22, tzinfo=UTC)]

    def contact(_one: str, _cursor: str) -> Native:
        tags = [{"tag_id": "et1", "type": 1}, {"tag_id": "st9", "type": 3}]
        return {"external_contact": {"external_userid": "wmA"}, "follow_user": [{"userid": "a", "tags": tags}]}

    def tag_groups() -> list[tuple[str, dict[str, str]]]:
        asked.append(1)
        return [("级别", {"et1": "大客户"})]

    link = SimpleNamespace(now=lambda: clock[0])
    reader = WecomReader(SimpleNamespace(link=link, contact=contact, tag_groups=tag_groups))  # type: ignore[arg-type]
    for _ in range(5):
        assert reader.contact("wmA").data["follow_user"][0]["tag_names"] == "st9、大客户"
    assert len(asked) == 1
    assert reader.tags_of("st9、大客户", {"et1", "st9"}) == {"et1", "st9"}
    clock[0] += timedelta(seconds=601)
    reader.contact("wmA")
    assert len(asked) == 2
