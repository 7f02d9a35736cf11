"""The one access token of the app, valid for both families: the same while it lives, renewed by asking (1.1)."""

import secrets
from dataclasses import dataclass, field

from sandbox.dingtalk.settings import Settings


@dataclass
class Tokens:
    """Expiry by token text, in unix seconds; `current` is what asking again answers."""

    settings: Settings
    current: str = ""
    expires: dict[str, float] = field(default_factory=dict)

    def issue(self, now: float) -> str:
        """The living token, its life extended, or a new one."""
        if now >= self.expires.get(self.current, 0.0):
            self.current = secrets.token_hex(16)
        self.expires[self.current] = now + self.settings.token_lifetime_s
        return self.current

    def alive(self, text: str, now: float) -> bool:
        return now < self.expires.get(text, 0.0)

    def known(self, text: str) -> bool:
        return text in self.expires

    def kill(self, text: str) -> None:
        """The vendor takes a token back before its time."""
        if text in self.expires:
            self.expires[text] = 0.0
