"""Books by hand for the tests of finance."""

from datetime import date
from decimal import Decimal

from hub.finance.books import Books, Instalment, Party, Receipt, Receivable, Settlement

WANG = Party(901, "XSY1", "王伟")
LI = Party(902, "XSY2", "李娜")
HUAXING = Party(1, "KH1", "杭州华星贸易有限公司")
XIHU = Party(2, "KH2", "西湖茶业有限公司")
DAY = date(2026, 11, 21)


def receivable(
    key: int,
    plan: list[tuple[str, str]],
    *,
    customer: Party = HUAXING,
    owner: Party = WANG,
    currency: str = "CNY",
    dated: date = date(2026, 1, 1),
) -> Receivable:
    """`plan`: (due date, amount) of each instalment; lines are called a, b, c …"""
    parts = tuple(
        Instalment("abcdefgh"[n], date.fromisoformat(due), Decimal(amount)) for n, (due, amount) in enumerate(plan)
    )
    total = sum((part.amount for part in parts), Decimal(0))
    return Receivable(key, f"AR{key}", customer, owner, currency, dated, total, None, parts)


def receipt(
    key: int, amount: str, *, customer: Party = HUAXING, currency: str = "CNY", dated: date = date(2026, 2, 1)
) -> Receipt:
    return Receipt(key, f"SK{key}", customer, WANG, currency, dated, Decimal(amount), None)


def settled(
    receivable_id: int | None,
    amount: str,
    day: str = "2026-03-01",
    *,
    receipt_id: int | None = None,
    row: str = "",
    key: int = 500,
) -> Settlement:
    dated = date.fromisoformat(day) if day else None
    return Settlement(key, f"HX{key}", receivable_id, receipt_id, row, dated, Decimal(amount))


def books(*parts: Receivable | Receipt | Settlement) -> Books:
    """Native rows of instalments are called n-<line>."""
    found = Books()
    for part in parts:
        if isinstance(part, Receivable):
            found.receivables.append(part)
            found.lines |= {(part.id, f"n-{line.line}"): line.line for line in part.instalments}
        elif isinstance(part, Receipt):
            found.receipts.append(part)
        else:
            found.settlements.append(part)
    return found
