"""The calls about customers: four lists with their own shapes, details, single and batch saves."""

import secrets
from typing import Any

from sandbox.yonyou.amounts import Invalid
from sandbox.yonyou.bip import batches, lists
from sandbox.yonyou.bip.account import OK, Bip, Call, Endpoint, Refused, Row, required, write
from sandbox.yonyou.bip.merchants import CHILDREN, changes_of, in_use, new_values
from sandbox.yonyou.bip.names import chinese, locales

DONE = {"code": "200", "message": "处理成功"}
EQUAL = {
    "id": "id", "code": "code", "createOrgId": "createOrgId", "createOrgCode": "createOrgCode",
    "customerClassId": "customerClassId", "customerClassCode": "customerClassCode", "creditCode": "creditCode",
    "internalOrg": "internalOrg",
}  # fmt: skip
PFC_MOST = 1000


def _found(bip: Bip, call: Call) -> list[Row]:
    body = call.object_body()
    since = lists.moment(body.get("beganTime") or body.get("pubts"), "beganTime")
    rows = lists.changed(bip, "merchant", since, lists.moment(body.get("endTime"), "endTime"))
    return [row for row in lists.visible(bip, call, rows) if _fits(row, body)]


def _fits(row: Row, body: Row) -> bool:
    for asked, name in EQUAL.items():
        if body.get(asked) not in (None, "") and str(row.get(name, "")).lower() != str(body[asked]).lower():
            return False
    for asked, name in (("customerClassIdList", "customerClassId"), ("creditCodeList", "creditCode")):
        if body.get(asked) and str(row.get(name)) not in [str(one) for one in body[asked]]:
            return False
    if body.get("name") and chinese(row["name"]) != chinese(body["name"]):
        return False
    fuzzy = chinese(body.get("fuzzyName"))
    return not fuzzy or fuzzy in chinese(row["name"])


def _list_row(row: Row) -> Row:
    return {key: value for key, value in row.items() if key not in CHILDREN}


def newlist(bip: Bip, call: Call) -> Row:
    """A bare array without a count."""
    bounds = lists.page_bounds(call.object_body(), most=5000, default=500)
    return {**DONE, "data": [_list_row(row) for row in lists.cut(bip, call, _found(bip, call), bounds)]}


def newlistrange(bip: Bip, call: Call) -> Row:
    """A paged object whose counts are text; rows add merchantApplyRanges."""
    bounds = lists.page_bounds(call.object_body(), most=5000, default=500)
    rows = _found(bip, call)
    page = [
        {**_list_row(row), "merchantApplyRanges": row["merchantApplyRanges"]}
        for row in lists.cut(bip, call, rows, bounds)
    ]
    return {**DONE, "data": lists.paged(page, len(rows), bounds, text=True)}


def pfc_list(bip: Bip, call: Call) -> Row:
    """The newest list: only times and stopstatus filter, names by locale, references with three underscores."""
    body = call.object_body()
    bounds = lists.page_bounds(body, most=PFC_MOST)
    since, until = (lists.moment(body.get(name), name) for name in ("beginTime", "endTime"))
    rows = lists.visible(bip, call, lists.changed(bip, "merchant", since, until))
    stopped = body.get("stopstatus")
    if stopped not in (None, ""):
        rows = [row for row in rows if row["stopStatus"] is (str(stopped).lower() in {"true", "1"})]
    page = [_pfc_row(row) for row in lists.cut(bip, call, rows, bounds)]
    return {**OK, "data": lists.paged(page, len(rows), bounds)}


def _pfc_row(row: Row) -> Row:
    plain = {key: value for key, value in _list_row(row).items() if not key.endswith(("Id", "Code"))}
    named = {key: locales(row.get(key)) for key in ("name", "shortname", "address")}
    stems = ("createOrg", "belongOrg", "transType", "customerClass")
    references = {stem: row.get(f"{stem}Id") for stem in stems} | {f"{s}___code": row.get(f"{s}Code") for s in stems}
    more = {"creditCode": row.get("creditCode", ""), "pubts": row["modifyTime"], "stopstatus": row["stopStatus"]}
    return {**plain, **named, **references, **more}


def contacts(bip: Bip, call: Call) -> Row:
    """Contacts of the customers that merchantCodes names; data repeats code and message."""
    body = call.object_body()
    required(body, "merchantCodes", prefix="")
    bounds = lists.page_bounds(body, most=PFC_MOST)
    owners = [row for code in body["merchantCodes"] for row in bip.store.find("merchant", "code", code)]
    rows = [_contact(owner, one) for owner in owners for one in owner["merchantContactInfos"]]
    return {**OK, "data": {**OK, **lists.paged(lists.cut(bip, call, rows, bounds), len(rows), bounds)}}


def _contact(owner: Row, one: Row) -> Row:
    names = {"fullName": locales(one.get("fullName"))}
    return {**one, **names, "merchantId": owner["id"], "merchantId___code": owner["code"], "pubts": owner["modifyTime"]}


def batch_detail(bip: Bip, call: Call) -> Row:
    """Whole records with children, of [{"id" or "code", "belongOrgCode"}]; unknown ones are left out."""
    if not isinstance(call.body, list):
        raise Refused("310009", "参数错误：请求体必须是数组")
    asked = [row for row in call.body if isinstance(row, dict)]
    found = [bip.by_id_or_code("merchant", row.get("id") or row.get("code")) for row in asked]
    return {**OK, "data": lists.visible(bip, call, [row for row in found if row])}


def insert(bip: Bip, call: Call) -> Row:
    """One new customer; a refusal has the number 0 as code."""
    made = _saved(bip, call, call.data(), None)
    return {**OK, "success": True, "data": [{"id": made["id"], "code": made["code"]}]}


def update(bip: Bip, call: Call) -> Row:
    """Changes of one customer; the body has no data around it."""
    body = call.object_body()
    for name in ("code", "name", "createOrgCode", "enterpriseNature"):
        if body.get(name) in (None, ""):
            raise Refused(0, f"{name}不能为空!", data=None)
    for name in CHILDREN:
        if any(isinstance(one, dict) and not one.get("entityStatus") for one in body.get(name) or []):
            raise Refused(0, f"{name}的entityStatus不能为空!", data=None)
    stored = bip.by_id_or_code("merchant", body.get("id") or body["code"])
    if stored is None:
        raise Refused(0, f"客户[{body['code']}]不存在!", data=None)
    made = _saved(bip, call, body, stored)
    return {**OK, "success": True, "data": [{"id": made["id"], "code": made["code"]}]}


def _check_texts(bip: Bip, sent: Row) -> None:
    """310015 for a name that the gateway's pattern does not let through."""
    name = chinese(sent.get("name"))
    strange = [sign for sign in bip.settings.forbidden_characters if sign in name]
    if strange:
        raise Refused("310015", f"参数[data.name]正则校验失败：含有非法字符[{strange[0]}]")


def _saved(bip: Bip, call: Call, sent: Row, stored: Row | None) -> Row:
    _check_texts(bip, sent)
    try:
        values = new_values(bip, sent) if stored is None else changes_of(bip, sent, stored)
    except Invalid as error:
        raise Refused(0, str(error), data=None) from error
    return write(bip, call, values, name="merchant", record_id=None if stored is None else stored["id"])


def batch_save(bip: Bip, call: Call) -> Row:
    """Rows with _status, org_code, code, name by locale; the reply's code is a number."""

    def save(row: Row) -> Row:
        sent = {**row, "createOrgCode": row.get("org_code") or row.get("createOrgCode")}
        stored = (
            bip.by_id_or_code("merchant", row.get("id") or row.get("code")) if row.get("_status") == "Update" else None
        )
        if row.get("_status") == "Update" and stored is None:
            raise Invalid("数据不存在")
        made = _saved(bip, call, sent, stored)
        return {"id": made["id"], "code": made["code"]}

    return {"code": 200, "message": "操作成功", "data": batches.run(batches.named(call), save)}


def set_stopped(stopped: bool) -> Any:
    """The handler of stop or unstop."""

    def handle(bip: Bip, call: Call) -> Row:
        def act(row: Row) -> Row:
            found = batches.wanted(bip, "merchant", row)
            write(bip, call, {"stopStatus": stopped}, name="merchant", record_id=found["id"])
            return {"id": found["id"], "code": found["code"]}

        return batches.answer(batches.named(call), act)

    return handle


def batch_delete(bip: Bip, call: Call) -> Row:
    """Deletes what nothing refers to and answers a key of an asynchronous job."""
    for row in batches.named(call):
        found = bip.by_id_or_code("merchant", row.get("id") or row.get("code"))
        if found is not None and not in_use(bip, found):
            bip.store.delete("merchant", found["id"])
            bip.journal.append("delete", "merchant", id=found["id"], data=call.body)
    return {**OK, "data": {"asyncKey": secrets.token_hex(16)}}


_MERCHANT = "/yonbip/digitalModel/merchant"
ENDPOINTS: dict[str, Endpoint] = {
    f"{_MERCHANT}/newlist": Endpoint(newlist, "merchant"),
    f"{_MERCHANT}/newlistrange": Endpoint(newlistrange, "merchant"),
    f"{_MERCHANT}/newBatchDetail": Endpoint(batch_detail, "merchant"),
    f"{_MERCHANT}/idempotent/newinsert": Endpoint(insert, "merchant", write=True, mdd=True),
    f"{_MERCHANT}/newupdate": Endpoint(update, "merchant", write=True),
    f"{_MERCHANT}/stop": Endpoint(set_stopped(True), "merchant", write=True),
    f"{_MERCHANT}/unstop": Endpoint(set_stopped(False), "merchant", write=True),
    f"{_MERCHANT}/batchdelete": Endpoint(batch_delete, "merchant", write=True),
    "/yonbip/digitalModel/batch/merchant/save": Endpoint(batch_save, "merchant", write=True),
    "/yonbip/PFC/merchant/v1/list": Endpoint(pfc_list, "merchant"),
    "/yonbip/PFC/merchant/contacter/v1/list": Endpoint(contacts, "merchant"),
}
