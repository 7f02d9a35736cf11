"""get and batch_get: one record by its number, pages with filters; nothing found is an error of its own."""

from sandbox.yonyou.u8.account import NOT_FOUND, OK, U8, Call, Refused, Row, fault_of
from sandbox.yonyou.u8.records import shown
from sandbox.yonyou.u8.resources import Resource

DEFAULT_ROWS = 20
TIMES = ("createsystime", "verifysystime")


def get(u8: U8, call: Call, resource: Resource) -> Row:
    """One record under the name of its resource."""
    row = u8.store.get(resource.name, call.query.get("id", ""))
    if row is None or fault_of(u8, call, "hidden", row[resource.key]):
        raise not_found(resource)
    return {**OK, resource.name: shown(row)}


def not_found(resource: Resource) -> Refused:
    """What U8 answers for an empty result."""
    return Refused(NOT_FOUND, f"未检索到匹配的[{resource.title}]")


def batch_get(u8: U8, call: Call, resource: Resource) -> Row:
    """One page; counts are text like everything else."""
    index, size = (
        _whole(u8, call, name, default) for name, default in (("page_index", 1), ("rows_per_page", DEFAULT_ROWS))
    )
    size = min(size, u8.settings.rows_cap)
    rows = [row for row in _candidates(u8, call, resource) if _fits(u8, row, call, resource)]
    page = _page(u8, call, rows[(index - 1) * size : index * size])
    if not page:
        raise not_found(resource)
    counts = {"page_index": index, "rows_per_page": size, "row_count": len(rows), "page_count": -(-len(rows) // size)}
    listed = resource.listed or resource.name
    return {
        **OK,
        **{name: str(count) for name, count in counts.items()},
        listed: [_listed(row, resource) for row in page],
    }


def _whole(u8: U8, call: Call, name: str, default: int) -> int:
    given = call.query.get(name) or str(default)
    if not given.isdigit() or int(given) < 1:
        raise Refused(u8.settings.error_arguments, f"参数{name}[{given}]错误")
    return int(given)


def _candidates(u8: U8, call: Call, resource: Resource) -> list[Row]:
    """All rows by number, or those that an indexed filter leaves."""
    for asked, name in resource.equal:
        if name in resource.indexed and call.query.get(asked):
            return _visible(u8, call, u8.store.find(resource.name, name, call.query[asked]), resource)
    return _visible(u8, call, u8.store.all(resource.name), resource)


def _visible(u8: U8, call: Call, rows: list[Row], resource: Resource) -> list[Row]:
    rows = sorted(rows, key=lambda row: str(row[resource.key]))
    if not any(fault.kind == "hidden" for fault in u8.faults.armed):
        return rows
    return [row for row in rows if not fault_of(u8, call, "hidden", row[resource.key])]


def _fits(u8: U8, row: Row, call: Call, resource: Resource) -> bool:
    asked = call.query
    if any(asked.get(name) and row.get(field, "") != asked[name] for name, field in resource.equal):
        return False
    if asked.get("name") and asked["name"] not in row.get("name", ""):
        return False
    return (
        _between(row[resource.key], asked.get("code_begin"), asked.get("code_end"))
        and (
            not resource.dated
            or _between(row[resource.dated], asked.get("date_begin"), _day_end(asked.get("date_end")))
        )
        and (not resource.numbered or _counted(u8, row, asked))
    )


def _between(value: str, low: str | None, high: str | None) -> bool:
    return (not low or value >= low) and (not high or value <= high)


def _day_end(day: str | None) -> str | None:
    return day[:10] if day else None


def _counted(u8: U8, row: Row, asked: dict[str, str]) -> bool:
    for name in ("timestamp_begin", "timestamp_end"):
        if asked.get(name) and not asked[name].isdigit():
            raise Refused(u8.settings.error_arguments, f"参数{name}[{asked[name]}]错误")
    mark = int(row["timestamp"])
    return mark >= int(asked.get("timestamp_begin") or 0) and mark <= int(asked.get("timestamp_end") or mark)


def _page(u8: U8, call: Call, rows: list[Row]) -> list[Row]:
    """The page as the armed faults leave it."""
    path = call.facts.path
    if fault_of(u8, call, "empty_page"):
        return []
    if fault_of(u8, call, "repeat_page") and path in u8.pages:
        return u8.pages[path]
    u8.pages[path] = rows
    return rows


def _listed(row: Row, resource: Resource) -> Row:
    """A row of a list of documents: heads only, times with milliseconds."""
    made = shown(row)
    if not resource.dated:
        return made
    made.pop("entry", None)
    made[resource.dated] = f"{row[resource.dated]} 00:00:00.000"
    return {**made, **{name: f"{made[name]}.000" for name in TIMES if name in made}}
