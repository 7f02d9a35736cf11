"""What a vendor answered, and which error an answer means that is not the vendor's protocol."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
    if reply.safe:
        return Unreachable(
            f"{reply.system} 的回复无法识别（{zh}），稍后重试",
            f"Unrecognised reply of {reply.system} ({en})",
            vendor=vendor,
        )
    return OutcomeUnknown(
        f"{reply.system} 对写入的回复无法识别（{zh}），需先核对是否已写入",
        f"Unrecognised reply of {reply.system} to a write ({en}); look it up before trying again",
        vendor=vendor,
    )


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
    if reply.status == 401:
        return CredentialsRejected(f"{zh}，请检查凭证", f"{en}: check the credentials", vendor=vendor)
    if reply.status == 403:
        return PermissionMissing(
            f"{zh}，请检查权限和 IP 白名单", f"{en}: check rights and allowed addresses", vendor=vendor
        )
    if reply.status in (404, 405):
        return ConfigInvalid(f"{zh}，请检查地址", f"{en}: check the address", vendor=vendor, field="base_url")
    return untrusted(reply, f"HTTP {reply.status}", f"HTTP {reply.status}")


def retry_after(text: str, now: float) -> float | None:
    if not text:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except ValueError:
        return None
