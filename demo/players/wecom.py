"""企业微信 in the demo: a chat."""

from collections.abc import Mapping
from typing import Any

from demo.roles import Native
from demo.stage import Stage


class Wecom:
    system, title = "wecom", "企业微信"
    entities = ("employee",)
    settings: Mapping[str, Any] = {}

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def change_member(self, hub: str, *, tampered: bool = False) -> Native:
        member = self.stage.records("wecom", "member")[0]["userid"]
        self.stage.user_of("wecom", "PUT", f"records/member/{member}", {"position": "大区销售经理"})
        event = {"event": "change_contact", "change_type": "update_user", "fields": {"UserID": member}}
        forged = {"tamper": "signature"} if tampered else {}
        answer: Native = self.stage.user_of(
            "wecom", "POST", "push", {"url": f"{hub}/webhooks/wecom", **event, **forged}
        )
        return answer

    def messages(self) -> list[Native]:
        return [entry["data"] for entry in self.stage.journal("wecom", kind="message")]
