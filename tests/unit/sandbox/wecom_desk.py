"""A small client for the tests of the 企业微信 sandbox: no SDK, so that every byte sent is seen in the test."""

from typing import Any

import httpx

from sandbox.core.start import Running

Json = dict[str, Any]


class Desk:
    """Talks to one running sandbox: vendor calls with the app's token, control calls, and what chats hold."""

    def __init__(self, running: Running, web: httpx.Client) -> None:
        self.web = web
        self.access: Json = dict(running.credentials)
        self.token = self.gettoken()["access_token"]

    def gettoken(self, secret: str | None = None, **query: str) -> Json:
        given = {"corpid": self.access["corp_id"], "corpsecret": secret or self.access["secret"], **query}
        return self.web.get("/cgi-bin/gettoken", params=given).json()

    def get(self, path: str, token: str | None = None, **query: object) -> Json:
        answer = self.web.get(f"/cgi-bin/{path}", params={"access_token": token or self.token, **query})
        assert answer.status_code == 200
        return answer.json()

    def post(self, path: str, body: object = None, token: str | None = None, **query: object) -> Json:
        given = {"content": body} if isinstance(body, str | bytes) else {"json": {} if body is None else body}
        answer = self.web.post(f"/cgi-bin/{path}", params={"access_token": token or self.token, **query}, **given)
        assert answer.status_code == 200
        return answer.json()

    def send(self, to: str, msgtype: str = "text", payload: object = None, **fields: object) -> Json:
        content = {"content": "hi"} if payload is None else payload
        body = {"touser": to, "msgtype": msgtype, "agentid": self.access["agent_id"], msgtype: content, **fields}
        return self.post("message/send", body)

    def robot(self, msgtype: str, payload: object, key: str | None = None) -> Json:
        address = f"/cgi-bin/webhook/send?key={key or self.access['robot_key']}"
        return self.web.post(address, json={"msgtype": msgtype, msgtype: payload}).json()

    def chat(self, user: str) -> list[Json]:
        return self.web.get("/_sandbox/records/messages", params={"user": user}).json()["records"]

    def journal(self, **match: str) -> list[Json]:
        return self.web.get("/_sandbox/journal", params=match).json()["entries"]

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

    def fault(self, kind: str, **more: object) -> None:
        assert self.web.post("/_sandbox/faults", json={"kind": kind, **more}).status_code == 200

    def later(self, seconds: float) -> None:
        self.web.post("/_sandbox/clock", json={"advance_s": seconds})

    def push(self, **request: object) -> Json:
        return self.web.post("/_sandbox/push", json=request, timeout=30).json()


def seed_staff(desk: Desk) -> None:
    """销售部 (2) with ZhangSan and lisi, 财务部 (3) with wangwu, under the root."""
    desk.make("department", {"id": 2, "name": "销售部", "parentid": 1}, {"id": 3, "name": "财务部", "parentid": 1})
    desk.make("department", {"id": 4, "name": "华东组", "parentid": 2})
    desk.make(
        "member",
        {"userid": "ZhangSan", "name": "张三", "department": [2], "mobile": "13800000001", "biz_mail": "zs@x.cn"},
        {"userid": "lisi", "name": "李四", "department": [4], "mobile": "13800000002"},
        {"userid": "wangwu", "name": "王五", "department": [3, 4], "mobile": "13800000003"},
    )
