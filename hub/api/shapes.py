"""Shapes that many routes share: pages of rows, the request for one, base of all models."""

from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from hub.store.paging import CURSOR_LETTER, MAX_LIMIT, Listing, PageRequest

Row = TypeVar("Row", bound=BaseModel)


class Shape(BaseModel):
    """An answer: what the model does not name does not go out."""

    model_config = ConfigDict(extra="ignore")


class Order(BaseModel):
    """A request body: a name that nobody knows is refused."""

    model_config = ConfigDict(extra="forbid")


class PageOf(Shape, Generic[Row]):
    """One page of rows."""

    rows: list[Row] = Field(title="行 / Rows")
    next: str = Field("", title="下一页 / Give this as `after` to get the next page; empty = the last page")


class Done(Shape):
    """The request was carried out."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"ok": True}]})

    ok: bool = Field(True, title="完成 / Done")


class Made(Shape):
    """Something was made."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"id": 3}]})

    id: int = Field(title="编号 / Id")


def page_request(
    limit: Annotated[int, Query(title="每页行数 / Rows per page", description=f"1–{MAX_LIMIT}")] = 50,
    after: Annotated[str, Query(title="上一页的 next / The next of the page before")] = "",
) -> PageRequest:
    """Dependency. Raises BadInput for a page that is too large."""
    return PageRequest(limit, after)


Paged = Annotated[PageRequest, Depends(page_request)]


def page(model: type[Row], listing: Listing) -> PageOf[Row]:
    """A listing in its public shape."""
    return PageOf[model](rows=[model.model_validate(row) for row in listing.rows], next=listing.next)  # type: ignore[valid-type]


def slice_of(model: type[Row], rows: Sequence[Any], request: PageRequest) -> PageOf[Row]:
    """A page of rows that were computed rather than queried; the cursor is the position in them."""
    first = request.position() or 0
    last = first + request.limit
    more = f"{CURSOR_LETTER}{last}" if last < len(rows) else ""
    return PageOf[model](rows=[model.model_validate(row) for row in rows[first:last]], next=more)  # type: ignore[valid-type]


def example(**values: Any) -> ConfigDict:
    """The model's config with one example."""
    return ConfigDict(extra="ignore", json_schema_extra={"examples": [values]})


def order_example(**values: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [values]})
