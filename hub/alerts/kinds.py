"""Events about the hub itself, and what templates and conditions see of them as `record`. Pure."""

from collections.abc import Mapping
from typing import Any

PAUSED, UNREACHABLE, RECOVERED = "connection.paused", "connection.unreachable", "connection.recovered"
WAITING = "inbox.waiting"

NOTICES: Mapping[str, Mapping[str, Any]] = {
    PAUSED: {
        "name": "erp",
        "system": "acme",
        "message": "密钥不对",
        "todo": "由中枢管理员处理：核对密钥",
        "since": "11-21 09:00",
    },
    UNREACHABLE: {
        "name": "erp",
        "system": "acme",
        "message": "没有应答",
        "todo": "无需处理，会自动重试",
        "since": "11-21 09:00",
    },
    RECOVERED: {"name": "erp", "system": "acme", "since": "11-21 09:00"},
    WAITING: {"total": 3, "oldest_days": 2, "lines": [{"connection": "erp", "kind": "冲突", "count": 3}]},
}
"""Kind -> the fields of its `record`, with samples; times are local, texts Chinese."""


def is_notice(kind: str) -> bool:
    return kind in NOTICES


def sample_notice(kind: str, *, full: bool) -> dict[str, Any]:
    """What a template is checked with: every field with a value, or (not full) without."""
    return {name: value if full or isinstance(value, list) else None for name, value in NOTICES[kind].items()}
