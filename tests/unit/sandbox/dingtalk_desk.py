"""A small client for the tests of the 钉钉 sandbox: no SDK, so that every byte sent is seen in the test."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox.core.start import Running, start_sandbox

Json = dict[str, Any]
HEADER = "x-acs-dingtalk-access-token"


class Ding:
    """Both families with the app's token, and the control interface."""

    def __init__(self, running: Running, web: httpx.Client) -> None:
        self.web = web
        self.access: Json = dict(running.credentials)
        self.token = self.ask_token()

    def ask_token(self) -> str:
        pair = {"appKey": self.access["app_key"], "appSecret": self.access["app_secret"]}
        token: str = self.web.post("/v1.0/oauth2/accessToken", json=pair).json()["accessToken"]
        return token

    def old(self, path: str, body: Json | None = None, **options: Any) -> Json:
        answer = self.web.post(f"/topapi/{path}", params={"access_token": self.token}, json=body or {}, **options)
        assert answer.status_code == 200
        return answer.json()

    def new(self, method: str, path: str, body: object = None, **query: object) -> tuple[int, Json]:
        given = {} if body is None else {"json": body}
        answer = self.web.request(method, f"/v1.0/{path}", params=query, headers={HEADER: self.token}, **given)
        return answer.status_code, answer.json()

    def refused(self, method: str, path: str, body: object = None, **query: object) -> tuple[int, str]:
        status, told = self.new(method, path, body, **query)
        return status, told["code"]

    def notice(self, users: str, text: str = "提醒", **fields: object) -> int:
        body = {"agent_id": self.access["agent_id"], "userid_list": users, "msg": text_message(text), **fields}
        task: int = self.old("message/corpconversation/asyncsend_v2", body)["task_id"]
        return task

    def result(self, task: int) -> Json:
        body = {"agent_id": self.access["agent_id"], "task_id": task}
        return self.old("message/corpconversation/getsendresult", body)["send_result"]

    def start(self, **changes: object) -> Json:
        body = {
            "originatorUserId": "u1",
            "processCode": "PROC-SANDBOX-ORDER-0001",
            "approvers": [{"actionType": "AND", "userIds": ["u2", "u3"]}],
            "formComponentValues": [
                {"name": "订单编号", "value": "SO-1"},
                {"name": "客户", "value": "示例公司"},
                {"name": "金额", "value": "100.10"},
            ],
            **changes,
        }
        return self.new("POST", "workflow/processInstances", body)[1]

    def approval(self, instance: str) -> Json:
        return self.new("GET", "workflow/processInstances", processInstanceId=instance)[1]["result"]

    def put(self, name: str, record_id: object, changes: Json) -> Json:
        answer = self.web.put(f"/_sandbox/records/{name}/{record_id}", json=changes)
        assert answer.status_code == 200, answer.text
        return answer.json()["records"][0]

    def make(self, name: str, *records: Json) -> list[Json]:
        answer = self.web.post(f"/_sandbox/records/{name}", json=list(records))
        assert answer.status_code == 200, answer.text
        return answer.json()["records"]

    def set(self, **settings: object) -> None:
        for name, value in settings.items():
            self.put("setting", name, {"value": value})

    def fault(self, **fault: object) -> None:
        self.web.post("/_sandbox/faults", json=fault).raise_for_status()

    def advance(self, seconds: float) -> None:
        self.web.post("/_sandbox/clock", json={"advance_s": seconds})

    def push(self, **request: object) -> Json:
        answer = self.web.post("/_sandbox/push", json=request)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def journal(self, **match: str) -> list[Json]:
        return self.web.get("/_sandbox/journal", params=match).json()["entries"]


def text_message(text: str) -> Json:
    return {"msgtype": "text", "text": {"content": text}}


@pytest.fixture(scope="module")
def ding_process() -> Iterator[Running]:
    with start_sandbox("dingtalk", {"qps": 0}) as running:
        yield running


@pytest.fixture
def ding(ding_process: Running) -> Iterator[Ding]:
    """u1 and u2 in 销售部 (2), u3 in the root; u4 is stopped."""
    with httpx.Client(base_url=ding_process.url, timeout=5, trust_env=False) as client:
        client.post("/_sandbox/reset")
        made = Ding(ding_process, client)
        made.make("department", {"dept_id": 2, "name": "销售部"}, {"dept_id": 3, "name": "华东", "parent_id": 1})
        made.make(
            "member",
            {"userid": "u1", "name": "张三", "mobile": "13800000001", "dept_id_list": [2]},
            {"userid": "u2", "name": "𠮷田", "mobile": "13800000002", "dept_id_list": [2]},
            {"userid": "u3", "name": "王五", "mobile": "13800000003"},
            {"userid": "u4", "name": "停用", "mobile": "13800000004", "disabled": True},
        )
        yield made
