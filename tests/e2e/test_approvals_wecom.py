"""An order above a limit waits for its approval in 企业微信: started once, decided there, told by callback, written at the ERP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.wecom import CONNECTOR
from sandbox.core.start import start_sandbox
from tests.contract.test_wecom_approvals import TEMPLATE, template
from tests.e2e.approval_office import ApprovalOffice, ApprovalStories
from tests.e2e.stage import Row

ORDER_CONTROLS = {"订单编号": "Text", "客户": "Text", "币种": "Text"}
STATUS = {"agree": 2, "refuse": 3}


def order_template() -> Row:
    """The template of the page docs/approvals.md."""
    made = template()
    for n, (title, kind) in enumerate(ORDER_CONTROLS.items(), 20):
        named = {"control": kind, "id": f"{kind}-{n}", "title": [{"text": title, "lang": "zh_CN"}], "require": 0}
        made["template_content"]["controls"].append({"property": named, "config": {}})
    return made


class Office(ApprovalOffice):
    connector = CONNECTOR
    form_id = "sp_no"

    def open_chat(self) -> dict[str, Any]:
        chat = self.sandboxes["chat"] = start_sandbox("wecom", {"legacy_contact_fields": True})
        person = {"userid": "ZhangSan", "name": "张三", "mobile": "13800000001"}
        self.seed("chat", "member", person, {"userid": "boss", "name": "钱总", "mobile": "13900000000"})
        self.seed("chat", "approval_template", order_template())
        known = {name: value for name, value in chat.credentials.items() if name in CONNECTOR.config.model_fields}
        return {**known, "approval_template": TEMPLATE}

    def answer(self, form: Row, answer: str) -> None:
        self.edit("chat", "approval", form["sp_no"], sp_status=STATUS[answer])

    def event(self, form: Row) -> Row:
        info = {"SpNoStr": form["sp_no"], "TemplateId": TEMPLATE, "StatuChangeEvent": 2}
        return {"event": "sys_approval_change", "fields": {"ApprovalInfo": info}}

    def value(self, form: Row, title: str) -> str:
        rows = {row["title"][0]["text"]: row["value"] for row in form["apply_data"]["contents"]}
        return str(next(iter(rows[title].values())))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    made.go_live()
    yield made
    made.close()


class TestWecom(ApprovalStories):
    """The stories of every system."""


def test_the_form_says_what_is_asked_for_and_by_whom(office: Office) -> None:
    form = office.waiting()
    assert form["applyer"]["userid"] == "ZhangSan", "in the name of the salesperson"
    assert (office.value(form, "金额"), office.value(form, "客户")) == ("10010", "杭州华星贸易有限公司")
    assert office.value(form, "明细").startswith("轴承")
    assert office.records("approval")[0].data["number"] == form["sp_no"]


def test_the_question_to_a_person_names_the_form(office: Office) -> None:
    form = office.waiting()
    office.answer(form, "refuse")
    office.told(form)
    office.work()
    (item,) = office.inbox("approval_refused")
    assert form["sp_no"] in item.zh
