"""What the list calls share: pages, windows of time, the filters of simpleVOs and their order."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.yonyou.bip.account import Bip, Call, Refused, Row, fault_of
from sandbox.yonyou.times import parse

Test = Callable[[Any, Any, Any], bool]


def page_bounds(body: Row, *, most: int, default: int | None = None) -> tuple[int, int]:
    """(pageIndex, pageSize) of a request, sent as numbers or text; 310008 or 310009 when missing or out of range."""
    index = _whole(body, "pageIndex", None)
    size = _whole(body, "pageSize", default)
    if index < 1 or not 1 <= size <= most:
        raise Refused("310009", f"参数错误：pageIndex从1开始，pageSize应在1到{most}之间")
    return index, size


def _whole(body: Row, name: str, default: int | None) -> int:
    value = body.get(name)
    if value in (None, ""):
        if default is None:
            raise Refused("310008", f"必填参数[{name}]不能为空")
        return default
    if isinstance(value, bool) or not str(value).isdigit():
        raise Refused("310023", f"参数[{name}]类型校验失败")
    return int(value)


def cut(bip: Bip, call: Call, rows: Sequence[Any], bounds: tuple[int, int]) -> list[Any]:
    """One page of the rows, as the armed faults leave it."""
    index, size = bounds
    key = f"{call.facts.path} {size}"
    if fault_of(bip, call, "empty_page"):
        return []
    if fault_of(bip, call, "repeat_page") and key in bip.pages:
        return bip.pages[key]
    bip.pages[key] = list(rows[(index - 1) * size : index * size])
    return bip.pages[key]


def paged(rows: list[Row], total: int, bounds: tuple[int, int], *, text: bool = False) -> Row:
    """The paged object; with `text` its counts are text."""
    index, size = bounds
    count = -(-total // size)
    numbers: Row = {"pageIndex": index, "pageSize": size, "recordCount": total, "pageCount": count}
    numbers |= {"beginPageIndex": 1 if count else 0, "endPageIndex": min(count, 10)}
    if text:
        numbers = {name: str(value) for name, value in numbers.items()}
    return {**numbers, "recordList": rows}


def moment(value: object, name: str) -> datetime | None:
    """A time of a filter; None when absent, 310015 when it is none."""
    if value in (None, ""):
        return None
    try:
        return parse(str(value))
    except ValueError:
        raise Refused("310015", f"参数[{name}]正则校验失败：应为yyyy-MM-dd HH:mm:ss") from None


def visible(bip: Bip, call: Call, rows: Iterable[Row]) -> list[Row]:
    """Rows without those that a fault hides."""
    if not any(fault.kind == "hidden" for fault in bip.faults.armed):
        return list(rows)
    return [row for row in rows if not fault_of(bip, call, "hidden", id=str(row["id"]))]


def changed(bip: Bip, name: str, since: datetime | None, until: datetime | None) -> list[Row]:
    """Records of the window by id, or all of them."""
    if since is None and until is None:
        return sorted(bip.store.all(name), key=lambda row: int(row["id"]))
    return sorted(bip.store.changed(name, since=since, until=until), key=lambda row: int(row["id"]))


def in_range(row: Row, body: Row, fields: Iterable[str]) -> bool:
    """Does the row lie in every open_<field>_begin / _end that the request names?"""
    for name in fields:
        begin, end = (moment(body.get(f"open_{name}_{side}"), f"open_{name}_{side}") for side in ("begin", "end"))
        if begin is None and end is None:
            continue
        if not row.get(name):
            return False
        at = parse(row[name])
        if (begin and at < begin) or (end and at > end):
            return False
    return True


def _comparable(found: Any, wanted: Any) -> tuple[Any, Any]:
    """Both as numbers when both are, else as text."""
    try:
        return Decimal(str(found)), Decimal(str(wanted))
    except InvalidOperation:
        return str(found), str(wanted)


def _less(found: Any, wanted: Any) -> bool:
    one, other = _comparable(found, wanted)
    return bool(one < other)


def _between(found: Any, low: Any, high: Any) -> bool:
    return (low in (None, "") or not _less(found, low)) and (high in (None, "") or not _less(high, found))


_OPERATORS: dict[str, Test] = {
    "eq": lambda found, low, _: str(found) == str(low),
    "neq": lambda found, low, _: str(found) != str(low),
    "lt": lambda found, low, _: _less(found, low),
    "gt": lambda found, low, _: _less(low, found),
    "like": lambda found, low, _: str(low).replace("%", "") in str(found),
    "in": lambda found, low, _: str(found) in [str(item) for item in (low if isinstance(low, list) else [low])],
    "between": _between,
}


def fits(row: Row, conditions: object) -> bool:
    """Does a row meet simpleVOs: [{field, op, value1, value2, logicOp}] or nested {logicOp, conditions}? 506 when not known.

    One plain condition with logicOp "or" makes the whole list an or.
    """
    if not conditions:
        return True
    listed = [one for one in (conditions if isinstance(conditions, list) else [conditions]) if isinstance(one, dict)]
    wants_any = any(one.get("logicOp") == "or" for one in listed if "conditions" not in one)
    results = [_meets(row, one) for one in listed]
    return any(results) if wants_any else all(results)


def _meets(row: Row, one: Row) -> bool:
    if "conditions" in one:
        inner = [_meets(row, part) for part in one["conditions"]]
        return any(inner) if one.get("logicOp") == "or" else all(inner)
    test = _OPERATORS.get(str(one.get("op")))
    if test is None:
        raise Refused("506", f"查询条件操作符[{one.get('op')}]不支持")
    found = at_path(row, str(one.get("field")))
    return found is not None and test(found, one.get("value1"), one.get("value2"))


def at_path(row: Row, path: str) -> Any:
    """The value under a dotted path; None when there is none."""
    value: Any = row
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def ordered(rows: list[Row], orders: object) -> list[Row]:
    """Rows by queryOrders [{field, order}], stable; ids ascending when none are named."""
    for one in reversed(orders if isinstance(orders, list) else []):
        path = str(one.get("field"))
        rows = sorted(rows, key=lambda row: _sort_key(at_path(row, path)), reverse=one.get("order") == "desc")
    return rows


def _sort_key(value: Any) -> tuple[int, Any]:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return (0, value)
    return (1, "" if value is None else str(value))
