"""The contract kit against the 企业微信 sandbox, and what only this vendor has: per-member limits, the robot, URL checks."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import pytest

from connectors.wecom import CONNECTOR
from hub.connector.contract import Message, Native, Write
from hub.connector.testing import ConnectorContract, Kit, Receiver, Sample, SandboxControl
from hub.errors import BadInput, ConfigInvalid, PermissionMissing, RateLimited, ValidationFailed
from sandbox.core.start import start_sandbox


def remarked(n: int) -> Native:
    return {"follow_user": [{"userid": "zhangsan", "remark": f"备注 {n}"}]}


def says_remark(data: Native, n: int) -> bool:
    return bool(data["follow_user"][0]["remark"] == f"备注 {n}")


def follows(n: int) -> list[Mapping[str, Any]]:
    mine = {
        "userid": "zhangsan",
        "remark": f"客户 {n}",
        "remark_mobiles": [f"139{n:08d}"],
        "createtime": 1_700_000_000 + n,
    }
    other = {
        "userid": "lisi",
        "remark": "",
        "createtime": 1_700_000_100 + n,
        "tags": [{"tag_name": "大客户", "group_name": "x"}],
    }
    return [other, mine] if n % 3 == 0 else [mine]


def clicked(message: str, member: str) -> Mapping[str, Any]:
    """A member presses 我知道了."""
    fields = {"FromUserName": member, "EventKey": "confirm", "TaskId": message, "CardType": "button_interaction"}
    return {"event": "template_card_event", "fields": fields}


CONTACT = Sample(
    object="external_contact",
    seed=lambda n: {"name": f"李伟{n}", "follow_user": follows(n)},
    edit=remarked,
    has=says_remark,
    change=remarked,
    changed=says_remark,
    seed_text=lambda text: {"name": text, "follow_user": follows(1)},
    text_of=lambda data: data["external_contact"]["name"],
)
EMPLOYEE = Sample(
    object="member",
    seed=lambda n: {"userid": f"User{n}", "name": f"员工{n}", "department": [1, 2] if n % 2 else [2]},
    edit=lambda n: {"position": f"经理 {n}"},
    has=lambda data, n: data["position"] == f"经理 {n}",
    seed_text=lambda text: {"userid": "Awkward", "name": text},
    text_of=lambda data: data["name"],
    pages=1.1,
)


@pytest.fixture(scope="module")
def sandbox_url() -> Iterator[str]:
    with start_sandbox("wecom") as running:
        yield running.url


class TestWecom(ConnectorContract):
    connector = CONNECTOR
    samples: ClassVar[Mapping[str, Sample]] = {"contact": CONTACT, "employee": EMPLOYEE}
    faults = frozenset({"token_expired", "rate_limited", "repeat_page", "locked"})
    credential = "secret"
    unknown_code = (
        b'{"errcode":9999999,"errmsg":"something new","msgid":"m","department_id":[],"ip_list":[],"follow_user":[]}'
    )
    push_events = (
        {
            "event": "change_external_contact",
            "change_type": "edit_external_contact",
            "fields": {"UserID": "zhangsan", "ExternalUserID": "wmA"},
        },
        {"event": "change_contact", "change_type": "update_user", "fields": {"UserID": "lisi"}},
    )
    signed = ("msg_signature", "timestamp", "nonce")

    def prepare(self, control: SandboxControl) -> None:
        control.seed("department", [{"id": 2, "name": "销售部", "parentid": 1}])
        members = [{"userid": "zhangsan", "name": "张三", "mobile": "13800000001"}, {"userid": "LiSi", "name": "李四"}]
        control.seed("member", members)

    def answer_event(self, message: str, member: str) -> Mapping[str, Any]:
        return clicked(message, member)

    def test_who_follows_first_comes_first_and_gets_the_remark(self, kit: Kit) -> None:
        one = kit.seed_rows("contact", [{"name": "王芳", "follow_user": follows(3)}])[0]
        client = kit.client()
        assert [follow["userid"] for follow in client.read("contact", [one])[one].data["follow_user"]] == [
            "zhangsan",
            "lisi",
        ]
        client.update("contact", [Write("K", {"follow_user": [{"remark": "新", "remark_mobiles": None}]}, id=one)])
        first, second = client.read("contact", [one])[one].data["follow_user"]
        assert (first["remark"], first["remark_mobiles"], second["remark"]) == ("新", [], "")

    def test_a_contact_field_that_cannot_be_written_is_named(self, kit: Kit) -> None:
        client = kit.client()
        one = kit.seed("contact", 1)[0]
        for data in ({"external_contact": {"name": "x"}}, {"follow_user": [{"remark": "长" * 21}]}, {}):
            assert isinstance(client.update("contact", [Write("K", data, id=one)])[0], ValidationFailed)
        assert kit.control.journal(object="external_contact") == []

    def test_members_are_found_by_mobile_and_a_miss_is_not_asked_again(self, kit: Kit) -> None:
        client = kit.client()
        assert client.lookup_member("mobile", "13800000001") == "zhangsan"
        for _ in range(3):
            assert client.lookup_member("mobile", "13899999999") == ""
        asked = [call for call in kit.calls if call.operation == "user/getuserid"]
        assert len(asked) == 2
        with kit.failing(BadInput):
            client.lookup_member("fax", "1")

    def test_two_apps_of_one_corp_do_not_share_a_token(self, kit: Kit) -> None:
        kit.client().check()
        other = kit.config(secret="sandbox-other-secret-00000000000000000000000")
        with kit.failing(ConfigInvalid):
            kit.client(other).send(Message(("zhangsan",), "x"))
        assert len(kit.tokens.seen) == 2

    def test_one_token_serves_all_clients(self, kit: Kit) -> None:
        for _ in range(3):
            kit.client().check()
        assert [call.operation for call in kit.calls].count("gettoken") == 1

    def test_over_the_members_limit_nothing_is_dropped_silently(self, kit: Kit) -> None:
        client = kit.client()
        for n in range(30):
            assert client.send(Message(("zhangsan",), "提醒", key=f"m{n}")).uncertain == ()
        with kit.failing(RateLimited):
            kit.client().send(Message(("zhangsan",), "提醒", key="m31"))
        both = client.send(Message(("zhangsan", "lisi"), "提醒", key="m32"))
        assert both.uncertain == ("zhangsan",)
        kit.control.advance(61)
        assert client.send(Message(("zhangsan",), "提醒", key="m33")).uncertain == ()
        delivered = [name for entry in self._sent(kit) for name in entry["data"]["delivered"]]  # type: ignore[index]
        assert delivered.count("zhangsan") == 31

    def test_a_repeat_is_dropped_by_the_vendor_but_the_same_words_with_another_key_are_not(self, kit: Kit) -> None:
        client = kit.client()
        for key in ("a", "a", "b"):
            client.send(Message(("zhangsan",), "同样的话", key=key))
        assert len(self._sent(kit)) == 2

    def test_the_robot_keeps_to_twenty_a_minute(self, kit: Kit) -> None:
        client = kit.client()
        for n in range(20):
            client.send(Message((), f"第 {n} 条", kind="markdown", channel="robot"))
        with kit.failing(RateLimited) as caught:
            client.send(Message((), "第 21 条", channel="robot"))
        assert caught[0].after == 60  # type: ignore[attr-defined]

    def test_long_markdown_for_the_robot_is_split(self, kit: Kit) -> None:
        kit.client().send(Message((), "一二三四五。\n" * 400, kind="markdown", channel="robot"))
        sent = [entry["data"]["content"]["content"] for entry in self._sent(kit)]  # type: ignore[index]
        assert len(sent) == 2
        assert all(len(text.encode()) <= 4096 for text in sent)

    def test_a_robot_without_key_and_a_robot_switched_off(self, kit: Kit) -> None:
        with kit.failing(ConfigInvalid):
            kit.client(kit.config(robot_key="")).send(Message((), "x", channel="robot"))
        with kit.failing(ConfigInvalid):
            kit.client(kit.config(robot_key="00000000-dead")).send(Message((), "x", channel="robot"))
        key = kit.control.credentials()["robot_key"]
        kit.control.edit("robot", key, {"enabled": False})
        with kit.failing(PermissionMissing):
            kit.client().send(Message((), "x", channel="robot"))

    def test_an_address_that_is_not_trusted_is_explained(self, kit: Kit) -> None:
        kit.control.edit("setting", "trusted_ips", {"value": "203.0.113.9"})
        with kit.failing(PermissionMissing) as caught:
            kit.client().check()
        assert "IP" in caught[0].text.zh
        assert "60020" in str(caught[0])

    def test_a_corp_without_customer_contact_can_still_send(self, kit: Kit) -> None:
        kit.control.edit("setting", "customer_contact_allowed", {"value": False})
        with kit.failing(PermissionMissing):
            kit.client().check()
        assert kit.client(kit.config(external_contacts=False)).check()["departments"] == "2"

    def test_the_url_check_answers_the_plain_text(self, kit: Kit) -> None:
        with Receiver() as receiver:
            kit.control.push(receiver.url, {"verify": True, "echo": "5927782489442352469"})
        request = receiver.requests[0]
        assert request.method == "GET"
        assert self._parse(kit, request).body == "5927782489442352469"

    def test_a_repeated_delivery_has_one_key(self, kit: Kit) -> None:
        with Receiver() as receiver:
            kit.control.push(receiver.url, {**self.push_events[0], "times": 3})
        keys = {hint.key for request in receiver.requests for hint in self._parse(kit, request).hints}
        assert (len(receiver.requests), len(keys)) == (3, 1)

    def test_events_of_one_second_have_different_keys(self, kit: Kit) -> None:
        with Receiver() as receiver:
            for contact in ("wmA", "wmB"):
                fields = {"UserID": "zhangsan", "ExternalUserID": contact, "CreateTime": 1_700_000_000}
                kit.control.push(receiver.url, {**self.push_events[0], "fields": fields})
        hints = [hint for request in receiver.requests for hint in self._parse(kit, request).hints]
        assert [hint.id for hint in hints] == ["wmA", "wmB"]
        assert hints[0].key != hints[1].key

    def test_other_events_are_acknowledged_without_a_hint(self, kit: Kit) -> None:
        with Receiver() as receiver:
            kit.control.push(receiver.url, {"event": "enter_agent", "fields": {"FromUserName": "zhangsan"}})
        assert self._parse(kit, receiver.requests[0]).hints == []
