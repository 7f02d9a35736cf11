"""The hub's connector and a third party's client on one corp of 企业微信: each reads what the other wrote."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.wecom import CONNECTOR
from hub.connector.contract import Message, Write
from hub.connector.link import Link
from hub.connector.testing import Receiver
from hub.connector.testing.kit import rows_of, written
from sandbox.core.start import start_sandbox
from tests.contract.test_wecom_approvals import TEMPLATE, order, template

pytestmark = pytest.mark.slow
SCRIPT = Path(__file__).parent / "wecom" / "with_wechatpy_approvals.py"
FORM = {
    "creator_userid": "zhangsan",
    "template_id": TEMPLATE,
    "use_template_approver": 0,
    "approver": [{"attr": 2, "userid": ["boss"]}],
    "apply_data": {
        "contents": [
            {"control": "Text", "id": "Text-1", "value": {"text": "手工发起"}},
            {"control": "Text", "id": "Text-0", "value": {"text": "无"}},
            {"control": "Money", "id": "Money-2", "value": {"new_money": "98.00"}},
        ]
    },
    "summary_list": [{"summary_info": [{"text": "手工", "lang": "zh_CN"}]}],
}


def test_forms_and_cards_between_the_hub_and_wechatpy(referee_python: Callable[..., Any]) -> None:
    with start_sandbox("wecom") as corp, httpx.Client(base_url=corp.url, trust_env=False, timeout=10) as web:
        web.post("/_sandbox/records/member", json=[{"userid": one, "name": one} for one in ("zhangsan", "boss")])
        web.post("/_sandbox/records/approval_template", json=template())
        known = {name: value for name, value in corp.credentials.items() if name in CONNECTOR.config.model_fields}
        config = CONNECTOR.config.model_validate({**known, "approval_template": TEMPLATE})
        client = CONNECTOR.open(config, Link())
        number = written(client.create("approval", [Write("HUB-77", order(7))])[0])
        client.send(Message(("zhangsan",), "金额 100.10", kind="confirm", title="新订单", key="alert-1-a"))
        with Receiver() as receiver:
            fields = {
                "FromUserName": "zhangsan",
                "EventKey": "confirm",
                "TaskId": "alert-1-a",
                "CardType": "button_interaction",
            }
            web.post("/_sandbox/push", json={"url": receiver.url, "event": "template_card_event", "fields": fields})
        assert CONNECTOR.callback is not None
        (answer,) = CONNECTOR.callback(config, receiver.requests[0], Link().now()).answers
        told = {"credentials": dict(corp.credentials), "form": FORM, "response_code": answer.handle}
        out = referee_python(SCRIPT.read_text("utf-8"), GIVEN=json.dumps(told, ensure_ascii=False))
        rows = {row.id: row.data for row in rows_of(client.pull("approval", None))}
        client.close()
    assert out["listed"] == [number]
    texts = {
        row["title"][0]["text"]: next(iter(v for v in row["value"].values() if v))
        for row in out["info"]["apply_data"]["contents"]
    }
    assert (texts["集成编号"], texts["金额"], texts["事由"]) == ("HUB-77", "700.10", "销售订单 SO-7")
    assert out["info"]["applyer"]["userid"] == "zhangsan"
    assert rows[out["own"]]["form"] == {"事由": "手工发起", "集成编号": "无", "金额": "98.00"}
    assert rows[out["own"]]["sp_status"] == 1
    assert out["updated"]["errcode"] == 0, "the code of the click is good for exactly the card that the hub sent"
