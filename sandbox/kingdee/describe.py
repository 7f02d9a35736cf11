"""View and QueryBusinessInfo: a document in property names, a form as metadata (kingdee.md 3.5, 3.7)."""

from typing import Any

from sandbox.kingdee.database import Database
from sandbox.kingdee.documents import Document
from sandbox.kingdee.forms import Field, Form, Group

_FIELD_TYPES = {"text": 167, "local": 231, "enum": 175, "ref": 56, "user": 56, "int": 56, "flag": 175}
_ELEMENTS = {
    "text": 1,
    "local": 57,
    "enum": 9,
    "ref": 13,
    "user": 52,
    "int": 22,
    "flag": 8,
    "date": 5,
    "time": 6,
    "amount": 18,
    "price": 19,
    "qty": 20,
}


def view(database: Database, form: Form, document: Document) -> dict[str, Any]:
    """The whole packet of one document."""
    packet: dict[str, Any] = {"Id": document.id}
    for item in form.plain_head.values():
        packet |= _property(database, item, document.values.get(item.lower))
    for group in form.subheads.values():
        inner: dict[str, Any] = {"Id": document.id}
        for item in group.fields:
            inner |= _property(database, item, document.values.get(item.lower))
        packet[group.orm] = [inner]
    for key, group in form.entries.items():
        packet[group.orm] = [
            _row(database, group, row.values, {"Id": row.id, "Seq": row.seq}) for row in document.rows.get(key, [])
        ]
    return packet


def _row(database: Database, group: Group, values: dict[str, Any], start: dict[str, Any]) -> dict[str, Any]:
    for item in group.fields:
        start |= _property(database, item, values.get(item.lower))
    return start


def _property(database: Database, item: Field, value: Any) -> dict[str, Any]:
    if item.kind == "local":
        return {item.prop: [{"Key": 2052, "Value": value or ""}]}
    if item.kind in {"ref", "user"}:
        return {f"{item.prop}_Id": value or 0, item.prop: _referenced(database, item.target, value)}
    return {item.prop: value}


def _referenced(database: Database, target: str, value: Any) -> dict[str, Any] | None:
    found = database.document(target, value)
    if found is None:
        return None
    number = database.number_of(target, value)
    return {"Id": found.id, "Number": number, "Name": [{"Key": 2052, "Value": found.values.get("fname") or ""}]}


def business_info(form: Form) -> dict[str, Any]:
    """NeedReturnData of QueryBusinessInfo."""
    head = Group("FBillHead", "单据头", form.fields, form.form_id)
    groups = [head, *form.groups]
    return {
        "Id": form.form_id,
        "Name": _names(form.label),
        "PkFieldName": form.pk,
        "Entrys": [_entry(group) for group in groups],
        "Operations": [{"OperationNumber": key, "OperationName": _names(name)} for key, name in _operations(form)],
    }


def _operations(form: Form) -> list[tuple[str, str]]:
    standard = [("Save", "保存"), ("Draft", "暂存"), ("Submit", "提交"), ("Audit", "审核"), ("UnAudit", "反审核")]
    return [*standard, ("CancelAssign", "撤销"), ("Delete", "删除"), ("View", "查看"), *form.operations]


def _names(text: str) -> list[dict[str, Any]]:
    return [{"Key": 2052, "Value": text}]


def _entry(group: Group) -> dict[str, Any]:
    """Head, sub-heads and entries stand side by side: a ParentKey marks only entries within entries."""
    return {
        "Key": group.key,
        "ParentKey": "",
        "EntryName": group.orm,
        "EntryPkFieldName": group.pk if not group.single and group.key != "FBillHead" else "",
        "Name": _names(group.label),
        "Fields": [_field(item, group) for item in group.fields],
    }


def _field(item: Field, group: Group) -> dict[str, Any]:
    return {
        "Key": item.key,
        "FieldName": item.key.upper(),
        "PropertyName": item.prop,
        "Name": _names(item.label),
        "FieldType": _FIELD_TYPES.get(item.kind, 106),
        "ElementType": _ELEMENTS[item.kind],
        "MustInput": int(item.required),
        "LookUpObjectFormId": item.target or None,
        "EntityKey": group.key,
        "IsViewVisible": True,
        "Extends": [],
    }
