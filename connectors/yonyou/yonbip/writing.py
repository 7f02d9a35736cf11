"""Writes: customers, orders and receipts one by one under the hub's key; steps as batches judged row by row."""

import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from connectors.yonyou.amounts import exact
from connectors.yonyou.offers import alone
from connectors.yonyou.times import full, mark
from connectors.yonyou.words import refusal
from connectors.yonyou.yonbip import shapes
from connectors.yonyou.yonbip.calls import Calls
from connectors.yonyou.yonbip.errors import SubmittedBefore
from connectors.yonyou.yonbip.orders import OrderReader
from connectors.yonyou.yonbip.ordersave import ROWS, changed_order, new_order
from connectors.yonyou.yonbip.reading import MERCHANTS, Reader
from hub.connector import Native, Write, WriteOutcome, Written
from hub.connector.http import Reply, untrusted
from hub.errors import BadInput, RecordGone, RecordRejected, Vendor

_MULTI = ("name", "shortname", "address")
_ORDER = "sd/voucherorder"
PRODUCT_LIFE_S = 600.0
_VERBS = {"submit": "batchsubmit", "unsubmit": "batchunsubmit", "audit": "batchaudit", "unaudit": "batchunaudit"}
_REACHED = {
    "submit": ("submitted", "audited"),
    "audit": ("audited",),
    "unaudit": ("saved", "ready"),
    "unsubmit": ("saved",),
}
_AFTER = {"submit": "submitted", "audit": "audited", "unaudit": "saved", "unsubmit": "saved"}
SYSTEM = "HUB"
"""extSystemCode of documents that the hub made: without it the vendor does not look at extVouchCode (2.4)."""


class Writer:
    """Of one connection. Single saves carry resubmitCheckKey: the same key never makes a second record."""

    def __init__(self, calls: Calls, reader: Reader, orders: OrderReader) -> None:
        self._calls, self._reader, self._orders = calls, reader, orders
        self._known: dict[str, tuple[float, Native]] = {}

    def create(self, entity: str, writes: Sequence[Write]) -> list[WriteOutcome]:
        make = {"customer": self._new_customer, "order": self._new_order, "receipt": self._new_receipt}[entity]
        return [alone(partial(self._once, make, entity, write)) for write in writes]

    def update(self, entity: str, writes: Sequence[Write]) -> list[WriteOutcome]:
        change = {"customer": self._change_customer, "order": self._change_order}[entity]
        return [alone(partial(change, write)) for write in writes]

    def step(self, entity: str, step: str, ids: Sequence[str]) -> list[WriteOutcome]:
        """Outcomes in order of the ids. A record that has taken the step already counts as done."""
        if entity == "customer" and step in ("disable", "enable"):
            verb = "stop" if step == "disable" else "unstop"
            return self._batch(f"{MERCHANTS}/{verb}", ids)
        if entity == "order" and step in _VERBS:
            return self._order_step(step, ids)
        raise BadInput(f"{entity} 没有步骤 {step}", f"{entity} has no step {step}", field="step", value=step)

    def _once(self, make: Any, entity: str, write: Write) -> Written:
        try:
            written: Written = make(write)
        except SubmittedBefore as before:
            if not before.id:
                raise
            return Written(before.id, write.number)
        return written

    def _new_customer(self, write: Write) -> Written:
        config = self._calls.config
        chosen = {"customerClassCode": config.customer_class, "transTypeCode": config.customer_type}
        data = {
            "resubmitCheckKey": write.key,
            "createOrgCode": config.org_code,
            **{name: value for name, value in chosen.items() if value},
            **_customer(write.data, {}),
            "code": number_of(write),
        }
        reply = self._calls.write(f"{MERCHANTS}/idempotent/newinsert", {"data": data})
        return _first(reply)

    def _change_customer(self, write: Write) -> Written:
        """The call demands four fields whatever changes, and names what happens to each child row."""
        found = next(iter(self._reader.customers([{"id": write.id}])), None)
        if found is None:
            raise RecordGone(f"客户 {write.id} 不在用友里", f"Customer {write.id} is not there", value=write.id)
        now = found.data
        kept = {name: now.get(name) for name in ("id", "code", "createOrgCode", "enterpriseNature")}
        body = {**kept, "name": {"simplifiedName": now["name"]}, **_customer(write.data, now)}
        return _first(self._calls.write(f"{MERCHANTS}/newupdate", body))

    def _new_order(self, write: Write) -> Written:
        data = new_order(self._calls.config, write, self._products(write.data.get(ROWS)))
        return self._saved_order(self._calls.write(f"{_ORDER}/singleSave", {"data": data}))

    def _change_order(self, write: Write) -> Written:
        found = self._orders.detail(write.id)
        data = changed_order(self._calls.config, write, found, self._products(write.data.get(ROWS)))
        return self._saved_order(self._calls.write(f"{_ORDER}/singleSave", {"data": data}))

    def _saved_order(self, reply: Reply) -> Written:
        made = reply.at("data", kind=dict)
        return Written(_id(reply, made), str(made.get("code") or ""), shapes.stage_of(made) or "saved")

    def _products(self, rows: Any) -> Mapping[str, Native]:
        """Products that new lines name: the save wants their main unit, and their tax rate where the line has none. There is
        no call by id, so what was read is kept for a while."""
        wanted = {str(row.get("productId") or "") for row in rows or []} - {""}
        now = time.monotonic()
        missing = [one for one in sorted(wanted) if self._known.get(one, (0.0, {}))[0] < now]
        for one, remote in self._reader.read("product", missing, 500).items():
            self._known[one] = (now + PRODUCT_LIFE_S, remote.data)
        return {one: self._known[one][1] for one in wanted if one in self._known}

    def _new_receipt(self, write: Write) -> Written:
        if self._calls.config.finance != "efi":
            raise RecordRejected("老财务的收款单只读", "Receipts of the old finance are read only")
        reply = self._calls.write("EFI/collection/save", {"data": self._receipt(write)})
        return Written(
            _id(reply, reply.at("data", kind=dict)), str(reply.at("data", kind=dict).get("code") or ""), "saved"
        )

    def _receipt(self, write: Write) -> Native:
        config, data = self._calls.config, write.data
        amount = exact(data.get("oriTaxIncludedAmount"), "oriTaxIncludedAmount")
        day = full(str(data.get("billDate") or mark(self._calls.link.now())[:10]))
        head: Native = {"objectType": "1", "bustypeCode": "ar_colsale", "oriCurrencyCode": config.local_currency}
        rate = config.exchange_rates.get(str(data.get("oriCurrencyCode") or config.local_currency), Decimal(1))
        row = {"oriTaxIncludedAmount": amount, "quickTypeCode": "1", "_status": "Insert"}
        named = {name: value for name, value in data.items() if name != "oriTaxIncludedAmount" and value is not None}
        return {
            **head,
            "financeOrgCode": config.org_code,
            "orgCode": config.org_code,
            "exchangeRate": rate,
            **named,
            "billDate": day,
            "exchangeRateDate": day,
            "_status": "Insert",
            "bodyItem": [row],
            "resubmitCheckKey": write.key,
            "extSystemCode": SYSTEM,
            "extVouchCode": write.key,
        }

    def _order_step(self, step: str, ids: Sequence[str]) -> list[WriteOutcome]:
        """What already took the step is not sent; an order outside any workflow is not submitted but goes on to be audited."""
        now = self._orders.heads(ids)
        done = {
            one: remote for one, remote in now.items() if remote.stage in _REACHED[step] or _skips(step, remote.data)
        }
        todo = [one for one in dict.fromkeys(ids) if one in now and one not in done]
        sent = dict(zip(todo, self._batch(f"{_ORDER}/{_VERBS[step]}", todo), strict=True)) if todo else {}
        found: list[WriteOutcome] = []
        for one in ids:
            if one in sent:
                outcome = sent[one]
                after = shapes.READY if _AFTER[step] == "saved" and _free(now[one].data) else _AFTER[step]
                found.append(Written(one, now[one].number, after) if isinstance(outcome, Written) else outcome)
            elif one in done:
                found.append(Written(one, done[one].number, done[one].stage))
            else:
                found.append(RecordGone(f"订单 {one} 不在用友里", f"Order {one} is not there", value=one))
        return found

    def _batch(self, path: str, ids: Sequence[str]) -> list[WriteOutcome]:
        """Code 200 says nothing about the rows: each is looked for in infos, and its refusal in messages."""
        reply = self._calls.write(path, {"data": [{"id": int(one)} for one in ids]})
        data = reply.at("data", kind=dict)
        infos = {str(one["id"]): one for one in data.get("infos") or [] if isinstance(one, dict) and one.get("id")}
        said = [str(one) for one in data.get("messages") or [] if one] if isinstance(data.get("messages"), list) else []
        return [self._row(reply, one, infos.get(one), said) for one in ids]

    def _row(self, reply: Reply, record_id: str, info: Native | None, said: Sequence[str]) -> WriteOutcome:
        if info is not None:
            return Written(record_id, str(info.get("code") or ""))
        own = [one for one in said if record_id in one] or list(said)
        if not own:
            return untrusted(reply, "批量回复没有提到这条记录", "the reply to the batch does not mention this record")
        return refusal(Vendor("yonbip", reply.operation, "200", own[0][:500]))


def number_of(write: Write) -> str:
    """The number of a new customer: given by the mapping, the binding's, else the hub's key."""
    return str(write.data.get("code") or "").strip() or write.number or write.key


def _customer(data: Mapping[str, Any], now: Mapping[str, Any]) -> Native:
    """Fields as saves take them: names as objects, the salesman as a principal."""
    sent: Native = {name: "" if value is None else value for name, value in data.items() if name != shapes.PERSON}
    for name in _MULTI:
        if name in sent:
            sent[name] = {"simplifiedName": sent[name]}
    if shapes.PERSON in data:
        sent["principals"] = _principals(data[shapes.PERSON], now.get("principals") or [])
    return sent


def _principals(person: Any, rows: Sequence[Mapping[str, Any]]) -> list[Native]:
    """The default principal becomes this person; none = it goes."""
    old = [{"id": row["id"], "entityStatus": "Delete"} for row in rows if row.get("id") and _is_default(row, rows)]
    new = [{shapes.PERSON: person, "isDefault": True, "entityStatus": "Insert"}] if person else []
    return [*old, *new]


def _is_default(row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> bool:
    return len(rows) == 1 or row.get("isDefault") in (True, 1, "1", "true")


def _free(data: Mapping[str, Any]) -> bool:
    """Whether an order stands outside any workflow."""
    return data.get("isWfControlled") in (False, 0, "0", "false")


def _skips(step: str, data: Mapping[str, Any]) -> bool:
    return step == "submit" and _free(data)


def _first(reply: Reply) -> Written:
    rows = reply.at("data", kind=list)
    row = rows[0] if rows and isinstance(rows[0], dict) else {}
    return Written(_id(reply, row), str(row.get("code") or ""))


def _id(reply: Reply, row: Mapping[str, Any]) -> str:
    """The id of what was saved; a confirmation without one is none."""
    if row.get("id") in (None, ""):
        raise untrusted(reply, "缺少 id", "no id")
    return str(row["id"])
