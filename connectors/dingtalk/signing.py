"""The group robot's signature (vendor note section 2.2). Pure."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime


def robot_sign(secret: str, timestamp: str) -> str:
    """Standard Base64 of the HMAC-SHA256 over timestamp, line feed and secret; the key is the whole `SEC…` text."""
    digest = hmac.new(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def signed(secret: str, now: datetime) -> Mapping[str, str]:
    """Query parameters of one request at `now`; none for a robot without a signing secret."""
    if not secret:
        return {}
    timestamp = str(int(now.timestamp() * 1000))
    return {"timestamp": timestamp, "sign": robot_sign(secret, timestamp)}
