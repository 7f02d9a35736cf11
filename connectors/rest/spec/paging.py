"""How a list comes in pages."""

from typing import Annotated, Literal

from pydantic import Field

from connectors.rest.spec.base import At, Part, Scalar, Strict


class NoPages(Strict):
    """One reply holds everything."""

    kind: Literal["none"]


class Numbered(Strict):
    """Pages by {page} or rows by {offset}, {limit} at a time. `total` or `pages` is where a reply says how many rows or pages
    there are. `ascending` = the order never changes for a row and new rows come last (by id, by time of creation): then
    one pass from the last page to the first covers everything; without it pages are read until two passes agree."""

    kind: Literal["page", "offset"]
    first: int = 1
    size: int = Field(gt=0, le=10_000)
    total: At = ""
    pages: At = ""
    ascending: bool = False


class Cursor(Strict):
    """The reply gives the {cursor} of the next page; nothing there = the last page. `start` is the first one."""

    kind: Literal["cursor"]
    at: At
    size: int = Field(gt=0, le=10_000)
    start: Scalar = None


class KeySet(Strict):
    """The next page begins after the last row: its `columns` are {after_1}, {after_2} … of the part `after`. The vendor must
    sort by these columns, ascending. A page with fewer than `size` rows is the last."""

    kind: Literal["keyset"]
    columns: tuple[At, ...] = Field(min_length=1, max_length=3)
    size: int = Field(gt=0, le=10_000)
    after: Part


class NextLink(Strict):
    """The reply gives the address of the next page, in the body or in the header Link (rel="next")."""

    kind: Literal["next_link"]
    at: At = ""
    size: int = Field(100, gt=0, le=10_000)


Paging = Annotated[NoPages | Numbered | Cursor | KeySet | NextLink, Field(discriminator="kind")]
