"""The contract kit over OA approvals of 企业微信, and what only they have: windows, controls, who decided."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from connectors.wecom import CONNECTOR
from hub.connector.contract import Native, Write
from hub.connector.testing import ConnectorContract, Kit, Receiver, Sample, SandboxControl
from hub.connector.testing.kit import last_checkpoint, rows_of, written
from hub.errors import ConfigInvalid, PermissionMissing, RecordRejected, ValidationFailed
from sandbox.core.start import start_sandbox
from tests.contract.test_wecom import clicked

TEMPLATE = "Tpl_order"
CONTROLS = {
    "集成编号": "Text",
    "事由": "Text",
    "金额": "Money",
    "明细": "Textarea",
    "日期": "Date",
    "类型": "Selector",
    "经手人": "Contact",
    "说明": "Tips",
}
KINDS = {"selector": {"type": "single", "options": [{"key": "o1", "value": [{"text": "销售", "lang": "zh_CN"}]}]}}


def template() -> Native:
    controls = [
        {
            "property": {
                "control": kind,
                "id": f"{kind}-{n}",
                "title": [{"text": title, "lang": "zh_CN"}],
                "require": int(n < 2),
            },
            "config": KINDS if kind == "Selector" else {},
        }
        for n, (title, kind) in enumerate(CONTROLS.items())
    ]
    name = [{"text": "销售订单审批", "lang": "zh_CN"}]
    content = {"controls": controls}
    return {"template_id": TEMPLATE, "template_names": name, "template_content": content, "approvers": ["boss"]}


def seeded(n: int = 1, **values: Any) -> Native:
    """A form that a member started in the client."""
    given = {"集成编号": {"text": f"手工-{n}"}, "金额": {"new_money": f"{n}.50"}, **values}
    titles = list(CONTROLS)
    contents = [
        {
            "control": CONTROLS[title],
            "id": f"{CONTROLS[title]}-{titles.index(title)}",
            "title": [{"text": title, "lang": "zh_CN"}],
            "value": value,
        }
        for title, value in given.items()
    ]
    sub = {"userid": "boss", "speech": "", "sp_yj": 1, "sptime": 0, "media_ids": []}
    node = {"node_type": 1, "sp_status": 1, "apv_rel": 2, "sub_node_list": [sub]}
    return {
        "template_id": TEMPLATE,
        "applyer": {"userid": "zhangsan", "partyid": "1"},
        "apply_data": {"contents": contents},
        "process_list": {"node_list": [node]},
    }


def order(n: int) -> Native:
    return {
        "applyer": {"userid": "zhangsan"},
        "form": {"事由": f"销售订单 SO-{n}", "金额": f"{n}00.10", "明细": "茶\n杯"},
    }


APPROVAL = Sample(
    object="approval",
    seed=seeded,
    edit=lambda n: {"sp_status": 2 if n % 2 else 3},
    has=lambda data, n: data["sp_status"] == (2 if n % 2 else 3),
    write=order,
    bad=lambda n: {**order(n), "applyer": {"userid": "nobody"}},
    seed_text=lambda text: seeded(1, 事由={"text": text}),
    write_text=lambda text: {"applyer": {"userid": "zhangsan"}, "form": {"事由": text}},
    text_of=lambda data: data["form"]["事由"],
    seed_money=lambda amount: seeded(1, 金额={"new_money": str(amount)}),
    money_of=lambda data: Decimal(data["form"]["金额"]),
    pages=1.1,
)


@pytest.fixture(scope="module")
def sandbox_url() -> Iterator[str]:
    with start_sandbox("wecom") as running:
        yield running.url


class TestWecomApprovals(ConnectorContract):
    connector = CONNECTOR
    samples: ClassVar[Mapping[str, Sample]] = {"approval": APPROVAL}
    settings: ClassVar[Mapping[str, Any]] = {"approval_template": TEMPLATE}
    faults = frozenset({"token_expired", "rate_limited", "repeat_page"})
    credential = "secret"
    unknown_code = (
        b'{"errcode":9999999,"errmsg":"something new","sp_no":"1","sp_no_list":[],"department_id":[],"ip_list":[]}'
    )
    push_events = tuple(
        {"event": "sys_approval_change", "fields": {"ApprovalInfo": {"SpNoStr": number, "TemplateId": TEMPLATE}}}
        for number in ("202611210001", "202611210002")
    )
    signed = ("msg_signature", "timestamp", "nonce")

    def prepare(self, control: SandboxControl) -> None:
        members = [
            {"userid": "zhangsan", "name": "张三"},
            {"userid": "lisi", "name": "李四"},
            {"userid": "boss", "name": "钱总"},
        ]
        control.seed("member", members)
        control.seed("approval_template", [template()])

    def answer_event(self, message: str, member: str) -> Mapping[str, Any]:
        return clicked(message, member)

    def test_a_form_carries_the_key_and_every_kind_of_value(self, kit: Kit) -> None:
        client = kit.client()
        form = {**order(1)["form"], "日期": "2026-11-21", "类型": "销售", "经手人": "lisi"}
        number = written(client.create("approval", [Write("HUB-7", {**order(1), "form": form})])[0])
        row = client.read("approval", [number])[number]
        assert (row.key, row.number) == ("HUB-7", number)
        assert row.data["form"] == {**form, "集成编号": "HUB-7"}
        assert (row.data["sp_status"], row.data["decided"]) == (1, {})
        sent = kit.control.journal(kind="create", object="approval")[0]["data"]
        assert [line["summary_info"][0]["text"] for line in sent["summary_list"]] == [
            "事由：销售订单 SO-1",
            "金额：100.10",
            "明细：茶",
        ]

    @pytest.mark.parametrize(
        ("status", "decided"),
        [(2, "boss"), (3, "boss"), (4, ""), (6, "boss"), (7, ""), (10, "boss")],
    )
    def test_who_decided_and_when(self, kit: Kit, status: int, decided: str) -> None:
        one = kit.seed("approval", 1)[0]
        if status in (6, 10):
            kit.control.edit("approval", one, {"sp_status": 2})
        kit.control.edit("approval", one, {"sp_status": status})
        data = kit.client().read("approval", [one])[one].data
        assert data["sp_status"] == status
        assert data["decided"].get("userid", "") == decided
        assert (int(data["decided"].get("sptime", 0)) > 0) == bool(decided)

    def test_a_pending_form_is_read_again_only_when_it_was_decided(self, kit: Kit) -> None:
        ids = kit.seed("approval", 3)
        client = kit.client()
        pages = list(client.pull("approval", None))
        kit.control.advance(40 * 86_400)
        pages = list(client.pull("approval", last_checkpoint(pages)))
        assert rows_of(iter(pages)) == []
        kit.control.edit("approval", ids[1], {"sp_status": 3})
        pages = list(client.pull("approval", last_checkpoint(pages)))
        assert [row.id for row in rows_of(iter(pages))] == [ids[1]]
        assert set(last_checkpoint(pages)["open"]) == {ids[0], ids[2]}

    def test_short_pages_are_not_the_end(self, kit: Kit) -> None:
        kit.control.edit("setting", "approval_short_pages", {"value": True})
        ids = kit.seed("approval", 120)
        assert {row.id for row in rows_of(kit.client().pull("approval", None))} == set(ids)

    def test_forms_of_other_templates_are_not_ours(self, kit: Kit) -> None:
        kit.control.seed("approval_template", [{**template(), "template_id": "Tpl_leave"}])
        kit.seed_rows("approval", [{**seeded(1), "template_id": "Tpl_leave"}])
        assert rows_of(kit.client().pull("approval", None)) == []

    def test_without_a_template_there_are_none_and_none_can_be_started(self, kit: Kit) -> None:
        kit.seed("approval", 1)
        client = kit.client(kit.config(approval_template=""))
        assert rows_of(client.pull("approval", None)) == []
        assert "approval_template" not in client.check()
        with kit.failing(ConfigInvalid):
            client.create("approval", [kit.write("approval")])

    def test_what_does_not_fit_the_template_is_named(self, kit: Kit) -> None:
        client = kit.client()
        for form, title in (
            ({"事由": "x", "备注": "y"}, "备注"),
            ({"金额": "1"}, "事由"),
            ({"事由": "x", "类型": "采购"}, "类型"),
            ({"事由": "x", "日期": "明天"}, "日期"),
            ({"事由": "x", "说明": "y"}, "说明"),
        ):
            outcome = client.create("approval", [Write("HUB-1", {**order(1), "form": form})])[0]
            assert isinstance(outcome, ValidationFailed)
            assert outcome.field == title
        assert kit.created("approval") == 0

    def test_a_salesperson_without_account_lets_the_default_applicant_start(self, kit: Kit) -> None:
        data = {"form": order(1)["form"]}
        assert isinstance(kit.client().create("approval", [Write("HUB-1", data)])[0], ValidationFailed)
        client = kit.client(kit.config(approval_creator="lisi"))
        number = written(client.create("approval", [Write("HUB-1", data)])[0])
        assert client.read("approval", [number])[number].data["applyer"] == {"userid": "lisi"}
        assert [row.id for row in client.find("approval", Write("HUB-1", data))] == [number]

    def test_an_applicant_outside_the_range_is_the_records_trouble(self, kit: Kit) -> None:
        outcome = kit.client().create("approval", [Write("HUB-1", {**order(1), "applyer": {"userid": "ghost"}})])[0]
        assert isinstance(outcome, RecordRejected)
        assert "ghost" in outcome.text.zh
        kit.control.edit("setting", "approval_allowed", {"value": False})
        with kit.failing(PermissionMissing):
            kit.client().check()

    def test_a_template_without_the_control_for_the_key_is_explained(self, kit: Kit) -> None:
        with kit.failing(ConfigInvalid) as caught:
            kit.client(kit.config(approval_key_field="金额")).check()
        assert "金额" in caught[0].text.zh
        with kit.failing(ConfigInvalid):
            kit.client(kit.config(approval_template="Tpl_gone")).check()

    def test_other_templates_give_no_hint(self, kit: Kit) -> None:
        with Receiver() as receiver:
            info = {"SpNo": "1", "TemplateId": "Tpl_leave"}
            kit.control.push(receiver.url, {"event": "sys_approval_change", "fields": {"ApprovalInfo": info}})
        assert self._parse(kit, receiver.requests[0]).hints == []
