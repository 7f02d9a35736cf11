"""What a system pushes: proved first, then read, and only as a hint."""

from typing import Annotated, Literal

from pydantic import Field

from connectors.rest.spec.auth import Clock, Recipe
from connectors.rest.spec.base import At, Strict


class Place(Strict):
    """A header or a query parameter of the push."""

    header: str = Field("", pattern=r"^[a-z0-9-]*$")
    query: str = ""


class TokenProof(Strict):
    """A secret word in the address or in a header."""

    kind: Literal["token"]
    given: Place
    secret: str


class SignatureProof(Recipe):
    """A signature over the raw bytes. Parts may use {body}, {query.NAME}, {header.NAME} and settings. `prefix` is cut off the
    given signature (sha256=). With `timestamp` a push older than `fresh_s` is refused."""

    kind: Literal["signature"]
    given: Place
    prefix: str = ""
    timestamp: Place | None = None
    clock: Clock = "s"
    fresh_s: int = Field(3600, gt=0)


Proof = Annotated[TokenProof | SignatureProof, Field(discriminator="kind")]


class Webhook(Strict):
    """`id` and `event` stand in the JSON body. `entity` is where the body names the object; `entities` ties its values (names
    of settings may be used) to entities. A push that names none is a hint for all. `key` tells one delivery from the next
    (without it: the body)."""

    proof: Proof
    id: At = ""
    event: At = ""
    entity: At = ""
    entities: dict[str, str] = Field(default_factory=dict)
    key: Place | None = None
    reply: str = "success"
