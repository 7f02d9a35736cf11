"""Write.data -> the Model of a Save: ids, defaults, sub-heads, and keys in the order the form wants (kingdee.md 3.1).
Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.kingdee import filters
from connectors.kingdee.forms import ORG, Entry, Form
from connectors.kingdee.records import ENTRY_ID
from hub.connector import Native, Write
from hub.errors import BadInput

# Columns that a query adds and a Save does not know.
_READ_ONLY = ("FSeq",)
_SAVE_OPTIONS = {
    # An unknown base-data number must be an error: by default the field is left blank without a word (kingdee.md E 4).
    "IsVerifyBaseDataField": True,
    "NeedReturnFields": [],
    "SubSystemId": "",
    "InterationFlags": "",
}


def hub_number(form: Form, write: Write) -> str:
    """The number or key by which this write is found again: given by the mapping, the binding's, else the hub's key."""
    if form.key_field:
        return write.key
    given = str(write.data.get(form.number) or "").strip()
    return given or write.number or write.key


def numbers_to_find(form: Form, write: Write) -> list[str]:
    """Every number or key under which this write may have been made."""
    given = [] if form.key_field else [str(write.data.get(form.number) or "").strip(), write.number]
    return list(dict.fromkeys(text for text in (*given, write.key) if text))


def create_model(form: Form, write: Write, *, org: str, defaults: Mapping[str, Any]) -> Native:
    """The whole record, defaults filled in where the mapping gave nothing."""
    data = {**write.data, form.hub_key: hub_number(form, write)}
    data = _completed(data, _with_org({**form.defaults, **defaults}, org), form.copies)
    for key, entry in form.entry_keys.items():
        if data.get(key):
            rows = [_completed(row, _with_org(entry.defaults, org), _row_copies(entry)) for row in _rows(data, key)]
            data[key] = [_filled_from_head(row, entry, data) for row in rows]
    return _ordered(form, {key: value for key, value in data.items() if key.lower() != form.pk.lower()})


def update_model(form: Form, write: Write, *, org: str, head: Mapping[str, Any] | None = None) -> Native:
    """The internal id and the changed fields only; new rows (no FEntryID) get the defaults of a row. `head` is what the
    record says now, for what new rows take from it."""
    data, known = dict(write.data), {**(head or {}), **write.data}
    for key, entry in form.entry_keys.items():
        if key in data:
            data[key] = [_changed_row(row, entry, known, org=org) for row in _rows(data, key)]
    return {
        form.pk: int(filters.id_list([write.id])),
        **_ordered(form, {k: v for k, v in data.items() if k.lower() != form.pk.lower()}),
    }


def needs_head(form: Form, write: Write) -> bool:
    """Whether an update adds rows that lack what a new row takes from the head."""
    return any(
        empty(row.get(ENTRY_ID)) and empty(row.get(name))
        for key, entry in form.entry_keys.items()
        if key in write.data
        for row in _rows(write.data, key)
        for name, source in entry.copies.items()
        if source.startswith("^") and empty(write.data.get(source[1:]))
    )


def create_options() -> dict[str, Any]:
    return {**_SAVE_OPTIONS, "NeedUpDateFields": [], "IsDeleteEntry": True}


def update_options(form: Form, model: Mapping[str, Any]) -> dict[str, Any]:
    """Only what was sent may change. Rows are all there when there are any: only then do missing ones mean removal."""
    removes = any(key in model for key in form.entry_keys)
    return {**_SAVE_OPTIONS, "NeedUpDateFields": sorted(_field_names(form, model)), "IsDeleteEntry": removes}


def texts_with(model: Any, mark: str, path: str = "") -> Iterator[tuple[str, str]]:
    """(path, text) of every text in a Model that holds `mark`."""
    if isinstance(model, str):
        if mark in model:
            yield path, model
    elif isinstance(model, Mapping):
        for key, value in model.items():
            yield from texts_with(value, mark, f"{path}.{key}".lstrip("."))
    elif isinstance(model, Sequence):
        for index, value in enumerate(model):
            yield from texts_with(value, mark, f"{path}[{index}]")


def _field_names(form: Form, model: Mapping[str, Any]) -> set[str]:
    """Keys that an update names: head fields, sub-heads with their fields, entries with the fields of all rows."""
    names: set[str] = set()
    for key, value in model.items():
        if key == form.pk:
            continue
        names.add(key)
        inner = _rows(model, key) if key in form.entry_keys else [value] if key in form.subheads else []
        names |= {name for row in inner for name in row if name != ENTRY_ID}
    return names


def _rows(data: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    rows = data[key]
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise BadInput(f"{key} 必须是行的列表", f"{key} must be a list of rows", field=key)
    return rows


def _with_org(defaults: Mapping[str, Any], org: str) -> Native:
    """Defaults with the organization put in; without one the fields that need it are left to the server."""
    filled = {key: _org_in(value, org) for key, value in defaults.items()}
    return {key: value for key, value in filled.items() if value != {"FNumber": ""}}


def _org_in(value: Any, org: str) -> Any:
    if isinstance(value, Mapping):
        return {key: org if inner == ORG else inner for key, inner in value.items()}
    return value


def _completed(given: Mapping[str, Any], defaults: Mapping[str, Any], copies: Mapping[str, str]) -> Native:
    """`given` with defaults, then copies, wherever it has no value of its own (missing or empty)."""
    filled = {**given, **{key: value for key, value in defaults.items() if empty(given.get(key))}}
    copied = {key: filled[source] for key, source in copies.items() if empty(filled.get(key)) and source in filled}
    return {**filled, **copied}


def _row_copies(entry: Entry) -> dict[str, str]:
    return {key: source for key, source in entry.copies.items() if not source.startswith("^")}


def _filled_from_head(row: Native, entry: Entry, head: Mapping[str, Any]) -> Native:
    found = {key: head.get(source[1:]) for key, source in entry.copies.items() if source.startswith("^")}
    return {**row, **{key: value for key, value in found.items() if empty(row.get(key)) and not empty(value)}}


def _changed_row(row: Mapping[str, Any], entry: Entry, head: Mapping[str, Any], *, org: str) -> Native:
    given = str(row.get(ENTRY_ID) or "").strip()
    if not given:
        new = _completed(row, _with_org(entry.defaults, org), _row_copies(entry))
        return _row_body(_filled_from_head(new, entry, head))
    if not given.isdigit():
        raise BadInput(f"分录内码 {given} 不是数字", f"Row id {given} is not a number", field=ENTRY_ID, value=given)
    return {ENTRY_ID: int(given), **_row_body(row)}


def _row_body(row: Mapping[str, Any]) -> Native:
    return {key: cleared(value) for key, value in row.items() if key not in _READ_ONLY and key != ENTRY_ID}


def _ordered(form: Form, data: Mapping[str, Any]) -> Native:
    """Head fields in form order, then sub-heads, then entries: values typed later win over events of earlier ones."""
    ranks = {key.split(".")[0].lower(): place for place, key in reversed(list(enumerate(form.head)))}
    head = {key: value for key, value in data.items() if key not in form.entry_keys}
    plain: Native = {}
    subs: dict[str, Native] = {key: {} for key in form.subheads}
    for key in sorted(head, key=lambda name: ranks.get(name.lower(), len(ranks))):
        sub = form.subhead_of.get(key.lower())
        (subs[sub] if sub else plain)[key] = cleared(head[key])
    entries = {key: [_row_as_sent(row) for row in _rows(data, key)] for key in form.entry_keys if key in data}
    return {**plain, **{key: fields for key, fields in subs.items() if fields}, **entries}


def _row_as_sent(row: Mapping[str, Any]) -> Native:
    kept = {ENTRY_ID: row[ENTRY_ID]} if not empty(row.get(ENTRY_ID)) else {}
    return {**kept, **_row_body(row)}


def cleared(value: Any) -> Any:
    """None means: empty the field. The product takes an empty text (or number of base data) for that."""
    if isinstance(value, Mapping):
        return {key: cleared(inner) for key, inner in value.items()}
    return "" if value is None else value


def empty(value: Any) -> bool:
    """Missing, null, blank text, or a reference that names nothing."""
    if isinstance(value, Mapping):
        return all(empty(inner) for inner in value.values())
    return value is None or (isinstance(value, str) and not value.strip())
