"""Where a reply says that it failed, and what its codes and words mean."""

from typing import Any, Literal

from pydantic import Field

from connectors.rest.spec.base import At, Both, Check, Numbers, Strict, Texts

Meaning = Literal[
    "ok",
    "credentials",
    "token_expired",
    "permission",
    "config",
    "rate_limited",
    "unreachable",
    "locked",
    "unknown",
    "rejected",
    "invalid",
    "duplicate",
    "period_closed",
    "gone",
]
Operation = Literal["login", "list", "deleted", "read", "find", "create", "update", "upsert", "step"]
Job = Literal["hub_admin", "system_admin", "finance", "author", "nobody"]


class Rule(Strict):
    """The first rule whose conditions all hold says what the reply means. `text` is a piece of the message."""

    means: Meaning
    status: Numbers = ()
    code: Texts = ()
    text: str = ""
    check: Check | None = None
    calls: tuple[Operation, ...] = ()
    after: float = Field(30, ge=0)
    """Seconds until the next try (rate_limited, locked, unreachable)."""
    say: Both | None = None
    """What people are told, beside the vendor's own words."""
    who: Job | None = None
    """Whose job it is, where it is not the usual one."""
    press: Both | None = None
    """What they press, where that is not the usual thing: one clause without a full stop."""

    def model_post_init(self, _context: Any) -> None:
        if not (self.status or self.code or self.text or self.check):
            raise ValueError("请给出 status、code、text 或 check / give status, code, text or check")
        if bool(self.who) != bool(self.press):
            raise ValueError("who 和 press 要一起给出 / give who and press together")


class Errors(Strict):
    """`ok` must hold for every reply of success (beside HTTP 2xx). What no rule knows is never success: 4xx with a message
    refuses a record, everything else is tried again (reads) or looked up (writes)."""

    ok: Check | None = None
    code: At = ""
    message: At = ""
    request_id_header: str = "x-request-id"
    rules: tuple[Rule, ...] = ()
