"""What a form fills in by itself when a value is typed or left out: units, organizations, business partners, plans."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from sandbox.kingdee.amounts import TYPED_DISCOUNT
from sandbox.kingdee.database import Database
from sandbox.kingdee.documents import Document, Row


@dataclass(frozen=True)
class Actor:
    """Who acts: user and current organization as internal ids, language, and whether through the API or as a user."""

    user_id: int
    org_id: int
    lcid: int = 2052
    via_api: bool = True
    force: bool = False


def follow_values(form_id: str, document: Document) -> None:
    """Value-change events that always run: they never replace what was sent."""
    hook = _FOLLOW.get(form_id)
    if hook is not None:
        hook(document)


def fill_required(database: Database, form_id: str, document: Document, actor: Actor) -> None:
    """What a person finds filled in on a new form; under strict_required the API is checked before."""
    hook = _FILL.get(form_id)
    if hook is not None:
        hook(database, document, actor)


def _set_missing(document: Document, **values: object) -> None:
    for key, value in values.items():
        if document.values.get(key) in (None, "", 0):
            document.values[key] = value


def _set_row_missing(row: Row, **values: object) -> None:
    for key, value in values.items():
        if row.values.get(key) in (None, "", 0):
            row.values[key] = value


def note_typed_discount(row: Row, sent: set[str]) -> None:
    """Remembers whether the discount was typed as an amount or as a rate; the last one typed counts."""
    if "fdiscountrate" in sent:
        row.values.pop(TYPED_DISCOUNT, None)
    elif "fdiscount" in sent:
        row.values[TYPED_DISCOUNT] = row.values.get("fdiscount")
        row.values["fdiscountrate"] = None


def _follow_base_data(document: Document) -> None:
    _set_missing(document, fuseorgid=document.values.get("fcreateorgid"))


def _follow_order(document: Document) -> None:
    customer = document.values.get("fcustid")
    _set_missing(document, freceiveid=customer, fsettleid=customer, fchargeid=customer)


def _follow_receivable(document: Document) -> None:
    customer = document.values.get("fcustomerid")
    _set_missing(document, forderid=customer, ftransferid=customer, fchargeid=customer)


def _follow_receipt(document: Document) -> None:
    _set_missing(document, fpayunit=document.values.get("fcontactunit"), fsettlecur=document.values.get("fcurrencyid"))


def _fill_customer(database: Database, document: Document, actor: Actor) -> None:
    _set_missing(document, fcreateorgid=actor.org_id, ftradingcurrid=database.find("BD_Currency", "PRE001"))
    _follow_base_data(document)


def _fill_material(database: Database, document: Document, actor: Actor) -> None:
    _set_missing(document, fcreateorgid=actor.org_id, fbaseunitid=database.find("BD_UNIT", "Pcs"))
    _follow_base_data(document)


def _fill_order(database: Database, document: Document, actor: Actor) -> None:
    _set_missing(
        document,
        fbilltypeid=database.find("BOS_BillType", "XSDD01_SYS"),
        fdate=database.today_text(),
        fsaleorgid=actor.org_id,
        fsettlecurrid=database.find("BD_Currency", "PRE001"),
        fexchangetypeid=database.find("BD_RATETYPE", "HLTX01_SYS"),
    )
    for row in document.rows.get("fsaleorderentry", []):
        _fill_order_row(database, document, row)


def _fill_order_row(database: Database, document: Document, row: Row) -> None:
    sold_in = _unit_of(database, row.values.get("fmaterialid"))
    due = document.values.get("fdate")
    _set_row_missing(row, funitid=sold_in, fdeliverydate=due, freservetype="1", foutlmtunit="SAL")
    unit = row.values.get("funitid")
    org = document.values.get("fsaleorgid")
    _set_row_missing(row, fpriceunitid=unit, fstockunitid=unit, fsettleorgids=org, fstockorgid=org, fownerid=org)


def _unit_of(database: Database, material_id: object) -> int:
    material = database.document("BD_MATERIAL", material_id)
    found = material.values.get("fsaleunitid") or material.values.get("fbaseunitid") if material else 0
    return int(found or 0)


def _fill_receivable(database: Database, document: Document, actor: Actor) -> None:
    currency = database.find("BD_Currency", "PRE001")
    _set_missing(document, fdate=database.today_text(), fcurrencyid=currency, fsettleorgid=actor.org_id)
    _set_missing(
        document,
        fbilltypeid=database.find("BOS_BillType", "YSD01_SYS"),
        fpayorgid=document.values["fsettleorgid"],
        faccnttimejudgetime=document.values["fdate"],
        fmainbookstdcurrid=currency,
        fexchangetype=database.find("BD_RATETYPE", "HLTX01_SYS"),
        fenddate_h=_last_due(document) or document.values["fdate"],
    )


def _last_due(document: Document) -> str:
    dates = [row.values.get("fenddate") for row in document.rows.get("fentityplan", [])]
    return max((str(item) for item in dates if item), default="")


def complete_plan(database: Database, document: Document) -> None:
    """A receivable without instalments gets one over the whole amount, due on the head's due date, in place."""
    rows = document.rows.setdefault("fentityplan", [])
    if not rows:
        entry_id = database.table("AR_receivable").new_entry_id()
        rows.append(Row(entry_id, 1, {"fpayrate": Decimal(100)}))
    for row in rows:
        _set_row_missing(row, fenddate=document.values.get("fenddate_h"))


def _fill_receipt(database: Database, document: Document, actor: Actor) -> None:
    currency = database.find("BD_Currency", "PRE001")
    _set_missing(
        document,
        fbilltypeid=database.find("BOS_BillType", "SKDLX01_SYS"),
        fdate=database.today_text(),
        fcurrencyid=currency,
        fsettleorgid=actor.org_id,
        fpayorgid=actor.org_id,
        fsettlemainbookid=currency,
    )
    _follow_receipt(document)


_FOLLOW: dict[str, Callable[[Document], None]] = {
    "BD_Customer": _follow_base_data,
    "BD_MATERIAL": _follow_base_data,
    "SAL_SaleOrder": _follow_order,
    "AR_receivable": _follow_receivable,
    "AR_RECEIVEBILL": _follow_receipt,
}
_FILL: dict[str, Callable[[Database, Document, Actor], None]] = {
    "BD_Customer": _fill_customer,
    "BD_MATERIAL": _fill_material,
    "SAL_SaleOrder": _fill_order,
    "AR_receivable": _fill_receivable,
    "AR_RECEIVEBILL": _fill_receipt,
}
