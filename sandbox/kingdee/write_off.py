"""Write-offs (核销): a receipt settles a receivable. Stored as AR_MATCHRECORD, shown in the amounts of both bills."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.core import ControlError
from sandbox.kingdee.amounts import ZERO, apply_written_off, digits, receipt_written_off, written_off_status
from sandbox.kingdee.database import Database
from sandbox.kingdee.documents import Document, Row
from sandbox.kingdee.lifecycle import rewrite
from sandbox.kingdee.values import rounded, time_text

_ALLOWED = frozenset({"receivable", "receipt", "amount", "date", "plan_row"})


@dataclass(frozen=True)
class WriteOff:
    """One match to book: which bills, how much (negative takes a match back), on which day, on which instalment."""

    receivable: Document
    receipt: Document
    amount: Decimal
    day: str
    plan_row: int


def book(database: Database, body: Mapping[str, Any]) -> Document:
    """Books {"receivable": number, "receipt": number, "amount", "date", "plan_row"?}; returns the match record.

    Without plan_row the amount goes to the first instalments with room for it (a reversal to the last ones settled),
    one row of the record each. Raises ControlError for unknown bills, unaudited ones and amounts beyond what is open.
    """
    asked = _parse(database, body)
    parts = _parts(asked)
    _check_receipt(asked)
    _settle_receivable(database, asked, {row.id: part for row, part in parts})
    entry = _settle_receipt(database, asked)
    record = _record(database, asked, parts, entry)
    database.table("AR_MATCHRECORD").put(record)
    return record


def _parse(database: Database, body: Mapping[str, Any]) -> WriteOff:
    if unknown := set(body) - _ALLOWED:
        raise ControlError(f"unknown keys {sorted(unknown)}; allowed: {sorted(_ALLOWED)}")
    receivable = _bill(database, "AR_receivable", body.get("receivable"))
    receipt = _bill(database, "AR_RECEIVEBILL", body.get("receipt"))
    if receivable.values.get("fcurrencyid") != receipt.values.get("fcurrencyid"):
        raise ControlError("the receivable and the receipt are in different currencies")
    day = time_text(str(body.get("date") or database.today_text()))
    if day is None:
        raise ControlError(f"date {body.get('date')!r} must be YYYY-MM-DD")
    places = digits(database, receivable.values.get("fcurrencyid"))
    return WriteOff(receivable, receipt, _amount(body.get("amount"), places), day, int(body.get("plan_row") or 0))


def _bill(database: Database, form_id: str, number: Any) -> Document:
    found = database.table(form_id).with_number(str(number))
    if not found:
        raise ControlError(f"no {form_id} with number {number!r}", 404)
    if found[0].status != "C":
        raise ControlError(f"{form_id} {number} is not audited (status {found[0].status})", 409)
    return found[0]


def _amount(value: Any, places: int) -> Decimal:
    try:
        exact = Decimal(str(value))
    except InvalidOperation:
        raise ControlError(f'amount {value!r} must be a decimal, as text: "100.00"') from None
    if exact == ZERO or exact != rounded(exact, places):
        raise ControlError(f"amount {value!r} must not be 0 and have at most {places} decimals")
    return rounded(exact, places)


def _parts(asked: WriteOff) -> list[tuple[Row, Decimal]]:
    """The amount over the instalments; ControlError when they have no room for all of it."""
    plan = asked.receivable.rows["fentityplan"]
    rows = [row for row in plan if not asked.plan_row or row.seq == asked.plan_row]
    reversal = (asked.amount < ZERO) != (asked.receivable.values["fallamountfor"] < ZERO)
    left, parts = asked.amount, []
    for row in reversed(rows) if reversal else rows:
        room = -row.values["fwrittenoffamount"] if reversal else row.values["fnotwrittenoffamount"]
        part = max(left, room) if left < ZERO else min(left, room)
        if part != ZERO and (part < ZERO) == (asked.amount < ZERO):
            parts.append((row, part))
            left -= part
    if left != ZERO:
        number = asked.receivable.values["fbillno"]
        raise ControlError(f"{asked.amount} does not fit {number}: {left} is more than what is open there", 409)
    return parts


def _settle_receivable(database: Database, asked: WriteOff, parts: dict[int, Decimal]) -> None:
    def edit(document: Document) -> None:
        for row in document.rows["fentityplan"]:
            row.values["fwrittenoffamount"] += parts.get(row.id, ZERO)
        apply_written_off(document)

    _rewrite(database, "AR_receivable", asked.receivable, edit)


def _check_receipt(asked: WriteOff) -> None:
    """ControlError beyond the received amount. Checked before anything is booked."""
    total = asked.receipt.values["frealrecamountfor"]
    after = receipt_written_off(asked.receipt) + asked.amount
    if abs(after) > abs(total) or (after != ZERO and (after < ZERO) != (total < ZERO)):
        number = asked.receipt.values["fbillno"]
        raise ControlError(f"{asked.amount} does not fit receipt {number}: {after} of {total} would be matched", 409)


def _settle_receipt(database: Database, asked: WriteOff) -> Row:
    """Brings the receipt's matched total up to date; returns its first row."""
    total = asked.receipt.values["frealrecamountfor"]
    after = receipt_written_off(asked.receipt) + asked.amount

    def edit(document: Document) -> None:
        _spread(document.rows["freceivebillentry"], after)
        document.values["fwrittenoffstatus"] = written_off_status(after, total)

    _rewrite(database, "AR_RECEIVEBILL", asked.receipt, edit)
    return asked.receipt.rows["freceivebillentry"][0]


def _spread(rows: list[Row], matched: Decimal) -> None:
    """The matched total over the receipt rows, from the first to the last."""
    for index, row in enumerate(rows):
        whole = row.values["frecamountfor_e"]
        part = matched if index == len(rows) - 1 else max(min(matched, whole), min(whole, ZERO))
        row.values["fwrittenoffamountfor_d"] = part
        matched -= part


def _rewrite(database: Database, form_id: str, document: Document, edit: Any) -> None:
    form = database.table(form_id).form
    stored = database.document(form_id, document.id) or document
    rewrite(database, form, stored, edit, bump="write_off" in database.settings.bumps)


def _record(database: Database, asked: WriteOff, parts: list[tuple[Row, Decimal]], entry: Row) -> Document:
    table, now = database.table("AR_MATCHRECORD"), database.now_text()
    receivable, receipt = asked.receivable, asked.receipt
    shared = {
        "fcustomerid": receivable.values.get("fcustomerid"),
        "fcurrencyid": receivable.values.get("fcurrencyid"),
        "freceivableid": receivable.id,
        "freceivablebillno": receivable.values.get("fbillno"),
        "freceiptid": receipt.id,
        "freceiptbillno": receipt.values.get("fbillno"),
        "freceiptentryid": entry.id,
    }
    rows = [
        Row(
            table.new_entry_id(),
            seq,
            shared | {"fplanentryid": row.id, "fplanseq": row.seq, "fcurwrittenoffamountfor": part},
        )
        for seq, (row, part) in enumerate(parts, 1)
    ]
    head = {
        "fbillno": table.new_number(),
        "fdate": asked.day[:10] + "T00:00:00",
        "fisreversal": asked.amount < ZERO,
        "fdocumentstatus": "C",
        "fcreatedate": now,
        "fmodifydate": now,
    }
    return Document(table.new_id(), head, {"fentity": rows})


def undo(database: Database, record: Document) -> None:
    """Takes a deleted match record out of both bills' amounts, in case a user removes it outright."""
    for row in record.rows.get("fentity", []):
        amount, plan_id = row.values["fcurwrittenoffamountfor"], row.values["fplanentryid"]
        receivable = database.document("AR_receivable", row.values["freceivableid"])
        receipt = database.document("AR_RECEIVEBILL", row.values["freceiptid"])
        if receivable is not None:
            _settle_receivable(database, _undone(receivable, receivable, amount), {plan_id: -amount})
        if receipt is not None:
            _settle_receipt(database, _undone(receipt, receipt, amount))


def _undone(receivable: Document, receipt: Document, amount: Decimal) -> WriteOff:
    return WriteOff(receivable, receipt, -amount, "", 0)
