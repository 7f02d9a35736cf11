"""Keyset paging: a page asks for what comes after a cursor, so pages neither skip nor repeat what others insert."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select

from hub.errors import BadInput

MAX_LIMIT = 200
CURSOR_LETTER = "p"


@dataclass(frozen=True, slots=True)
class PageRequest:
    """`limit` rows (1 to 200) after the cursor `after` ("" = from the start). Raises BadInput naming the wrong one."""

    limit: int = 50
    after: str = ""

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= MAX_LIMIT:
            raise BadInput(
                f"limit 为 {self.limit}，应在 1 到 {MAX_LIMIT} 之间；更多的行请用返回的 next 翻页",
                f"limit is {self.limit}; give 1 to {MAX_LIMIT} and page on with the returned next",
                field="limit",
                value=str(self.limit),
            )
        self.position()

    def position(self) -> int | None:
        if not self.after:
            return None
        digits = self.after.removeprefix(CURSOR_LETTER)
        if not digits.isascii() or not digits.isdigit() or len(digits) > 18:
            raise BadInput(
                f"after 为 {self.after[:40]!r}，应是上一页返回的 next",
                f"after is {self.after[:40]!r}; give the next of the page before",
                field="after",
                value=self.after[:40],
            )
        return int(digits)


@dataclass(frozen=True, slots=True)
class Listing:
    """One page: plain rows, and the cursor of the page behind it ("" = this was the last)."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    next: str = ""


def fetch_page(
    tx: Connection, query: Select[Any], key: ColumnElement[int], request: PageRequest, *, newest_first: bool = True
) -> Listing:
    """Run `query` ordered by the unique integer `key`, which must be among its columns under the name `id`."""
    position = request.position()
    if position is not None:
        query = query.where(key < position if newest_first else key > position)
    ordered = query.order_by(key.desc() if newest_first else key.asc()).limit(request.limit + 1)
    rows = [dict(row) for row in tx.execute(ordered).mappings()]
    more = len(rows) > request.limit
    rows = rows[: request.limit]
    return Listing(rows, f"{CURSOR_LETTER}{rows[-1]['id']}" if more else "")


def one(tx: Connection, query: Select[Any]) -> dict[str, Any] | None:
    """The first row as a dict, or None."""
    row = tx.execute(query).mappings().first()
    return None if row is None else dict(row)


def contains(column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    """Column contains text in any case, with the wildcards in the text taken literally."""
    return column.icontains(text, autoescape=True)
