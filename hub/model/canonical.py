"""The canonical form of golden values: what may be stored, and the one place that brings a value to it."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from hub.errors import Text
from hub.model.identifiers import tax_code
from hub.model.money import decimal_text
from hub.model.spec import FieldSpec

_CUSTOM = re.compile(r"custom\.[a-z][a-z0-9_]{0,62}\Z")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_REF_KEYS = {"entity", "by", "value"}


def is_custom_name(name: str) -> bool:
    """`custom.<snake_case>`."""
    return _CUSTOM.match(name) is not None


def canonical(spec: FieldSpec, value: object) -> Any:
    """The JSON value as golden data holds it; None stays None, blank text becomes None.

    Raises ValueError whose first argument is a Text (zh and en) naming the value and the fix.
    """
    if value is None:
        return None
    if spec.type == "enum":
        return canonical_enum(value, spec.choices)
    if spec.type == "rows":
        return _rows(spec.rows, value)
    return CANONICAL[spec.type](value)


def canonical_text(value: object) -> str | None:
    if not isinstance(value, str):
        raise ValueError(Text(f"应为文本，实为 {value!r}", f"text expected, got {value!r}"))
    return value if value and not value.isspace() else None


def canonical_decimal(value: object) -> str | None:
    if isinstance(value, str) and not value.strip():
        return None
    return decimal_text(value)  # type: ignore[arg-type]  # decimal_text itself refuses every other type by name


def canonical_bool(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError(Text(f"应为 true 或 false，实为 {value!r}", f"true or false expected, got {value!r}"))


def canonical_date(value: object) -> str:
    """ "YYYY-MM-DD"; a datetime is refused, because its day depends on a zone."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str) and _DAY.match(value):
        _refuse_bad_day(value)
        return value
    raise ValueError(Text(f"日期“{value}”应写作 2025-01-31", f"the date “{value}” must look like 2025-01-31"))


def canonical_time(value: object) -> str:
    """UTC "YYYY-MM-DDTHH:MM:SS[.f]Z"; a time without zone is refused."""
    moment = _moment(value)
    if moment.tzinfo is None:
        raise ValueError(Text(f"时间“{value}”没有时区", f"the time “{value}” has no zone"))
    text = moment.astimezone(UTC).replace(tzinfo=None).isoformat()
    return (text.rstrip("0") if "." in text else text) + "Z"


def canonical_enum(value: object, choices: tuple[str, ...]) -> str:
    if isinstance(value, str) and value in choices:
        return value
    allowed = ", ".join(choices)
    raise ValueError(Text(f"“{value}”不在允许的取值中：{allowed}", f"“{value}” is none of: {allowed}"))


def canonical_ref(value: object) -> int | dict[str, Any]:
    """A record id (int), or {"$ref": {"entity", "by", "value"}} for a parent that is not known yet."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    if isinstance(value, dict) and set(value) == {"$ref"} and _is_native_reference(value["$ref"]):
        return value
    raise ValueError(Text(f"引用无效：{value!r}", f"not a reference: {value!r}"))


CANONICAL: Mapping[str, Callable[[Any], Any]] = {
    "text": canonical_text,
    "decimal": canonical_decimal,
    "money": canonical_decimal,
    "bool": canonical_bool,
    "date": canonical_date,
    "time": canonical_time,
    "ref": canonical_ref,
    "identifier": tax_code,
}


def _is_native_reference(ref: object) -> bool:
    return (
        isinstance(ref, dict)
        and set(ref) == _REF_KEYS
        and ref["by"] in ("id", "number")
        and all(isinstance(ref[key], str) and ref[key] for key in _REF_KEYS)
    )


def _moment(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    try:
        return datetime.fromisoformat(str(value))
    except ValueError as error:
        raise ValueError(
            Text(f"时间“{value}”应写作 2025-01-31T08:00:00Z", f"the time “{value}” must look like 2025-01-31T08:00:00Z")
        ) from error


def _refuse_bad_day(text: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(Text(f"没有这一天：{text}", f"there is no such day: {text}")) from error


def _rows(specs: Mapping[str, FieldSpec], value: object) -> list[dict[str, Any]]:
    if not isinstance(value, list | tuple):
        raise ValueError(Text(f"应为明细列表，实为 {value!r}", f"a list of rows expected, got {value!r}"))
    return [_row(specs, row) for row in value]


def _row(specs: Mapping[str, FieldSpec], row: object) -> dict[str, Any]:
    if not isinstance(row, Mapping):
        raise ValueError(Text(f"明细行应为对象，实为 {row!r}", f"a row must be an object, got {row!r}"))
    unknown = [name for name in row if name not in specs and not is_custom_name(name)]
    if unknown:
        raise ValueError(Text(f"明细没有字段 {unknown[0]}", f"rows have no field {unknown[0]}"))
    return {name: canonical(specs[name], value) if name in specs else value for name, value in row.items()}
