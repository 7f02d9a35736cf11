"""Staff, the tree of departments and the tree of organisations."""

from collections.abc import Mapping
from typing import Any

from sandbox.yonyou.amounts import Invalid
from sandbox.yonyou.bip import base, lists
from sandbox.yonyou.bip.account import OK, Bip, Call, Endpoint, Refused, Row

KNOWN = {"id", "code", "name", "mobile", "email", "user_id", "dept_id", "org_id", "enable", "createTime", "pubts"}
ENABLED = 1


def values_of(bip: Bip, sent: Mapping[str, Any], stored: Row | None) -> Row:
    """The stored form of a member of staff; department and organisation by id or code."""
    made = {**({} if stored else _defaults(bip)), **sent}
    if not stored and not (made.get("code") and made.get("name")):
        raise Invalid("员工编码和姓名不能为空")
    for name, kind in (("dept_id", base.DEPARTMENT), ("org_id", base.ORGANISATION)):
        if name in made:
            made[name] = str(bip.base(kind, made[name])["id"])
    return made


def _defaults(bip: Bip) -> Row:
    blank = {"mobile": "", "email": "", "user_id": "", "enable": ENABLED}
    return {**blank, "dept_id": "D02", "org_id": bip.settings.org_code}


def _list(bip: Bip, call: Call) -> Row:
    body = call.object_body()
    bounds = lists.page_bounds(body, most=1000)
    simple = body.get("simple") or {}
    rows = lists.changed(bip, "staff", lists.moment(simple.get("pubts"), "simple.pubts"), None)
    rows = [row for row in lists.visible(bip, call, rows) if _fits(row, body)]
    return {**OK, "data": lists.paged(lists.cut(bip, call, rows, bounds), len(rows), bounds)}


def _fits(row: Row, body: Row) -> bool:
    asked = {name: body.get(name) for name in ("code", "name", "mobile", "email", "enable")}
    asked |= {"org_id": body.get("mainJobList.org_id"), "dept_id": body.get("mainJobList.dept_id")}
    return all(str(row.get(name)) == str(value) for name, value in asked.items() if value not in (None, ""))


def _detail(bip: Bip, call: Call) -> Row:
    found = bip.by_id_or_code("staff", call.query.get("id") or call.query.get("code"))
    if found is None:
        raise Refused("1002", "数据不存在")
    job = {"org_id": found["org_id"], "dept_id": found["dept_id"]}
    return {**OK, "data": {**found, "mainJobList": [job]}}


def _departments(bip: Bip, call: Call) -> Row:
    rows = base.rows_of(bip, base.DEPARTMENT)
    return {**OK, "data": _tree(rows, "")}


def _organisations(bip: Bip, call: Call) -> Row:
    rows = [{**row, "parent": ""} for row in base.rows_of(bip, base.ORGANISATION)]
    return {**OK, "data": _tree(rows, "")}


def _tree(rows: list[Row], parent: str) -> list[Row]:
    return [
        {
            "id": str(row["id"]),
            "code": row["code"],
            "name": row["name"],
            "enable": ENABLED,
            "children": _tree(rows, row["code"]),
        }
        for row in rows
        if row["parent"] == parent
    ]


ENDPOINTS: dict[str, Endpoint] = {
    "/yonbip/digitalModel/staff/list": Endpoint(_list, "staff", quota="slow"),
    "/yonbip/digitalModel/staff/detail": Endpoint(_detail, "staff", method="GET", quota="slow"),
    "/yonbip/digitalModel/admindept/tree": Endpoint(_departments, "dept"),
    "/yonbip/digitalModel/orgunit/querytree": Endpoint(_organisations, "org"),
}
