"""Lines of receivable accounts as documents: receivables with instalments, receipts, and who settled whom. Pure.

Tryton knows no receivable and no receipt as records of their own: both are moves, told apart by the type of their journal. Nor does it
know pairs: a reconciliation is a set of lines that add up to nothing, and a part payment is a link to its invoice.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from hub.connector import Native

ZERO = Decimal(0)
CASH = "cash"


@dataclass(frozen=True, slots=True)
class Pair:
    """`line` of a receivable, settled by `other` with `amount` (signed like the receivable)."""

    line: Native
    other: Native
    amount: Decimal

    @property
    def id(self) -> str:
        return f"{self.line['id']}-{self.other['id']}"


def is_receipt(line: Native) -> bool:
    return bool(line["move"]["journal"]["type"] == CASH)


def document_of(line: Native) -> str:
    """Id of the receivable that the line belongs to: its move, and its party where a move has several."""
    return f"{line['move']['id']}-{line['party']}"


def amount(line: Native) -> Decimal:
    """What the line adds to the debt, in the line's currency."""
    if line.get("second_currency"):
        return Decimal(line["amount_second_currency"])
    return book_amount(line)


def book_amount(line: Native) -> Decimal:
    return Decimal(line["debit"]) - Decimal(line["credit"])


def currency(line: Native) -> str:
    return str((line.get("second_currency") or book_currency_of(line))["code"])


def book_currency_of(line: Native) -> Mapping[str, Any]:
    found: Mapping[str, Any] = line["company"]["currency"]
    return found


def receivables(lines: Iterable[Native], invoices: Mapping[int, Native], paid: Mapping[int, Decimal]) -> list[Native]:
    """One native per document from all of its lines. `paid`: line id -> what settles it."""
    ordered = sorted((line for line in lines if not is_receipt(line)), key=lambda line: (document_of(line), line["id"]))
    return [_receivable(one, list(rows), invoices, paid) for one, rows in groupby(ordered, key=document_of)]


def _receivable(
    document: str, lines: Sequence[Native], invoices: Mapping[int, Native], paid: Mapping[int, Decimal]
) -> Native:
    first, move = lines[0], lines[0]["move"]
    invoice = invoices.get(invoice_of(first), {})
    instalments = [_instalment(line, paid.get(line["id"], ZERO)) for line in lines]
    settled = sum((row["settled_amount"] for row in instalments), ZERO)
    sales = invoice.get("sales") or []
    return {
        "id": document,
        "number": invoice.get("number") or move.get("number"),
        "move_number": move.get("number"),
        "party": first["party"],
        "date": move["date"],
        "due_date": min((str(line["maturity_date"]) for line in lines if line.get("maturity_date")), default=None),
        "currency": currency(first),
        "amount": sum((amount(line) for line in lines), ZERO),
        "book_currency": str(book_currency_of(first)["code"]),
        "book_amount": sum((book_amount(line) for line in lines), ZERO),
        "settled_amount": settled,
        "state": _state(move, [line["reconciliation"] for line in lines]),
        "order": sales[0]["id"] if len(sales) == 1 else None,
        "order_number": " ".join(str(sale["number"]) for sale in sales) or None,
        "reference": invoice.get("reference"),
        "description": move.get("description"),
        "instalments": instalments,
    }


def _instalment(line: Native, paid: Decimal) -> Native:
    return {"id": line["id"], "due_date": line.get("maturity_date"), "amount": amount(line), "settled_amount": paid}


def _state(move: Native, reconciliations: Sequence[Any]) -> str:
    if move["state"] != "posted":
        return "draft"
    return "settled" if all(reconciliations) else "open"


def receipt(line: Native) -> Native:
    """A line of a cash journal as money that came in (negative: paid back)."""
    move = line["move"]
    return {
        "id": line["id"],
        "number": move.get("number"),
        "party": line["party"],
        "date": move["date"],
        "currency": currency(line),
        "amount": -amount(line),
        "book_currency": str(book_currency_of(line)["code"]),
        "book_amount": -book_amount(line),
        "method": move["journal"].get("name"),
        "state": _state(move, [line["reconciliation"]]),
        "description": move.get("description"),
    }


def settlement(pair: Pair) -> Native:
    """The pair as a record. It counts from the day on which both sides existed."""
    receipt_line = is_receipt(pair.other)
    return {
        "id": pair.id,
        "number": (pair.line.get("reconciliation") or {}).get("number"),
        "receivable": document_of(pair.line),
        "instalment": pair.line["id"],
        "receipt": pair.other["id"] if receipt_line else None,
        "date": max(str(pair.line["move"]["date"]), str(pair.other["move"]["date"])),
        "amount": pair.amount,
        "currency": currency(pair.line),
    }


def invoice_of(line: Native) -> int:
    """Id of the invoice that a receivable's move came from; 0 where it did not come from one."""
    model, _, number = str(line.get("move_origin") or "").partition(",")
    return int(number) if model == "account.invoice" and number.isdigit() else 0


def group_of(line: Native) -> str:
    """What is settled together: a reconciliation, else the open lines of one invoice and the payments linked to it. "" = alone."""
    if line.get("reconciliation"):
        return f"r{line['reconciliation']['id']}"
    invoice = line.get("invoice_payment") or invoice_of(line)
    return f"i{invoice}" if invoice else ""


def pairs(lines: Iterable[Native]) -> list[Pair]:
    """Every pair among whole groups of lines. Debts are paid off in the order in which they fall due, by what came first, so that
    a later payment leaves earlier pairs as they are. Where one receivable settles another (a credit note), each gets a pair of its own."""
    ordered = sorted((line for line in lines if group_of(line)), key=lambda line: (group_of(line), line["id"]))
    found: list[Pair] = []
    for _group, rows in groupby(ordered, key=group_of):
        found += _paired(list(rows))
    return found


def _paired(lines: Sequence[Native]) -> Iterator[Pair]:
    debts = sorted(
        (line for line in lines if amount(line) > 0),
        key=lambda line: (str(line.get("maturity_date") or ""), line["id"]),
    )
    credits_ = [line for line in lines if amount(line) < 0]
    left = {line["id"]: amount(line) for line in debts}
    for credit in credits_:
        rest = -amount(credit)
        for debt in _linked_first(debts, credit):
            part = min(rest, left[debt["id"]])
            if part > 0:
                left[debt["id"]] -= part
                rest -= part
                yield from _both_sides(debt, credit, part)


def _linked_first(debts: Sequence[Native], credit: Native) -> list[Native]:
    """The instalments of the invoice that a payment was entered for, then the others."""
    return sorted(debts, key=lambda debt: invoice_of(debt) != credit.get("invoice_payment"))


def _both_sides(debt: Native, credit: Native, part: Decimal) -> Iterator[Pair]:
    if not is_receipt(debt):
        yield Pair(debt, credit, part)
    if not is_receipt(credit):
        yield Pair(credit, debt, -part)


def paid_by_line(found: Iterable[Pair]) -> dict[int, Decimal]:
    """Line id of a receivable -> what settles it."""
    paid: dict[int, Decimal] = {}
    for pair in found:
        paid[pair.line["id"]] = paid.get(pair.line["id"], ZERO) + pair.amount
    return paid
