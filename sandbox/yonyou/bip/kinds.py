"""The objects of the store, their ids and times, and what the control interface may write."""

from collections.abc import Callable
from functools import partial
from typing import Any

from sandbox.core import ControlError, ObjectKind
from sandbox.yonyou.amounts import Invalid
from sandbox.yonyou.bip import merchants, money_bills, order_calls, people, products
from sandbox.yonyou.bip.account import FIRST_ID, Bip, Row, checked
from sandbox.yonyou.times import parse, stamp

Make = Callable[[Bip, Row, Row | None], Row]
BETWEEN = 10_000_000_000  # ids of one object lie this far from the next one's


def _number(place: int) -> Callable[[int], int]:
    return lambda number: FIRST_ID + place * BETWEEN + number


def _text(place: int) -> Callable[[int], str]:
    return lambda number: str(FIRST_ID + place * BETWEEN + number)


def define_kinds(bip: Bip) -> None:
    """Makes room for everything a tenant keeps."""
    bip.store.define(ObjectKind(name="base", indexed=("code", "type")))
    bip.store.define(ObjectKind(name="subscription", prepare=_subscription))
    _define(bip, "merchant", _merchant, new_id=_number(0), indexed=("code", "creditCode"), modified="modifyTime")
    _define(bip, "product", _product, new_id=_number(1), indexed=("code",))
    _define(bip, "staff", _staff, new_id=_text(2), indexed=("code", "mobile"))
    _define(bip, "order", order_calls.control_values, new_id=_number(3), indexed=("code", "agentId"))
    fields = ("code", "customer", "extVouchCode", "srcBillNo")
    for place, name in ((4, "receivable"), (5, "collection")):
        _define(bip, name, partial(_bill, name), new_id=_text(place), indexed=fields)
    _define(bip, "writeoff", _write_off, new_id=_text(6), indexed=("code", "receivable_code"))


def _define(
    bip: Bip, name: str, make: Make, *, new_id: Callable[[int], Any], indexed: tuple[str, ...], modified: str = "pubts"
) -> None:
    kind = ObjectKind(
        name=name,
        created_field="createTime",
        modified_field=modified,
        new_id=new_id,
        stamp=stamp,
        parse=parse,
        indexed=indexed,
        prepare=lambda sent, stored: checked(lambda: make(bip, dict(sent), stored)),
    )
    bip.store.define(kind)


def _allowed(sent: Row, known: set[str]) -> Row:
    if unknown := sorted(set(sent) - known):
        raise Invalid(f"unknown fields {unknown}; allowed: {sorted(known)}")
    return sent


def _times(sent: Row, *names: str) -> Row:
    return {name: sent[name] for name in ("id", *names) if name in sent}


def _merchant(bip: Bip, sent: Row, stored: Row | None) -> Row:
    _allowed(sent, merchants.KNOWN)
    outright = _times(sent, "createTime", "modifyTime")
    if stored is None:
        return {**merchants.new_values(bip, sent), **outright}
    for name in merchants.CHILDREN:  # a user's edit names all rows of a child table
        if name in sent:
            named = {str(one.get("id")) for one in sent[name]}
            stored = {**stored, name: [row for row in stored[name] if str(row["id"]) in named]}
    return {**merchants.changes_of(bip, sent, stored), **outright}


def _product(bip: Bip, sent: Row, stored: Row | None) -> Row:
    values = products.values_of(bip, _allowed(sent, products.KNOWN), stored)
    if stored is None and bip.store.find("product", "code", values["code"]):
        raise Invalid(f"物料编码[{values['code']}]已存在")
    return {**values, **_times(sent)}


def _staff(bip: Bip, sent: Row, stored: Row | None) -> Row:
    values = people.values_of(bip, _allowed(sent, people.KNOWN), stored)
    if stored is None and bip.store.find("staff", "code", values["code"]):
        raise Invalid(f"员工编码[{values['code']}]已存在")
    return values


def _bill(name: str, bip: Bip, sent: Row, stored: Row | None) -> Row:
    return money_bills.control_values(bip, name, sent, stored)


def _write_off(bip: Bip, sent: Row, stored: Row | None) -> Row:
    if stored is not None:
        raise Invalid("a write-off cannot be edited; book one with a negative amount")
    return money_bills.book_write_off(bip, sent)


def _subscription(sent: Row, _stored: Row | None) -> Row:
    if not str(sent.get("url", "")).startswith(("http://", "https://")):
        raise ControlError(f"url {sent.get('url')!r} must be an http address")
    return {"types": [], **sent}
