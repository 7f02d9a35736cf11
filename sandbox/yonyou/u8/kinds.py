"""The objects of the store and what the control interface may write: the resources' own fields, and a mark."""

from dataclasses import replace
from functools import partial

from sandbox.core import ControlError, ObjectKind
from sandbox.yonyou.amounts import Invalid
from sandbox.yonyou.u8.account import U8, Row
from sandbox.yonyou.u8.records import values_of
from sandbox.yonyou.u8.resources import RESOURCES, Resource
from sandbox.yonyou.u8.writing import state

MARKS = {"audited", "entry"}
# What the API demands and a screen does not: an order of nobody has a receivable of nobody; vouchers number themselves.
LEFT_BLANK = {"deptcode", "personcode", "vouchcode"}
# What a user's screen fills in by itself.
SCREEN: dict[str, Row] = {
    "customer": {"sort_code": "01", "ccusexch_name": "人民币", "bcusdomestic": "1", "ccusmngtypecode": "999"},
    "oughtreceive": {"vouchertype": "R0", "currency_name": "人民币", "operator": "demo", "flag": "AR"},
    "accept": {"vouchtype": "48", "foreigncurrency": "人民币", "operator": "demo"},
}


def define_kinds(u8: U8) -> None:
    """Makes room for every resource; the number is the id."""
    for resource in RESOURCES.values():
        kind = ObjectKind(
            name=resource.name,
            id_field=resource.key,
            new_id="{:010d}".format,
            indexed=resource.indexed,
            prepare=partial(_prepared, u8, resource),
        )
        u8.store.define(kind)


def _prepared(u8: U8, resource: Resource, sent: Row, stored: Row | None) -> Row:
    if unknown := sorted(set(sent) - MARKS - set(resource.fields)):
        raise ControlError(f"unknown fields {unknown}; allowed: {sorted(MARKS | set(resource.fields))}")
    if stored is not None and sent.get(resource.key, stored[resource.key]) != stored[resource.key]:
        raise ControlError(f"{resource.key} cannot change")
    filled = {**_screen(u8, resource, sent), **sent} if stored is None else sent
    lenient = replace(resource, needed=tuple(name for name in resource.needed if name not in LEFT_BLANK))
    try:
        values = values_of(u8, lenient, filled, stored)
    except Invalid as error:
        raise ControlError(str(error)) from error
    if "audited" in sent:
        values |= state(u8, "Approved" if sent["audited"] else "Opening", "demo")
    return values


def _screen(u8: U8, resource: Resource, sent: Row) -> Row:
    blank: Row = dict(SCREEN.get(resource.name, {}))
    if resource.name == "customer":
        blank |= {"abbrname": sent.get("name", ""), "seed_date": u8.today()}
    if resource.name == "oughtreceive":
        person = u8.store.get("person", sent.get("personcode", "")) or {}
        blank["deptcode"] = person.get("cdept_num", "")
    return blank


def seed_departments(u8: U8) -> None:
    """What an account set has before any customer."""
    for code, name in (("01", "公司"), ("0101", "销售部")):
        row = {"code": code, "name": name, "endflag": "1", "rank": str(len(code) // 2)}
        u8.store.create("department", values_of(u8, RESOURCES["department"], row, None))
