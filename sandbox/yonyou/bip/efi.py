"""The new finance (EFI): receivables and collections, one set of calls for both."""

from collections.abc import Callable
from functools import partial
from typing import Any

from sandbox.yonyou.amounts import ZERO, Invalid
from sandbox.yonyou.bip import batches, lists, money_bills
from sandbox.yonyou.bip.account import OK, Bip, Call, Endpoint, Refused, Row, meddle, required, write
from sandbox.yonyou.bip.money_bills import APPROVED, COLLECTION, IN_APPROVAL, OPEN, RECEIVABLE, REJECTED

HIDDEN = {"settled"}
BALANCES = {"oriBalance", "localBalance", "dueDate"}
EQUAL = ("code", "customer", "org", "financeOrg", "extSystemCode", "extVouchCode", "direction")
SIMPLE = {"customer.code": "customerCode", "financeOrg.code": "financeOrgCode", "bustype.code": "bustypeCode"}
PAIRS = ("financeOrg", "bustype", "org", "oriCurrency", "customer")
RANGES = ("billDate", "modifyTime", "auditTime")
MOST = 500


def shown(bip: Bip, row: Row, *, items: bool) -> Row:
    """A document as EFI answers it: ids as text, balances where the switch says so."""
    left_out = HIDDEN | (set() if bip.settings.efi_balances else BALANCES) | (set() if items else {"bodyItem"})
    made = {key: value for key, value in row.items() if key not in left_out}
    made["modifyTime"] = row["pubts"]
    if items:
        made["bodyItem"] = [{**item, "headerId": row["id"]} for item in row["bodyItem"]]
    return made


def _list(name: str, bip: Bip, call: Call) -> Row:
    body = call.object_body()
    bounds = lists.page_bounds(body, most=MOST)
    simple = body.get("simple") or {}
    since, until = (lists.moment(simple.get(f"open_pubts_{side}"), f"open_pubts_{side}") for side in ("begin", "end"))
    rows = [row for row in lists.visible(bip, call, lists.changed(bip, name, since, until)) if _fits(row, body, simple)]
    page = [shown(bip, row, items=False) for row in lists.cut(bip, call, rows, bounds)]
    return {**OK, "data": lists.paged(page, len(rows), bounds)}


def _fits(row: Row, body: Row, simple: Row) -> bool:
    states = body.get("verifyState")
    if states and row["verifyState"] not in [str(one) for one in (states if isinstance(states, list) else [states])]:
        return False
    asked = {key: body.get(key) for key in EQUAL} | {key: simple.get(path) for path, key in SIMPLE.items()}
    if any(str(row.get(key, "")) != str(value) for key, value in asked.items() if value not in (None, "")):
        return False
    return lists.in_range({**row, "modifyTime": row["pubts"]}, body, RANGES)


def _detail(name: str, bip: Bip, call: Call) -> Row:
    found = bip.store.get(name, call.query.get("id", ""))
    if found is None or not lists.visible(bip, call, [found]):
        raise Refused("1002", "数据不存在")
    return {**OK, "data": shown(bip, found, items=True)}


def _check(name: str, data: Row) -> None:
    fields = ("billDate", "objectType", "exchangeRate", "exchangeRateDate", "_status", "bodyItem")
    required(data, *(("direction",) if name == RECEIVABLE else ()), *fields)
    for field in PAIRS:
        if not (data.get(field) or data.get(f"{field}Code")):
            raise Refused("310008", f"必填参数[data.{field}]与[data.{field}Code]不能同时为空")
    if data["_status"] != "Insert":
        raise Refused("999", "_status仅支持Insert")


def _made(name: str, bip: Bip, call: Call, data: Row) -> Row:
    _check(name, data)
    try:
        values = money_bills.new_values(bip, name, data)
    except Invalid as error:
        raise Refused("999", str(error)) from error
    return write(bip, call, values, name=name)


def _save(name: str, bip: Bip, call: Call) -> Row:
    return {**OK, "data": shown(bip, _made(name, bip, call, call.data()), items=True)}


def _save_and_submit(name: str, bip: Bip, call: Call) -> Row:
    """Saves and submits; nothing here is under workflow control, so it is audited at once."""
    made = _made(name, bip, call, call.data())
    done = bip.store.update(name, made["id"], money_bills.approved(bip))
    bip.journal.append("audit", name, id=made["id"], data=call.body)
    return {**OK, "data": shown(bip, done, items=True)}


def _batch_save(name: str, bip: Bip, call: Call) -> Row:
    return batches.answer(batches.named(call), lambda row: shown(bip, _made(name, bip, call, row), items=False))


def _check_unsettled(found: Row) -> None:
    if found["settled"] != ZERO:
        raise Invalid("单据已核销，不允许操作")


def _verb(name: str, kind: str, bip: Bip, call: Call) -> Row:
    allowed, after = VERBS[kind]

    def act(row: Row) -> Row:
        found = batches.wanted(bip, name, row)
        if found["verifyState"] not in allowed:
            raise Invalid(f"单据状态[{found['verifyState']}]不允许此操作")
        _check_unsettled(found)
        meddle(bip, call, name, found["id"])
        made = found
        if after is None:
            bip.store.delete(name, found["id"])
        else:
            made = bip.store.update(name, found["id"], after(bip))
        bip.journal.append(kind, name, id=found["id"], data=call.body)
        return {key: made[key] for key in ("id", "code", "verifyState", "pubts")}

    return batches.answer(batches.named(call), act)


def _state(value: str) -> Callable[[Bip], Row]:
    return lambda _bip: {"verifyState": value, "effectState": "0", "auditTime": None}


# verb → (states in which it is allowed, what it sets; None deletes)
VERBS: dict[str, tuple[tuple[str, ...], Callable[[Bip], Row] | None]] = {
    "submit": ((OPEN, REJECTED), _state(IN_APPROVAL)),
    "unsubmit": ((IN_APPROVAL,), _state(OPEN)),
    "audit": ((OPEN, IN_APPROVAL), money_bills.approved),
    "unaudit": ((APPROVED,), _state(OPEN)),
    "delete": ((OPEN, REJECTED), None),
}


def _endpoints(name: str) -> dict[str, Endpoint]:
    def path(call: str) -> str:
        return f"/yonbip/EFI/{name}/{call}"

    def made(handle: Any, **more: Any) -> Endpoint:
        return Endpoint(partial(handle, name), name, finance="efi", quota="slow", **more)

    return {
        path("list"): made(_list),
        path("detail"): made(_detail, method="GET"),
        path("save"): made(_save, write=True, mdd=True),
        path("saveandsubmit"): made(_save_and_submit, write=True, mdd=True),
        path("batchsave"): made(_batch_save, write=True),
        **{
            path(kind): Endpoint(partial(_verb, name, kind), name, write=True, finance="efi", quota="slow")
            for kind in VERBS
        },
    }


ENDPOINTS: dict[str, Endpoint] = {**_endpoints(RECEIVABLE), **_endpoints(COLLECTION)}
