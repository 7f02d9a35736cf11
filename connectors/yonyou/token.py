"""The access token that all workers of a connection share, bound to the settings with which it was asked for."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

from hub.connector import Link
from hub.connector.redact import Redactor
from hub.errors import CredentialsRejected

_NAME = "token"


class TokenDead(CredentialsRejected):
    """Raised inside a client when the vendor no longer knows the token; the call did nothing."""


@dataclass
class SharedToken:
    """One refresh serves everyone. A token that was asked for with other settings is sent nowhere, but stays masked."""

    link: Link
    redactor: Redactor
    ask: Callable[[], tuple[str, float]]
    """Asks the vendor: (token, life in seconds)."""
    settings: tuple[str, ...]

    def __post_init__(self) -> None:
        self._print = hashlib.sha256(json.dumps(self.settings).encode()).hexdigest()[:16]
        self._known()

    def value(self) -> str:
        known = self._known()
        if not known:
            with self.link.tokens.lock(_NAME):
                known = self._known() or self._renew()
        return known

    def drop(self, token: str) -> None:
        self.link.tokens.drop(_NAME, f"{self._print} {token}")

    def _known(self) -> str:
        value = self.link.tokens.get(_NAME) or ""
        owner, _, token = value.partition(" ")
        self.redactor.hide(value)
        self.redactor.hide(token)
        return token if owner == self._print else ""

    def _renew(self) -> str:
        token, life_s = self.ask()
        self.redactor.hide(token)
        self.redactor.hide(f"{self._print} {token}")
        self.link.tokens.put(_NAME, f"{self._print} {token}", life_s)
        return token
