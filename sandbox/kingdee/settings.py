"""The switches of the Kingdee sandbox: what it accepts, and how it behaves where the vendor note says "unknown"."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

BUMPABLE = frozenset(
    {
        "submit",
        "audit",
        "unaudit",
        "cancel_assign",
        "forbid",
        "enable",
        "cancel",
        "close",
        "write_off",
        "bank_post",
    }
)


@dataclass
class Settings:
    """Credentials and switches; README.md explains each. Times in seconds."""

    acct_id: str = "60a0000000000a"
    username: str = "demo"
    password: str = "demo-password"
    app_id: str = "100001_QUJDREVGR0hJSktMTU5PUFFSU1RVVldY"
    app_secret: str = "0123456789abcdef0123456789abcdef"
    lcid: int = 2052
    org_number: str = "100"
    context: str = "K3Cloud"

    session_lifetime_s: float = 1200.0
    signature_max_age_s: float | None = None
    null_session_id: bool = False
    row_cap: int = 2000
    waf_blocks_less_than: bool = False
    key_order_matters: bool = False
    strict_required: bool = True
    submitted_is_locked: bool = True
    head_only_update_deletes_entries: bool = True
    references_need_audit: bool = False
    closed_until: str = ""
    text_length: int = 255
    authorized: bool = True
    licensed: bool = True
    waf_decodes: bool = False
    forbid_needs_audit: bool = True
    partial_batch_is_success: bool = False
    repeat_window_s: float = 60.0
    async_polls: int = 1
    blank_text: str = " "
    decimal_places: int = 10
    bumps: frozenset[str] = frozenset()
    hidden_forms: frozenset[str] = frozenset()
    denied: frozenset[str] = frozenset()


def make_settings(given: Mapping[str, object] | None) -> Settings:
    """Settings from a mapping. Raises ValueError for a name or an operation it does not know."""
    values = dict(given or {})
    known = {item.name for item in fields(Settings)}
    if unknown := set(values) - known:
        raise ValueError(f"unknown settings {sorted(unknown)}; known: {sorted(known)}")
    for name in ("bumps", "hidden_forms", "denied"):
        if name in values:
            values[name] = _words(values[name])
    made = replace(Settings(), **values)  # type: ignore[arg-type]
    if strange := made.bumps - BUMPABLE:
        raise ValueError(f"bumps names unknown operations {sorted(strange)}; known: {sorted(BUMPABLE)}")
    return made


def _words(value: object) -> frozenset[str]:
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, list | tuple | set | frozenset):
        raise ValueError(f"a list of names is expected, not {value!r}")
    return frozenset(str(item).strip() for item in items if str(item).strip())
