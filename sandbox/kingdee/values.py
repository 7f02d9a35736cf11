"""Values as clients send them and as documents store them: text, exact decimals, local dates, flags."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from sandbox.kingdee.errors import BAD_PARAMETER, VALIDATION, Refused
from sandbox.kingdee.forms.model import DECIMALS, Field

_DATE = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ](\d{1,2}):(\d{1,2})(?::(\d{1,2})(\.\d+)?)?)?$")


def rounded(value: Decimal, places: int = 2) -> Decimal:
    """Half-up rounding, as the server does it."""
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def time_text(value: str) -> str | None:
    """A date or time literal in the stored form 2025-01-31T08:00:00[.34]; None when it is neither."""
    match = _DATE.match(value.strip())
    if match is None:
        return None
    parts = [int(part or 0) for part in match.groups()[:6]]
    try:
        moment = datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001 - the product keeps local times without zone
    except ValueError:
        return None
    fraction = (match.group(7) or "").rstrip("0").rstrip(".")
    return moment.isoformat() + fraction


def plain_text(value: Any, lcid: int = 2052) -> str:
    """Text, or the wanted language out of [{"Key": 2052, "Value": "…"}]."""
    if isinstance(value, list):
        wanted = [item for item in value if isinstance(item, Mapping) and str(item.get("Key")) == str(lcid)]
        found = (wanted or [item for item in value if isinstance(item, Mapping)] or [{}])[0]
        return str(found.get("Value") or "")
    return "" if value is None else str(value)


def decimal_of(field: Field, value: Any) -> Decimal:
    """A number sent as JSON number or text. Raises Refused with the field's label."""
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        raise Refused(BAD_PARAMETER, f"字段[{field.label}]的值“{value}”不是有效的数字", field=field.key) from None
    if not found.is_finite():
        raise Refused(BAD_PARAMETER, f"字段[{field.label}]的值“{value}”不是有效的数字", field=field.key)
    return found


def stored_value(field: Field, value: Any, *, lcid: int = 2052, control_precision: bool = False) -> Any:
    """The stored form of a value of any kind but references; blank becomes None.

    Raises Refused for what the kind cannot hold, and for too many decimals under control_precision.
    """
    if value is None or value == "":
        return None
    if field.kind in DECIMALS:
        return _decimal(field, value, control_precision=control_precision)
    if field.kind in {"date", "time"}:
        return _time(field, str(value))
    if field.kind == "flag":
        return str(value).strip().lower() in {"true", "1"}
    if field.kind == "int":
        return int(decimal_of(field, value))
    return plain_text(value, lcid)


def _decimal(field: Field, value: Any, *, control_precision: bool) -> Decimal:
    exact = decimal_of(field, value)
    kept = rounded(exact, DECIMALS[field.kind])
    if control_precision and kept != exact:
        raise Refused(VALIDATION, f"字段[{field.label}]的值“{value}”超出精度控制范围", field=field.key)
    return kept


def _time(field: Field, value: str) -> str:
    found = time_text(value)
    if found is None:
        raise Refused(BAD_PARAMETER, f"字段[{field.label}]的值“{value}”不是有效的日期", field=field.key)
    return found[:10] + "T00:00:00" if field.kind == "date" else found
