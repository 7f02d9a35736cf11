"""What 用友 says in words -> hub error: both products report business refusals as text under one code. Pure.

Each meaning is what happened, whose job it is and what is to be pressed; the vendor's words follow the message.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hub.errors import (
    DuplicateInSystem,
    HubError,
    PeriodClosed,
    PermissionMissing,
    RecordGone,
    RecordLocked,
    RecordRejected,
    ValidationFailed,
    Vendor,
)

_NAMED = re.compile(r"\[([^\[\]]+)\]")
LOCKED_S = 20.0


Todo = tuple[str, str, str]
"""Whose job it is (a key of JOBS), and what to press in Chinese and English."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a text means. `todo` None: the usual of the error's class."""

    pattern: re.Pattern[str]
    error: Callable[..., HubError]
    zh: str
    en: str
    todo: Todo | None = None


def _meaning(pattern: str, error: Callable[..., HubError], zh: str, en: str, todo: Todo | None = None) -> Meaning:
    return Meaning(re.compile(pattern), error, zh, en, todo)


MEANINGS: Sequence[Meaning] = (
    _meaning(
        "结账|关账|会计期间",
        PeriodClosed,
        "会计期间已结账",
        "The accounting period is closed",
        (
            "finance",
            "在用友“期末处理”中反结账，或在来源系统改单据日期",
            "reopen the period (期末处理) or change the date at its source",
        ),
    ),
    _meaning(
        "正在(被其他用户)?操作|其他用户正在|已被他人修改|请刷新后",
        RecordLocked,
        "单据正被别人使用",
        "Somebody else holds the record",
    ),
    _meaning(
        "绑定用户",
        PermissionMissing,
        "这个接口要求应用绑定用户",
        "The app must be bound to a user for this call",
        (
            "system_admin",
            "在用友“API 应用”里给这个应用绑定集成用户",
            "bind the integration user to the app under API 应用",
        ),
    ),
    _meaning(
        "没有.*权限|无.*权限|权限不足|未授权",
        PermissionMissing,
        "集成用户或应用缺少权限",
        "The integration user or the app lacks a right",
        (
            "system_admin",
            "在用友里给集成用户的角色（或这个应用）授予它",
            "grant it to the integration user's role (or to the app) there",
        ),
    ),
    _meaning(
        "长度|超长|过长|最大.*字符",
        ValidationFailed,
        "有字段过长",
        "A field is too long",
        (
            "author",
            "在来源系统缩短它，或由管理员在映射里加上 max",
            "shorten it at its source, or give the mapping a max",
        ),
    ),
    _meaning(
        "非法字符|特殊字符|正则",
        ValidationFailed,
        "有字段含有不允许的字符",
        "A field holds characters that are not allowed",
        ("author", "在来源系统去掉这些字符", "take them out at its source"),
    ),
    _meaning(
        "(计量单位|单位|税目|税率|币种|汇率类型|业务类型|交易类型|组织|部门).*不存在",
        ValidationFailed,
        "用友里没有这个基础档案编码",
        "The ERP has no such code of base data",
        (
            "system_admin",
            "在用友的基础档案里建立或启用它，或由中枢管理员改连接设置、映射里的对照表",
            "add or enable it there, or have the settings or the lookup table corrected",
        ),
    ),
    _meaning("单据.*不存在|数据不存在|订单.*不存在", RecordGone, "用友里没有这条记录", "The record is not there"),
    _meaning(
        "重复|已存在|已被占用",
        DuplicateInSystem,
        "编码或名称在用友中已被使用",
        "The number or name is taken",
        (
            "author",
            "在收件箱里选“关联到已有记录”，或改编码",
            "link to the existing record in the inbox, or change the number",
        ),
    ),
    _meaning(
        "已审核|审核中|已停用|审批流|不允许|已核销|已关闭",
        RecordRejected,
        "单据或它引用的资料当前的状态不允许这样做",
        "The state of the record, or of what it refers to, does not allow it",
        ("author", "在用友中弃审、启用或完成审批", "unaudit, enable or approve it in the ERP"),
    ),
    _meaning(
        "不存在|不能为空|必须|无效|错误|不一致|不能为0|不是有效",
        ValidationFailed,
        "用友拒绝了字段的值",
        "A field's value was refused",
        (
            "author",
            "在来源系统改正这个值，或在用友里补上它引用的资料",
            "correct the value at its source, or add there what it refers to",
        ),
    ),
)
_REFUSED = _meaning("", RecordRejected, "用友拒绝了这条记录", "The record was refused")


def refusal(vendor: Vendor) -> HubError:
    """The error of a record that was refused with these words; an unknown text is a rejection that shows it."""
    found = next((one for one in MEANINGS if one.pattern.search(vendor.message)), _REFUSED)
    said = vendor.message or vendor.code or "?"
    named = _NAMED.search(vendor.message)
    more = {"after": LOCKED_S} if found.error is RecordLocked else {}
    value = named.group(1) if named else ""
    zh = found.zh if said == found.zh else f"{found.zh}：{said}"
    error = found.error(zh, f"{found.en}: {said}", vendor=vendor, value=value, **more)
    return error.put_right_by(*found.todo) if found.todo else error
