"""Kingdee signatures as the server checks them: LoginBySign and the signed request headers. Pure."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote

# The first 24 bytes mask the client secret inside an app id (kingdee.md 2.2, step 2).
_MASK = b"0054f397c6234378b09ca7d3e5debce7"
_SECRET_CHARS = 32


def login_signatures(acct_id: str, username: str, app_id: str, app_secret: str, timestamp: str) -> frozenset[str]:
    """The SHA-256 and the old SHA-1 form of a LoginBySign signature; either is accepted (2.1)."""
    text = "".join(sorted([acct_id, username, app_id, app_secret, timestamp])).encode()
    return frozenset({hashlib.sha256(text).hexdigest(), hashlib.sha1(text).hexdigest()})


def client_secret(app_id: str) -> str:
    """The key of X-Api-Signature, unmasked from the app id; "" when the id has another shape (2.2, steps 1-2)."""
    parts = app_id.split("_")
    if len(parts) != 2 or len(parts[1]) != _SECRET_CHARS:
        return ""
    try:
        raw = base64.b64decode(parts[1], validate=True)
    except binascii.Error:
        return ""
    return base64.b64encode(bytes(a ^ b for a, b in zip(raw, _MASK, strict=False))).decode()


def _hex_hmac(key: str, message: str) -> str:
    digest = hmac.new(key.encode(), message.encode(), hashlib.sha256).hexdigest()
    return base64.b64encode(digest.encode()).decode()


def api_signature(app_id: str, path: str, nonce: str, timestamp: str) -> str:
    """X-Api-Signature of a POST to `path` (the path as sent, case kept; the body is not signed)."""
    encoded = quote(unquote(path), safe="")
    text = f"POST\n{encoded}\n\nx-api-nonce:{nonce}\nx-api-timestamp:{timestamp}\n"
    return _hex_hmac(client_secret(app_id), text)


def app_signature(app_id: str, app_secret: str, appdata: str) -> str:
    """X-Kd-Signature over the decoded X-Kd-Appdata."""
    return _hex_hmac(app_secret, app_id + appdata)


@dataclass(frozen=True)
class SignedIdentity:
    """What X-Kd-Appdata names: tenant, user, language, current organization ("" when the client sent 0 or null)."""

    acct_id: str
    username: str
    lcid: str
    org_number: str


def identity_of(headers: Mapping[str, str]) -> SignedIdentity | None:
    """The identity that signed headers claim, unverified; None when the request is not signed (names lower-case)."""
    appdata = _decoded(headers.get("x-kd-appdata", ""))
    parts = appdata.split(",")
    if len(parts) != 4:
        return None
    org = "" if parts[3] in {"0", "null", ""} else parts[3]
    return SignedIdentity(parts[0], parts[1], parts[2], org)


def headers_are_valid(headers: Mapping[str, str], path: str, *, app_id: str, app_secret: str) -> bool:
    """Whether both signatures of a request hold for this application (header names lower-case)."""
    stamp, nonce = headers.get("x-api-timestamp", ""), headers.get("x-api-nonce", "")
    if not stamp or not nonce or headers.get("x-kd-appkey") != app_id:
        return False
    wanted = api_signature(app_id, path, nonce, stamp)
    wanted_app = app_signature(app_id, app_secret, _decoded(headers.get("x-kd-appdata", "")))
    return hmac.compare_digest(wanted, headers.get("x-api-signature", "")) and hmac.compare_digest(
        wanted_app, headers.get("x-kd-signature", "")
    )


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
