"""Approvals as native records, and the body that starts one (vendor note section 4.1). Pure."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from hub.connector.contract import Native, Remote
from hub.errors import ValidationFailed

CHINA = timezone(timedelta(hours=8))
RUNNING = ("RUNNING", "NEW")
_COPIED = ("title", "businessId", "originatorUserId", "originatorDeptId", "status", "result")
_DECISIONS = ("EXECUTE_TASK_", "TERMINATE_PROCESS_INSTANCE")


def remote(instance: str, row: Native, key_field: str) -> Remote:
    """One instance. `form` holds its values by label, `decided` the last decision, times are ISO with their zone."""
    form = {str(one.get("name")): one.get("value") for one in row.get("formComponentValues") or []}
    number = str(row.get("businessId") or "")
    data: Native = {name: row[name] for name in _COPIED if name in row}
    data["form"] = form
    for name in ("createTime", "finishTime"):
        data[name] = _moment(str(row.get(name) or ""), number, str(row.get("createTime") or ""))
    data["decided"] = _decision(row)
    return Remote(instance, data, number=number, key=str(form.get(key_field) or ""))


def is_running(row: Remote) -> bool:
    return row.data.get("status") in RUNNING


def values(form: Mapping[str, Any]) -> list[dict[str, str]]:
    """formComponentValues: every value a text; what is empty is left out."""
    return [{"name": name, "value": _text(name, value)} for name, value in form.items() if value not in (None, "")]


def department_of(member: Native) -> int:
    """The department in whose name a member starts something: the first of theirs; the root is -1 here, not 1."""
    own = [int(one) for one in member.get("dept_id_list") or []]
    return -1 if not own or own[0] == 1 else own[0]


def _decision(row: Native) -> dict[str, str]:
    if row.get("status") in RUNNING:
        return {}
    done = [one for one in row.get("operationRecords") or [] if str(one.get("type", "")).startswith(_DECISIONS)]
    if not done:
        return {}
    return {"userId": str(done[-1].get("userId") or ""), "remark": str(done[-1].get("remark") or "")}


def _moment(text: str, number: str, created: str) -> str | None:
    """Times are written `2022-08-31T11:52Z`. Whether the Z means UTC is told by the number, which begins with the
    minute of the start in China."""
    if not text:
        return None
    started = f"{number[:4]}-{number[4:6]}-{number[6:8]}T{number[8:10]}:{number[10:12]}"
    zone = CHINA if created.startswith(started) else UTC
    return datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=zone).astimezone(UTC).isoformat()


def _text(name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool | float):
        raise ValidationFailed(
            f"审批控件“{name}”不能写入 {value}",
            f"The form field “{name}” cannot take {value}",
            field=name,
            value=str(value),
        )
    if isinstance(value, int | Decimal):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    return json.dumps(value, ensure_ascii=False)
