"""The v2 signature: three headers, MD5 over app id, secret and time; nothing of the request itself."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from sandbox.ec.settings import EcSettings


def sign(app_id: str, app_secret: str, timestamp_ms: int | str) -> str:
    """X-Ec-Sign: upper-case hex MD5 of appId, appSecret and timeStamp in that order."""
    text = f"appId={app_id}&appSecret={app_secret}&timeStamp={timestamp_ms}"
    return hashlib.md5(text.encode()).hexdigest().upper()


def signed_headers(settings: EcSettings, now: datetime) -> dict[str, str]:
    """The three headers of a call made now."""
    stamp = str(round(now.timestamp() * 1000))
    return {
        "X-Ec-Cid": settings.corp_id,
        "X-Ec-TimeStamp": stamp,
        "X-Ec-Sign": sign(settings.app_id, settings.app_secret, stamp),
    }


def why_refused(headers: Mapping[str, str], settings: EcSettings, now: datetime) -> str | None:
    """The reason these headers are not accepted, or None. Header names are looked up without regard to case."""
    stamp = headers.get("x-ec-timestamp", "")
    if headers.get("x-ec-cid") != settings.corp_id:
        return "企业ID不正确"
    if not stamp.isdigit() or abs(now.timestamp() * 1000 - int(stamp)) > settings.sign_window_ms:
        return "时间戳已过期"
    expected = sign(settings.app_id, settings.app_secret, stamp)
    if not hmac.compare_digest(headers.get("x-ec-sign", "").encode(), expected.encode()):
        return "签名不正确"
    return None
