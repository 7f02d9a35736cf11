"""Signatures by recipe: parts, joined, digested, encoded. Pure."""

import base64
import hashlib
import hmac
from collections.abc import Sequence

from connectors.rest.spec.auth import Digest, Encoding


def signature(parts: Sequence[bytes], *, digest: Digest, secret: bytes = b"", encoding: Encoding = "hex") -> str:
    """The signature over the joined parts; `secret` is the key of an hmac and unused otherwise."""
    joined = b"".join(parts)
    name = digest.removeprefix("hmac-")
    made = hmac.new(secret, joined, name) if digest.startswith("hmac-") else hashlib.new(name, joined)
    if encoding == "base64":
        return base64.b64encode(made.digest()).decode()
    return made.hexdigest().upper() if encoding == "HEX" else made.hexdigest()


def joined(parts: Sequence[bytes], separator: str) -> list[bytes]:
    """The parts with the separator between them."""
    between = separator.encode()
    return [piece for part in parts for piece in (between, part)][1:]
