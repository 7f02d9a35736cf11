"""金蝶云星空 in the demo: an ERP."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from demo.compare import plain_number
from demo.roles import Bill, Figure, Native, Party
from demo.stage import Stage

NATIVE = {"website": "FWEBSITE", "address": "FADDRESS", "fax": "FFAX"}
BUCKETS = ("not_due", "d1_30", "d31_60", "d61_90", "over_90")
CURRENCIES = {"PRE001": "CNY", "PRE002": "HKD", "PRE003": "EUR", "PRE004": "JPY", "PRE007": "USD"}
AUDITED = "C"


class Kingdee:
    system, title = "kingdee", "金蝶"
    entities = ("employee", "product", "customer", "contact", "order", "receivable", "receipt", "settlement")
    settings: Mapping[str, Any] = {}

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def customers(self) -> Sequence[Party]:
        return [_party(row) for row in self.stage.records("kingdee", "BD_Customer")]

    def customer(self, key: str) -> Party:
        return _party(self.stage.ask("kingdee", "records/BD_Customer", id=key)["records"][0])

    def edit(self, key: str, **golden: str) -> None:
        values = {NATIVE[name]: value for name, value in golden.items()}
        self.stage.user_of("kingdee", "PUT", f"records/BD_Customer/{key}?force=true", values)

    def orders(self) -> Sequence[Bill]:
        return [_bill(row) for row in self.stage.records("kingdee", "SAL_SaleOrder")]

    def break_saves(self, kind: str, count: int) -> None:
        fault = {"kind": kind, "count": count, "match": {"path": "BatchSave"}, "delay_s": 1}
        self.stage.user_of("kingdee", "POST", "faults", fault)

    def owed(self, day: date) -> list[Figure]:
        """金蝶's own report per customer and bucket."""
        rows = self.stage.ask("kingdee", "records/_finance", as_of=day.isoformat())["rows"]
        return [
            Figure(str(row["customer"]), CURRENCIES[row["currency"]], bucket, Decimal(str(row[bucket])))
            for row in rows
            for bucket in BUCKETS
        ]

    def overdue(self, number: str, dated: date, due: date) -> str:
        known = self.stage.records("kingdee", "AR_receivable")[0]
        line = known["FEntityDetail"][0]
        bill = {
            "FBillNo": number,
            "FDATE": dated.isoformat(),
            "FENDDATE_H": due.isoformat(),
            "FCUSTOMERID": known["FCUSTOMERID.FNumber"],
            "FSALEERID": known["FSALEERID.FNumber"],
            "FEntityDetail": [
                {
                    "FMATERIALID": line["FMATERIALID.FNumber"],
                    "FPriceQty": "10",
                    "FTaxPrice": "88.88",
                    "FEntryTaxRate": "13",
                }
            ],
            "audited": True,
        }
        self.stage.user_of("kingdee", "POST", "records/AR_receivable", bill)
        return str(known["FSALEERID.FNumber"])


def _party(row: Native) -> Party:
    codes = (str(row["FSOCIALCRECODE"] or ""), str(row["FTAXREGISTERCODE"] or ""))
    fields = {golden: str(row.get(native) or "") for golden, native in NATIVE.items()}
    return Party(str(row["FCUSTID"]), str(row["FNumber"]), str(row["FName"]), codes, fields)


def _bill(row: Native) -> Bill:
    lines = sorted(
        (str(e["FMaterialId.FNumber"]), plain_number(e["FQty"]), plain_number(e["FTaxPrice"]))
        for e in row["FSaleOrderEntry"]
    )
    customer, day = str(row["FCustId.FNumber"]), str(row["FDate"])[:10]
    return Bill(customer, day, plain_number(row["FBillAllAmount"]), tuple(lines), row["FDocumentStatus"] == AUDITED)
