"""Receivables pulled through the real connector tie to the ERP's own figures, to the cent, today and on past days."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest

from connectors.kingdee import CONNECTOR
from hub.finance.aging import AgingReport, aging
from hub.finance.export import to_xlsx
from hub.finance.forecast import forecast
from hub.finance.tie_out import tie_out
from hub.store.scope import Scope
from sandbox.core.start import start_sandbox
from tests.e2e.small_hub import SmallHub

D = Decimal
TODAY = date(2026, 11, 21)
CUSTOMERS = [f"C{n:02d}" for n in range(1, 13)]
SALERS = [f"YG{n}_GW1_1" for n in range(1, 5)]
CURRENCIES = {"PRE001": "CNY", "PRE007": "USD", "PRE004": "JPY"}
KEYS = {"not_due": "not_due", "1-30": "d1_30", "31-60": "d31_60", "61-90": "d61_90", ">90": "over_90"}
ENTITIES = ("employee", "customer", "receivable", "receipt", "settlement")
Key = tuple[str, str, str]


class Erp:
    """Users of the ERP, seeded: what they book is different for every document and the same in every run."""

    def __init__(self, url: str) -> None:
        self.web = httpx.Client(base_url=url, timeout=60, trust_env=False)
        self.dice = random.Random("finance ties")

    def put(self, form: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        answer = self.web.post(f"/_sandbox/records/{form}", json=rows)
        assert answer.status_code == 200, answer.text
        made: list[dict[str, Any]] = answer.json()["records"]
        return made

    def figures(self, as_of: date) -> dict[str, Any]:
        found: dict[str, Any] = self.web.get("/_sandbox/records/_finance", params={"as_of": as_of.isoformat()}).json()
        return found

    def day(self, back: int = 400) -> date:
        return TODAY - timedelta(days=self.dice.randint(0, back))

    def amount(self, currency: str) -> Decimal:
        return D(self.dice.randint(1, 90_000)) if currency == "PRE004" else D(self.dice.randint(1, 9_000_000)) / 100

    def seed(self) -> None:
        self.put("BD_Saler", [{"FNumber": number, "FName": f"业务员{number}"} for number in SALERS])
        self.put("BD_Customer", [{"FNumber": n, "FName": f"客户{n}有限公司", "audited": True} for n in CUSTOMERS])
        self.put("BD_MATERIAL", [{"FNumber": "M1", "FName": "物料一", "audited": True}])
        bills = self.put("AR_receivable", [self.receivable(n) for n in range(300)])
        receipts = self.put("AR_RECEIVEBILL", [self.receipt(bill) for bill in bills[:220]])
        self.match(bills, receipts)

    def receivable(self, n: int) -> dict[str, Any]:
        currency = self.dice.choice(["PRE001", "PRE001", "PRE007", "PRE004"])
        start, total = self.day(), self.amount(currency)
        rates = self.dice.choice([(100,), (100,), (30, 70), (20, 30, 50)])
        plan = [
            {"FENDDATE": (start + timedelta(days=30 * place + 15)).isoformat(), "FPAYRATE": str(rate)}
            for place, rate in enumerate(rates)
        ]
        return {
            "FBillNo": f"AR{n:04d}",
            "FDATE": start.isoformat(),
            "FENDDATE_H": plan[-1]["FENDDATE"],
            "FCUSTOMERID": self.dice.choice(CUSTOMERS),
            "FSALEERID": self.dice.choice(SALERS),
            "FCURRENCYID": currency,
            "FEntityDetail": [{"FMATERIALID": "M1", "FPriceQty": 1, "FTaxPrice": f"{total:f}", "FEntryTaxRate": 13}],
            "FEntityPlan": plan,
            "audited": n % 25 != 7,
        }

    def receipt(self, bill: dict[str, Any]) -> dict[str, Any]:
        whole = D(bill["FALLAMOUNTFOR"])
        amount = whole if self.dice.random() < 0.5 else whole + D(1000)
        return {
            "FDATE": (date.fromisoformat(bill["FDATE"][:10]) + timedelta(days=self.dice.randint(0, 60))).isoformat(),
            "FCONTACTUNIT": bill["FCUSTOMERID.FNumber"],
            "FSALEERID": bill["FSALEERID.FNumber"],
            "FCURRENCYID": bill["FCURRENCYID.FNumber"],
            "FRECEIVEBILLENTRY": [{"FRECTOTALAMOUNTFOR": f"{amount:f}"}],
            "audited": True,
        }

    def match(self, bills: list[dict[str, Any]], receipts: list[dict[str, Any]]) -> None:
        """Whole, part, one instalment, and taken back again: some with a later date than today."""
        rows: list[dict[str, Any]] = []
        for bill, receipt in zip(bills, receipts, strict=False):
            if bill["FDOCUMENTSTATUS"] != "C":
                continue
            made = self.one_match(bill, receipt)
            rows.append(made)
            if self.dice.random() < 0.25:
                back = date.fromisoformat(made["date"]) + timedelta(days=self.dice.randint(0, 40))
                rows.append({**made, "amount": f"-{made['amount']}", "date": back.isoformat()})
        self.put("AR_MATCHRECORD", rows)

    def one_match(self, bill: dict[str, Any], receipt: dict[str, Any]) -> dict[str, Any]:
        plan = bill["FEntityPlan"]
        chosen = {"receivable": bill["FBillNo"], "receipt": receipt["FBILLNO"], "date": receipt["FDATE"][:10]}
        throw = self.dice.random()
        if throw < 0.4:
            return {**chosen, "amount": bill["FALLAMOUNTFOR"]}
        if throw < 0.7:
            seq = self.dice.randint(1, len(plan))
            return {**chosen, "amount": plan[seq - 1]["FPAYAMOUNTFOR"], "plan_row": seq}
        digits = 0 if bill["FCURRENCYID.FNumber"] == "PRE004" else 2
        part = max(D(1), round(D(bill["FALLAMOUNTFOR"]) * self.dice.randint(10, 90) / 100, digits))
        return {**chosen, "amount": f"{min(part, D(bill['FALLAMOUNTFOR'])):f}"}


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Erp, SmallHub]]:
    with start_sandbox("kingdee") as running:
        erp = Erp(running.url)
        erp.seed()
        hub = SmallHub(tmp_path_factory.mktemp("finance"), {"kingdee": CONNECTOR})
        known = {name: value for name, value in running.credentials.items() if name in CONNECTOR.config.model_fields}
        at = hub.connect("erp", "kingdee", {**known, "auth": "validate_user"})
        for entity in ENTITIES:
            hub.pull(at, entity, full=True)
        yield erp, hub
        hub.close()
        erp.web.close()


def stated(rows: list[dict[str, str]]) -> dict[Key, dict[str, Decimal]]:
    """The ERP's own words, without groups in which nothing is open."""
    found = {}
    for row in rows:
        amounts = {name: D(value) for name, value in row.items() if name not in ("customer", "saler", "currency")}
        if any(amounts.values()):
            found[(row["customer"], row["saler"], CURRENCIES[row["currency"]])] = amounts
    return found


def ours(report: AgingReport) -> dict[Key, dict[str, Decimal]]:
    found: dict[Key, dict[str, Decimal]] = {}
    for item in report.items:
        key = (item.customer.number, item.owner.number, item.currency)
        amounts = found.setdefault(key, {name: D(0) for name in (*KEYS.values(), "total")})
        amounts[KEYS[report.bucket(item).key]] += item.outstanding
        amounts["total"] += item.outstanding
    return found


@pytest.mark.parametrize("back", [0, 45, 200])
def test_every_customer_salesperson_and_bucket_ties(books: tuple[Erp, SmallHub], back: int) -> None:
    erp, hub = books
    day = TODAY - timedelta(days=back)
    theirs = stated(erp.figures(day)["rows"])
    assert len(theirs) > 20
    assert ours(aging(hub.db, day)) == theirs


@pytest.mark.parametrize("back", [0, 45, 200])
def test_totals_and_advances_tie(books: tuple[Erp, SmallHub], back: int) -> None:
    erp, hub = books
    day = TODAY - timedelta(days=back)
    report, theirs = aging(hub.db, day), erp.figures(day)
    totals = {CURRENCIES[row["currency"]]: D(row["total"]) for row in theirs["totals"] if D(row["total"])}
    assert {group.currency: group.total for group in report.totals if group.total} == totals
    unmatched: dict[Key, Decimal] = {}
    for one in report.advances:
        key = (one.customer.number, one.owner.number, one.currency)
        unmatched[key] = unmatched.get(key, D(0)) + one.unmatched
    wanted = {key: amounts["unmatched"] for key, amounts in stated(theirs["receipts"]).items()}
    assert {key: amount for key, amount in unmatched.items() if amount} == {
        key: amount for key, amount in wanted.items() if amount
    }


def test_the_figures_the_erp_states_on_its_documents_tie_too(books: tuple[Erp, SmallHub]) -> None:
    _erp, hub = books
    assert [row.as_json() for row in tie_out(hub.db)] == []
    assert aging(hub.db, TODAY).oddities == []


def test_one_salesperson_sees_what_the_own_customers_owe(books: tuple[Erp, SmallHub]) -> None:
    _erp, hub = books
    assert aging(hub.db, TODAY, Scope(employee_id=None)).items == []


def test_the_workbook_adds_up_to_the_erps_totals(books: tuple[Erp, SmallHub], tmp_path: Path) -> None:
    erp, hub = books
    to_xlsx(aging(hub.db, TODAY), tmp_path / "aging.xlsx")
    heads, *rows = list(openpyxl.load_workbook(tmp_path / "aging.xlsx")["账龄(客户)"].iter_rows(values_only=True))
    sums: dict[str, Decimal] = {}
    for row in (dict(zip(heads, row, strict=True)) for row in rows):
        if row["客户编码"]:
            sums[row["币别"]] = sums.get(row["币别"], D(0)) + D(str(row["未收合计"]))
    assert sums == {CURRENCIES[row["currency"]]: D(row["total"]) for row in erp.figures(TODAY)["totals"]}


def test_expected_cash_is_everything_outstanding(books: tuple[Erp, SmallHub]) -> None:
    _erp, hub = books
    totals = {group.currency: group.total for group in aging(hub.db, TODAY).totals}
    for one in forecast(hub.db, TODAY).currencies:
        assert sum(one.weeks.values(), one.overdue + one.later + one.undated) == totals[one.currency]
