"""What 用友 says in words -> hub error: both products report business refusals as text under one code. Pure.

Each Chinese text says what happened, whose job it is and what to press.
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


@dataclass(frozen=True, slots=True)
class Meaning:
    pattern: re.Pattern[str]
    error: Callable[..., HubError]
    zh: str
    en: str


def _meaning(pattern: str, error: Callable[..., HubError], zh: str, en: str) -> Meaning:
    return Meaning(re.compile(pattern), error, zh, en)


MEANINGS: Sequence[Meaning] = (
    _meaning(
        "结账|关账|会计期间",
        PeriodClosed,
        "会计期间已结账。请财务在用友“期末处理”中反结账，或在来源系统改单据日期，然后在收件箱按“重试”",
        "The accounting period is closed. Finance reopens it, or the date is changed; then press retry in the inbox",
    ),
    _meaning(
        "正在(被其他用户)?操作|其他用户正在|已被他人修改|请刷新后",
        RecordLocked,
        "单据正被别人使用，稍后自动重试",
        "Somebody else holds the record; tried again by itself",
    ),
    _meaning(
        "绑定用户",
        PermissionMissing,
        "这个接口要求应用绑定用户。请用友管理员在“API 应用”里绑定集成用户，然后在连接上按“测试”",
        "The app must be bound to a user. The administrator binds one, then press test on the connection",
    ),
    _meaning(
        "没有.*权限|无.*权限|权限不足|未授权",
        PermissionMissing,
        "集成用户缺少权限。请用友管理员授予，然后在连接上按“测试”",
        "The integration user lacks a right. The administrator grants it, then press test on the connection",
    ),
    _meaning(
        "长度|超长|过长|最大.*字符",
        ValidationFailed,
        "有字段过长。请业务人员在来源系统缩短它，或由管理员在映射里加上 max，然后按“重试”",
        "A field is too long. Shorten it at its source or give the mapping a max, then press retry",
    ),
    _meaning(
        "(计量单位|单位|税目|税率|币种|汇率类型|业务类型|交易类型|组织|部门).*不存在",
        ValidationFailed,
        "用友里没有这个基础档案编码。请用友管理员建立它，或改连接设置、映射里的对照表，然后按“重试”",
        "The ERP has no such code of base data. Create it there or correct settings or lookup table, then press retry",
    ),
    _meaning(
        "单据.*不存在|数据不存在|订单.*不存在",
        RecordGone,
        "用友里没有这条记录",
        "The record is not there",
    ),
    _meaning(
        "重复|已存在|已被占用",
        DuplicateInSystem,
        "编码或名称在用友中已被使用。请业务人员在收件箱里选“关联到已有记录”，或改编码后按“重试”",
        "The number or name is taken. Link to the existing record in the inbox, or change it and press retry",
    ),
    _meaning(
        "已审核|审核中|已停用|审批流|不允许|已核销|已关闭",
        RecordRejected,
        "单据当前的状态不允许这样做。请业务人员在用友中弃审、启用或完成审批，然后按“重试”",
        "The record's state does not allow it. Unaudit, enable or approve it in the ERP, then press retry",
    ),
    _meaning(
        "不存在|不能为空|必须|无效|错误|不一致|不能为0|不是有效",
        ValidationFailed,
        "用友拒绝了字段的值。请业务人员在来源系统改正，然后按“重试”",
        "A field's value was refused. Correct it at its source, then press retry",
    ),
)
_REFUSED = _meaning(
    "",
    RecordRejected,
    "用友拒绝了这条记录，请按提示修改后按“重试”",
    "The record was refused; change it as it says and press retry",
)


def refusal(vendor: Vendor) -> HubError:
    """The error of a record that was refused with these words; an unknown text is a rejection that shows it."""
    found = next((one for one in MEANINGS if one.pattern.search(vendor.message)), _REFUSED)
    said = vendor.message or vendor.code or "?"
    named = _NAMED.search(vendor.message)
    more = {"after": LOCKED_S} if found.error is RecordLocked else {}
    value = named.group(1) if named else ""
    return found.error(f"{found.zh}：{said}", f"{found.en}: {said}", vendor=vendor, value=value, **more)
