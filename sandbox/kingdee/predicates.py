"""Filter trees turned into tests of one line, and into the smallest index that covers them."""

import operator
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.kingdee.columns import Column, Rows, find_column
from sandbox.kingdee.database import Database
from sandbox.kingdee.documents import Document, Table
from sandbox.kingdee.errors import EXCEPTION, Refused
from sandbox.kingdee.filters import All, Comparison, Node, Not, conjuncts
from sandbox.kingdee.forms import Form
from sandbox.kingdee.forms.model import DECIMALS
from sandbox.kingdee.values import time_text

Test = Callable[[Document, Rows], bool]
_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_NUMERIC = frozenset(DECIMALS) | {"id", "int", "ref", "user"}


def compile_filter(database: Database, form: Form, node: Node | None) -> Test:
    """A test of one line. Raises Refused for unknown keys and literals of the wrong type."""
    if node is None:
        return lambda _document, _rows: True
    if isinstance(node, Comparison):
        return _compile_comparison(find_column(database, form, node.key), node)
    if isinstance(node, Not):
        inner = compile_filter(database, form, node.term)
        return lambda document, rows: not inner(document, rows)
    tests = [compile_filter(database, form, term) for term in node.terms]
    if isinstance(node, All):
        return lambda document, rows: all(test(document, rows) for test in tests)
    return lambda document, rows: any(test(document, rows) for test in tests)


def _compile_comparison(column: Column, node: Comparison) -> Test:
    get = column.get
    if node.operator == "is":
        return lambda document, rows: get(document, rows) is None
    if node.operator == "like":
        pattern = _like(node.value)
        return lambda document, rows: pattern.fullmatch(str(get(document, rows) or "")) is not None
    if node.operator == "in":
        members = {literal(column, item) for item in node.value}
        return lambda document, rows: _comparable(column, get(document, rows)) in members
    compare, wanted = _SIGNS[node.operator], literal(column, node.value)

    def test(document: Document, rows: Rows) -> bool:
        value = _comparable(column, get(document, rows))
        return value is not None and compare(value, wanted)

    return test


def literal(column: Column, text: str) -> Any:
    """A literal in the type of its column. Raises Refused as the database would."""
    if column.kind in _NUMERIC:
        try:
            return Decimal(text)
        except InvalidOperation:
            raise Refused(EXCEPTION, f"字段{column.key}的值'{text}'转换为数值时出错") from None
    if column.kind in {"date", "time"}:
        found = time_text(text)
        if found is None:
            raise Refused(EXCEPTION, f"字段{column.key}的值'{text}'转换为日期时出错")
        return found
    if column.kind == "flag":
        return text.lower() in {"1", "true"}
    return text.rstrip()


def _comparable(column: Column, value: Any) -> Any:
    """NULL compares with nothing; blank text equals '', missing numbers are 0, flags are set or not."""
    if column.kind in {"date", "time"} or (column.dotted and value is None):
        return value
    if column.kind in _NUMERIC:
        return value or 0
    if column.kind == "flag":
        return bool(value)
    return str(value or "").rstrip()


def _like(pattern: str) -> re.Pattern[str]:
    parts: list[str] = []
    position = 0
    while position < len(pattern):
        char = pattern[position]
        closing = pattern.find("]", position) if char == "[" else -1
        if closing > 0:
            parts.append(f"[{re.escape(pattern[position + 1 : closing])}]")
            position = closing
        else:
            parts.append({"%": ".*", "_": "."}.get(char, re.escape(char)))
        position += 1
    return re.compile("".join(parts), re.IGNORECASE | re.DOTALL)


def candidates(database: Database, table: Table, node: Node | None) -> list[Document] | None:
    """Documents an index narrows the filter to, by id; None when only the whole table will do."""
    best: list[Document] | None = None
    for term in conjuncts(node):
        found = _indexed(database, table, term) if isinstance(term, Comparison) else None
        if found is not None and (best is None or len(found) < len(best)):
            best = found
    return best


def _indexed(database: Database, table: Table, term: Comparison) -> list[Document] | None:
    form, lower = table.form, term.key.lower()
    wanted = term.value if term.operator == "in" else (term.value,) if term.operator == "=" else ()
    if not wanted:
        return None
    if lower == form.pk.lower():
        return table.pick(int(item) for item in wanted if item.isdigit())
    if lower == form.number_key:
        return table.pick(found for item in wanted for found in table.numbers.get(item.rstrip(), ()))
    if lower in table.indexes:
        return _by_index(table, lower, wanted)
    if lower.count(".") == 1 and lower.split(".")[0] in table.indexes:
        return _by_referenced_number(database, table, lower, wanted)
    return None


def _by_index(table: Table, lower: str, wanted: tuple[str, ...]) -> list[Document] | None:
    index = table.indexes[lower]
    if table.form.head[lower].kind == "ref":
        keys: list[Any] = [int(item) for item in wanted if item.isdigit()]
    elif any(not item.strip() for item in wanted):
        return None  # blank text may be stored as None or ''
    else:
        keys = list(wanted)
    return table.pick(found for key in keys for found in index.get(key, ()))


def _by_referenced_number(
    database: Database, table: Table, lower: str, wanted: tuple[str, ...]
) -> list[Document] | None:
    """FCustId.FNumber = 'C1', over the index of FCustId."""
    key, part = lower.split(".")
    target = database.table(table.form.head[key].target)
    if part != target.form.number_key:
        return None
    ids = [found for item in wanted for found in target.numbers.get(item.rstrip(), ())]
    return table.pick(found for item in ids for found in table.indexes[key].get(item, ()))


def modified_order(table: Table, node: Node | None) -> Iterator[Document]:
    """Documents by (modified time, id), from and to the bounds that the filter sets on FModifyDate."""
    low, high = 0, len(table.modified)
    for term in conjuncts(node):
        if isinstance(term, Comparison) and term.key.lower() == "fmodifydate":
            bound = time_text(str(term.value)) or ""
            if term.operator in {">", ">=", "="}:
                low = max(low, bisect_left(table.modified, (bound, 0)))
            if term.operator in {"<", "<=", "="}:
                high = min(high, bisect_right(table.modified, (bound + "\uffff", 0)))
    return (table.docs[found] for _, found in table.modified[low:high])


def pk_order(table: Table, node: Node | None) -> Iterator[Document]:
    """Documents by id, from the bound that the filter sets on the pk (keyset paging)."""
    low = 0
    for term in conjuncts(node):
        if isinstance(term, Comparison) and term.key.lower() == table.form.pk.lower() and term.operator in {">", ">="}:
            value = str(term.value)
            low = max(low, bisect_left(table.pks, int(value)) if value.isdigit() else 0)
    return (table.docs[found] for found in table.pks[low:])
