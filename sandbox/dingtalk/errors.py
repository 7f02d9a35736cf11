"""Failures of both API families in the vendor's two shapes (dingtalk.md section 1.2)."""

import secrets
from collections.abc import Mapping

JsonObject = dict[str, object]

TEXTS: Mapping[int, str] = {
    -1: "系统繁忙",
    22: "Invalid method",
    404: "请求的URI地址不存在",
    33001: "无效的企业ID",
    33012: "无效的USERID",
    40001: "不合法的secret或access_token",
    40014: "不合法的access_token",
    40035: "缺少参数",
    40056: "不合法的agentid",
    40096: "不合法的appKey或appSecret",
    40104: "该手机号码对应的用户不在该企业中",
    41052: "too many receivers",
    42001: "access_token超时",
    43002: "需要POST请求",
    43004: "不合法的Content-Type",
    50002: "企业中的帐号不在授权范围内",
    50004: "部门不在授权范围内",
    60003: "部门不存在",
    60011: "没有调用该接口权限",
    60020: "访问ip不在白名单之中",
    60121: "找不到该用户",
    71006: "回调地址已经存在",
    71007: "回调地址不存在",
    71009: "返回的字符串不是success",
    71010: "返回的json字段错误",
    71011: "url地址访问异常",
    71012: "url地址访问异常",
    90002: "调用频率超过限制",
    90018: "您的服务器调用钉钉开放平台频率过高",
    90020: "企业月度调用次数已用完",
    130101: "send too fast, exceed 20 times per minute",
    300001: "session 不存在",
    300005: "token is not exist",
    310000: "sign not match",
    400002: "无效的参数",
    400013: "群已被解散",
    400102: "机器人已停用",
    400105: "不支持的消息类型",
    400106: "机器人不在群中",
    410100: "发送速度太快而限流",
    660026: "sending too many messages per minute",
    820001: "发起审批流程失败",
    830001: "processCode错误",
}


class VendorError(Exception):
    """A refusal with its HTTP status; `body()` is what goes over the wire."""

    status = 200

    def body(self) -> JsonObject:
        raise NotImplementedError


class OapiError(VendorError):
    """The old family: HTTP 200 and errcode."""

    def __init__(self, code: int, text: str | None = None, **extra: object) -> None:
        super().__init__(f"{code} {text or TEXTS[code]}")
        self.code = code
        self.text = text or TEXTS[code]
        self.extra = extra

    def body(self) -> JsonObject:
        return {"errcode": self.code, "errmsg": self.text, "request_id": request_id(), **self.extra}


class SubError(VendorError):
    """The old family's gateway: errcode 88, the reason in sub_code (text)."""

    def __init__(self, code: int, text: str | None = None) -> None:
        super().__init__(f"88/{code} {text or TEXTS[code]}")
        self.code = code
        self.text = text or TEXTS[code]

    def body(self) -> JsonObject:
        told = f"ding talk error[subcode={self.code},submsg={self.text}]"
        codes = {"sub_code": str(self.code), "sub_msg": self.text}
        return {"errcode": 88, **codes, "errmsg": told, "request_id": request_id()}


class NewError(VendorError):
    """The new family: HTTP status and {"code", "requestid", "message"}."""

    def __init__(self, code: str, message: str, *, status: int = 400, **extra: object) -> None:
        super().__init__(f"{status} {code} {message}")
        self.code = code
        self.message = message
        self.status = status
        self.extra = extra

    def body(self) -> JsonObject:
        return {"code": self.code, "requestid": request_id().upper(), "message": self.message, **self.extra}


class PageError(VendorError):
    """No JSON of either family: the protection in front of both (an address that called too often)."""

    def __init__(self, page: str | None) -> None:
        super().__init__("banned")
        self.page = page

    def body(self) -> JsonObject:
        return {"status": 1111, "wait": 5, "source": "x5", "punish": "deny", "uuid": secrets.token_hex(16)}


def request_id() -> str:
    """A fresh id of a call."""
    return secrets.token_hex(7)
