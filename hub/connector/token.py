"""The access token that all workers of a connection share, bound to the settings with which it was asked for."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from hub.connector.link import Link
from hub.connector.redact import Redactor
from hub.errors import CredentialsRejected

T = TypeVar("T")
NAME = "token"


class TokenDead(CredentialsRejected):
    """Raised inside a client when the vendor no longer knows the token; the call did nothing. Only when a new one is refused too
    must an admin act."""


@dataclass
class SharedToken:
    """One refresh serves everyone. A token that was asked for with other settings is sent nowhere, but stays masked."""

    link: Link
    redactor: Redactor
    ask: Callable[[], tuple[str, float]]
    """Asks the vendor: (token, life in seconds, less what a call may take)."""
    settings: tuple[str, ...]
    """All that decides which token the vendor gives: two accounts must differ in it."""

    def __post_init__(self) -> None:
        self._print = hashlib.sha256(json.dumps(self.settings).encode()).hexdigest()[:16]
        self._known()

    def use(self, call: Callable[[str], T]) -> T:
        """`call` with the token, and once more with a new one when it raised TokenDead."""
        token = self.value()
        try:
            return call(token)
        except TokenDead:
            self.drop(token)
        return call(self.value())

    def value(self) -> str:
        """The token; whoever finds none fetches it under the lock, the others wait and take that one."""
        known = self._known()
        if not known:
            with self.link.tokens.lock(NAME):
                known = self._known() or self._renew()
        return known

    def drop(self, token: str) -> None:
        """Forget a dead token, unless somebody renewed it already."""
        self.link.tokens.drop(NAME, f"{self._print} {token}")

    def _known(self) -> str:
        value = self.link.tokens.get(NAME) or ""
        owner, _, token = value.partition(" ")
        self.redactor.hide(value)
        self.redactor.hide(token)
        return token if owner == self._print else ""

    def _renew(self) -> str:
        token, life_s = self.ask()
        self.redactor.hide(token)
        self.redactor.hide(f"{self._print} {token}")
        self.link.tokens.put(NAME, f"{self._print} {token}", life_s)
        return token
