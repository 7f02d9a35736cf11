"""用友 YonBIP in the demo: an ERP."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from demo.compare import plain_number
from demo.roles import Bill, Figure, Native, Party
from demo.stage import Stage

NATIVE = {"website": "website", "address": "address", "fax": "fax"}
AUDITED, APPROVED = 1, "2"
OWED = "1"
LIMITS = ((0, "not_due"), (30, "d1_30"), (60, "d31_60"), (90, "d61_90"))


class Yonbip:
    system, title = "yonbip", "用友"
    entities = ("employee", "product", "customer", "contact", "order", "receivable", "receipt", "settlement")
    settings: Mapping[str, Any] = {}

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def customers(self) -> Sequence[Party]:
        return [_party(row) for row in self.stage.records("yonbip", "merchant")]

    def customer(self, key: str) -> Party:
        return _party(self.stage.ask("yonbip", "records/merchant", id=key)["records"][0])

    def edit(self, key: str, **golden: str) -> None:
        values = {NATIVE[name]: value for name, value in golden.items()}
        self.stage.user_of("yonbip", "PUT", f"records/merchant/{key}", values)

    def orders(self) -> Sequence[Bill]:
        return [_bill(row) for row in self.stage.records("yonbip", "order")]

    def break_saves(self, kind: str, count: int) -> None:
        fault = {"kind": kind, "count": count, "match": {"path": "voucherorder/singleSave"}, "delay_s": 1}
        self.stage.user_of("yonbip", "POST", "faults", fault)

    def owed(self, day: date) -> list[Figure]:
        """From 用友's own documents: audited receivables until that day less what was written off until then."""
        paid: dict[str, Decimal] = {}
        for row in self.stage.records("yonbip", "writeoff"):
            if _day(row["vouchdate"]) <= day:
                code = str(row["receivable_code"])
                paid[code] = paid.get(code, Decimal(0)) + Decimal(str(row["oriSum"]))
        bills = [r for r in self.stage.records("yonbip", "receivable") if r["verifyState"] == APPROVED]
        return [
            _figure(row, day, paid.get(str(row["code"]), Decimal(0))) for row in bills if _day(row["billDate"]) <= day
        ]

    def overdue(self, number: str, dated: date, due: date) -> str:
        known = self.stage.records("yonbip", "receivable")[0]
        item = {"oriTaxIncludedAmount": "888.80", "taxRate": "13", "quickTypeCode": OWED}
        bill = {
            "code": number,
            "billDate": dated.isoformat(),
            "dueDate": due.isoformat(),
            "customer": known["customerCode"],
            "staff": known["staffCode"],
            "bodyItem": [item],
            "audited": True,
        }
        self.stage.user_of("yonbip", "POST", "records/receivable", bill)
        return str(known["staffCode"])


def _text(value: Any) -> str:
    """Names and addresses come in several languages."""
    return (
        str(value.get("simplifiedName") or value.get("zh_CN") or "") if isinstance(value, Mapping) else str(value or "")
    )


def _day(text: Any) -> date:
    return date.fromisoformat(str(text)[:10])


def _figure(row: Native, day: date, paid: Decimal) -> Figure:
    late = (day - _day(row["dueDate"])).days
    bucket = next((name for limit, name in LIMITS if late <= limit), "over_90")
    left = Decimal(str(row["oriTaxIncludedAmount"])) - paid
    return Figure(str(row["customerCode"]), str(row["oriCurrencyCode"]), bucket, left)


def _party(row: Native) -> Party:
    fields = {golden: _text(row.get(native)) for golden, native in NATIVE.items()}
    return Party(str(row["id"]), str(row["code"]), _text(row["name"]), (str(row.get("creditCode") or ""),), fields)


def _bill(row: Native) -> Bill:
    lines = sorted(
        (str(e["productCode"]), plain_number(e["qty"]), plain_number(e["oriTaxUnitPrice"])) for e in row["orderDetails"]
    )
    customer, day = str(row["agentId_code"]), str(row["vouchdate"])[:10]
    return Bill(customer, day, plain_number(row["payMoney"]), tuple(lines), row["status"] == AUDITED)
