"""Small pure pieces of text: canonical JSON, HMAC signatures of robots, ids that look like the vendor's."""

import base64
import hashlib
import hmac
import json


def canonical(value: object) -> str:
    """A JSON text that is equal for equal values."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def robot_sign(secret: str, timestamp: str) -> str:
    """Base64 of HMAC-SHA256 over "timestamp\\nsecret" with the secret as key (sections 2.2 and 2.4), not URL-encoded."""
    digest = hmac.new(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def union_id(userid: str) -> str:
    """The union id of a member made without one: never equal to the user id, always the same."""
    return f"uN{hashlib.sha256(userid.encode()).hexdigest()[:18]}iEiE"
