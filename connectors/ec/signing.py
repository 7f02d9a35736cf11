"""The v2 signature (vendor note section 1.2). Pure: the time is an argument."""

import hashlib
from datetime import datetime


def sign(app_id: str, app_secret: str, stamp_ms: int) -> str:
    """Upper-case hex MD5 over application, secret and time; path and body are not covered by it."""
    text = f"appId={app_id}&appSecret={app_secret}&timeStamp={stamp_ms}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()


def headers(corp_id: str, app_id: str, app_secret: str, *, now: datetime) -> dict[str, str]:
    """The three headers of one try. They age within 30 seconds: never reuse them for a second try."""
    stamp = int(now.timestamp() * 1000)
    return {"X-Ec-Cid": corp_id, "X-Ec-TimeStamp": str(stamp), "X-Ec-Sign": sign(app_id, app_secret, stamp)}
