"""Products (物料档案): the list, the save that inserts or updates by code, the batch save."""

from collections.abc import Mapping
from typing import Any

from sandbox.yonyou.amounts import Invalid, exact, plain
from sandbox.yonyou.bip import base, batches, lists
from sandbox.yonyou.bip.account import OK, Bip, Call, Endpoint, Refused, Row, required, write
from sandbox.yonyou.bip.names import chinese, languages

KNOWN = {
    "id", "code", "name", "orgCode", "manageClassCode", "realProductAttribute", "unitUseType", "unitCode", "unitId",
    "detail", "modelDescription", "taxRate", "stopStatus", "createTime", "pubts", "resubmitCheckKey",
}  # fmt: skip


def values_of(bip: Bip, sent: Mapping[str, Any], stored: Row | None) -> Row:
    """The stored form of what a save names; Invalid for bad references."""
    old: Row = stored or {"unitCode": "PCS", "manageClassCode": "", "stopStatus": False, "detail": {}, "taxRate": "13"}
    given = {key: value for key, value in sent.items() if key in KNOWN - {"resubmitCheckKey", "id"}}
    made: Row = {**({} if stored else old), **given}
    for name in ("name", "modelDescription"):
        if name in made:
            made[name] = languages(made[name])
    unit = bip.base(base.UNIT, made.get("unitCode") or old["unitCode"])
    made |= {"unitCode": unit["code"], "unitId": unit["id"]}
    if "taxRate" in made:
        made["taxRate"] = plain(exact(made["taxRate"], "taxRate"))
    if not chinese(made.get("name", old.get("name"))) or not made.get("code", old.get("code")):
        raise Invalid("物料编码和名称不能为空")
    return made


def _list(bip: Bip, call: Call) -> Row:
    body = call.object_body()
    bounds = lists.page_bounds(body, most=500)
    since, until = (lists.moment(body.get(name), name) for name in ("beginTime", "endTime"))
    rows = lists.visible(bip, call, lists.changed(bip, "product", since, until))
    if codes := body.get("productCodeList"):
        rows = [row for row in rows if row["code"] in codes]
    if body.get("stopStatus") not in (None, ""):
        rows = [row for row in rows if row["stopStatus"] is (str(body["stopStatus"]).lower() in {"true", "1"})]
    page = [_row(row) for row in lists.cut(bip, call, rows, bounds)]
    data = lists.paged(page, len(rows), bounds)
    return {**OK, "data": {**data, "haveNextPage": bounds[0] * bounds[1] < len(rows)}}


def _row(row: Row) -> Row:
    names = {"name": chinese(row["name"]), "modelDescription": chinese(row.get("modelDescription"))}
    return {**row, **names, "taxRate": exact(row["taxRate"])}


def _saved(bip: Bip, call: Call, sent: Row) -> Row:
    stored = next(iter(bip.store.find("product", "code", sent.get("code"))), None)
    try:
        values = values_of(bip, sent, stored)
    except Invalid as error:
        raise Refused("999", str(error)) from error
    return write(bip, call, values, name="product", record_id=None if stored is None else stored["id"])


def _save(bip: Bip, call: Call) -> Row:
    data = call.data()
    required(data, "code", "name")
    if "detail" not in data:
        raise Refused("310008", "必填参数[data.detail]不能为空")
    return {**OK, "data": {"id": _saved(bip, call, data)["id"]}}


def _batch_save(bip: Bip, call: Call) -> Row:
    """The body is an array and `messages` comes as one text."""
    if not isinstance(call.body, list):
        raise Refused("310009", "参数错误：请求体必须是数组")

    def save(row: Row) -> Row:
        made = _saved(bip, call, row)
        return {"id": made["id"], "code": made["code"]}

    data = batches.run([row for row in call.body if isinstance(row, dict)], save)
    return {**OK, "data": {**data, "messages": "；".join(data["messages"])}}


ENDPOINTS: dict[str, Endpoint] = {
    "/yonbip/digitalModel/product/integration/querylist": Endpoint(_list, "product"),
    "/yonbip/digitalModel/product/idempotent/save": Endpoint(_save, "product", write=True, mdd=True),
    "/yonbip/digitalModel/product/batchsave": Endpoint(_batch_save, "product", write=True),
}
