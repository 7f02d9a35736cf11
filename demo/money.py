"""The finance part of the story: receivables that tie to the ERP's own figures, and one alert for what is overdue."""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from demo.hubapi import wait
from demo.say import Say
from demo.stage import Stage
from sandbox.seed.post import seed_receivables

Amounts = dict[str, Decimal]
BUCKETS = {"not_due": "not_due", "1-30": "d1_30", "31-60": "d31_60", "61-90": "d61_90", ">90": "over_90"}
CURRENCIES = {"PRE001": "CNY", "PRE002": "HKD", "PRE003": "EUR", "PRE004": "JPY", "PRE007": "USD"}
OVERDUE_DAYS = 7


class Money:
    """What finance and the salesperson see."""

    def __init__(self, stage: Stage, say: Say, today: date) -> None:
        self.stage, self.say, self.today = stage, say, today
        self.api = stage.api

    # --- receivables ---

    def receivables(self) -> None:
        made = seed_receivables(self.stage.sandboxes["kingdee"].url, today=self.today)
        self.say.counts("财务在金蝶里做了 / made at 金蝶 by finance", made)
        for entity in ("receivable", "receipt", "settlement"):
            run = self.api.pull("kingdee", entity)
            self.say.check(f"{entity} 读取平衡 / balanced", run["state"] == "ok", str(run["counts"])[:120])
        self.api.idle("receivables", timeout=60)
        for day in (self.today, self.today - timedelta(days=45)):
            self._ties(day)
        self._exported()

    def _ties(self, day: date) -> None:
        """The hub's aging against the ERP's own figures, per customer and bucket, to the cent."""
        erp = self.stage.ask("kingdee", "records/_finance", as_of=day.isoformat())
        hub = self.api.get("/receivables", as_of=day.isoformat())
        theirs, ours = _erp_cells(erp), _hub_cells(hub)
        apart = [(k, theirs.get(k), ours.get(k)) for k in {*theirs, *ours} if theirs.get(k, 0) != ours.get(k, 0)]
        total = sum(ours.values(), Decimal(0))
        what = f"{day} 账龄与金蝶自己的数一致：{len(ours)} 格，合计 {total:,.2f} / aging ties to the cent"
        self.say.check(what, not apart and bool(ours), str(apart[:3]) if apart else "")

    def _exported(self) -> None:
        path = self.stage.folder / "aging.xlsx"
        self.stage.hub("receivables", "--as-of", self.today.isoformat(), "--export", str(path))
        self.say.check("账龄表导出到 Excel / aging exported to Excel", path.stat().st_size > 4000, str(path))

    # --- the alert ---

    def overdue_alert(self) -> None:
        """A receivable that fell due goes to its salesperson's chat, once."""
        before = self._messages()
        bill, saler = self._overdue_bill()
        self.api.pull("kingdee", "receivable")
        self.stage.hub("alerts", "run")
        self.stage.hub("alerts", "run")
        found = wait(lambda: self._messages_about(bill), f"the alert about {bill}", 60)
        self.api.idle("alerts", timeout=30)
        found = self._messages_about(bill)
        self.say.check(
            f"逾期应收 {bill} 的提醒到达业务员，恰好一次 / delivered exactly once", len(found) == 1, f"{len(found)}"
        )
        text = json.dumps(found[0], ensure_ascii=False)
        self.say.fact(f"{saler}：{text[:220]}")
        doubled = [m for m, count in Counter(self._contents()).items() if count > 1]
        self.say.check("没有一条提醒发了两次 / no alert came twice", not doubled, str(doubled[:1])[:150])
        self.say.fact(f"聊天里共 {self._messages()} 条提醒（之前 {before}）/ alerts in the chats")

    def _overdue_bill(self) -> tuple[str, str]:
        """As a finance user of 金蝶: a receivable of an existing customer that fell due seven days ago."""
        known = self.stage.records("kingdee", "AR_receivable")[0]
        line = known["FEntityDetail"][0]
        due = (self.today - timedelta(days=OVERDUE_DAYS)).isoformat()
        bill = {
            "FBillNo": "AR-DEMO-OVERDUE",
            "FDATE": (self.today - timedelta(days=60)).isoformat(),
            "FENDDATE_H": due,
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
        return "AR-DEMO-OVERDUE", str(known["FSALEERID.FNumber"])

    def _journal(self) -> list[Mapping[str, Any]]:
        return self.stage.journal("wecom", kind="message")

    def _messages(self) -> int:
        return len(self._journal())

    def _contents(self) -> list[str]:
        return [
            json.dumps([m["data"]["delivered"], m["data"]["content"]], ensure_ascii=False, sort_keys=True)
            for m in self._journal()
        ]

    def _messages_about(self, bill: str) -> list[Mapping[str, Any]]:
        return [m["data"] for m in self._journal() if bill in json.dumps(m["data"]["content"], ensure_ascii=False)]


def _erp_cells(figures: Mapping[str, Any]) -> Amounts:
    """(customer number, currency, bucket) -> outstanding, as the ERP computes it."""
    cells: Counter[str] = Counter()
    found: Amounts = {}
    for row in figures["rows"]:
        for bucket in BUCKETS.values():
            key = f"{row['customer']}|{CURRENCIES[row['currency']]}|{bucket}"
            found[key] = found.get(key, Decimal(0)) + Decimal(str(row[bucket]))
            cells[key] += 1
    return {key: amount for key, amount in found.items() if amount}


def _hub_cells(report: Mapping[str, Any]) -> Amounts:
    found: Amounts = {}
    for group in report["by_customer"]:
        for bucket, amount in group["buckets"].items():
            key = f"{group['number']}|{group['currency']}|{BUCKETS[bucket]}"
            found[key] = found.get(key, Decimal(0)) + Decimal(amount)
    return {key: amount for key, amount in found.items() if amount}
