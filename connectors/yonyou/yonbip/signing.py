"""Signatures of token requests and of events, and the key of encrypted events (yonyou.md 1.2, 3). Pure."""

import base64
import hashlib
import hmac
from collections.abc import Mapping

_AES_KEY = 43


def sign(params: Mapping[str, str], secret: str) -> str:
    """Base64 HMAC-SHA256 over name+value of every parameter, sorted by name; not yet percent-encoded."""
    return _hmac(secret, "".join(f"{name}{params[name]}" for name in sorted(params)))


def sign_event(secret: str, timestamp: str, nonce: str, encrypted: str) -> str:
    """The field `signature` of today's envelopes."""
    return _hmac(secret, "".join(sorted((timestamp, nonce, encrypted))))


def sign_event_old(secret: str, timestamp: str, nonce: str, encrypted: str) -> str:
    """The field `msgSignature` of envelopes of 2020: hex SHA-1 with the secret among the texts."""
    joined = "".join(sorted((secret, timestamp, nonce, encrypted)))
    return hashlib.sha1(joined.encode(), usedforsecurity=False).hexdigest()


def event_key(secret: str) -> str:
    """The 43 characters of the AES key: the secret without hyphens, cut or filled up with 0."""
    return secret.replace("-", "")[:_AES_KEY].ljust(_AES_KEY, "0")


def _hmac(secret: str, text: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()).decode()
