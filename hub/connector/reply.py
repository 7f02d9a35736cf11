"""What a vendor answered, and which error an answer means that is not the vendor's protocol."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal, TypeVar

from hub.connector.json_exact import decode
from hub.errors import (
    ConfigInvalid,
    CredentialsRejected,
    HubError,
    OutcomeUnknown,
    PermissionMissing,
    Unreachable,
    Vendor,
)

Expect = Literal["json", "any"]
T = TypeVar("T")
_PAGE = re.compile(r"(?is)\s*(<!doctype html|<html|<\?xml[^>]*>\s*<html|<head|<body)")
_TITLE = re.compile(r"(?is)<title[^>]*>(.*?)</title>")
_TAG = re.compile(r"(?is)<(script|style)\b.*?</\1>|<[^>]*>")
_TITLE_CHARS = 60


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `data` is parsed JSON with Decimal for fractions; header names are lower case."""

    system: str
    operation: str
    safe: bool
    status: int
    headers: Mapping[str, str]
    content: bytes
    data: Any = None
    cookies: Mapping[str, str] = field(default_factory=dict)
    request_id: str = ""

    @property
    def text(self) -> str:
        return self.content.decode("utf-8-sig", "replace")

    def at(self, *path: str | int, kind: type[T]) -> T:
        """The part of `data` at `path`. Raises like `untrusted` when it is not there or not a `kind`."""
        part = self.data
        for key in path:
            try:
                part = part[key]
            except (KeyError, IndexError, TypeError):
                part = None
        if not isinstance(part, kind):
            where = ".".join(map(str, path)) or "body"
            raise untrusted(self, f"缺少 {where}", f"no {kind.__name__} at {where}")
        return part

    def vendor(self, code: object = "", message: object = "") -> Vendor:
        """The evidence to hang on an error that this reply means."""
        return Vendor(self.system, self.operation, str(code), str(message)[:500], self.request_id)


def untrusted(reply: Reply, zh: str, en: str) -> HubError:
    """The error for a reply that is not the vendor's protocol: tried again when the call was safe, never for a
    write."""
    vendor = reply.vendor(reply.status, reply.text[:200])
    title = page_title(reply.text)
    if title:
        zh, en = f"{zh}，是网页“{title}”", f"{en}, the web page “{title}”"
    if reply.safe:
        return Unreachable(
            f"{reply.system} 的回复无法识别（{zh}）", f"Unrecognised reply of {reply.system} ({en})", vendor=vendor
        )
    return OutcomeUnknown(
        f"{reply.system} 对写入的回复无法识别（{zh}）",
        f"Unrecognised reply of {reply.system} to a write ({en})",
        vendor=vendor,
    )


def page_title(text: str) -> str:
    """What a web page calls itself, or its first words; "" for what is no web page. Maintenance pages say there what they are."""
    start = text[:4000]
    if not _PAGE.match(start):
        return ""
    named = _TITLE.search(start)
    words = " ".join(_TAG.sub(" ", named.group(1) if named and named.group(1).strip() else start).split())
    return words if len(words) <= _TITLE_CHARS else words[: _TITLE_CHARS - 1] + "…"


def parsed(reply: Reply, expect: Expect) -> Reply:
    try:
        data = decode(reply.content)
    except ValueError:
        if expect == "json" and reply.status < 300:
            raise untrusted(reply, "不是 JSON", "not JSON") from None
        return reply
    return replace(reply, data=data)


def status_error(reply: Reply) -> HubError:
    """A 4xx that the vendor's own envelope does not explain: the request was refused before it did anything."""
    vendor = reply.vendor(reply.status, reply.text[:200])
    zh, en = (
        f"{reply.system} 拒绝了请求（HTTP {reply.status}）",
        f"{reply.system} refused the request (HTTP {reply.status})",
    )
    title = page_title(reply.text)
    if title:
        zh, en = f"{zh}：网页“{title}”", f"{en}: the web page “{title}”"
    if reply.status == 401:
        return CredentialsRejected(zh, en, vendor=vendor)
    if reply.status == 403:
        return PermissionMissing(zh, en, vendor=vendor).put_right_by(
            "system_admin",
            "在对方系统（或它前面的防火墙）里放行中枢的出口地址，并给集成账号补上这个接口的权限",
            "admit the hub's outgoing address there (or at the firewall in front), and give the hub's account the right to this "
            "interface",
        )
    if reply.status in (404, 405):
        return ConfigInvalid(zh, en, vendor=vendor, field="base_url").put_right_by(
            "hub_admin",
            "核对连接设置里的地址（hub connections change），然后测试并恢复",
            "check the address in the connection's settings (hub connections change), then test and resume",
        )
    return untrusted(reply, f"HTTP {reply.status}", f"HTTP {reply.status}")


def retry_after(text: str, now: float) -> float | None:
    if not text:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    until = moment_of(text)
    return max(0.0, until.timestamp() - now) if until else None


def moment_of(text: str) -> datetime | None:
    """The moment of an HTTP date; None for anything else."""
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
