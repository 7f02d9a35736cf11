"""customer/…: lists, export cursor, duplicate check and the delete feed."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sandbox.ec.paging import Keyed, after_cursor, numbered, page_size, sorted_once
from sandbox.ec.state import Ec
from sandbox.ec.wire import Call, Envelope, RefusedError, Row, array, comma_ids, read_time, whole, window

DELETE_WINDOW_DAYS = 7
MOST_MOBILES = 50
WINDOWS = ("modifyTime", "createTime", "contactTime")
ARRAYS = {"step": "step", "followUserId": "followUserId", "publicPondId": "publicPondId", "crmIds": "crmId"}
SORT_FIELDS = frozenset({"modifyTime", "contactTime", "createTime", "crmId", "followUserId", "channel"})
QUERY_SORT = {"createtime": "createTime", "modifytime": "modifyTime", "contacttime": "contactTime"}
END_OF_SECOND = timedelta(microseconds=999_999)


def read_row(ec: Ec, row: Row) -> Row:
    """A customer as every read call shows it: the written fields and what EC adds."""
    channel = ec.store.get("channel", row["channelId"]) if row["channelId"] is not None else None
    added = {
        "channel": channel["name"] if channel else "",
        "fieldInfos": [{"fieldId": key, "fieldValue": value} for key, value in row["fields"].items()],
        "mobiles": [row["mobile"]] if row["mobile"] else [],
        "emails": [row["email"]] if row["email"] else [],
        "wechats": [row["wechat"]] if row["wechat"] else [],
        "storageTime": row["createTime"],
        "apiAdd": 0,
        "shareUserId": [],
        "stars": 0,
    }
    kept = {name: value for name, value in row.items() if name not in {"fields", "channelId"}}
    return {**kept, **added}


def query_list(ec: Ec, call: Call) -> object:
    """customer/queryList: the recommended list; id filters are arrays."""
    asked = call.fields
    size = page_size(ec, asked, ec.settings.customer_page_limit)
    rows = ec.visible("customer", _filtered(ec, asked), call)
    by, newest_first = ec.settings.list_order.lstrip("-"), ec.settings.list_order.startswith("-")
    rows.sort(key=lambda row: (row[by], row["crmId"]), reverse=newest_first)
    page, facts = numbered(ec, call, asked, rows=rows, size=size)
    return {"list": ec.ids(read_row(ec, row) for row in page), "page": facts}


def query(ec: Ec, call: Call) -> object:
    """customer/query: deprecated, scalar filters, sort fields in lower case."""
    asked = call.fields
    page_info = asked.get("pageInfo") or {}
    size = page_size(ec, page_info, ec.settings.customer_page_limit)
    order = asked.get("orderBy") or {}
    by = QUERY_SORT.get(str(order.get("sortField", "modifytime")))
    if by is None:
        raise RefusedError(f"不支持的排序字段：{order.get('sortField')!r}")
    lists = {name: [asked[name]] for name in ("step", "followUserId") if asked.get(name) not in (None, "")}
    rows = ec.visible("customer", _filtered(ec, {**asked, **lists, "crmIds": None}), call)
    rows.sort(key=lambda row: (row[by], row["crmId"]), reverse=_descends(order))
    page, facts = numbered(ec, call, page_info, rows=rows, size=size)
    facts["totalPage"] = facts.pop("maxPageNo")
    return {"customerInfoList": ec.ids(read_row(ec, row) for row in page), "pageInfo": facts}


def query_customer(ec: Ec, call: Call) -> object:
    """customer/queryCustomer: the export cursor; the answer's `sort` goes into the next call, an empty page ends."""
    asked = call.fields
    orders = asked.get("orderBy") or [{"sortField": "crmId", "sortType": "asc"}]
    names = [str(order.get("sortField")) for order in orders]
    if set(names) - SORT_FIELDS:
        raise RefusedError(f"不支持的排序字段：{', '.join(sorted(set(names) - SORT_FIELDS))}")
    signs = [-1 if _descends(order) else 1 for order in orders]
    after = _cursor(asked.get("sort"), signs)
    filters = {name: value for name, value in asked.items() if name not in {"sort", "orderBy", "pageSize"}}
    key = repr((filters, orders))
    ordered = sorted_once(ec, key, lambda: _keyed(ec, _filtered(ec, filters), names=names, signs=signs))
    size = page_size(ec, {"pageSize": ec.settings.export_page_size, **asked}, ec.settings.export_page_size)
    page = after_cursor(ec, call, ordered=ordered, after=after, size=size)
    rows = ec.visible("customer", (row for _, row in page), call)
    end = [sign * part for sign, part in zip(signs, page[-1][0], strict=True)] if page else asked.get("sort")
    return {"list": ec.ids(read_row(ec, row) for row in rows), "sort": end}


def precise_query(ec: Ec, call: Call) -> object:
    """customer/preciseQuery: by a comma string of ids; what is not there is left out."""
    wanted = comma_ids(call.fields.get("crmIds"), "crmIds", most=ec.settings.customer_page_limit)
    found = [row for crm_id in wanted if (row := ec.store.get("customer", crm_id))]
    return ec.ids(read_row(ec, row) for row in ec.visible("customer", found, call))


def query_exist(ec: Ec, call: Call) -> object:
    """customer/queryExist: how many customers have each mobile, and the first few of them."""
    mobiles = comma_ids(call.fields.get("mobile"), "mobile", most=MOST_MOBILES)
    if not mobiles:
        raise RefusedError("参数mobile不能为空")
    most = call.fields.get("maxNumsPreMobile")
    shown = 0 if most in (0, "0") else whole(most, "maxNumsPreMobile", 1)
    return [_owners_of(ec, call, mobile, shown) for mobile in mobiles]


def delete_feed(ec: Ec, call: Call) -> object:
    """customer/delcrms: customers deleted inside a window of at most 7 days, after the row id `lastId`."""
    asked = call.fields
    start, end = window(asked, ec.zone, max_days=DELETE_WINDOW_DAYS)
    last = asked.get("lastId") or 0
    if not str(last).isdigit():
        raise RefusedError(f"参数lastId不正确：{last!r}")
    stones = [s for s in ec.store.tombstones("customer") if start <= s.at <= _end(ec, end) and s.number > int(last)]
    fault = ec.page_fault(call)
    if fault and fault.kind == "empty_page":
        stones = []
    page = [
        {"crmId": stone.data["crmId"], "delTime": ec.stamp(stone.at), "id": stone.number}
        for stone in stones[: ec.settings.delete_feed_page_size]
        if stone.data.get("mergedInto") is None or ec.settings.combine_in_delete_feed
    ]
    if ec.settings.delcrms_envelope == "errCode":
        return Envelope(page, {}, "errCode", "errMsg")
    return page


def _owners_of(ec: Ec, call: Call, mobile: str, shown: int) -> Row:
    rows = ec.visible("customer", ec.store.find("customer", "mobile", mobile), call)
    return {"mobile": mobile, "num": len(rows), "list": ec.ids(read_row(ec, row) for row in rows[:shown])}


def _filtered(ec: Ec, asked: Mapping[str, Any]) -> list[Row]:
    """Customers that pass every filter; a modifyTime window and crmIds are looked up, the rest is compared."""
    tests = [*_array_tests(ec, asked), *_text_tests(ec, asked), *_window_tests(ec, asked)]
    return [row for row in _candidates(ec, asked) if all(test(row) for test in tests)]


def _candidates(ec: Ec, asked: Mapping[str, Any]) -> Iterable[Row]:
    crm_ids = array(asked.get("crmIds"), "crmIds")
    if crm_ids:
        return [row for crm_id in crm_ids if (row := ec.store.get("customer", crm_id))]
    if asked.get("modifyTime"):
        start, end = window(asked["modifyTime"], ec.zone)
        return ec.store.changed("customer", since=start, until=_end(ec, end))
    return ec.store.all("customer")


def _array_tests(ec: Ec, asked: Mapping[str, Any]) -> list[Callable[[Row], bool]]:
    tests: list[Callable[[Row], bool]] = []
    for name, field in ARRAYS.items():
        wanted = frozenset(array(asked.get(name), name))
        if wanted:
            tests.append(_one_of(field, wanted))
    channels = frozenset(array(asked.get("channel"), "channel"))
    if channels:
        tests.append(lambda row: read_row(ec, row)["channel"] in channels or str(row["channelId"]) in channels)
    return tests


def _one_of(field: str, wanted: frozenset[str]) -> Callable[[Row], bool]:
    return lambda row: str(row[field]) in wanted


def _between(field: str, first: str, last: str) -> Callable[[Row], bool]:
    return lambda row: first <= row[field] <= last


def _text_tests(ec: Ec, asked: Mapping[str, Any]) -> list[Callable[[Row], bool]]:
    tests: list[Callable[[Row], bool]] = []
    for name in ("name", "company"):
        if asked.get(name):
            tests.append(_text_test(ec, name, str(asked[name])))
    for name in ("qq", "crmType"):
        if asked.get(name) not in (None, ""):
            tests.append(_one_of(name, frozenset({str(asked[name])})))
    return tests


def _text_test(ec: Ec, name: str, wanted: str) -> Callable[[Row], bool]:
    if ec.settings.text_filter == "equals":
        return lambda row: row[name] == wanted
    return lambda row: wanted in row[name]


def _window_tests(ec: Ec, asked: Mapping[str, Any]) -> list[Callable[[Row], bool]]:
    tests: list[Callable[[Row], bool]] = []
    for name in WINDOWS:
        if asked.get(name):
            start, end = window(asked[name], ec.zone)
            tests.append(_between(name, ec.stamp(start), ec.stamp(_end(ec, end))))
    return tests


def _end(ec: Ec, end: datetime) -> datetime:
    """The last moment of a window: within the second it names, or just before it."""
    return end + END_OF_SECOND if ec.settings.window_end_inclusive else end - timedelta(microseconds=1)


def _descends(order: Mapping[str, Any]) -> bool:
    return str(order.get("sortType", "asc")).lower() in {"desc", "1", "-1"}


def _cursor(sort: Any, signs: list[int]) -> tuple[Any, ...] | None:
    if sort is None:
        return None
    if not isinstance(sort, list) or len(sort) != len(signs) or not all(str(part).isdigit() for part in sort):
        raise RefusedError(f"参数sort必须与orderBy等长的数组：{sort!r}")
    numbers = [int(part) for part in sort]
    return tuple(sign * part for sign, part in zip(signs, numbers, strict=True)) if any(numbers) else None


def _keyed(ec: Ec, rows: Iterable[Row], *, names: list[str], signs: list[int]) -> list[Keyed]:
    keyed = [(tuple(s * _sort_value(ec, row, name) for name, s in zip(names, signs, strict=True)), row) for row in rows]
    return sorted(keyed, key=lambda entry: (entry[0], entry[1]["crmId"]))


def _sort_value(ec: Ec, row: Row, name: str) -> int:
    """The number a row sorts by: milliseconds for times, the id itself otherwise."""
    value = row["channelId" if name == "channel" else name]
    if name in WINDOWS:
        return int(read_time(value, ec.zone).timestamp() * 1000) if value else 0
    return int(value or 0)
