"""Tie-out: what the ERP states as settled against what its settlement rows add up to."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from hub.finance.aging import money_text, party_json
from hub.finance.books import Books, Party, Receipt, Receivable, read_books
from hub.finance.open_items import Matched, matched
from hub.finance.spread import ZERO
from hub.store.database import Database
from hub.store.scope import Scope


@dataclass(frozen=True, slots=True)
class Difference:
    """`stated` by the ERP, `found` from settlement rows. `line` is a golden line id, "" for the whole document.

    A difference right after a match in the ERP is usual: matching often leaves the document's modified time alone, so that the
    stated figure is read anew only by the nightly sweep."""

    entity: str
    record_id: int
    number: str
    line: str
    customer: Party
    currency: str
    stated: Decimal
    found: Decimal

    @property
    def difference(self) -> Decimal:
        return self.stated - self.found

    def as_json(self) -> dict[str, Any]:
        amounts = {n: money_text(getattr(self, n), self.currency) for n in ("stated", "found", "difference")}
        return {
            "entity": self.entity,
            "record_id": self.record_id,
            "number": self.number,
            "line": self.line,
            "customer": party_json(self.customer),
            "currency": self.currency,
            **amounts,
        }


def tie_out(db: Database, scope: Scope | None = None) -> list[Difference]:
    """Documents whose stated settled amount is not what their settlements say, as of now. [] = everything ties."""
    with db.read() as connection:
        books = read_books(connection, scope)
    return differences(books)


def differences(books: Books) -> list[Difference]:
    """The same over books that were read already. Pure."""
    found = matched(books, date.max)
    rows = [row for one in books.receivables for row in _receivable(one, found)]
    return [*rows, *(row for one in books.receipts for row in _receipt(one, found))]


def _receivable(one: Receivable, found: Matched) -> Iterator[Difference]:
    lines = found.by_line.get(one.id, {})
    settled = sum(lines.values(), ZERO)
    if one.stated_settled is not None and one.stated_settled != settled:
        yield _difference("receivable", one, one.stated_settled, settled)
    if "" in lines:  # not every match names its instalment: the lines cannot be compared
        return
    for part in one.instalments:
        paid = lines.get(part.line, ZERO)
        if part.line and part.stated_settled is not None and part.stated_settled != paid:
            yield _difference("receivable", one, part.stated_settled, paid, line=part.line)


def _receipt(one: Receipt, found: Matched) -> Iterator[Difference]:
    used = found.by_receipt.get(one.id, ZERO)
    if one.stated_settled is not None and one.stated_settled != used:
        yield _difference("receipt", one, one.stated_settled, used)


def _difference(
    entity: str, one: Receivable | Receipt, stated: Decimal, found: Decimal, *, line: str = ""
) -> Difference:
    return Difference(entity, one.id, one.number, line, one.customer, one.currency, stated, found)
