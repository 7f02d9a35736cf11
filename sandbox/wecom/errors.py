"""Error codes of 企业微信 and the shape of a failure (wecom.md sections 1.1 and 2)."""

import itertools
from collections.abc import Mapping

JsonObject = dict[str, object]

TEXTS: Mapping[int, str] = {
    -1: "system busy",
    6000: "data version conflict",
    40001: "invalid credential",
    40003: "invalid userid",
    40007: "invalid media_id",
    40008: "invalid message type",
    40013: "invalid corpid",
    40014: "invalid access_token",
    40029: "invalid code",
    40033: "invalid request character: unicode escape",
    40031: "invalid userid list",
    40032: "invalid userid list size",
    40056: "invalid agentid",
    40058: "invalid Request Parameter",
    40063: "some parameters are empty",
    40066: "invalid url",
    40068: "invalid tagid",
    40070: "tag list all invalid",
    40071: "tag name existed",
    40091: "secret is invalid",
    40096: "invalid external userid",
    41001: "access_token missing",
    41002: "corpid missing",
    41004: "corpsecret missing",
    41016: "missing title",
    41033: "missing description",
    41035: "missing external userid",
    42001: "access_token expired",
    42014: "taskid has existed or empty or exceed max len",
    42015: "template card was sent by another app",
    42016: "template card task_id unknown",
    42020: "template card replace_name missing",
    42052: "msgid is too old to recall",
    43012: "app has no callback url",
    44004: "empty content",
    45002: "content size out of limit",
    45009: "api freq out of limit",
    45033: "api concurrent out of limit",
    45035: "concurrent write conflict",
    46004: "user not exist",
    48002: "api forbidden",
    48006: "api authority has been withdrawn",
    48009: "api forbidden for contact assistant",
    48011: "corp is not active enough",
    50003: "app disabled",
    50100: "invalid cursor",
    60003: "department not found",
    60011: "no privilege to access/modify contact/party/agent",
    60020: "not allow to access from your ip",
    60111: "userid not found",
    60140: "invalid response_code",
    701008: "no licensed member",
    81012: "no recipient given",
    81013: "user & party & tag all invalid",
    82001: "user & party & tag all empty",
    82002: "party list out of limit",
    82003: "tag list out of limit",
    84014: "user_ticket expired",
    84015: "invalid user_ticket",
    84061: "not external contact",
    84074: "no privilege of external contact",
    93000: "invalid webhook url",
    93004: "webhook disabled",
    93008: "webhook not in group",
    301002: "not allow operate another agent with this accesstoken.",
    301007: "corp has been closed",
    301025: "invalid approval parameter",
    301026: "approval template not found",
    301055: "no approval permission or creator out of scope",
    301057: "submit approval failed",
    301112: "time range too large",
}
"""English starts of errmsg; where the notes give only a Chinese meaning the wording is ours."""

_hints = itertools.count(1)


class ApiError(Exception):
    """A refusal: `code`, its text, and further body fields (an empty list, `invaliduser`, ...)."""

    def __init__(self, code: int, text: str | None = None, **extra: object) -> None:
        super().__init__(code)
        self.code = code
        self.text = text or TEXTS.get(code, "request failed")
        self.extra = extra

    def body(self, ip: str, at: float, *, warning: str = "") -> JsonObject:
        """The failure as the vendor words it: text, hint, caller address and link."""
        hint = f"{int(at)}{next(_hints):013d}"
        tail = (
            f"hint: [{hint}], from ip: {ip}, more info at https://open.work.weixin.qq.com/devtool/query?e={self.code}"
        )
        return {"errcode": self.code, "errmsg": f"{self.text}{warning}, {tail}", **self.extra}


def exceeds(field: str, limit: int) -> ApiError:
    """40058 in the words seen in the wild for a field that is too long."""
    return ApiError(40058, f"{field} exceed max length {limit}. invalid Request Parameter")
