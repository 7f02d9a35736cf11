"""Signatures of 金蝶云星空: LoginBySign and the signed request headers (kingdee.md 2.1, 2.2). Pure."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

# The client secret inside an app id is masked bytewise with the start of this text (2.2 step 2).
_MASK = b"0054f397c6234378b09ca7d3e5debce7"
_PACKED_SECRET_CHARS = 32


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs. `org_number` "" is sent as 0, as the vendor's own clients do."""

    acct_id: str
    username: str
    app_id: str
    app_secret: str
    lcid: int = 2052
    org_number: str = ""

    def __repr__(self) -> str:
        return f"Signer(acct_id={self.acct_id!r}, username={self.username!r}, app_id={self.client_id!r})"

    @property
    def client_id(self) -> str:
        return self.app_id.split("_")[0]

    def login_sign(self, timestamp: int) -> str:
        """The `sign` parameter of LoginBySign: SHA-256 of the five texts in ordinal order."""
        parts = sorted([self.acct_id, self.username, self.app_id, self.app_secret, str(timestamp)])
        return hashlib.sha256("".join(parts).encode()).hexdigest()

    def headers(self, url: str, timestamp: int) -> dict[str, str]:
        """The headers that prove a POST to `url` (epoch seconds; the nonce repeats them, as the official client
        does)."""
        stamp = str(timestamp)
        appdata = f"{self.acct_id},{self.username},{self.lcid},{self.org_number or 0}"
        return {
            "X-Api-ClientID": self.client_id,
            "X-Api-Auth-Version": "2.0",
            "x-api-timestamp": stamp,
            "x-api-nonce": stamp,
            "x-api-signheaders": "x-api-timestamp,x-api-nonce",
            "X-Api-Signature": _signed(client_secret(self.app_id), _to_sign(url, stamp)),
            "X-Kd-Appkey": self.app_id,
            "X-Kd-Appdata": base64.b64encode(appdata.encode()).decode(),
            "X-Kd-Signature": _signed(self.app_secret, self.app_id + appdata),
        }


def client_secret(app_id: str) -> str:
    """The key of X-Api-Signature, unmasked from the app id; "" when the id is not `<digits>_<32 characters>`."""
    parts = app_id.split("_")
    if len(parts) != 2 or len(parts[1]) != _PACKED_SECRET_CHARS:
        return ""
    masked = base64.b64decode(parts[1])
    return base64.b64encode(bytes(a ^ b for a, b in zip(masked, _MASK, strict=False))).decode()


def _to_sign(url: str, stamp: str) -> str:
    path = quote(unquote(urlsplit(url).path), safe="")
    return f"POST\n{path}\n\nx-api-nonce:{stamp}\nx-api-timestamp:{stamp}\n"


def _signed(key: str, message: str) -> str:
    digest = hmac.new(key.encode(), message.encode(), hashlib.sha256).hexdigest()
    return base64.b64encode(digest.encode()).decode()
