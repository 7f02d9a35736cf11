"""The contract kit against the 钉钉 sandbox, and what only this vendor has: silent drops, four channels, approvals."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from connectors.dingtalk import CONNECTOR
from hub.connector.contract import Message, Native, Write
from hub.connector.testing import ConnectorContract, Kit, Receiver, Sample, SandboxControl
from hub.connector.testing.kit import rows_of, written
from hub.connector.testing.servers import StubVendor
from hub.errors import (
    BadInput,
    ConfigInvalid,
    HubError,
    PermissionMissing,
    RateLimited,
    RecordRejected,
    ValidationFailed,
)
from sandbox.core.start import start_sandbox

CODE = "PROC-SANDBOX-ORDER-0001"
LINK = "https://hub.example/x"


def form(n: int, **more: str) -> Native:
    return {"订单编号": f"SO{n}", "客户": f"华星 {n}", "金额": f"{n}.50", "币种": "CNY", **more}


def shown(**fields: str) -> list[Mapping[str, str]]:
    return [{"name": name, "value": value} for name, value in fields.items()]


def asked(n: int, **more: str) -> Native:
    return {"originatorUserId": "zhangsan", "form": form(n, **more)}


EMPLOYEE = Sample(
    object="member",
    seed=lambda n: {"userid": f"User{n}", "name": f"员工{n}", "dept_id_list": [2, 1] if n % 2 else [2]},
    edit=lambda n: {"title": f"经理 {n}"},
    has=lambda data, n: data["title"] == f"经理 {n}",
    seed_text=lambda text: {"userid": "Awkward", "name": text},
    text_of=lambda data: data["name"],
    pages=1.1,
)
APPROVAL = Sample(
    object="approval",
    seed=lambda n: {"processCode": CODE, "originatorUserId": "lisi", "formComponentValues": shown(**form(n))},
    edit=lambda n: {"result": "agree", "by": "lisi", "remark": f"同意 {n}"},
    has=lambda data, n: data["decided"].get("remark") == f"同意 {n}" and data["result"] == "agree",
    write=asked,
    bad=lambda n: {"originatorUserId": "zhangsan", "form": {**form(n), "没有的控件": "x"}},
    seed_text=lambda text: {"processCode": CODE, "originatorUserId": "lisi", "formComponentValues": shown(备注=text)},
    write_text=lambda text: asked(1, 备注=text),
    text_of=lambda data: data["form"]["备注"],
    seed_money=lambda money: {
        "processCode": CODE, "originatorUserId": "lisi", "formComponentValues": shown(金额=str(money)),
    },
    money_of=lambda data: data["form"]["金额"],
)  # fmt: skip


@pytest.fixture(scope="module")
def sandbox_url() -> Iterator[str]:
    with start_sandbox("dingtalk", {"qps": 0}) as running:
        yield running.url


class TestDingtalk(ConnectorContract):
    connector = CONNECTOR
    samples: ClassVar[Mapping[str, Sample]] = {"employee": EMPLOYEE, "approval": APPROVAL}
    settings: ClassVar[Mapping[str, Any]] = {"process_code": CODE}
    faults = frozenset({"token_expired", "rate_limited", "repeat_page"})
    url_field = "base_url_api"
    credential = "app_secret"
    unknown_code = (
        b'{"code":"something.new","message":"new","accessToken":"t","expireIn":7200,"instanceId":"i","result":{}}',
        b'{"errcode":9999999,"errmsg":"something new","accessToken":"t","expireIn":7200,"instanceId":"i"}',
    )
    push_events = (
        {"event": "user_modify_org", "fields": {"UserId": ["zhangsan"]}},
        {"event": "bpms_instance_change", "fields": {"processInstanceId": "p1", "processCode": CODE, "type": "finish"}},
    )
    signed = ("timestamp", "nonce")

    def prepare(self, control: SandboxControl) -> None:
        control.seed("department", [{"dept_id": 2, "name": "销售部", "parent_id": 1}])
        members = [
            {"userid": "zhangsan", "name": "张三", "mobile": "13800000001", "dept_id_list": [1]},
            {"userid": "lisi", "name": "李四", "dept_id_list": [2]},
        ]
        control.seed("member", members)

    # --- messages

    def landed(self, entry: Any) -> bool:
        return bool(entry["data"]["delivered"])

    @pytest.mark.parametrize("code", ["143106", "143105"])
    def test_a_silent_drop_is_found_and_said(self, kit: Kit, code: str) -> None:
        client = kit.client()
        if code == "143105":
            kit.control.edit("setting", "notices_per_day", {"value": 1})
        client.send(Message(("zhangsan",), "同样的话"))
        with kit.failing(RecordRejected) as caught:
            client.send(Message(("zhangsan",), "同样的话" if code == "143106" else "别的话"))
        assert code in caught[0].text.zh

    def test_who_was_dropped_is_refused_and_the_others_get_it(self, kit: Kit) -> None:
        client = kit.client()
        client.send(Message(("zhangsan",), "同样的话"))
        delivery = client.send(Message(("zhangsan", "lisi", "nobody"), "同样的话"))
        assert set(delivery.refused) == {"zhangsan", "nobody"}
        assert delivery.uncertain == ()

    def test_equal_words_of_two_alerts_both_arrive_and_a_repeat_of_one_does_not(self, kit: Kit) -> None:
        client = kit.client()
        for key in ("a", "a", "b"):
            assert client.send(Message(("zhangsan",), "同样的话", key=key)).refused == {}
        assert len(kit.control.records("messages")) == 2

    def test_a_result_that_does_not_come_is_uncertain(self, kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("connectors.dingtalk.messages.WAITS_S", (0.0, 0.0))
        kit.control.edit("setting", "notice_takes_s", {"value": Decimal("3600.5")})
        assert kit.client().send(Message(("zhangsan",), "你好", key="k")).uncertain == ("zhangsan",)

    def test_a_member_of_whom_nothing_is_said_is_uncertain(self, kit: Kit) -> None:
        kit.control.edit("setting", "inactive_members", {"value": "silent"})
        kit.control.edit("member", "lisi", {"disabled": True})
        assert kit.client().send(Message(("zhangsan", "lisi"), "你好", key="k")).uncertain == ("lisi",)

    def test_the_group_robot_signs_and_mentions(self, kit: Kit) -> None:
        kit.client().send(Message(("zhangsan",), "注意", kind="markdown", title="提醒", channel="robot"))
        sent = kit.control.journal(object="robot")[0]["data"]
        assert sent["at"] == {"atUserIds": ["zhangsan"]}
        assert "@zhangsan" in sent["content"]["text"]

    def test_the_robots_penalty_says_when_to_come_back_and_nothing_is_lost(self, kit: Kit) -> None:
        client = kit.client()
        for n in range(20):
            client.send(Message((), f"第 {n} 条", channel="robot"))
        with kit.failing(RateLimited) as caught:
            client.send(Message((), "第 21 条", channel="robot"))
        assert caught[0].after == 600  # type: ignore[attr-defined]
        kit.control.advance(601)
        client.send(Message((), "第 21 条", channel="robot"))
        assert len(kit.control.journal(object="robot")) == 21

    def test_a_robot_with_wrong_settings_names_them(self, kit: Kit) -> None:
        for changes in ({"robot_token": ""}, {"robot_token": "0" * 64}, {"robot_secret": "SECwrong"}):
            with kit.failing(ConfigInvalid):
                kit.client(kit.config(**changes)).send(Message((), "x", channel="robot"))
        with kit.failing(PermissionMissing):
            kit.control.edit("robot", str(kit.control.credentials()["robot_token"]), {"in_group": False})
            kit.client().send(Message((), "x", channel="robot"))

    @pytest.mark.parametrize("kind", ["text", "markdown", "card"])
    def test_one_to_one_messages_name_who_did_not_get_them(self, kit: Kit, kind: str) -> None:
        kit.control.edit("member", "lisi", {"flow_controlled": True})
        members = ("zhangsan", "lisi", "nobody")
        message = Message(members, "你好", kind=kind, title="提醒", url=LINK, channel="person", key="p")
        assert set(kit.client().send(message).refused) == {"lisi", "nobody"}
        with kit.failing(RateLimited):
            kit.client().send(Message(("lisi",), "你好", channel="person"))
        with kit.failing(RecordRejected):
            kit.client().send(Message(("nobody",), "你好", channel="person"))

    def test_a_to_do_is_made_once_for_each_member(self, kit: Kit) -> None:
        client, message = kit.client(), Message(("zhangsan", "nobody"), "跟进", url=LINK, channel="todo", key="t")
        for _ in range(2):
            assert set(client.send(message).refused) == {"nobody"}
        assert len(kit.control.records("todo")) == 1
        with kit.failing(BadInput):
            client.send(replace(message, url=""))

    # --- setup

    def test_a_missing_permission_is_named(self, kit: Kit) -> None:
        for scope in ("qyapi_get_member", "Workflow.Form.Read"):
            kit.control.edit("setting", "missing_scopes", {"value": scope})
            with kit.failing(PermissionMissing) as caught:
                kit.client().check()
            assert scope in caught[0].text.zh

    def test_an_address_that_is_not_allowed_is_named(self, kit: Kit) -> None:
        kit.control.edit("setting", "trusted_ips", {"value": "203.0.113.9"})
        with kit.failing(PermissionMissing) as caught:
            kit.client().check()
        assert "127.0.0.1" in caught[0].text.zh

    def test_an_app_that_sees_nobody(self, kit: Kit) -> None:
        kit.control.edit("setting", "visible_departments", {"value": "99"})
        with kit.failing(PermissionMissing) as caught:
            kit.client().check()
        assert "可见范围" in caught[0].text.zh

    def test_a_template_without_the_field_for_the_key(self, kit: Kit) -> None:
        with kit.failing(ConfigInvalid) as caught:
            kit.client(kit.config(key_field="没有")).check()
        assert "集成编号" in caught[0].text.zh
        with kit.failing(ConfigInvalid):
            kit.client(kit.config(process_code="PROC-NO")).check()

    @pytest.mark.parametrize("limit", ["qps", "month", "ban", "api"])
    def test_each_limit_is_waited_for(self, kit: Kit, limit: str) -> None:
        client = kit.client()
        client.check()
        for read in (lambda: client.read("employee", ["zhangsan"]), lambda: client.read("approval", ["x"])):
            kit.control.fault("rate_limited", limit=limit)
            with kit.failing(RateLimited) as caught:
                read()
            wanted = {"qps": 1.0, "api": 1.0, "month": 14_400.0, "ban": 300.0}[limit]
            assert caught[0].after == wanted  # type: ignore[attr-defined]

    def test_a_token_serves_both_families_and_all_clients(self, kit: Kit) -> None:
        for _ in range(2):
            kit.client().read("employee", ["zhangsan"])
            kit.client().read("approval", ["x"])
        assert [call.operation for call in kit.calls].count("v1.0/oauth2/accessToken") == 1

    @pytest.mark.parametrize("body", [b"{}", b'{"errcode":9999999,"task_id":1}', b"[]", b"<html>", b"null"])
    def test_a_foreign_reply_of_the_old_family_is_never_success(self, kit: Kit, body: bytes) -> None:
        kit.client().check()
        with StubVendor(body) as stub:
            client = kit.client(kit.config(base_url_oapi=stub.url))
            for channel in ("app", "robot"):
                with kit.failing(HubError):
                    client.send(Message(("zhangsan",), "x", channel=channel))
            with kit.failing(HubError):
                client.read("employee", ["zhangsan"])

    # --- members

    def test_members_are_found_by_mobile_and_a_miss_is_not_asked_again(self, kit: Kit) -> None:
        client = kit.client()
        assert client.lookup_member("mobile", "13800000001") == "zhangsan"
        assert [client.lookup_member("mobile", "13899999999") for _ in range(3)] == ["", "", ""]
        assert [call.operation for call in kit.calls].count("topapi/v2/user/getbymobile") == 2

    def test_departments_out_of_range_are_left_out(self, kit: Kit) -> None:
        kit.control.edit("setting", "visible_departments", {"value": "2"})
        assert [row.id for row in rows_of(kit.client().pull("employee", None))] == ["lisi"]
        assert kit.client().read("employee", ["zhangsan"]) == {}

    # --- approvals

    def test_the_key_stands_in_the_form_and_the_department_is_the_applicants(self, kit: Kit) -> None:
        client, write = kit.client(), Write("HUB-000042", asked(7))
        made = written(client.create("approval", [write])[0])
        row = client.read("approval", [made])[made]
        assert row.key == "HUB-000042"
        assert (row.data["status"], row.data["originatorDeptId"]) == ("RUNNING", "-1")
        assert [found.id for found in client.find("approval", write)] == [made]

    def test_what_the_hub_asks_for_goes_out_in_the_default_applicants_name(self, kit: Kit) -> None:
        write = Write("HUB-000043", {"form": form(1)})
        assert isinstance(kit.client().create("approval", [write])[0], ValidationFailed)
        client = kit.client(kit.config(default_applicant="lisi"))
        made = written(client.create("approval", [write])[0])
        assert client.read("approval", [made])[made].data["originatorUserId"] == "lisi"

    def test_the_next_pull_reads_what_was_still_running(self, kit: Kit) -> None:
        ids = kit.seed("approval", 3)
        kit.control.advance(600)
        client = kit.client()
        kit.edit("approval", ids[0], 1)
        point = list(client.pull("approval", None))[-1].checkpoint
        kit.control.advance(86_400)
        kit.edit("approval", ids[1], 2)
        kit.control.edit("approval", ids[2], {"status": "TERMINATED"})
        rows = {row.id: row.data["status"] for row in rows_of(client.pull("approval", point))}
        assert rows == {ids[1]: "COMPLETED", ids[2]: "TERMINATED"}
        point = list(client.pull("approval", point))[-1].checkpoint
        assert rows_of(client.pull("approval", point)) == []

    def test_a_year_is_read_in_windows(self, kit: Kit) -> None:
        ids = kit.seed("approval", 2)
        kit.control.advance(200 * 86_400)
        ids += kit.seed("approval", 1)
        client = kit.client(kit.config(approval_days=365))
        assert [row.id for row in rows_of(client.pull("approval", None))] == ids

    @pytest.mark.parametrize("clock", ["utc", "china"])
    def test_times_mean_the_same_whatever_clock_is_behind_them(self, kit: Kit, clock: str) -> None:
        kit.control.edit("setting", "approval_times", {"value": clock})
        one = kit.seed("approval", 1)[0]
        data = kit.client().read("approval", [one])[one].data
        assert data["createTime"] == kit.control.now().strftime("%Y-%m-%dT%H:%M:00+00:00")
        assert data["finishTime"] is None

    # --- events

    def test_the_check_of_the_address_is_answered(self, kit: Kit) -> None:
        with Receiver() as receiver:
            kit.control.push(receiver.url, {"check": True})
        reply = self._parse(kit, receiver.requests[0])
        assert reply.hints == []
        assert set(reply.body) >= set("msg_signature")
        assert reply.content_type == "application/json"

    def test_pushes_for_the_corp_are_read_and_for_others_refused(self, kit: Kit) -> None:
        with Receiver() as receiver:
            for owner in ("dingsandboxcorp", "dingsomebodyelse"):
                kit.control.push(receiver.url, {**self.push_events[0], "owner": owner})
        assert [hint.id for hint in self._parse(kit, receiver.requests[0]).hints] == ["zhangsan"]
        with kit.failing(BadInput):
            self._parse(kit, receiver.requests[1])

    def test_a_push_without_any_signature_is_refused(self, kit: Kit) -> None:
        request = self._pushed(kit)[0]
        bare = {name: value for name, value in request.query.items() if "signature" not in name}
        with kit.failing(BadInput):
            self._parse(kit, replace(request, query=bare))
        for name in ("signature", "msg_signature"):
            with kit.failing(BadInput):
                self._parse(kit, replace(request, query={**request.query, name: "0" * 40}))

    def test_what_concerns_other_templates_or_nobody_gives_no_hint(self, kit: Kit) -> None:
        fields = {"processInstanceId": "p", "processCode": "PROC-OTHER", "type": "finish"}
        with Receiver() as receiver:
            kit.control.push(receiver.url, {"event": "bpms_instance_change", "fields": fields})
            kit.control.push(receiver.url, {"event": "todo_task_create", "fields": {"taskId": "t"}})
        assert [self._parse(kit, one).hints for one in receiver.requests] == [[], []]
