"""The ERP's own receivable figures, worked out from its documents alone: what the hub's figures are held against."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.core import ControlError
from sandbox.kingdee.database import Database
from sandbox.kingdee.documents import Document, Row

ZERO = Decimal(0)
BUCKETS = ("not_due", "d1_30", "d31_60", "d61_90", "over_90")
Key = tuple[str, str, str]


def figures(database: Database, as_of: str) -> dict[str, Any]:
    """Open amounts as of the end of a day (YYYY-MM-DD): audited, uncancelled receivables dated up to then, less what
    match records dated up to then have settled, aged by each instalment's due date. Amounts are decimal text.

    rows: per customer, salesperson and currency number; totals: per currency; receipts: what is received, matched and
    unmatched per customer, salesperson and currency.
    """
    try:
        day = date.fromisoformat(as_of)
    except ValueError:
        raise ControlError(f"as_of {as_of!r} must be YYYY-MM-DD") from None
    with database.lock:
        by_plan, by_receipt = _settled(database, day)
        rows = _aging(database, day, by_plan)
        receipts = _receipts(database, day, by_receipt)
    return {
        "as_of": as_of,
        "rows": [_named(key) | _texts(amounts) for key, amounts in sorted(rows.items())],
        "totals": _totals(rows),
        "receipts": [_named(key) | _texts(amounts) for key, amounts in sorted(receipts.items())],
    }


def _day(text: Any) -> date:
    return date.fromisoformat(str(text)[:10])


def _settled(database: Database, day: date) -> tuple[dict[int, Decimal], dict[int, Decimal]]:
    """Matched amounts by instalment id and by receipt id."""
    by_plan: dict[int, Decimal] = defaultdict(Decimal)
    by_receipt: dict[int, Decimal] = defaultdict(Decimal)
    for record in database.table("AR_MATCHRECORD").in_pk_order():
        if _day(record.values["fdate"]) > day:
            continue
        for row in record.rows["fentity"]:
            by_plan[row.values["fplanentryid"]] += row.values["fcurwrittenoffamountfor"]
            by_receipt[row.values["freceiptid"]] += row.values["fcurwrittenoffamountfor"]
    return by_plan, by_receipt


def _counts(document: Document, day: date) -> bool:
    values = document.values
    return document.status == "C" and values.get("fcancelstatus") != "B" and _day(values["fdate"]) <= day


def _aging(database: Database, day: date, settled: dict[int, Decimal]) -> dict[Key, dict[str, Decimal]]:
    found: dict[Key, dict[str, Decimal]] = {}
    for bill in database.table("AR_receivable").in_pk_order():
        if not _counts(bill, day):
            continue
        amounts = found.setdefault(_key(database, bill, "fcustomerid"), dict.fromkeys((*BUCKETS, "total"), ZERO))
        for row in bill.rows["fentityplan"]:
            amount = row.values["fpayamountfor"] - settled.get(row.id, ZERO)
            amounts[_bucket(row, day)] += amount
            amounts["total"] += amount
    return found


def _bucket(row: Row, day: date) -> str:
    late = (day - _day(row.values["fenddate"])).days
    if late <= 0:
        return "not_due"
    return BUCKETS[min(1 + (late - 1) // 30, 4)]


def _receipts(database: Database, day: date, matched: dict[int, Decimal]) -> dict[Key, dict[str, Decimal]]:
    found: dict[Key, dict[str, Decimal]] = {}
    for bill in database.table("AR_RECEIVEBILL").in_pk_order():
        if not _counts(bill, day):
            continue
        names = ("received", "matched", "unmatched")
        amounts = found.setdefault(_key(database, bill, "fcontactunit"), dict.fromkeys(names, ZERO))
        received, used = bill.values["frealrecamountfor"], matched.get(bill.id, ZERO)
        amounts["received"] += received
        amounts["matched"] += used
        amounts["unmatched"] += received - used
    return found


def _key(database: Database, bill: Document, customer_key: str) -> Key:
    values = bill.values
    return (
        database.number_of("BD_Customer", values.get(customer_key)),
        database.number_of("BD_Saler", values.get("fsaleerid")),
        database.number_of("BD_Currency", values.get("fcurrencyid")),
    )


def _named(key: Key) -> dict[str, str]:
    return dict(zip(("customer", "saler", "currency"), key, strict=True))


def _texts(amounts: dict[str, Decimal]) -> dict[str, str]:
    return {name: f"{amount:.2f}" for name, amount in amounts.items()}


def _totals(rows: dict[Key, dict[str, Decimal]]) -> list[dict[str, str]]:
    sums: dict[str, dict[str, Decimal]] = {}
    for (_, _, currency), amounts in rows.items():
        into = sums.setdefault(currency, dict.fromkeys(amounts, ZERO))
        for name, amount in amounts.items():
            into[name] += amount
    return [{"currency": currency} | _texts(amounts) for currency, amounts in sorted(sums.items())]
