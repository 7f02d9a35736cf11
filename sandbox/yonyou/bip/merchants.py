"""Customers (客户档案, merchant) as records: which fields there are, what a save makes of them, their child rows."""

from collections.abc import Mapping
from typing import Any

from sandbox.yonyou.amounts import Invalid
from sandbox.yonyou.bip import base
from sandbox.yonyou.bip.account import Bip, Row
from sandbox.yonyou.bip.names import chinese, languages

NAMES = ("name", "shortname", "address")
TEXTS = (
    "customerIndustryCode", "enterpriseName", "personName", "licenseType", "creditCode", "leaderName", "contactName",
    "contactTel", "regionCode", "email", "fax", "website", "postCode",
)  # fmt: skip
NUMBERS = ("taxPayingCategories", "enterpriseNature")
FLAGS = ("internalOrg", "retailInvestors", "stopStatus")
CHILDREN = (
    "merchantContactInfos", "merchantAddressInfos", "merchantAgentFinancialInfos", "merchantAgentInvoiceInfos",
    "merchantApplyRanges", "principals", "customerAreas", "invoicingCustomers",
)  # fmt: skip
# field stem → what it refers to: each is kept as …Id and …Code
REFERENCES = {
    "createOrg": base.ORGANISATION,
    "belongOrg": base.ORGANISATION,
    "transType": base.MERCHANT_TYPE,
    "customerClass": base.CLASS,
}
KNOWN = {
    "id", "code", "createTime", "modifyTime", "resubmitCheckKey", "_status", "entityStatus", "headItem", "org_code",
    *NAMES, *TEXTS, *NUMBERS, *FLAGS, *CHILDREN, *(f"{stem}{end}" for stem in REFERENCES for end in ("Id", "Code")),
}  # fmt: skip


def new_values(bip: Bip, sent: Mapping[str, Any]) -> Row:
    """The whole record that an insert makes. Invalid with the server's text for what it refuses."""
    if not chinese(sent.get("name")):
        raise Invalid("客户名称不能为空!")
    defaults: Row = {
        "createOrgCode": bip.settings.org_code,
        "transTypeCode": "SYCSR001",
        "customerClassCode": "01",
        "taxPayingCategories": 0,
        "enterpriseNature": 0,
    }
    defaults |= {name: False for name in FLAGS} | {name: [] for name in CHILDREN}
    absent = {key: value for key, value in defaults.items() if sent.get(key.replace("Code", "Id")) in (None, "")}
    values = changes_of(bip, {**absent, **_given(sent)}, None)
    values.setdefault("belongOrgId", values["createOrgId"])
    values.setdefault("belongOrgCode", values["createOrgCode"])
    values["code"] = values.get("code") or bip.next_code("merchant", "C{}")
    _check_new(bip, values)
    return values


def changes_of(bip: Bip, sent: Mapping[str, Any], stored: Row | None) -> Row:
    """The stored form of the fields that a save names; JSON null empties one."""
    made: Row = {name: languages(sent[name]) for name in NAMES if name in sent}
    made |= {name: "" if sent[name] is None else str(sent[name]).strip() for name in ("code", *TEXTS) if name in sent}
    made |= {name: int(sent[name] or 0) for name in NUMBERS if name in sent}
    made |= {name: sent[name] in (True, 1, "1", "true") for name in FLAGS if name in sent}
    if isinstance(sent.get("headItem"), dict):
        made["headItem"] = {**((stored or {}).get("headItem") or {}), **sent["headItem"]}
    for stem, kind in REFERENCES.items():
        made |= _reference(bip, sent, stem, kind)
    for name in CHILDREN:
        if isinstance(sent.get(name), list):
            made[name] = _children(bip, name, sent[name], (stored or {}).get(name) or [])
    if "name" in made and not made["name"].get("simplifiedName"):
        raise Invalid("客户名称不能为空!")
    if len(made.get("name", {}).get("simplifiedName") or "") > bip.settings.text_length:
        raise Invalid(f"客户名称长度不能超过{bip.settings.text_length}")
    return made


def _given(sent: Mapping[str, Any]) -> Row:
    return {key: value for key, value in sent.items() if value is not None}


def _check_new(bip: Bip, values: Row) -> None:
    if bip.store.find("merchant", "code", values["code"]):
        raise Invalid(f"客户编码[{values['code']}]已存在!")
    if bip.settings.unique_merchant_names:
        name = chinese(values["name"])
        if any(chinese(row["name"]) == name for row in bip.store.all("merchant")):
            raise Invalid(f"客户名称[{name}]重复!")


def _reference(bip: Bip, sent: Mapping[str, Any], stem: str, kind: str) -> Row:
    """Id wins when both are sent."""
    value = sent.get(f"{stem}Id") or sent.get(f"{stem}Code")
    if value in (None, ""):
        return {}
    row = bip.base(kind, value)
    return {f"{stem}Id": row["id"], f"{stem}Code": row["code"]}


def _children(bip: Bip, name: str, sent: list[Any], stored: list[Row]) -> list[Row]:
    """Child rows after a save: entityStatus says what happens to each; unnamed rows stay."""
    rows = {str(row["id"]): row for row in stored}
    for one in sent:
        if not isinstance(one, dict):
            raise Invalid(f"{name}必须是对象数组")
        plain = "Update" if str(one.get("id")) in rows else "Insert"
        status = str(one.get("entityStatus") or one.get("_status") or plain)
        if status == "Insert":
            made = _child(bip, name, one, {"id": bip.line_id()})
            rows[str(made["id"])] = made
        elif str(one.get("id")) not in rows:
            raise Invalid(f"{name}[{one.get('id')}]不存在")
        elif status == "Delete":
            del rows[str(one["id"])]
        else:
            rows[str(one["id"])] = _child(bip, name, one, rows[str(one["id"])])
    return list(rows.values())


def _child(bip: Bip, name: str, sent: Row, stored: Row) -> Row:
    given = {key: value for key, value in sent.items() if key not in {"id", "entityStatus", "_status"}}
    made = {**stored, **given}
    if "fullName" in given:
        made["fullName"] = languages(given["fullName"])
    if name == "principals":
        made |= _principal(bip, given)
    return made


def _principal(bip: Bip, given: Row) -> Row:
    wanted = given.get("professSalesman") or given.get("professSalesmanCode")
    person = bip.by_id_or_code("staff", wanted)
    if person is None:
        raise Invalid(f"专管业务员[{wanted}]不存在")
    return {"professSalesman": person["id"], "professSalesmanCode": person["code"]}


def in_use(bip: Bip, row: Row) -> bool:
    """Does a document refer to this customer?"""
    key = row["id"]
    objects = (("order", "agentId"), ("receivable", "customer"), ("collection", "customer"))
    return any(bip.store.find(name, field, key) for name, field in objects)
