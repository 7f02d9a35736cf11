"""Refusals as the vendor words them, each with the MsgCode table of kingdee.md 3.2."""

CONTEXT_LOST = 1
NO_PERMISSION = 2
NO_OPERATION = 3
EXCEPTION = 4
NO_FORM = 5
BAD_PARAMETER = 8
NOT_EXISTING = 9
NO_DATA = 10
VALIDATION = 11
NOT_OPERABLE = 12
NET_CONTROL = 13
CALL_LIMIT = 14


class Refused(Exception):  # noqa: N818 - a refusal is the vendor's answer, not a fault of this code
    """A business error: answered in HTTP 200 with this MsgCode and message."""

    def __init__(self, msg_code: int, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.msg_code = msg_code
        self.message = message
        self.field = field


def unknown_field(key: str) -> Refused:
    """One unknown key fails a whole query."""
    return Refused(NOT_EXISTING, f"元数据中标识为{key}的字段不存在", field=key)


def unknown_form(form_id: str) -> Refused:
    """The object does not exist in this product."""
    return Refused(EXCEPTION, f"业务对象不存在: {form_id}")


def required(key: str, label: str) -> Refused:
    """A required field is empty."""
    return Refused(VALIDATION, f"字段[{label}]是必录字段", field=key)


def context_lost() -> Refused:
    """No session, an expired one, or credentials that do not fit."""
    return Refused(CONTEXT_LOST, "会话信息已丢失，请重新登录")
