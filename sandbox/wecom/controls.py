"""Values of approval form controls, as applyevent takes and getapprovaldetail gives them (wecom.md 7.2). Pure."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.wecom.corp import part_of, rows_of
from sandbox.wecom.errors import ApiError

Row = dict[str, Any]
Value = Mapping[str, Any]
NUMBER = re.compile(r"-?\d+(\.\d+)?")
EMPTY_LISTS = ("tips", "members", "departments", "files", "children", "stat_field", "sum_field", "related_approval")
NOT_SENT = frozenset({"Tips", "Formula"})


def check_contents(template: Mapping[str, Any], given: object) -> list[Row]:
    """The form's contents with titles of the template; ApiError 301025 names the control that is wrong."""
    known = template_controls(template.get("template_content", {}).get("controls"))
    contents = [_content(row, known) for row in rows_of(given)]
    missing = required(known) - {row["id"] for row in contents}
    if missing:
        raise _bad(min(missing), "is required")
    return contents


def template_controls(controls: object) -> dict[str, Row]:
    """Controls by id."""
    rows = [row for row in rows_of(controls) if isinstance(row.get("property"), dict)]
    return {str(row["property"].get("id")): row for row in rows}


def required(known: Mapping[str, Row]) -> set[str]:
    """Ids of the controls that a form must fill in."""
    wanted = {key for key, row in known.items() if row["property"].get("require") == 1}
    return {key for key in wanted if known[key]["property"].get("control") not in NOT_SENT}


def read_value(value: Mapping[str, Any]) -> Row:
    """A value as read back: the unused kinds are there as empty lists."""
    return {**{name: [] for name in EMPTY_LISTS}, **value}


def _bad(control_id: str, text: str) -> ApiError:
    return ApiError(301025, f"control {control_id} {text}")


def _content(row: Row, known: Mapping[str, Row]) -> Row:
    key, control = str(row.get("id", "")), row.get("control")
    if key not in known:
        raise _bad(key, "is not in the template")
    named = known[key]["property"]
    if control != named["control"]:
        raise _bad(key, f"is {named['control']}, not {control}")
    value = row.get("value")
    if not isinstance(value, dict) or not _valid(str(control), value, known[key]):
        raise _bad(key, "has an invalid value")
    shown = _with_texts(value, known[key]) if control == "Selector" else value
    return {"control": control, "id": key, "title": row.get("title") or named.get("title", []), "value": shown}


def _with_texts(value: Value, definition: Row) -> Value:
    """Read back, each chosen option also has its texts."""
    config = part_of(part_of(definition.get("config")).get("selector"))
    texts = {row.get("key"): row.get("value", []) for row in rows_of(config.get("options"))}
    given = part_of(value.get("selector"))
    options = [{**row, "value": texts.get(row.get("key"), [])} for row in rows_of(given.get("options"))]
    return {**value, "selector": {**given, "options": options}}


def _valid(control: str, value: Value, definition: Row) -> bool:
    if control == "Table":
        return _table(value, definition)
    if control == "Selector":
        return _selector(value, definition)
    check = CHECKS.get(control)
    return check is None or check(value)


def _text(value: Value) -> bool:
    text = value.get("text")
    return isinstance(text, str) and "\n" not in text


def _number(name: str) -> Callable[[Value], bool]:
    """Amounts and numbers are strings."""

    def valid(value: Value) -> bool:
        text = value.get(name)
        return isinstance(text, str) and NUMBER.fullmatch(text) is not None

    return valid


def _date(value: Value) -> bool:
    date = value.get("date")
    return isinstance(date, dict) and date.get("type") in ("day", "hour") and str(date.get("s_timestamp", "")).isdigit()


def _contact(value: Value) -> bool:
    members = [row.get("userid") for row in rows_of(value.get("members"))]
    departments = [row.get("openapi_id") for row in rows_of(value.get("departments"))]
    return bool(members or departments) and all([*members, *departments])


def _files(value: Value) -> bool:
    rows = list(rows_of(value.get("files")))
    return 0 < len(rows) <= 6 and all(row.get("file_id") for row in rows)


def _date_range(value: Value) -> bool:
    given = value.get("date_range")
    if not isinstance(given, dict) or given.get("type") not in ("halfday", "hour"):
        return False
    return all(isinstance(given.get(name), int) for name in ("new_begin", "new_end", "new_duration"))


def _selector(value: Value, definition: Row) -> bool:
    given = value.get("selector")
    options = list(rows_of(given.get("options"))) if isinstance(given, dict) else []
    config = part_of(part_of(definition.get("config")).get("selector"))
    allowed = {row.get("key") for row in rows_of(config.get("options"))}
    if not options or (config.get("type") == "single" and len(options) > 1):
        return False
    return not allowed or all(row.get("key") in allowed for row in options)


def _table(value: Value, definition: Row) -> bool:
    children = template_controls(part_of(part_of(definition.get("config")).get("table")).get("children"))
    lines = list(rows_of(value.get("children")))
    for line in lines:
        cells = list(rows_of(line.get("list")))
        wanted = {key for key in children if children[key]["property"]["control"] not in NOT_SENT}
        if not cells or wanted - {str(cell.get("id")) for cell in cells}:
            return False
        for cell in cells:
            _content(cell, children)
    return bool(lines)


CHECKS: Mapping[str, Callable[[Value], bool]] = {
    "Text": _text,
    "Textarea": lambda value: isinstance(value.get("text"), str),
    "Number": _number("new_number"),
    "Money": _number("new_money"),
    "Date": _date,
    "Contact": _contact,
    "File": _files,
    "DateRange": _date_range,
    "Location": lambda value: isinstance(value.get("location"), dict),
    "RelatedApproval": lambda value: all(row.get("sp_no") for row in rows_of(value.get("related_approval"))),
    "Tips": lambda _: False,
}
