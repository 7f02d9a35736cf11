"""Batch calls: each row on its own, HTTP and code say success, failCount and messages tell which rows failed."""

from collections.abc import Callable, Iterable
from typing import Any

from sandbox.yonyou.amounts import Invalid
from sandbox.yonyou.bip.account import OK, Bip, Call, Refused, Row

Act = Callable[[Row], Row]


def named(call: Call, *, most: int = 500) -> list[Row]:
    """The rows of {"data": [{"id"}…]} (one object counts as one row); 310008 when there is none."""
    data = call.object_body().get("data")
    rows = [data] if isinstance(data, dict) else data
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise Refused("310008", "必填参数[data]不能为空")
    if len(rows) > most:
        raise Refused("999", f"单次最多处理{most}条")
    return rows


def run(rows: Iterable[Row], act: Act) -> Row:
    """Acts on each row; what it raises fails that row alone. Returns the counts, infos and messages."""
    infos: list[Row] = []
    messages: list[str] = []
    failed: list[Any] = []
    count = 0
    for row in rows:
        count += 1
        try:
            infos.append(act(row))
        except Invalid as error:
            messages.append(_text(row, str(error)))
            failed.append(_key(row))
        except Refused as error:
            messages.append(_text(row, str(error.body["message"])))
            failed.append(_key(row))
    return {
        "count": count,
        "sucessCount": len(infos),  # the vendor's spelling
        "failCount": len(messages),
        "messages": messages or [""],
        "infos": infos,
        "failInfos": failed or [""],
    }


def answer(rows: Iterable[Row], act: Act) -> Row:
    """The whole reply of a batch call."""
    return {**OK, "data": run(rows, act)}


def wanted(bip: Bip, name: str, row: Row) -> Row:
    """The record that a row names by id or code. Invalid 单据不存在."""
    found = bip.store.get(name, row.get("id")) if row.get("id") else bip.by_id_or_code(name, row.get("code"))
    if found is None:
        raise Invalid("单据不存在")
    return found


def _key(row: Row) -> Row:
    return {name: row[name] for name in ("id", "code") if name in row}


def _text(row: Row, text: str) -> str:
    key = row.get("code") or row.get("id")
    return f"{key}：{text}" if key else text
