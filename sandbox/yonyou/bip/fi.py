"""The old finance (FI): the same documents in the words of tenants that have not migrated."""

from typing import Any

from sandbox.yonyou.amounts import ZERO, Invalid
from sandbox.yonyou.bip import batches, lists, money_bills
from sandbox.yonyou.bip.account import OK, Bip, Call, Endpoint, Refused, Row, meddle, required, write
from sandbox.yonyou.bip.money_bills import APPROVED, COLLECTION, OPEN, RECEIVABLE

WRITE_OFF = {"2": 1, "0": 2, "1": 3}  # FI: 1 done, 2 not, 3 part
# object → (what its lines are called, what a line's kind is called)
LINES = {RECEIVABLE: "oarDetail", COLLECTION: "ReceiveBill_b"}
COMMON = ("vouchdate", "exchRate", "oriSum", "natSum", "_status")
ACCOUNT = ("accentity", "customer", "tradetype", "exchangeRateType", "currency")
MOST = 500


def shown(row: Row, name: str) -> Row:
    """A document in FI's words: its id a number, its customer's text."""
    made: Row = {
        "id": int(row["id"]), "code": row["code"], "vouchdate": row["billDate"][:10], "customer": row["customer"],
        "customer_code": row["customerCode"], "customer_name": row["customerName"], "accentity_code": row["financeOrgCode"],
        "oriSum": row["oriTaxIncludedAmount"], "natSum": row["localTaxIncludedAmount"], "balance": row["oriBalance"],
        "localbalance": row["localBalance"], "auditstatus": 1 if row["verifyState"] == APPROVED else 2,
        "currency": row["oriCurrency"], "currency_code": row["oriCurrencyCode"], "currency_name": row["oriCurrencyName"],
        "exchRate": row["exchangeRate"], "operator_code": row.get("staffCode", ""), "description": row["remarks"],
        "isWfControlled": False, "pubts": row["pubts"],
    }  # fmt: skip
    if name == RECEIVABLE:
        made |= {
            "basebilltype": "arap_oar",
            "billtype": row["bustypeCode"],
            "writeoffstatus": WRITE_OFF[row["writeOffState"]],
        }
        return made
    return {**made, "settlestatus": WRITE_OFF[row["settleState"]], "tradetype_code": row["bustypeCode"]}


def _detailed(row: Row, name: str) -> Row:
    lines = [
        {"id": item["id"], "mainid": int(row["id"]), "oriSum": item["oriTaxIncludedAmount"], "taxRate": item["taxRate"],
         "quickType_code": item.get("quickTypeCode", ""), "orderno": item.get("orderNo", "")}
        for item in row["bodyItem"]
    ]  # fmt: skip
    return {**shown(row, name), LINES[name]: lines}


def _oar_list(bip: Bip, call: Call) -> Row:
    body = call.object_body()
    bounds = lists.page_bounds(body, most=MOST)
    simple = body.get("simple") or {}
    since, until = (lists.moment(simple.get(f"open_pubts_{side}"), f"open_pubts_{side}") for side in ("begin", "end"))
    found = lists.visible(bip, call, lists.changed(bip, RECEIVABLE, since, until))
    rows = [row for row in (shown(one, RECEIVABLE) for one in found) if _fits(row, body, simple)]
    return {**OK, "data": lists.paged(lists.cut(bip, call, rows, bounds), len(rows), bounds)}


def _fits(row: Row, body: Row, simple: Row) -> bool:
    if body.get("code") and row["code"] != body["code"]:
        return False
    return lists.in_range(row, simple, ("vouchdate",))


def _bill_list(bip: Bip, call: Call) -> Row:
    """list/v2: nested simpleVOs only."""
    body = call.object_body()
    bounds = lists.page_bounds(body, most=MOST)
    found = lists.visible(bip, call, lists.changed(bip, COLLECTION, None, None))
    rows = [row for row in (shown(one, COLLECTION) for one in found) if lists.fits(row, body.get("simpleVOs"))]
    rows = lists.ordered(rows, body.get("queryOrders"))
    return {**OK, "data": lists.paged(lists.cut(bip, call, rows, bounds), len(rows), bounds)}


def _verify_list(bip: Bip, call: Call) -> Row:
    """Write-offs, whichever finance the tenant has."""
    body = call.object_body()
    bounds = lists.page_bounds(body, most=MOST)
    simple = body.get("simple") or {}
    since, until = (lists.moment(simple.get(f"open_pubts_{side}"), f"open_pubts_{side}") for side in ("begin", "end"))
    rows = lists.visible(bip, call, lists.changed(bip, "writeoff", since, until))
    return {**OK, "data": lists.paged(lists.cut(bip, call, rows, bounds), len(rows), bounds)}


def _efi_words(name: str, data: Row) -> Row:
    """The save's fields in the words of the stored document."""
    required(data, *COMMON, LINES[name])
    for field in ACCOUNT:
        if not any(data.get(f"{field}{end}") for end in ("", "_code", "_name")):
            raise Refused("310008", f"必填参数[data.{field}]不能为空")
    if data["_status"] != "Insert":
        raise Refused("999", "_status仅支持Insert")
    words: Row = {"billDate": data["vouchdate"], "exchangeRate": data["exchRate"], "code": data.get("code")}
    pairs = {"financeOrg": "accentity", "customer": "customer", "bustype": "tradetype", "oriCurrency": "currency"}
    words |= {field: data.get(source) or data.get(f"{source}_code") for field, source in pairs.items()}
    words["staff"] = data.get("operator") or data.get("operator_code")
    words["remarks"] = data.get("description", "")
    return {**words, "bodyItem": [_item(line) for line in data[LINES[name]] if isinstance(line, dict)]}


def _item(line: Row) -> Row:
    quick = line.get("quickType_code") or line.get("quickType")
    amounts = {"oriTaxIncludedAmount": line.get("oriSum"), "taxRate": line.get("taxRate")}
    return {**amounts, "quickTypeCode": quick, "orderNo": line.get("orderno", "")}


def _saved(name: str, bip: Bip, call: Call, data: Row) -> Row:
    words = _efi_words(name, data)
    try:
        if not words["oriCurrency"]:
            words["oriCurrency"] = _currency_named(bip, data["currency_name"])
        values = money_bills.new_values(bip, name, words)
    except Invalid as error:
        raise Refused("999", str(error)) from error
    return write(bip, call, values, name=name)


def _currency_named(bip: Bip, name: str) -> Any:
    rows = [row for row in bip.store.all("base") if row["name"] == name]
    if not rows:
        raise Invalid(f"币种[{name}]不存在")
    return rows[0]["id"]


def _save(name: str) -> Any:
    return lambda bip, call: {**OK, "data": _detailed(_saved(name, bip, call, call.data()), name)}


def _batch_save(bip: Bip, call: Call) -> Row:
    return batches.answer(batches.named(call), lambda row: shown(_saved(COLLECTION, bip, call, row), COLLECTION))


def _detail(bip: Bip, call: Call) -> Row:
    found = bip.store.get(COLLECTION, call.query.get("id", ""))
    if found is None:
        raise Refused("1002", "数据不存在")
    return {**OK, "data": _detailed(found, COLLECTION)}


def _verb(kind: str) -> Any:
    """batchaudit, batchunaudit, delete: rows carry id and, for the first two, the pubts that was read."""

    def handle(bip: Bip, call: Call) -> Row:
        def act(row: Row) -> Row:
            found = batches.wanted(bip, COLLECTION, row)
            if kind != "delete" and row.get("pubts") != found["pubts"]:
                raise Invalid("单据已被他人修改，请刷新后重试")
            if (found["verifyState"] == APPROVED) is not (kind == "unaudit") or found["settled"] != ZERO:
                raise Invalid("单据状态不允许此操作")
            meddle(bip, call, COLLECTION, found["id"])
            _apply(bip, kind, found)
            bip.journal.append(kind, COLLECTION, id=found["id"], data=call.body)
            return {"id": int(found["id"]), "code": found["code"]}

        return batches.answer(batches.named(call), act)

    return handle


def _apply(bip: Bip, kind: str, found: Row) -> None:
    if kind == "delete":
        bip.store.delete(COLLECTION, found["id"])
        return
    back = {"verifyState": OPEN, "effectState": "0", "auditTime": None}
    bip.store.update(COLLECTION, found["id"], money_bills.approved(bip) if kind == "audit" else back)


def _made(handle: Any, name: str, **more: Any) -> Endpoint:
    return Endpoint(handle, name, finance="fi", quota="slow", **more)


_BILL = "/yonbip/fi/receivebill"
ENDPOINTS: dict[str, Endpoint] = {
    "/yonbip/fi/oar/list": _made(_oar_list, RECEIVABLE),
    "/yonbip/fi/oar/single/save": _made(_save(RECEIVABLE), RECEIVABLE, write=True, mdd=True),
    f"{_BILL}/list/v2": _made(_bill_list, COLLECTION),
    f"{_BILL}/single/save": _made(_save(COLLECTION), COLLECTION, write=True, mdd=True),
    f"{_BILL}/save": _made(_batch_save, COLLECTION, write=True),
    f"{_BILL}/detail": _made(_detail, COLLECTION, method="GET"),
    f"{_BILL}/batchaudit": _made(_verb("audit"), COLLECTION, write=True),
    f"{_BILL}/batchunaudit": _made(_verb("unaudit"), COLLECTION, write=True),
    f"{_BILL}/delete": _made(_verb("delete"), COLLECTION, write=True),
    "/yonbip/fi/arverify/list": Endpoint(_verify_list, "writeoff", quota="slow"),
}
