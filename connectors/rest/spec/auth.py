"""How a system wants to be shown who calls."""

from typing import Annotated, Literal

from pydantic import Field

from connectors.rest.spec.base import At, Request, Strict

Digest = Literal["md5", "sha1", "sha256", "sha512", "hmac-md5", "hmac-sha1", "hmac-sha256", "hmac-sha512"]
Encoding = Literal["hex", "HEX", "base64"]
Clock = Literal["s", "ms", "iso"]


class NoAuth(Strict):
    kind: Literal["none"]


class KeyAuth(Strict):
    """Fixed values in headers or in the query."""

    kind: Literal["key"]
    headers: dict[str, str] = Field(default_factory=dict)
    query: dict[str, str] = Field(default_factory=dict)


class BearerAuth(Strict):
    kind: Literal["bearer"]
    token: str


class BasicAuth(Strict):
    kind: Literal["basic"]
    user: str
    password: str


class Recipe(Strict):
    """How a signature is made: the parts, joined, digested (an hmac with `secret`), encoded."""

    digest: Digest
    parts: tuple[str, ...] = Field(min_length=1)
    join: str = ""
    secret: str = ""
    encoding: Encoding = "hex"


class SignedAuth(Recipe):
    """A signature per request. Parts may use {timestamp} {nonce} {method} {path} {query} (sorted) {body} {body_sha256};
    `headers` and `query` say where {signature} and the others go."""

    kind: Literal["signature"]
    clock: Clock = "ms"
    headers: dict[str, str] = Field(default_factory=dict)
    query: dict[str, str] = Field(default_factory=dict)


class TokenUse(Strict):
    """Where a token goes ({token}), and how long it lives when its reply does not say so."""

    headers: dict[str, str] = Field(default_factory=lambda: {"Authorization": "Bearer {token}"})
    query: dict[str, str] = Field(default_factory=dict)
    life_s: int = Field(3600, gt=0)


class OAuth2Auth(TokenUse):
    """OAuth2 with client credentials, or with a user's name and password. `scope` and the like go into `extra`."""

    kind: Literal["oauth2"]
    grant: Literal["client_credentials", "password"]
    token_path: str
    client_id: str
    client_secret: str
    client_in: Literal["form", "basic"] = "form"
    user: str = ""
    password: str = ""
    extra: dict[str, str] = Field(default_factory=dict)
    token: At = "access_token"  # noqa: S105 - a place, not a secret
    expires: At = "expires_in"


class LoginAuth(TokenUse):
    """A session: one request whose reply holds a token (a place in the body, a header or a cookie)."""

    kind: Literal["login"]
    request: Request
    token: At = ""
    token_header: str = ""
    token_cookie: str = ""
    expires: At = ""


Auth = Annotated[
    NoAuth | KeyAuth | BearerAuth | BasicAuth | SignedAuth | OAuth2Auth | LoginAuth, Field(discriminator="kind")
]
