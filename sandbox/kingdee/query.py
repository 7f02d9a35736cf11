"""ExecuteBillQuery and BillQuery: rows per entry, paging, COUNT(1), the row cap (kingdee.md 3.4)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

from sandbox.kingdee.columns import Column, Rows, find_column, shown
from sandbox.kingdee.database import Database
from sandbox.kingdee.documents import Document, Row, Table
from sandbox.kingdee.errors import BAD_PARAMETER, NO_FORM, Refused
from sandbox.kingdee.filters import Node, keys_of, parse_filter
from sandbox.kingdee.predicates import candidates, compile_filter, modified_order, pk_order

Line = tuple[Document, Rows]


@dataclass(frozen=True)
class Order:
    """One item of OrderString."""

    column: Column
    descending: bool


@dataclass(frozen=True)
class Query:
    """A parsed query: what to read, which lines, in which order, which slice."""

    table: Table
    keys: tuple[str, ...]
    columns: tuple[Column, ...]
    node: Node | None
    order: tuple[Order, ...]
    scopes: tuple[str, ...]
    start: int
    stop: int

    @property
    def counts(self) -> bool:
        """SELECT COUNT(1)."""
        return not self.columns


def run_query(
    database: Database, data: Mapping[str, Any], *, visible: Callable[[int], bool] | None = None
) -> tuple[tuple[str, ...], list[list[Any]]]:
    """(field keys as asked, rows). Raises Refused for an unknown form, field, literal or a missing parameter.

    `visible` says which documents, by id, the caller may see; the others are left out without a word.
    """
    query = _parse(database, data)
    with database.lock:
        lines = _lines(database, query)
        if visible is not None:
            lines = (line for line in lines if visible(line[0].id))
        if query.counts:
            return query.keys, [[sum(1 for _ in lines)]]
        printed = [shown(column, database.settings.blank_text) for column in query.columns]
        page = islice(lines, query.start, query.stop)
        return query.keys, [[get(document, rows) for get in printed] for document, rows in page]


def _parse(database: Database, data: Mapping[str, Any]) -> Query:
    named = {str(key).lower(): value for key, value in data.items()}
    form_id = str(named.get("formid") or "")
    if not form_id:
        raise Refused(NO_FORM, "业务对象标识不能为空", field="FormId")
    table = database.table(form_id)
    keys = tuple(key.strip() for key in str(named.get("fieldkeys") or "").split(",") if key.strip())
    if not keys:
        raise Refused(BAD_PARAMETER, "查询字段不能为空", field="FieldKeys")
    counts = keys[0].lower().replace(" ", "") in {"count(1)", "count(*)"}
    columns = () if counts else tuple(find_column(database, table.form, key) for key in keys)
    node, order = parse_filter(named.get("filterstring")), _order(database, table, named.get("orderstring"))
    used = [*columns, *(item.column for item in order)]
    used += [find_column(database, table.form, key) for key in keys_of(node)]
    scopes = tuple(dict.fromkeys(column.scope for column in used if column.scope))
    start, stop = _slice(named, database.settings.row_cap)
    return Query(table, keys, columns, node, order, scopes, start, stop)


def _slice(named: Mapping[str, Any], cap: int) -> tuple[int, int]:
    """TopRowCount is the last row counted from the very first, Limit the size of the page, both under the cap."""
    start, limit, top = (_whole(named, name) for name in ("startrow", "limit", "toprowcount"))
    stop = start + (min(limit, cap) if limit else cap)
    return start, max(start, min(stop, top) if top else stop)


def _whole(named: Mapping[str, Any], name: str) -> int:
    text = str(named.get(name) or 0)
    if not text.isdigit():
        raise Refused(BAD_PARAMETER, f"参数{name}的值“{text}”不是有效的整数")
    return int(text)


def _order(database: Database, table: Table, text: Any) -> tuple[Order, ...]:
    items = [item.split() for item in str(text or "").split(",") if item.strip()]
    return tuple(
        Order(find_column(database, table.form, words[0]), words[-1].lower() == "desc" and len(words) > 1)
        for words in items
    )


def _lines(database: Database, query: Query) -> Iterator[Line]:
    test = compile_filter(database, query.table.form, query.node)
    documents, sorted_already = _documents(database, query)
    lines = (line for line in _expand(documents, query.scopes) if test(*line))
    if sorted_already or query.counts:
        return lines
    found = list(lines)
    for item in reversed(query.order):
        found.sort(key=_sort_key(item.column), reverse=item.descending)
    return iter(found)


def _documents(database: Database, query: Query) -> tuple[Iterable[Document], bool]:
    """Documents to look at, and whether they come in the wanted order."""
    narrowed = candidates(database, query.table, query.node)
    wanted = [(item.column.key.strip().lower(), item.descending) for item in query.order]
    pk = query.table.form.pk.lower()
    by_pk = wanted in ([], [(pk, False)])
    if narrowed is not None:
        return narrowed, by_pk
    if wanted in ([("fmodifydate", False)], [("fmodifydate", False), (pk, False)]):
        return modified_order(query.table, query.node), True
    bounded = any(key.lower() == "fmodifydate" for key in keys_of(query.node))
    if bounded and not by_pk:
        return modified_order(query.table, query.node), False
    return pk_order(query.table, query.node), by_pk


def _expand(documents: Iterable[Document], scopes: tuple[str, ...]) -> Iterator[Line]:
    """One line per document, or per combination of its entry rows; a document without rows keeps one line."""
    empty: Rows = {}
    for document in documents:
        if not scopes:
            yield document, empty
        else:
            sides: list[list[Row | None]] = [[*document.rows.get(scope, ())] or [None] for scope in scopes]
            for rows in product(*sides):
                yield document, dict(zip(scopes, rows, strict=True))


def _sort_key(column: Column) -> Any:
    """NULLs first, as the database sorts them."""
    get = column.get

    def key(line: Line) -> tuple[bool, Any]:
        value = get(*line)
        return (value is not None, value if value is not None else 0)

    return key
