"""The status machine: submit, audit, unaudit, cancel-assign, delete, and the named operations (kingdee.md 3.3)."""

from collections.abc import Callable
from typing import Any

from sandbox.kingdee.database import Database
from sandbox.kingdee.documents import Document
from sandbox.kingdee.errors import EXCEPTION, NOT_OPERABLE, VALIDATION, Refused
from sandbox.kingdee.events import Actor
from sandbox.kingdee.forms import Form

Change = dict[str, Any]
_STATUS_NAMES = {"Z": "暂存", "A": "创建", "B": "审核中", "C": "已审核", "D": "重新审核"}

# step -> (statuses it starts from, status it leads to, word for messages)
_STEPS: dict[str, tuple[str, str, str]] = {
    "submit": ("AD", "B", "提交"),
    "audit": ("B", "C", "审核"),
    "unaudit": ("C", "D", "反审核"),
    "cancel_assign": ("B", "D", "撤销"),
}

# opNumber in lower case -> (bump name, head changes)
_OPERATIONS: dict[str, tuple[str, Change]] = {
    "forbid": ("forbid", {"fforbidstatus": "B"}),
    "enable": ("enable", {"fforbidstatus": "A"}),
    "cancel": ("cancel", {"fcancelstatus": "B"}),
    "uncancel": ("cancel", {"fcancelstatus": "A"}),
    "billclose": ("close", {"fclosestatus": "B", "fmanualclose": "1"}),
    "billunclose": ("close", {"fclosestatus": "A", "fmanualclose": "0"}),
    "ylbillclose": ("close", {"fclosestatus": "B", "fmanualclose": "1"}),
    "ylunbillclose": ("close", {"fclosestatus": "A", "fmanualclose": "0"}),
    "allrefund": ("close", {}),
}


def step(database: Database, form: Form, name: str, document: Document, actor: Actor) -> Document:
    """One of submit, audit, unaudit, cancel_assign. Returns the stored document; Refused from a wrong status."""
    starts, leads_to, word = _STEPS[name]
    if document.status not in starts:
        raise _wrong_status(form, document, word)
    changes: Change = {"fdocumentstatus": leads_to}
    if name == "audit":
        changes |= {"fapproverid": actor.user_id, "fapprovedate": database.now_text()}
    if name == "unaudit":
        changes |= {"fapproverid": 0, "fapprovedate": None}
    return change(database, form, document, changes, bump=name in database.settings.bumps)


def delete(database: Database, form: Form, document: Document) -> None:
    """Removes a document in Z, A or D. Refused otherwise."""
    if document.status not in {"Z", "A", "D", ""}:
        raise _wrong_status(form, document, "删除")
    database.table(form.form_id).remove(document.id)


def operate(database: Database, form: Form, op_number: str, document: Document) -> Document:
    """A named operation of the form. Refused when the form has no such operation or the record is not ready for it."""
    known = {name.lower() for name, _ in form.operations}
    entry = _OPERATIONS.get(op_number.lower())
    if entry is None or op_number.lower() not in known:
        raise Refused(EXCEPTION, f"{form.label}上不存在操作编码为{op_number}的操作")
    bump_name, changes = entry
    if bump_name in {"forbid", "enable"}:
        _check_forbid(database, form, document, changes["fforbidstatus"])
    return change(database, form, document, dict(changes), bump=bump_name in database.settings.bumps)


def _check_forbid(database: Database, form: Form, document: Document, wanted: str) -> None:
    if document.values.get("fforbidstatus") == wanted:
        word = "禁用" if wanted == "B" else "可用"
        raise Refused(NOT_OPERABLE, f"{_title(form, document)}已是{word}状态")
    if wanted == "B" and database.settings.forbid_needs_audit and document.status != "C":
        raise Refused(NOT_OPERABLE, f"{_title(form, document)}未审核，不允许禁用")


def change(database: Database, form: Form, document: Document, changes: Change, *, bump: bool) -> Document:
    """Stores a copy with these head values; the modified time moves only with bump."""
    copy = document.copy()
    copy.values |= {key: value for key, value in changes.items() if key in form.head}
    if bump:
        copy.values["fmodifydate"] = database.now_text()
    database.table(form.form_id).put(copy)
    return copy


def rewrite(
    database: Database, form: Form, document: Document, edit: Callable[[Document], None], *, bump: bool
) -> None:
    """Stores a copy that `edit` has changed."""
    copy = document.copy()
    edit(copy)
    if bump:
        copy.values["fmodifydate"] = database.now_text()
    database.table(form.form_id).put(copy)


def _title(form: Form, document: Document) -> str:
    return f"{form.label}“{document.values.get(form.number_key) or document.id}”"


def _wrong_status(form: Form, document: Document, word: str) -> Refused:
    state = _STATUS_NAMES.get(document.status, document.status)
    return Refused(VALIDATION, f"{_title(form, document)}当前状态为{state}，不允许{word}")
