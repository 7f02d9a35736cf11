"""Departments and members as the app's visible range shows them (wecom.md section 5)."""

from typing import Any

from sandbox.wecom.corp import Call, Corp
from sandbox.wecom.cursors import Paging, next_page
from sandbox.wecom.errors import ApiError, JsonObject
from sandbox.wecom.scope import Record, Scope

DAY_S = 86400
ALWAYS = ("userid", "name", "department", "order", "position", "telephone", "alias", "status", "main_department")
ALWAYS_TOO = ("is_leader_in_dept", "direct_leader", "extattr")
SINCE_2022 = ("mobile", "gender", "email", "biz_mail", "avatar", "thumb_avatar", "address")


def department_list(corp: Corp, call: Call) -> JsonObject:
    """GET department/list: a department and all below it; without id (or with an empty one) everything in scope."""
    return {"department": [_department(row) for row in _departments(corp, call)]}


def department_simplelist(corp: Corp, call: Call) -> JsonObject:
    """GET department/simplelist: the list is named department_id."""
    rows = _departments(corp, call)
    return {"department_id": [{name: row[name] for name in ("id", "parentid", "order")} for row in rows]}


def department_get(corp: Corp, call: Call) -> JsonObject:
    """GET department/get."""
    return {"department": _department(corp.scope(call.app).departments[_department_id(corp, call, "id")])}


def user_get(corp: Corp, call: Call) -> JsonObject:
    """GET user/get: 60111 unknown, 60011 outside the visible range, 48009 for the contact-sync secret."""
    _details_allowed(corp, call)
    return _member(corp, find_member(corp, call, call.argument("userid", 60111)))


def user_list(corp: Corp, call: Call) -> JsonObject:
    """GET user/list: members of one department; the legacy fetch_child=1 takes those below too."""
    _details_allowed(corp, call)
    return {"userlist": [_member(corp, row) for row in _members(corp, call)]}


def user_simplelist(corp: Corp, call: Call) -> JsonObject:
    """GET user/simplelist: names only."""
    _details_allowed(corp, call)
    names = ("userid", "name", "department")
    return {"userlist": [{name: row[name] for name in names} for row in _members(corp, call)]}


def user_list_id(corp: Corp, call: Call) -> JsonObject:
    """POST user/list_id: one row per membership, contact-sync secret only; the end is an empty next_cursor."""
    scope = corp.scope(call.app)
    rows = [
        {"userid": row["userid"], "department": department}
        for row in sorted(scope.members.values(), key=lambda row: str(row["userid"]))
        for department in row["department"]
    ]
    page, after = next_page(corp, call, rows, Paging(lambda row: [row["userid"], row["department"]], 10000, 10000))
    return {"dept_user": page, "next_cursor": after}


def user_id_by_mobile(corp: Corp, call: Call) -> JsonObject:
    """POST user/getuserid: 46004 on a miss; too many misses lock the call for a day."""
    mobile = call.text("mobile", 40058)
    if not 5 <= len(mobile.encode()) <= 32:
        raise ApiError(40058, "mobile invalid. invalid Request Parameter")
    return _lookup(corp, call, "mobile", mobile)


def user_id_by_email(corp: Corp, call: Call) -> JsonObject:
    """POST user/get_userid_by_email: email_type 1 (corp address, default) or 2 (personal)."""
    field = "email" if call.body.get("email_type") == 2 else "biz_mail"
    wanted = call.text("email", 40058)
    rows = corp.store.all("member")
    found = next((row["userid"] for row in rows if row[field] and row[field] == wanted), None)
    return {"userid": found} if found else _miss(corp, call)


def find_member(corp: Corp, call: Call, userid: str, *, unknown: int = 60111) -> Record:
    """A member in the visible range, whatever the case of the id; ApiError `unknown` or 60011."""
    found = corp.scope(call.app).members.get(userid.lower())
    if found is None:
        raise ApiError(60011 if userid.lower() in corp.member_names else unknown)
    return found


def _details_allowed(corp: Corp, call: Call) -> None:
    if call.app.name == "contact_sync" and not corp.settings.contact_sync_reads_details:
        raise ApiError(48009)


def _departments(corp: Corp, call: Call) -> list[Record]:
    scope = corp.scope(call.app)
    if not call.query.get("id"):
        return list(scope.departments.values())
    wanted = scope.below(_department_id(corp, call, "id"))
    return [row for key, row in scope.departments.items() if key in wanted]


def _department_id(corp: Corp, call: Call, name: str) -> int:
    given = call.query.get(name, "")
    if not given.isdigit() or corp.store.get("department", int(given)) is None:
        raise ApiError(60003)
    if int(given) not in corp.scope(call.app).departments:
        raise ApiError(60011)
    return int(given)


def _department(row: Record) -> JsonObject:
    return {name: row[name] for name in ("id", "name", "name_en", "department_leader", "parentid", "order")}


def _members(corp: Corp, call: Call) -> list[Record]:
    if corp.fault("empty_page", call):
        return []
    scope: Scope = corp.scope(call.app)
    wanted = {_department_id(corp, call, "department_id")}
    if call.query.get("fetch_child") == "1":
        wanted = scope.below(min(wanted))
    return [row for row in scope.members.values() if wanted & set(row["department"])]


def _member(corp: Corp, row: Record) -> JsonObject:
    names: tuple[str, ...] = (*ALWAYS, *ALWAYS_TOO)
    if corp.settings.legacy_contact_fields:
        names += SINCE_2022
    return {name: row[name] for name in names if name in row}


def _lookup(corp: Corp, call: Call, field: str, wanted: str) -> JsonObject:
    rows: list[dict[str, Any]] = corp.store.find("member", field, wanted)
    seen = [row for row in rows if str(row["userid"]).lower() in corp.scope(call.app).members]
    if seen and not _locked(corp, call):
        return {"userid": seen[0]["userid"]}
    return _miss(corp, call)


def _locked(corp: Corp, call: Call) -> bool:
    most = max(corp.settings.mobile_miss_least, corp.store.count("member") * corp.settings.mobile_miss_percent // 100)
    return corp.memory.calls.seen(("miss", call.facts.operation), call.now, DAY_S) >= most


def _miss(corp: Corp, call: Call) -> JsonObject:
    if _locked(corp, call):
        raise ApiError(45009)  # unknown: the notes name the lock, not its code
    corp.memory.calls.allows(("miss", call.facts.operation), call.now, (DAY_S, 0))
    raise ApiError(46004)
