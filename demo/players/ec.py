"""EC in the demo: the CRM."""

from collections.abc import Mapping, Sequence
from typing import Any

from demo.compare import plain_number
from demo.roles import Bill, Native, Party
from demo.stage import Stage

TAX_FIELD = "81010002"
NATIVE = {"website": "companyUrl", "address": "companyAddress", "remark": "memo", "fax": "fax"}
WON = "2"


class Ec:
    system, title = "ec", "EC"
    entities = ("employee", "product", "customer", "contact", "order")
    settings: Mapping[str, Any] = {}

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def customers(self) -> Sequence[Party]:
        return [_party(row) for row in self.stage.records("ec", "customer")]

    def customer(self, key: str) -> Party:
        return _party(self.stage.ask("ec", "records/customer", id=key)["records"][0])

    def edit(self, key: str, **golden: str) -> None:
        values = {NATIVE[name]: value for name, value in golden.items()}
        self.stage.user_of("ec", "PUT", f"records/customer/{key}", values)

    def orders(self) -> Sequence[Bill]:
        return [_bill(row) for row in self.stage.records("ec", "sale") if str(row["status"]) == WON]

    def book(self, first: int, count: int) -> None:
        sales = self.stage.records("ec", "sale")
        chosen = [(sales[number % len(sales)], number) for number in range(first, first + count)]
        self.stage.user_of("ec", "POST", "records/sale", [copy_of(sale, number) for sale, number in chosen])

    def push(self, hub: str, key: str, *, forged: bool = False) -> Native:
        token = "wrong" if forged else self.stage.sandboxes["ec"].credentials["webhook_token"]
        event = {"url": f"{hub}/webhooks/ec?token={token}", "event": "customer.update", "crmId": int(key)}
        answer: Native = self.stage.user_of("ec", "POST", "push", event)
        return answer

    def own_conflicts(self, mapping: str) -> str:
        line = "native: companyAddress\n"
        return mapping.replace(line, f"{line}    policy: manual\n", 1)


def _party(row: Native) -> Party:
    """EC keeps a company's name in `company`; a person has only `name`."""
    tax = str(row.get("fields", {}).get(TAX_FIELD) or "")
    fields = {golden: str(row.get(native) or "") for golden, native in NATIVE.items()}
    key = str(row["crmId"])
    name = str(row.get("company") or row.get("name"))
    return Party(key, key, name, (tax,), fields, company=bool(row.get("company")))


def _bill(row: Native) -> Bill:
    lines = sorted(
        (str(p["productSpecsName"]), plain_number(p["productNum"]), plain_number(p["saleMoney"]))
        for p in row["product"]
    )
    day = str(row.get("dealDate") or row["createTime"])[:10]
    return Bill(str(row["crmId"]), day, plain_number(row["money"]), tuple(lines))


def copy_of(sale: Native, number: int) -> dict[str, Any]:
    """The same sale once more under another subject and day."""
    lines = [{k: p[k] for k in p if k not in ("id", "saleId")} for p in sale["product"]]
    return {
        "crmId": sale["crmId"],
        "userId": sale["userId"],
        "status": WON,
        "projectName": f"停机期间的订单 {number}",
        "dealDate": f"2026-11-{1 + number % 20:02d} 10:00:00",
        "product": lines,
    }
