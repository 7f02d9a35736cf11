"""Which records an event is about, the same for HTTP callbacks and for Stream. Pure."""

import hashlib
from collections.abc import Mapping
from typing import Any

from hub.connector.contract import Hint

MEMBERS = ("user_add_org", "user_modify_org", "user_leave_org", "user_active_org")
DEPARTMENTS = ("org_dept_create", "org_dept_modify", "org_dept_remove")
APPROVALS = ("bpms_instance_change", "bpms_task_change")


def hints(event: Mapping[str, Any], process_code: str, *, plain: bytes, kind: str = "", key: str = "") -> list[Hint]:
    """Hints of one event; [] for an unknown one or an approval of another template.

    Names come in both cases (UserId, userId). `kind` and `key` are given where they stand outside of the body. A
    delivery's key is the vendor's event id, or the hash of the text where there is none.
    """
    given = {str(name).lower(): value for name, value in event.items()}
    kind = kind or str(given.get("eventtype") or "")
    key = key or str(given.get("eventid") or "") or hashlib.sha256(plain).hexdigest()
    if kind in MEMBERS:
        return [Hint("employee", one, kind, key) for one in _ids(given.get("userid"))]
    if kind in DEPARTMENTS:
        return [Hint("employee", "", kind, key)]
    if kind in APPROVALS and process_code and given.get("processcode", process_code) == process_code:
        return [
            Hint("approval", one, f"{kind}.{given.get('type', '')}", key)
            for one in _ids(given.get("processinstanceid"))
        ]
    return []


def _ids(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)] if value else []
