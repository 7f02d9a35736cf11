"""contactbook/…: the contacts of an enterprise customer."""

from collections.abc import Mapping
from typing import Any

from sandbox.core import Change
from sandbox.ec.kinds import CONTACT_TEXTS
from sandbox.ec.state import Ec
from sandbox.ec.wire import Call, RefusedError, Row


def add_contact(ec: Ec, call: Call) -> object:
    """contactbook/add: returns the new id."""
    customer, card = _customer(ec, call.fields), _card(call.fields)
    if not card.get("name"):
        raise RefusedError("联系人姓名不能为空")
    blank: Row = dict.fromkeys(CONTACT_TEXTS, "")
    data = {**blank, "fields": {}, **_written(ec, call, card), "crmId": customer["crmId"]}
    return ec.created("contact", data)["id"]


def update_contact(ec: Ec, call: Call) -> object:
    """contactbook/update: the named fields of one contact."""
    contact = _contact(ec, call.fields)
    ec.edit_first(call, "contact", contact["id"])
    ec.updated("contact", contact["id"], _written(ec, call, _card(call.fields)))
    return None


def delete_contact(ec: Ec, call: Call) -> object:
    """contactbook/delete."""
    ec.deleted("contact", _contact(ec, call.fields)["id"])
    return None


def list_contacts(ec: Ec, call: Call) -> object:
    """contactbook/list: all contacts of one customer."""
    customer = _customer(ec, call.fields)
    rows = ec.visible("contact", ec.store.find("contact", "crmId", customer["crmId"]), call)
    return ec.ids(rows)


def _customer(ec: Ec, asked: Row) -> Row:
    ec.operator(asked)
    customer = ec.existing("customer", asked.get("crmId"), "客户crmId")
    if customer["crmType"] != 1 and ec.settings.contacts_of_persons == "refuse":
        raise RefusedError(f"个人客户没有联系人：{customer['crmId']}")
    return customer


def _card(asked: Row) -> Mapping[str, Any]:
    card = asked.get("crmContactBookVO")
    if not isinstance(card, dict):
        raise RefusedError("参数crmContactBookVO必须是对象")
    return card


def _contact(ec: Ec, asked: Row) -> Row:
    customer = _customer(ec, asked)
    card = asked.get("crmContactBookVO")
    wanted = asked.get("id") or (card.get("id") if isinstance(card, dict) else None)
    contact = ec.existing("contact", wanted, "联系人id")
    if contact["crmId"] != customer["crmId"]:
        raise RefusedError(f"联系人{contact['id']}不属于客户{customer['crmId']}")
    return contact


def _written(ec: Ec, call: Call, card: Mapping[str, Any]) -> Row:
    data: Row = {name: str(card[name]) for name in CONTACT_TEXTS if card.get(name) is not None}
    if isinstance(card.get("fields"), dict):
        data["fields"] = {str(key): str(value) for key, value in card["fields"].items()}
    return ec.as_stored(call, data)


def move_customer(ec: Ec, change: Change) -> None:
    """A store hook. Contacts have no modified-time filter of their own; whether a change of one, by a call or by a
    user, moves its customer's modified time is a switch. A contact older than its customer moves nothing."""
    if change.object != "contact" or not ec.settings.contact_bumps_customer:
        return
    contact = change.after or change.before or {}
    moment = ec.stamp() if change.after is None else contact["modifyTime"]
    customer = ec.store.get("customer", contact["crmId"])
    if customer is not None and customer["modifyTime"] < moment:
        ec.store.update("customer", customer["crmId"], {"modifyTime": moment})
