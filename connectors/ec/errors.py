"""What EC's codes and words mean, as tables. No public list of business codes exists: what is unknown is never
success."""

import re
from typing import Any

from hub.connector.http import Reply, untrusted
from hub.connector.meaning import Meaning, duty
from hub.errors import (
    ConfigInvalid,
    CredentialsRejected,
    DuplicateInSystem,
    HubError,
    MappingInvalid,
    OutcomeUnknown,
    PermissionMissing,
    RateLimited,
    RecordGone,
    RecordLocked,
    RecordRejected,
    Text,
    Unreachable,
    ValidationFailed,
    Vendor,
)

SUCCESS = 200


class SignatureRefused(CredentialsRejected):
    """Raised for every authentication failure; a signature that aged on the way deserves one more try."""


KEYS = duty(
    "hub_admin",
    "在 EC“应用互联 → API 开发接口”核对企业 ID（corp_id）、应用 ID（app_id）、应用密钥（app_secret）和接口是否开通，"
    "并校准本机时间（签名只在 30 秒内有效），改好后测试并恢复连接",
    "in EC under API access compare corp_id, app_id and app_secret and see that the interface is open, set this machine's clock "
    "(a signature lives 30 seconds), then test and resume the connection",
)
RIGHTS = duty(
    "system_admin",
    "在 EC 后台给操作人（连接设置 opt_user_id 的员工）开通接口和数据权限，然后测试并恢复连接",
    "give the operator (the employee of the setting opt_user_id) the rights in EC, then test and resume the connection",
)
OPERATOR = duty(
    "hub_admin",
    "把连接设置 opt_user_id 改成一位在职、有数据权限的员工的 userId，然后测试并恢复连接",
    "change the setting opt_user_id to the userId of an active employee with data rights, then test and resume the connection",
)
ADDRESS = duty(
    "hub_admin",
    "把连接设置 base_url 改回 https://open.workec.com，然后测试并恢复连接",
    "set base_url back to https://open.workec.com, then test and resume the connection",
)
KEY_FIELD = duty(
    "system_admin",
    "在 EC 后台给客户和销售金额各加一个同名的文本自定义字段，然后测试并恢复连接",
    "add a text custom field of that name to customers and to sales in EC, then test and resume the connection",
)
FIELDS = duty(
    "hub_admin",
    "在映射 ec 里把字段编号改成 EC 后台“自定义字段”的编号，或去掉这一行，然后恢复连接",
    "in the mappings of ec use the numbers of the custom fields in EC, or take the line out, then resume the connection",
)
OWNER = duty(
    "author",
    "换一位在 EC 中在职的负责人，或在 EC 后台启用该员工",
    "choose an owner who is active in EC, or enable the employee there",
)

# Codes seen follow HTTP's meaning (200 success, 401, 404, 502); the others by analogy.
CODES = {
    401: Meaning(
        SignatureRefused, "EC 拒绝了身份验证", "EC refused the authentication", remedy=KEYS, field="app_secret"
    ),
    403: Meaning(
        PermissionMissing,
        "EC 拒绝访问这个接口",
        "EC denies access to this interface",
        remedy=RIGHTS,
        field="opt_user_id",
    ),
    404: Meaning(ConfigInvalid, "EC 没有这个接口", "EC has no such service", remedy=ADDRESS, field="base_url"),
    429: Meaning(RateLimited, "EC 调用过于频繁", "EC: too many calls"),
}
# Only the first wording has been seen in a real answer; the others are read with care, a wrong guess ends in the inbox.
CAUSES = (
    ("请稍后再试", Meaning(RecordLocked, "EC 中该客户正在被操作", "The customer is being worked on in EC")),
    (
        "操作人.*(不存在|停用|禁用|离职)",
        Meaning(
            ConfigInvalid, "EC 不接受操作人", "EC does not take the operator", remedy=OPERATOR, field="opt_user_id"
        ),
    ),
    (
        "(没有|无).*权限|权限不足",
        Meaning(RecordRejected, "操作人没有权限", "The operator lacks the right", remedy=RIGHTS, field="opt_user_id"),
    ),
    (
        "自定义字段不存在",
        Meaning(MappingInvalid, "EC 没有映射中的自定义字段", "EC lacks a custom field of the mapping", remedy=FIELDS),
    ),
    (
        "跟进人",
        Meaning(ValidationFailed, "EC 不接受负责人", "EC does not take the owner", remedy=OWNER, field="followUserId"),
    ),
    ("重复|已存在", Meaning(DuplicateInSystem, "EC 中已有相同的记录", "EC has such a record already")),
    (
        "产品.*(不存在|停用|下架)",
        Meaning(ValidationFailed, "EC 不接受订单的产品", "EC does not take a product of the order", field="products"),
    ),
    ("不存在", Meaning(RecordGone, "EC 中找不到该记录", "EC does not know the record")),
)
"""Pattern -> meaning, the first that is found counts."""


def judge(reply: Reply) -> None:
    """Raises what the envelope means; the delete feed spells its keys errCode and errMsg."""
    body = reply.data
    code = _code(body)
    if code is None:
        raise untrusted(reply, "不是 EC 的格式", "not EC's envelope")
    if code != SUCCESS:
        raise _meaning(reply, code, str(body.get("msg") or body.get("errMsg") or ""))


def row_error(cause: str, vendor: Vendor) -> HubError:
    """The error of one refused row; `cause` is free Chinese text."""
    meaning = _cause(cause) or Meaning(RecordRejected, "EC 拒绝了该记录", "EC refused the record")
    return meaning.said(vendor, more=_quoted(cause))


def _code(body: Any) -> int | None:
    if not isinstance(body, dict):
        return None
    code = body.get("code", body.get("errCode"))
    text = str(code)
    return int(text) if isinstance(code, (int, str)) and not isinstance(code, bool) and text.isdigit() else None


def _meaning(reply: Reply, code: int, message: str) -> HubError:
    vendor = reply.vendor(code, message)
    meaning = CODES.get(code)
    if meaning is not None:
        return meaning.said(vendor, more=_quoted(message))
    if 400 <= code < 500:
        return row_error(message, vendor)
    zh, en = f"EC 返回错误 {code}：{message}", f"EC answered {code}: {message}"
    if reply.safe:
        return Unreachable(zh, en, vendor=vendor)
    return OutcomeUnknown(f"{zh}，需先核对是否已写入", f"{en}; look it up before trying again", vendor=vendor)


def _quoted(message: str) -> Text:
    return Text(f"：{message}", f": {message}")


def _cause(text: str) -> Meaning | None:
    return next((meaning for words, meaning in CAUSES if re.search(words, text)), None)
