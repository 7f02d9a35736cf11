"""The services that only read: ExecuteBillQuery, BillQuery, View, QueryBusinessInfo, SwitchOrg and Logout."""

from collections.abc import Mapping
from typing import Any

from sandbox.kingdee.describe import business_info, view
from sandbox.kingdee.desk import Desk, Request
from sandbox.kingdee.errors import BAD_PARAMETER, NO_DATA, NO_FORM, Refused
from sandbox.kingdee.query import run_query
from sandbox.kingdee.replies import Envelope, status


def execute_bill_query(desk: Desk, request: Request) -> list[Any]:
    """Rows as lists in the order of FieldKeys (an error is a row of one cell holding the envelope)."""
    return _rows(desk, request)[1]


def bill_query(desk: Desk, request: Request) -> Any:
    """Rows as objects named by the keys asked for; an error is the bare envelope."""
    keys, rows = _rows(desk, request)
    return [dict(zip(keys, row, strict=True)) for row in rows]


def _rows(desk: Desk, request: Request) -> tuple[tuple[str, ...], list[list[Any]]]:
    data = request.call.data
    form_id = str(data.get("FormId") or "").lower()
    hidden = {item.lower() for item in desk.database.settings.hidden_forms}
    if form_id in hidden or desk.hit("hidden", request):
        run_query(desk.database, data)  # a wrong key is an error even where nothing may be seen
        return (), []
    keys, rows = run_query(desk.database, data, visible=desk.visibility(request))
    return keys, _paged(desk, request, form_id, rows)


def _paged(desk: Desk, request: Request, form_id: str, rows: list[list[Any]]) -> list[list[Any]]:
    """Armed empty_page and repeat_page."""
    previous = desk.last_pages.get(form_id)
    desk.last_pages[form_id] = rows
    if desk.hit("empty_page", request):
        return []
    if previous is not None and desk.hit("repeat_page", request):
        return previous
    return rows


def view_service(desk: Desk, request: Request) -> Envelope:
    """View by Id or Number, in property names."""
    form, data = desk.form(request), request.call.data
    raw, number = str(data.get("Id") or "").strip(), str(data.get("Number") or "").strip()
    if not raw and not number:
        raise Refused(BAD_PARAMETER, "编码值或内码值必须传其一")
    found = desk.database.document(form.form_id, int(raw) if raw.isdigit() else 0) if raw else None
    if found is None and number:
        by_number = desk.by_number(form, number, int(data.get("CreateOrgId") or 0) or request.actor.org_id)
        found = None if isinstance(by_number, Refused) else by_number
    if found is None or desk.hit("hidden", request, found.id):
        raise Refused(NO_DATA, f"未找到{form.label}“{number or raw}”")
    return {"Result": {"ResponseStatus": status([], [], success=True), "Result": view(desk.database, form, found)}}


def query_business_info(desk: Desk, request: Request) -> Envelope:
    """QueryBusinessInfo: fields, entries and operations of a form."""
    if not request.call.data.get("FormId") and not request.call.form:
        raise Refused(NO_FORM, "业务对象标识不能为空", field="FormId")
    info = business_info(desk.form(request))
    return {"Result": {"ResponseStatus": status([], [], success=True), "NeedReturnData": info}}


def switch_org(desk: Desk, request: Request) -> Envelope:
    """SwitchOrg: sets the current organization of the session."""
    number = str(request.call.data.get("OrgNumber") or "")
    if not desk.database.find("ORG_Organizations", number):
        raise Refused(BAD_PARAMETER, f"组织“{number}”不存在", field="OrgNumber")
    desk.switch_org(request.session_id, number)
    return {"Result": {"ResponseStatus": status([], [], success=True)}}


def logout(desk: Desk, request: Request) -> Mapping[str, Any] | bool:
    """Logout: the session is gone at once."""
    desk.end_session(request.session_id)
    return True
