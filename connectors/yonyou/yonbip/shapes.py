"""Vendor rows -> native records of one shape: names as plain text, ids as text, heads without what only details have. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from hub.connector import Native, Remote

_NAMES = ("simplifiedName", "zh_CN")
_LANGUAGES = ("name", "shortname", "address", "modelDescription")
CHILDREN = ("merchantContactInfos", "merchantAddressInfos")
PERSON = "professSalesman"
ORDER_LINE = (
    "orderDetailId", "productId", "productCode", "productName", "skuId", "skuCode", "skuName", "qty", "subQty",
    "priceQty", "productUnitName", "oriUnitPrice", "oriTaxUnitPrice", "oriMoney", "oriSum", "oriTax", "taxRate",
    "natSum", "sendQty", "invoiceQty", "totalOutStockQuantity", "orderDetailPrices", "lineno", "stockOrgId",
    "masterUnitId", "iProductAuxUnitId", "iProductUnitId", "taxId", "orderProductType", "invExchRate",
    "invPriceExchRate", "unitExchangeType", "unitExchangeTypePrice",
)  # fmt: skip
STAGES = {"0": "saved", "3": "submitted", "1": "audited", "2": "audited"}
READY = "ready"
VERIFIED = {"0": "saved", "1": "submitted", "2": "audited", "3": "saved", "4": "saved"}


def text_of(value: Any) -> str:
    """A name in any of its three spellings, as plain text."""
    if isinstance(value, Mapping):
        return next((str(value[one]) for one in _NAMES if value.get(one)), "")
    return "" if value is None else str(value)


def customer(row: Native) -> Remote:
    """A detail; the salesman of the default principal stands in `professSalesman` as id."""
    plain = _plain(row)
    principals = [one for one in row.get("principals") or [] if isinstance(one, Mapping)]
    chosen = next((one for one in principals if one.get("isDefault") in (True, 1, "1", "true")), None)
    person = chosen or (principals[0] if principals else {})
    plain[PERSON] = str(person.get(PERSON) or "")
    return _remote(plain, modified=str(row.get("modifyTime") or ""))


def plain_row(row: Native) -> Remote:
    """A product or a member of staff, as its list shows it."""
    return _remote(_plain(row), modified=str(row.get("pubts") or row.get("modifyTime") or ""))


def order(lines: Sequence[Native], key_field: str) -> Remote:
    """An order of its flat list rows, one per line: the head once, the lines under `orderDetails`."""
    flat = lines[0]
    head = {name: value for name, value in flat.items() if name not in ORDER_LINE}
    kept = [{name: line[name] for name in ORDER_LINE if name in line} for line in lines]
    rows = [{**line, "orderDetailId": str(line["orderDetailId"])} for line in kept]
    custom = head.get("headItem") or {}
    key = str(custom.get(key_field) or "") if isinstance(custom, Mapping) else ""
    data = {**head, "id": str(flat["id"]), "orderDetails": sorted(rows, key=lambda one: int(one["orderDetailId"]))}
    stage = stage_of(flat)
    return Remote(data["id"], data, str(flat.get("code") or ""), "", stage, str(flat.get("pubts") or ""), key)


def stage_of(head: Native) -> str:
    """A saved order outside any workflow is past submitting: what comes next is the audit (yonyou.md 2.3)."""
    stage = STAGES.get(str(head.get("status")), "")
    free = head.get("isWfControlled") in (False, 0, "0", "false")
    return READY if stage == "saved" and free else stage


def complete(lines: Sequence[Native]) -> bool:
    """Whether flat rows of an order are of one moment and add up to its total."""
    stamps = {str(line.get("pubts")) for line in lines}
    total = sum((Decimal(str(line.get("oriSum") or 0)) for line in lines), Decimal(0))
    return len(stamps) == 1 and total == Decimal(str(lines[0].get("payMoney") or 0))


def bill(row: Native) -> Remote:
    """A receivable or a receipt: its head; `oriSettledAmount` is what of it is written off, where the balance is told."""
    data = {name: value for name, value in row.items() if name != "bodyItem"}
    if data.get("oriBalance") not in (None, ""):
        total, left = (Decimal(str(data[name])) for name in ("oriTaxIncludedAmount", "oriBalance"))
        data["oriSettledAmount"] = total - left
    stage = VERIFIED.get(str(row.get("verifyState")), "")
    key = str(row.get("extVouchCode") or "")
    return _remote({**data, "id": str(row["id"])}, modified=str(row.get("pubts") or ""), stage=stage, key=key)


def _remote(data: Native, *, modified: str, stage: str = "", key: str = "") -> Remote:
    return Remote(str(data["id"]), data, str(data.get("code") or ""), "", stage, modified, key)


def _plain(row: Native) -> Native:
    names = {name: text_of(row[name]) for name in _LANGUAGES if name in row}
    return {**row, **names, "id": str(row["id"])}
