"""Departments and members as the app's visible range shows them (dingtalk.md section 3)."""

from sandbox.dingtalk.errors import JsonObject, OapiError
from sandbox.dingtalk.tenant import Call, Directory, Record, Tenant

DEPARTMENT_ROW = ("dept_id", "name", "parent_id", "create_dept_group", "auto_add_user")
DEPARTMENT_GET = (*DEPARTMENT_ROW, "order", "dept_manager_userid_list", "source_identifier", "code", "hide_dept")
INTERNAL = ("disabled", "flow_controlled")


def department_listsub(tenant: Tenant, call: Call) -> JsonObject:
    """POST v2/department/listsub: one level only, of what the app sees; 60003, 50004."""
    directory = tenant.directory
    children = directory.children.get(_visible_department(directory, call, default=1), [])
    seen = directory.visible_departments
    rows = [directory.departments[key] for key in sorted(children) if key in seen]
    return {"result": [{name: row[name] for name in DEPARTMENT_ROW} for row in rows]}


def department_listsubid(tenant: Tenant, call: Call) -> JsonObject:
    """POST v2/department/listsubid: not limited by the visible range; 60003."""
    directory = tenant.directory
    wanted = _department(directory, call.number("dept_id"))
    return {"result": {"dept_id_list": sorted(directory.children.get(wanted, []))}}


def department_get(tenant: Tenant, call: Call) -> JsonObject:
    """POST v2/department/get; 60003, 50004."""
    directory = tenant.directory
    wanted = _visible_department(directory, call)
    row = directory.departments[wanted]
    shown = {name: row[name] for name in DEPARTMENT_GET if name in row}
    return {"result": {**shown, "member_count": len(directory.members_in.get(wanted, []))}}


def user_list(tenant: Tenant, call: Call) -> JsonObject:
    """POST v2/user/list: direct members by cursor; without more there is no next_cursor; 400002 for a bad page."""
    directory = tenant.directory
    wanted = _visible_department(directory, call)
    cursor, size = call.number("cursor"), call.number("size")
    if not (0 <= cursor <= 100_000 and 1 <= size <= 100):
        raise OapiError(400002, "无效的参数: cursor 0 to 100000, size 1 to 100")
    if tenant.fault("empty_page", call):
        return {"result": {"has_more": False, "list": []}}
    if cursor and tenant.fault("repeat_page", call):
        cursor = max(0, cursor - size)
    people = directory.members_in.get(wanted, [])
    page = people[cursor : cursor + size]
    rows = [_user(tenant, directory.members[one]) for one in page if not tenant.fault("hidden", call, record_id=one)]
    if cursor + size >= len(people):
        return {"result": {"has_more": False, "list": [_listed(row, wanted) for row in rows]}}
    more = {"has_more": True, "next_cursor": cursor + size}
    return {"result": {**more, "list": [_listed(row, wanted) for row in rows]}}


def user_listid(tenant: Tenant, call: Call) -> JsonObject:
    """POST topapi/user/listid: ids of the direct members."""
    directory = tenant.directory
    return {"result": {"userid_list": directory.members_in.get(_visible_department(directory, call), [])}}


def user_get(tenant: Tenant, call: Call) -> JsonObject:
    """POST v2/user/get: 60121 unknown, 50002 outside the visible range."""
    userid = call.text("userid")
    if userid not in tenant.directory.members or tenant.fault("hidden", call, record_id=userid):
        raise OapiError(60121)
    if not tenant.directory.sees(userid):
        raise OapiError(50002)
    return {"result": _user(tenant, tenant.directory.members[userid])}


def user_by_mobile(tenant: Tenant, call: Call) -> JsonObject:
    """POST v2/user/getbymobile: active staff only; 40104 otherwise, 50002 outside the visible range."""
    row = tenant.person("mobile", call.text("mobile"))
    if row is None or row["disabled"]:
        raise OapiError(40104)
    if not tenant.directory.sees(row["userid"]):
        raise OapiError(50002)
    return {"result": {"userid": row["userid"]}}


def user_by_unionid(tenant: Tenant, call: Call) -> JsonObject:
    """POST topapi/user/getbyunionid; 60121."""
    row = tenant.person("unionid", call.text("unionid"))
    if row is None:
        raise OapiError(60121)
    return {"result": {"contact_type": 0, "userid": row["userid"]}}


def _department(directory: Directory, wanted: int) -> int:
    if wanted not in directory.departments:
        raise OapiError(60003)
    return wanted


def _visible_department(directory: Directory, call: Call, default: int | None = None) -> int:
    wanted = _department(directory, call.number("dept_id", default))
    if wanted not in directory.visible_departments:
        raise OapiError(50004)
    return wanted


def _user(tenant: Tenant, row: Record) -> Record:
    """What the app may see of a member: mobile and e-mail only with their permission points."""
    hidden = set(INTERNAL)
    if not tenant.settings.field_mobile:
        hidden |= {"mobile", "state_code", "telephone"}
    if not tenant.settings.field_email:
        hidden |= {"email", "org_email"}
    shown = {name: value for name, value in row.items() if name not in hidden}
    return {**shown, "active": bool(row["active"]) and not row["disabled"]}


def _listed(row: Record, department: int) -> Record:
    """The list call's own form: leader and dept_order of that department instead of the lists over all."""
    leads = [one["leader"] for one in row["leader_in_dept"] if int(one["dept_id"]) == department]
    orders = [one["order"] for one in row["dept_order_list"] if int(one["dept_id"]) == department]
    rest = {name: value for name, value in row.items() if name not in ("leader_in_dept", "dept_order_list")}
    return {**rest, "leader": bool(leads and leads[0]), "dept_order": orders[0] if orders else 0}
