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
LICENCE = 7
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


def no_permission(label: str, operation: str) -> Refused:
    """The user may not do this with this form."""
    return Refused(NO_PERMISSION, f"您没有“{label}”的“{operation}”权限，请联系系统管理员")


def no_licence() -> Refused:
    """The user has no seat. The code is the vendor's; its words are not known."""
    return Refused(LICENCE, "许可错误：当前用户没有分配许可")


def too_long(key: str, label: str, most: int) -> Refused:
    """More text than the field holds. The words are not known."""
    return Refused(VALIDATION, f"字段[{label}]的长度不能超过{most}个字符", field=key)


def period_closed(label: str, day: str, *, field: str) -> Refused:
    """A document of a period that is closed. The words are not known."""
    return Refused(VALIDATION, f"{label}的日期{day}所在的会计期间已关闭，不允许保存", field=field)


def context_lost() -> Refused:
    """No session, an expired one, or credentials that do not fit."""
    return Refused(CONTEXT_LOST, "会话信息已丢失，请重新登录")
