"""What EC's codes and words mean, as tables. No public list of business codes exists: what is unknown is never
success."""

from dataclasses import dataclass
from typing import Any

from hub.connector.http import Reply, untrusted
from hub.errors import (
    ConfigInvalid,
    CredentialsRejected,
    DuplicateInSystem,
    HubError,
    OutcomeUnknown,
    PermissionMissing,
    RateLimited,
    RecordGone,
    RecordLocked,
    RecordRejected,
    Unreachable,
    Vendor,
)

SUCCESS = 200


class SignatureRefused(CredentialsRejected):
    """Raised for every authentication failure; a signature that aged on the way deserves one more try."""


@dataclass(frozen=True, slots=True)
class Meaning:
    error: type[HubError]
    zh: str
    en: str


# Codes seen follow HTTP's meaning (200 success, 401, 404, 502); the others by analogy.
CODES = {
    401: Meaning(
        SignatureRefused,
        "EC 拒绝了签名，请检查应用 ID、密钥和服务器时间",
        "EC refused the signature: check app ID, secret and clock",
    ),
    403: Meaning(PermissionMissing, "EC 拒绝访问，请检查接口权限", "EC denies access: check the API rights"),
    404: Meaning(ConfigInvalid, "EC 没有这个接口，请检查接口地址", "EC has no such service: check the address"),
    429: Meaning(RateLimited, "EC 调用过于频繁", "EC: too many calls"),
}
# Only the first wording has been seen in a real answer; the others are read with care, a wrong guess ends in the inbox.
CAUSES = (
    ("请稍后再试", Meaning(RecordLocked, "EC 中该客户正在被操作，稍后重试", "The customer is being worked on in EC")),
    ("重复", Meaning(DuplicateInSystem, "EC 中已有相同的记录", "EC has such a record already")),
    ("已存在", Meaning(DuplicateInSystem, "EC 中已有相同的记录", "EC has such a record already")),
    ("不存在", Meaning(RecordGone, "EC 中找不到该记录", "EC does not know the record")),
)


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
    meaning = _cause(cause)
    if meaning is None:
        return RecordRejected(f"EC 拒绝了该记录：{cause}", f"EC refused the record: {cause}", vendor=vendor)
    return meaning.error(f"{meaning.zh}：{cause}", f"{meaning.en}: {cause}", vendor=vendor)


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
        return meaning.error(f"{meaning.zh}：{message}", f"{meaning.en}: {message}", vendor=vendor)
    if 400 <= code < 500:
        return row_error(message, vendor)
    zh, en = f"EC 返回错误 {code}：{message}", f"EC answered {code}: {message}"
    if reply.safe:
        return Unreachable(zh, en, vendor=vendor)
    return OutcomeUnknown(f"{zh}，需先核对是否已写入", f"{en}; look it up before trying again", vendor=vendor)


def _cause(text: str) -> Meaning | None:
    return next((meaning for words, meaning in CAUSES if words in text), None)
