"""The finance part of the story: receivables that tie to the ERPs' own figures, and one alert for what is overdue."""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from demo.cast import Company
from demo.hubapi import wait
from demo.roles import Amounts, Erp, Native
from demo.say import Say
from demo.stage import Stage
from demo.story import Story
from sandbox.seed.post import seed_receivables

BUCKETS = {"not_due": "not_due", "1-30": "d1_30", "31-60": "d31_60", "61-90": "d61_90", ">90": "over_90"}
OVERDUE_DAYS = 7


class Money:
    """What finance and the salesperson see."""

    def __init__(self, story: Story, today: date) -> None:
        self.story, self.today = story, today
        self.stage: Stage = story.stage
        self.say: Say = story.say
        self.company: Company = story.company
        self.api = story.api

    # --- receivables ---

    def receivables(self) -> None:
        for erp in self.company.erps:
            url = self.stage.sandboxes[erp.system].url
            made = seed_receivables(url, today=self.today, system=erp.system)
            self.say.counts(f"财务在{erp.title}里做了 / made at {erp.title} by finance", made)
        for system, entity in self.story.flows("receivable", "receipt", "settlement", of=self.company.erps):
            run = self.api.pull(system, entity)
            self.say.check(f"{system}/{entity} 读取平衡 / balanced", run["state"] == "ok", str(run["counts"])[:120])
        self.api.idle("receivables")
        for day in (self.today, self.today - timedelta(days=45)):
            self._ties(day)
        self._exported()

    def _ties(self, day: date) -> None:
        """The hub's aging against the ERPs' own figures, to the cent: per customer and bucket, and for several ERPs, which
        number customers differently, per currency and bucket."""
        theirs, ours = self._theirs(day), self._ours(day)
        apart = [(k, theirs.get(k), ours.get(k)) for k in {*theirs, *ours} if theirs.get(k, 0) != ours.get(k, 0)]
        total = sum(ours.values(), Decimal(0))
        titles = "、".join(erp.title for erp in self.company.erps)
        what = f"{day} 账龄与{titles}自己的数一致：{len(ours)} 格，合计 {total:,.2f} / aging ties to the cent"
        self.say.check(what, not apart and bool(ours), str(apart[:3]) if apart else "")

    def _theirs(self, day: date) -> Amounts:
        figures = [one for erp in self.company.erps for one in erp.owed(day)]
        return self._summed((one.customer, one.currency, one.bucket, one.amount) for one in figures)

    def _ours(self, day: date) -> Amounts:
        groups = self.api.get("/receivables", as_of=day.isoformat())["by_customer"]
        return self._summed(
            (group["number"], group["currency"], BUCKETS[bucket], Decimal(amount))
            for group in groups
            for bucket, amount in group["buckets"].items()
        )

    def _summed(self, rows: Iterable[tuple[str, str, str, Decimal]]) -> Amounts:
        """Cells that hold anything."""
        found: Amounts = {}
        for customer, currency, bucket, amount in rows:
            cell = f"{customer if len(self.company.erps) == 1 else '*'}|{currency}|{bucket}"
            found[cell] = found.get(cell, Decimal(0)) + amount
        return {cell: amount for cell, amount in found.items() if amount}

    def _exported(self) -> None:
        path = self.stage.folder / "aging.xlsx"
        self.stage.hub("receivables", "--as-of", self.today.isoformat(), "--export", str(path))
        self.say.check("账龄表导出到 Excel / aging exported to Excel", path.stat().st_size > 4000, str(path))

    # --- the alert ---

    def overdue_alert(self) -> None:
        """A receivable that fell due at an ERP goes to its salesperson's chat, once."""
        before = len(self._messages())
        due = self.today - timedelta(days=OVERDUE_DAYS)
        for erp in self.company.erps:
            self._one_alert(erp, f"AR-DEMO-OVERDUE-{erp.system.upper()}", due)
        contents = [json.dumps([m["delivered"], m["content"]], sort_keys=True) for m in self._messages()]
        doubled = [m for m, count in Counter(contents).items() if count > 1]
        self.say.check("没有一条提醒发了两次 / no alert came twice", not doubled, str(doubled[:1])[:150])
        self.say.fact(f"聊天里共 {len(contents)} 条提醒（之前 {before}）/ alerts in the chats")

    def _one_alert(self, erp: Erp, bill: str, due: date) -> None:
        saler = erp.overdue(bill, self.today - timedelta(days=60), due)
        self.api.pull(erp.system, "receivable")
        self.stage.hub("alerts", "run")
        self.stage.hub("alerts", "run")
        wait(lambda: self._about(bill), f"the alert about {bill}", 60)
        self.api.idle("alerts")
        found = self._about(bill)
        self.say.check(
            f"逾期应收 {bill} 的提醒到达业务员，恰好一次 / delivered exactly once", len(found) == 1, f"{len(found)}"
        )
        self.say.fact(f"{saler}：{json.dumps(found[0], ensure_ascii=False)[:220]}")

    def _messages(self) -> list[Native]:
        return [message for chat in self.company.chats for message in chat.messages()]

    def _about(self, bill: str) -> list[Native]:
        return [m for m in self._messages() if bill in json.dumps(m["content"], ensure_ascii=False)]
