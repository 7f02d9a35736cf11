"""The report of first contact as a workbook: summary, fields, samples."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hub.setup.firstcontact import Report

_FIELD_HEADS = ("连接", "主数据", "字段", "以谁为准", "两边不同", "对方为空", "已补空", "已改为对方的值")
_SAMPLE_HEADS = ("连接", "主数据", "字段", "记录", "名称", "主数据的值", "对方的值", "以谁为准")


def to_xlsx(reports: Sequence[Report], path: Path) -> None:
    """Text cells are never formulas. Raises OSError."""
    import xlsxwriter
    from xlsxwriter.exceptions import FileCreateError

    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    head = book.add_format({"bold": True, "bg_color": "#DCE6F1", "bottom": 1})
    _sheet(book, head, "汇总", ("连接", "主数据", "项目", "数量"), [row for made in reports for row in _summary(made)])
    _sheet(book, head, "字段", _FIELD_HEADS, [row for made in reports for row in _fields(made)])
    _sheet(book, head, "样例", _SAMPLE_HEADS, [row for made in reports for row in _samples(made)])
    try:
        book.close()
    except FileCreateError as error:
        raise OSError(str(error)) from error


def summary(made: Report) -> list[tuple[str, str, Any]]:
    """(中文, English, number) of everything that is counted."""
    read = made.read.get("counts", {})
    return [
        ("读到的行", "rows read", read.get("fetched", 0)),
        ("两边都有", "on both sides", made.both),
        *((f"按 {key} 关联", f"linked by {key}", count) for key, count in sorted(made.linked_by.items())),
        ("只在对方", "only there", made.only_there),
        ("只在中枢", "only in the hub", made.only_here),
        ("对方重复的编号", "second ids there", made.aliases),
        ("疑似重复", "possible duplicates", made.duplicates["count"]),
        ("放行后将更新", "the release would change", made.release.get("due")),
        ("放行后将新建", "the release would create", made.release.get("wanted")),
    ]


def _summary(made: Report) -> list[tuple[Any, ...]]:
    return [(made.connection, made.entity, zh, count) for zh, _en, count in summary(made)]


def _fields(made: Report) -> list[tuple[Any, ...]]:
    return [
        (made.connection, made.entity, name, one.wins, one.differ, one.blank_there, one.filled, one.overridden)
        for name, one in sorted(made.fields.items())
    ]


def _samples(made: Report) -> list[tuple[Any, ...]]:
    return [
        (
            made.connection, made.entity, name, row["record"], row["title"], _shown(row["golden"]),
            _shown(row["remote"]), row["wins"],
        )
        for name, one in sorted(made.fields.items())
        for row in one.samples
    ]  # fmt: skip


def _shown(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _sheet(book: Any, head: Any, name: str, heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    sheet = book.add_worksheet(name)
    sheet.write_row(0, 0, heads, head)
    sheet.freeze_panes(1, 0)
    for number, row in enumerate(rows, 1):
        sheet.write_row(number, 0, row)
