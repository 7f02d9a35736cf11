"""An order above a limit waits for its approval in 钉钉: started there once, decided there, told by callback or by Stream, then
written at the ERP."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.dingtalk import CONNECTOR
from hub.connector import Listening
from sandbox.core.start import start_sandbox
from tests.e2e.approval_office import ApprovalOffice, ApprovalStories
from tests.e2e.stage import Row


class Office(ApprovalOffice):
    connector = CONNECTOR
    form_id = "processInstanceId"

    def open_chat(self) -> dict[str, Any]:
        chat = self.sandboxes["chat"] = start_sandbox("dingtalk", {"qps": 0})
        person = {"userid": "16301", "name": "张三", "mobile": "13800000001"}
        self.seed("chat", "member", person, {"userid": "boss", "name": "钱总", "mobile": "13900000000"})
        return {**chat.credentials, "process_code": "PROC-SANDBOX-ORDER-0001"}

    def answer(self, form: Row, answer: str) -> None:
        self.edit("chat", "approval", form["processInstanceId"], result=answer, by="boss", remark="看过了")

    def event(self, form: Row) -> Row:
        fields = {"processInstanceId": form["processInstanceId"], "processCode": form["processCode"], "type": "finish"}
        return {"event": "bpms_instance_change", "fields": fields}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    made.go_live()
    yield made
    made.close()


class TestDingtalk(ApprovalStories):
    """The stories of every system."""


def test_the_form_says_what_is_asked_for_and_by_whom(office: Office) -> None:
    form = office.waiting()
    shown = {one["name"]: one["value"] for one in form["formComponentValues"]}
    assert form["originatorUserId"] == "16301", "in the name of the salesperson"
    assert (shown["金额"], shown["客户"], shown["币种"]) == ("10010", "杭州华星贸易有限公司", "CNY")
    assert shown["订单编号"]
    assert shown["备注"].startswith("轴承")
    assert office.records("approval")[0].data["number"] == form["businessId"]


def test_a_withdrawn_one_leaves_the_decision_to_a_person(office: Office) -> None:
    form = office.waiting()
    office.edit("chat", "approval", form["processInstanceId"], status="TERMINATED")
    office.told(form)
    office.work()
    assert office.sold() == 0
    (item,) = office.inbox("approval_refused")
    assert "被撤回" in item.zh


def test_the_same_by_stream(tmp_path: Path) -> None:
    office = Office(tmp_path, events="stream")
    office.go_live()
    form = office.waiting()
    client = office.hub.clients.get(office.ids["chat"])
    assert isinstance(client, Listening)
    stop = threading.Event()
    ear = threading.Thread(target=client.listen, args=(office.keep, stop))
    ear.start()
    try:
        while not office.control("chat", "POST", "push", {"url": "stream", "system": "ping"})["connections"]:
            time.sleep(0.05)
        office.answer(form, "agree")
        end = time.monotonic() + 20
        while not office.sold():
            assert time.monotonic() < end, "the event did not come"
            office.work()
    finally:
        stop.set()
        ear.join()
        office.close()
