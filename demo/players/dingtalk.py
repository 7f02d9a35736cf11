"""钉钉 in the demo: a chat."""

from collections.abc import Mapping
from typing import Any

from demo.roles import Native
from demo.stage import Stage


class Dingtalk:
    system, title = "dingtalk", "钉钉"
    entities = ("employee",)
    settings: Mapping[str, Any] = {"qps": 0}

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def change_member(self, hub: str, *, tampered: bool = False) -> Native:
        member = self.stage.records("dingtalk", "member")[1]["userid"]
        self.stage.user_of("dingtalk", "PUT", f"records/member/{member}", {"title": "大区销售经理"})
        event = {"event": "user_modify_org", "fields": {"UserId": [member]}}
        forged = {"tamper": "signature"} if tampered else {}
        answer: Native = self.stage.user_of(
            "dingtalk", "POST", "push", {"url": f"{hub}/webhooks/dingtalk", **event, **forged}
        )
        return answer

    def messages(self) -> list[Native]:
        return [entry["data"] for entry in self.stage.journal("dingtalk", kind="message", object="message")]
