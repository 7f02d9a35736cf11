"""Who calls: what every request carries as its proof, by the manifest's recipe."""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from connectors.rest import times
from connectors.rest.names import filled, text
from connectors.rest.signing import joined, signature
from connectors.rest.spec.auth import BasicAuth, BearerAuth, KeyAuth, NoAuth, SignedAuth, TokenUse


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request as far as it is known before it is proved. `path` begins with a slash; `query` holds plain texts."""

    method: str
    path: str
    query: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Proof:
    """What goes out beside the request."""

    headers: Mapping[str, str]
    query: Mapping[str, str]


Fixed = NoAuth | KeyAuth | BearerAuth | BasicAuth


def fixed(auth: Fixed, settings: Mapping[str, Any]) -> Proof:
    """The same for every request."""
    if isinstance(auth, KeyAuth):
        return Proof(_texts(auth.headers, settings), _texts(auth.query, settings))
    if isinstance(auth, BearerAuth):
        return Proof({"Authorization": f"Bearer {text(auth.token, settings)}"}, {})
    if isinstance(auth, BasicAuth):
        return Proof({"Authorization": basic(text(auth.user, settings), text(auth.password, settings))}, {})
    return Proof({}, {})


def with_token(auth: TokenUse, settings: Mapping[str, Any], token: str) -> Proof:
    given = {**settings, "token": token}
    return Proof(_texts(auth.headers, given), _texts(auth.query, given))


def signed(auth: SignedAuth, settings: Mapping[str, Any], out: Outgoing, now: datetime) -> Proof:
    """Made anew for every try: stamps age, and a nonce counts once."""
    given = {
        **settings,
        "timestamp": times.stamp(now, auth.clock),
        "nonce": secrets.token_hex(16),
        "method": out.method,
        "path": out.path,
        "query": sorted_query(out.query),
        "body_sha256": hashlib.sha256(out.body).hexdigest(),
    }
    parts = [render(part, given, out.body) for part in auth.parts]
    secret = text(auth.secret, settings).encode()
    made = signature(joined(parts, auth.join), digest=auth.digest, secret=secret, encoding=auth.encoding)
    given |= {"signature": made, "body": ""}
    return Proof(_texts(auth.headers, given), _texts(auth.query, given))


def render(part: str, given: Mapping[str, Any], body: bytes) -> bytes:
    """A part of what is signed; {body} is the raw bytes."""
    pieces = part.split("{body}")
    return body.join(text(piece, given).encode() for piece in pieces)


def sorted_query(query: Mapping[str, str]) -> str:
    """a=1&b=2 by name, percent-encoded."""
    return "&".join(f"{quote(name, safe='')}={quote(query[name], safe='')}" for name in sorted(query))


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _texts(templates: Mapping[str, str], given: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in filled(templates, given).items()}
