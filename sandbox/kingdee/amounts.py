"""What the server computes by itself: tax, discount and totals of orders, receivables and receipts."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sandbox.kingdee.database import Database
from sandbox.kingdee.documents import Document, Row
from sandbox.kingdee.errors import VALIDATION, Refused
from sandbox.kingdee.values import rounded

ZERO = Decimal(0)
HUNDRED = Decimal(100)
# A discount typed as an amount is kept beside the row's fields; typing a rate replaces it.
TYPED_DISCOUNT = "_typed_discount"


def recalculate(database: Database, form_id: str, document: Document) -> None:
    """Fills every computed amount of a document in place."""
    hook = _HOOKS.get(form_id)
    if hook is not None:
        hook(database, document)


def digits(database: Database, currency_id: Any) -> int:
    """Decimals of a currency's amounts, 2 when the document names none."""
    currency = database.document("BD_Currency", currency_id)
    return 2 if currency is None else int(currency.values.get("famountdigits") or 0)


def _number(row: Row, key: str) -> Decimal:
    value = row.values.get(key)
    return value if isinstance(value, Decimal) else ZERO


def _prices(row: Row, *, tax_included: bool) -> None:
    """Derives the one price from the other; the one that was typed leads."""
    factor = 1 + _number(row, "fentrytaxrate") / HUNDRED
    taxed, bare = row.values.get("ftaxprice"), row.values.get("fprice")
    if (tax_included and taxed is not None) or bare is None:
        row.values["ftaxprice"] = taxed or ZERO
        row.values["fprice"] = rounded((taxed or ZERO) / factor, 6)
    else:
        row.values["ftaxprice"] = rounded(bare * factor, 6)


def _split(row: Row, quantity: Decimal, *, places: int, tax_included: bool) -> tuple[Decimal, Decimal, Decimal]:
    """(total with tax, without tax, tax) of one row after discount."""
    rate = _number(row, "fentrytaxrate") / HUNDRED
    share = 1 - _number(row, "fdiscountrate") / HUNDRED
    if tax_included:
        total = rounded(quantity * _number(row, "ftaxprice") * share, places)
        bare = rounded(total / (1 + rate), places)
        return total, bare, total - bare
    bare = rounded(quantity * _number(row, "fprice") * share, places)
    tax = rounded(bare * rate, places)
    return bare + tax, bare, tax


def _order(database: Database, document: Document) -> None:
    values = document.values
    places = digits(database, values.get("fsettlecurrid"))
    included = values.get("fisincludedtax") is not False
    for row in document.rows.get("fsaleorderentry", []):
        _order_row(row, places=places, tax_included=included)
    _sum_into(document, "fsaleorderentry", _ORDER_TOTALS)


def _order_row(row: Row, *, places: int, tax_included: bool) -> None:
    _prices(row, tax_included=tax_included)
    quantity = ZERO if row.values.get("fisfree") else _number(row, "fqty")
    before = rounded(quantity * _number(row, "ftaxprice"), places)
    total, bare, tax = _split(row, quantity, places=places, tax_included=tax_included)
    if typed := _number(row, TYPED_DISCOUNT):
        total = before - typed
        bare = rounded(total / (1 + _number(row, "fentrytaxrate") / HUNDRED), places)
        tax = total - bare
    row.values |= {
        "fallamount": total,
        "famount": bare,
        "ftaxamount": tax,
        "fdiscount": before - total if typed or row.values.get("fdiscountrate") else ZERO,
        "fallamountexceptdiscount": before,
        "fpricebaseqty": _number(row, "fqty"),
        "fstockqty": _number(row, "fqty"),
        "fstockbaseqty": _number(row, "fqty"),
        "fremainoutqty": _number(row, "fqty") - _number(row, "fstockoutqty"),
        "fcanoutqty": _number(row, "fqty") - _number(row, "fstockoutqty"),
    }


_ORDER_TOTALS = {"fbillallamount": "fallamount", "fbillamount": "famount", "fbilltaxamount": "ftaxamount"}


def _sum_into(document: Document, entry: str, totals: dict[str, str]) -> None:
    for head_key, row_key in totals.items():
        document.values[head_key] = sum((_number(row, row_key) for row in document.rows.get(entry, [])), ZERO)


_RECEIVABLE_TOTALS = {
    "fallamountfor": "fallamountfor_d",
    "fnotaxamountfor": "fnotaxamountfor_d",
    "ftaxamountfor": "ftaxamountfor_d",
}


def _receivable(database: Database, document: Document) -> None:
    places = digits(database, document.values.get("fcurrencyid"))
    included = document.values.get("fistax") is not False
    for row in document.rows.get("fentitydetail", []):
        _prices(row, tax_included=included)
        total, bare, tax = _split(row, _number(row, "fpriceqty"), places=places, tax_included=included)
        row.values |= {"fallamountfor_d": total, "fnotaxamountfor_d": bare, "ftaxamountfor_d": tax}
    _sum_into(document, "fentitydetail", _RECEIVABLE_TOTALS)
    _plan(document, places)
    apply_written_off(document)


def _plan(document: Document, places: int) -> None:
    """Instalment amounts from their rates, the last row takes what rounding leaves; amounts sent must add up."""
    rows, total = document.rows.get("fentityplan", []), document.values["fallamountfor"]
    if not rows:
        return
    if all(row.values.get("fpayrate") for row in rows) and not all(row.values.get("fpayamountfor") for row in rows):
        for row in rows:
            row.values["fpayamountfor"] = rounded(total * _number(row, "fpayrate") / HUNDRED, places)
        rows[-1].values["fpayamountfor"] = total - sum((_number(row, "fpayamountfor") for row in rows[:-1]), ZERO)
    if len(rows) == 1:
        rows[0].values |= {"fpayamountfor": total, "fpayrate": HUNDRED}
    planned = sum((_number(row, "fpayamountfor") for row in rows), ZERO)
    if planned != total:
        raise Refused(VALIDATION, f"收款计划的应收金额合计{planned}与价税合计{total}不一致", field="FPAYAMOUNTFOR")


def apply_written_off(document: Document) -> None:
    """Brings the written-off figures of head and details in line with those of the plan rows, in place."""
    plan = document.rows.get("fentityplan", [])
    for row in plan:
        row.values["fwrittenoffamount"] = _number(row, "fwrittenoffamount")
        row.values["fnotwrittenoffamount"] = _number(row, "fpayamountfor") - _number(row, "fwrittenoffamount")
    done = sum((_number(row, "fwrittenoffamount") for row in plan), ZERO)
    total = document.values["fallamountfor"]
    document.values |= {
        "fwrittenoffamountfor": done,
        "fnotwrittenoffamountfor": total - done,
        "fwrittenoffstatus": written_off_status(done, total),
    }
    _spread_received(document, done)


def _spread_received(document: Document, done: Decimal) -> None:
    """The received total, spread over the detail rows from the first to the last."""
    rows = document.rows.get("fentitydetail", [])
    for index, row in enumerate(rows):
        whole = _number(row, "fallamountfor_d")
        part = done if index == len(rows) - 1 else max(min(done, whole), min(whole, ZERO))
        row.values |= {"freceiveamount": part, "fnoreceiveamount": whole - part}
        done -= part


def written_off_status(done: Decimal, total: Decimal) -> str:
    """A none, B partial, C complete (letters as client code reads them, kingdee.md 4.5)."""
    if done == ZERO:
        return "A"
    return "C" if done == total else "B"


def _receipt(database: Database, document: Document) -> None:
    places = digits(database, document.values.get("fcurrencyid"))
    rows = document.rows.get("freceivebillentry", [])
    for row in rows:
        total = row.values.get("frectotalamountfor")
        received = row.values.get("frecamountfor_e")
        row.values["frectotalamountfor"] = rounded(total if total is not None else received or ZERO, places)
        row.values["frecamountfor_e"] = rounded(received if received is not None else total or ZERO, places)
        row.values["fsettlerecamountfor"] = row.values["frecamountfor_e"]
        row.values["fwrittenoffamountfor_d"] = _number(row, "fwrittenoffamountfor_d")
    received_total = sum((_number(row, "frecamountfor_e") for row in rows), ZERO)
    document.values |= {
        "freceiveamountfor_h": sum((_number(row, "frectotalamountfor") for row in rows), ZERO),
        "frealrecamountfor": received_total,
        "frecamountfor": received_total,
        "fwrittenoffstatus": written_off_status(receipt_written_off(document), received_total),
    }


def receipt_written_off(document: Document) -> Decimal:
    """How much of a receipt has been matched."""
    rows = document.rows.get("freceivebillentry", [])
    return sum((_number(row, "fwrittenoffamountfor_d") for row in rows), ZERO)


_HOOKS: dict[str, Callable[[Database, Document], None]] = {
    "SAL_SaleOrder": _order,
    "AR_receivable": _receivable,
    "AR_RECEIVEBILL": _receipt,
}
