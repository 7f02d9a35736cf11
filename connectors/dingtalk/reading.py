"""Members of the departments that the app sees, as Remote rows. There is no "changed since": every pull is a full one."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.dingtalk.client import USERS, DingtalkCalls
from hub.connector.contract import Native, Page, Remote
from hub.connector.paging import unstable
from hub.errors import PermissionMissing, RecordGone

ROOT = 1
ROUNDS = 3
DONE: Mapping[str, Any] = {"full": True}
# What both the list and the single read show in the same form.
SHOWN = (
    *("userid", "unionid", "name", "avatar", "state_code", "mobile", "hide_mobile", "telephone", "job_number", "title"),
    *(
        "email",
        "org_email",
        "work_place",
        "remark",
        "dept_id_list",
        "extension",
        "hired_date",
        "active",
        "admin",
        "boss",
    ),
)


def employees(calls: DingtalkCalls) -> Iterator[Page]:
    """Everybody once, in the order of their ids."""
    rows = _everybody(calls)
    ids = sorted(rows)
    for start in range(0, len(ids), USERS):
        yield Page([_remote(rows[one]) for one in ids[start : start + USERS]])
    yield Page((), DONE, more=False)


def employees_by_id(calls: DingtalkCalls, ids: Sequence[str]) -> dict[str, Remote]:
    found: dict[str, Remote] = {}
    for one in ids:
        try:
            found[one] = _remote(calls.member(one))
        except RecordGone:
            continue
    return found


def visible_department(calls: DingtalkCalls) -> int:
    """The first department from the root down that the app sees. Raises PermissionMissing when there is none."""
    for department in _departments(calls):
        if _peek(calls, department):
            return department
    raise PermissionMissing(
        "应用的可见范围里没有部门",
        "The app sees no department",
    ).put_right_by(
        "system_admin",
        "在开发者后台该应用的“版本管理与发布”里设置可见范围并发布，然后测试并恢复连接",
        "set the app's visible range in the developer console and publish it, then test and resume the connection",
    )


def _peek(calls: DingtalkCalls, department: int) -> bool:
    try:
        calls.members(department, 0)
    except RecordGone:
        return False
    return True


def _departments(calls: DingtalkCalls) -> Iterator[int]:
    """All departments from the root down, one level a call."""
    waiting, known = [ROOT], {ROOT}
    while waiting:
        department = waiting.pop(0)
        yield department
        fresh = [int(one) for one in _below(calls, department) if int(one) not in known]
        known.update(fresh)
        waiting += fresh


def _below(calls: DingtalkCalls, department: int) -> list[int]:
    try:
        return calls.sub_departments(department)
    except RecordGone:
        return []


def _everybody(calls: DingtalkCalls) -> dict[str, Native]:
    """Members by id; one who is in several departments appears once, what the app does not see not at all."""
    rows: dict[str, Native] = {}
    for department in _departments(calls):
        try:
            rows |= {str(row["userid"]): row for row in _members(calls, department)}
        except RecordGone:
            continue
    return rows


def _members(calls: DingtalkCalls, department: int) -> list[Native]:
    """Direct members. Pages that bring somebody twice have shifted: the department is read again."""
    for _round in range(ROUNDS):
        rows: list[Native] = []
        cursor: int | None = 0
        while cursor is not None:
            page, cursor = calls.members(department, cursor)
            rows += page
        if len({row["userid"] for row in rows}) == len(rows):
            return rows
    raise unstable("user/list")


def _remote(row: Native) -> Remote:
    shown = {name: row[name] for name in SHOWN if name in row}
    if isinstance(shown.get("dept_id_list"), list):
        shown["dept_id_list"] = sorted(shown["dept_id_list"])
    return Remote(str(row["userid"]), shown, number=str(row.get("job_number") or ""))
