"""The app and its forms: rows as reads show them, and what a write turns into."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from sandbox.core import ControlError, Faults, Journal, ObjectKind, RecordStore, SandboxClock
from sandbox.core.switches import comma_list
from sandbox.jiandaoyun.settings import JdySettings

Row = dict[str, Any]

BASE = {"ext_no": "text", "hub_key": "text", "name": "text", "owner": "member", "remark": "text"}
FORMS: dict[str, dict[str, str]] = {
    "customer": {
        **BASE,
        "mobile": "text",
        "phone": "text",
        "email": "text",
        "tax_code": "text",
        "level": "text",
        "industry": "text",
        "address": "text",
        "credit": "number",
    },
    "contact": {**BASE, "customer": "text", "mobile": "text", "phone": "text", "email": "text", "title": "text"},
    "order": {**BASE, "customer": "text", "date": "datetime", "status": "text", "total": "number", "lines": "subform"},
}
LINE = {"product": "text", "product_name": "text", "quantity": "number", "price": "number", "remark": "text"}


class RefusedError(ValueError):
    """A call that is answered with HTTP 400 and this code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class App:
    """One app of one company."""

    settings: JdySettings
    clock: SandboxClock
    store: RecordStore
    journal: Journal
    faults: Faults

    @property
    def forms(self) -> dict[str, str]:
        """Form id -> name of its rows in the control interface."""
        return {getattr(self.settings, f"{name}_form"): name for name in FORMS}

    def stamp(self, when: datetime) -> str:
        return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}Z"

    def member(self, username: object) -> Row:
        """The object that reads show; RefusedError for somebody who is not there."""
        members = comma_list(self.settings.members)
        if username not in members:
            raise RefusedError(1010, f"成员不存在：{username}")
        number = members.index(str(username)) + 1
        return {"_id": f"5b0{number:021x}", "name": f"成员{number}", "username": username, "status": 1}


def define_forms(app: App) -> None:
    for number, name in enumerate(FORMS):
        kind = ObjectKind(
            name=name,
            id_field="_id",
            created_field="createTime",
            modified_field="updateTime",
            new_id=partial(_row_id, number),
            stamp=app.stamp,
            parse=datetime.fromisoformat,
            indexed=("ext_no", "hub_key"),
            prepare=partial(_typed_in, app, name),
        )
        app.store.define(kind)


def unwrapped(app: App, name: str, data: object, *, fields: Mapping[str, str] | None = None) -> Row:
    """The {"alias": {"value": …}} of a write as the row that reads show. API writes skip unique and required checks."""
    known = FORMS[name] if fields is None else fields
    if not isinstance(data, dict):
        raise RefusedError(1, "data 应为对象")
    row: Row = {}
    for alias, wrapped in data.items():
        if not isinstance(wrapped, dict) or "value" not in wrapped:
            raise RefusedError(1, f'字段 {alias} 应写成 {{"value": …}}')
        if alias in known:
            row[alias] = _value(app, name, known[alias], wrapped["value"])
        elif app.settings.unknown_field == "refuse":
            raise RefusedError(1, f"表单没有字段 {alias}")
    return row


def _value(app: App, name: str, kind: str, value: Any) -> Any:
    if value is None:
        return None
    if kind == "member":
        return app.member(value) if value != "" else None
    if kind == "number" and (isinstance(value, bool) or not isinstance(value, int | Decimal)):
        raise RefusedError(1, f"数字字段的值不正确：{value!r}")
    if kind == "subform":
        return [unwrapped(app, name, row, fields=LINE) | {"_id": f"{n:024x}"} for n, row in enumerate(value, 1)]
    if kind == "datetime" and not _is_time(value):
        raise RefusedError(1, f"日期字段的值不正确：{value!r}")
    return value


def _is_time(value: object) -> bool:
    try:
        return datetime.fromisoformat(str(value)).tzinfo is not None
    except ValueError:
        return False


def _typed_in(app: App, name: str, data: Row, stored: Row | None) -> Row:
    """What somebody types into the form in the browser: members by name, the same checks as the form."""
    try:
        row = {**data, "owner": app.member(data["owner"])} if isinstance(data.get("owner"), str) else dict(data)
    except RefusedError as error:
        raise ControlError(str(error)) from error
    return row if stored is not None else system_fields(app, name) | row


def system_fields(app: App, name: str) -> Row:
    """What every row has beside the form's own fields."""
    empty: Row = {alias: [] if kind == "subform" else None for alias, kind in FORMS[name].items()}
    forms = {known: form for form, known in app.forms.items()}
    own = {"appId": app.settings.app_id, "entryId": forms[name], "flowState": 0}
    return {**empty, **own, "creator": app.member("zhangsan"), "updater": app.member("zhangsan"), "deleter": None}


def _row_id(form: int, number: int) -> str:
    """Ids grow with time, as the vendor's do."""
    return f"5926{form:02x}{number:018x}"
