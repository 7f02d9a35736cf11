"""Field keys of a query: dotted paths through base data, entry fields, entry ids. One unknown key fails the query."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.kingdee.database import Database
from sandbox.kingdee.documents import Document, Row
from sandbox.kingdee.errors import unknown_field
from sandbox.kingdee.forms import Field, Form
from sandbox.kingdee.forms.model import DECIMALS

Rows = Mapping[str, Row | None]
Getter = Callable[[Document, Rows], Any]
_ZERO = Decimal(0)


@dataclass(frozen=True)
class Column:
    """One readable value: its kind, the entry it lies in ("" for the head) and how to get it from a line."""

    key: str
    kind: str
    scope: str
    get: Getter
    dotted: bool = False


def find_column(database: Database, form: Form, key: str) -> Column:
    """The column a key means. Raises Refused 9 for a key this form does not have."""
    first, *path = key.strip().split(".")
    column = _own_column(form, key, first.lower())
    target = _target_of(form, first.lower())
    for part in path:
        column, target = _through(database, column, target, part)
    return column


def _own_column(form: Form, key: str, lower: str) -> Column:
    if lower == form.pk.lower():
        return Column(key, "id", "", lambda document, _rows: document.id)
    if lower in form.head:
        return Column(key, form.head[lower].kind, "", lambda document, _rows: document.values.get(lower))
    for scope, group in form.entries.items():
        if lower == f"{scope}_{group.pk.lower()}":
            return Column(key, "id", scope, _attribute_getter(scope, "id"))
        if lower == f"{scope}_fseq":
            return Column(key, "id", scope, _attribute_getter(scope, "seq"))
        if lower in group.by_key:
            return Column(key, group.by_key[lower].kind, scope, _row_getter(scope, lower))
    raise unknown_field(key)


def _attribute_getter(scope: str, name: str) -> Getter:
    def get(_document: Document, rows: Rows) -> int:
        row = rows[scope]
        return 0 if row is None else int(getattr(row, name))

    return get


def _row_getter(scope: str, lower: str) -> Getter:
    def get(_document: Document, rows: Rows) -> Any:
        row = rows[scope]
        return None if row is None else row.values.get(lower)

    return get


def _field(form: Form, lower: str) -> Field | None:
    groups = [group.by_key for group in form.entries.values()]
    return next((fields[lower] for fields in [form.head, *groups] if lower in fields), None)


def _target_of(form: Form, lower: str) -> str:
    found = _field(form, lower)
    return found.target if found is not None else ""


def _through(database: Database, column: Column, target: str, part: str) -> tuple[Column, str]:
    """The property of a referenced record."""
    if not target:
        raise unknown_field(column.key)
    table, lower, outer = database.table(target), part.lower(), column.get
    field = table.form.head.get(lower)
    is_pk = lower == table.form.pk.lower()
    if field is None and not is_pk:
        raise unknown_field(column.key)

    def get(document: Document, rows: Rows) -> Any:
        found = table.docs.get(outer(document, rows) or 0)
        if found is None:
            return None
        return found.id if is_pk else found.values.get(lower)

    kind = "id" if field is None else field.kind
    return Column(column.key, kind, column.scope, get, dotted=True), "" if field is None else field.target


def shown(column: Column, blank_text: str) -> Getter:
    """A getter of what a query prints: references as ids, blanks in the product's manner."""
    get, blank = column.get, _blank(column, blank_text)
    if blank is None:
        return get

    def printed(document: Document, rows: Rows) -> Any:
        value = get(document, rows)
        return blank if value is None or value == "" else value

    return printed


def _blank(column: Column, blank_text: str) -> Any:
    if column.dotted:
        return None
    if column.kind in DECIMALS:
        return _ZERO
    if column.kind in {"id", "int", "ref", "user"}:
        return 0
    if column.kind == "flag":
        return False
    return blank_text if column.kind in {"text", "local", "enum"} else None
