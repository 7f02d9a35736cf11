"""Base-data references in a Model: {"FNumber": …}, {"FUserID": …}, {"FNAME": …} or an internal id."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.kingdee.database import Database
from sandbox.kingdee.errors import VALIDATION, Refused
from sandbox.kingdee.forms import Field, Form

_NAME_KEYS = frozenset({"fname", "name"})
_USER_ACCOUNT = "fuseraccount"


@dataclass(frozen=True)
class Lookup:
    """How references of one Save are resolved: NumberSearch and IsVerifyBaseDataField, and for which organization."""

    by_number: bool = True
    verify: bool = False
    org_id: int = 0


def resolve(database: Database, field: Field, value: Any, lookup: Lookup) -> int:
    """The internal id a reference means; 0 when it is empty, or unknown and not verified.

    Raises Refused for an unknown one under `verify`.
    """
    if not isinstance(value, Mapping):
        value = {"Id": value} if isinstance(value, int) else {"FNumber": value}
    wanted = {key.lower(): item for key, item in value.items() if item not in (None, "", 0, "0")}
    if not wanted:
        return 0
    found = _resolve(database, field, wanted, lookup)
    if not found and lookup.verify:
        sent = "、".join(str(item) for item in wanted.values())
        raise Refused(VALIDATION, f"字段[{field.label}]的基础资料“{sent}”不存在或不可用", field=field.key)
    return found


def _resolve(database: Database, field: Field, wanted: dict[str, Any], lookup: Lookup) -> int:
    form = database.table(field.target).form
    for key, value in wanted.items():
        found = _by_key(database, form, key, value, lookup)
        if found:
            return found
    return 0


def _by_key(database: Database, form: Form, key: str, value: Any, lookup: Lookup) -> int:
    table = database.table(form.form_id)
    if key in {"id", form.pk.lower()}:
        return int(value) if str(value).isdigit() and int(value) in table.docs else 0
    if key in {"fnumber", "number"}:
        return database.find(form.form_id, str(value), org_id=lookup.org_id) if lookup.by_number else 0
    if key in _NAME_KEYS or key in form.head:
        return _by_value(database, form, "fname" if key in _NAME_KEYS else key, str(value))
    return 0


def _by_value(database: Database, form: Form, key: str, value: str) -> int:
    """A scan: only contacts, users and staff are ever referred to by something else than id or number."""
    for document in database.table(form.form_id).in_pk_order():
        if document.values.get(key) == value:
            return document.id
    return 0


def user_id(database: Database, account: str) -> int:
    """Internal id of a user account, 0 when there is none."""
    form = database.table("SEC_User").form
    return _by_value(database, form, _USER_ACCOUNT, account)
