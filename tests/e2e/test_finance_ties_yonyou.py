"""Receivables pulled from YonBIP tie to the balances on its own documents, to the cent; past days to what was written off."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from connectors.yonyou.yonbip import CONNECTOR
from hub.finance.aging import aging
from hub.finance.tie_out import tie_out
from sandbox.core.start import start_sandbox
from tests.e2e.small_hub import SmallHub

D = Decimal
TODAY = date(2026, 11, 21)
CUSTOMERS = [f"C{n:02d}" for n in range(1, 7)]
STAFF = [f"YG{n}" for n in range(1, 4)]
Key = tuple[str, str, str]


class Erp:
    """Users of the ERP: what they book is different for every document and the same in every run."""

    def __init__(self, url: str) -> None:
        self.web = httpx.Client(base_url=url, timeout=60, trust_env=False)
        self.dice = random.Random("finance ties of yonbip")
        self.written_off: list[dict[str, Any]] = []

    def put(self, kind: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        answer = self.web.post(f"/_sandbox/records/{kind}", json=rows)
        assert answer.status_code == 200, answer.text
        made: list[dict[str, Any]] = answer.json(parse_float=Decimal)["records"]
        return made

    def all(self, kind: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.web.get(f"/_sandbox/records/{kind}").json(parse_float=Decimal)["records"]
        return rows

    def seed(self) -> None:
        self.put("staff", [{"code": code, "name": f"业务员{code}"} for code in STAFF])
        self.put("merchant", [{"code": code, "name": f"客户{code}有限公司"} for code in CUSTOMERS])
        self.put("receivable", [self.receivable(n) for n in range(90)])
        bills = [bill for bill in self.all("receivable") if bill["verifyState"] == "2"][:60]
        self.put("collection", [self.receipt(n, bill) for n, bill in enumerate(bills)])
        for n, bill in enumerate(bills):
            self.settle(f"SK{n:04d}", bill)
        self.put("writeoff", self.written_off)

    def receivable(self, n: int) -> dict[str, Any]:
        start = TODAY - timedelta(days=self.dice.randint(0, 300))
        total = D(self.dice.randint(1, 9_000_000)) / 100
        return {
            "code": f"AR{n:04d}",
            "billDate": start.isoformat(),
            "dueDate": (start + timedelta(days=30)).isoformat(),
            "customer": self.dice.choice(CUSTOMERS),
            "staff": self.dice.choice(STAFF),
            "oriCurrencyCode": self.dice.choice(["CNY", "CNY", "USD"]),
            "exchangeRate": "1",
            "bodyItem": [{"oriTaxIncludedAmount": f"{total:f}", "taxRate": "13"}],
            "audited": n % 15 != 7,
        }

    def receipt(self, n: int, bill: dict[str, Any]) -> dict[str, Any]:
        day = date.fromisoformat(bill["billDate"][:10]) + timedelta(days=self.dice.randint(0, 40))
        amount = D(str(bill["oriTaxIncludedAmount"])) + self.dice.choice([D(0), D("1000.07")])
        same = {
            "customer": bill["customerCode"],
            "staff": bill["staffCode"],
            "oriCurrencyCode": bill["oriCurrencyCode"],
        }
        row = {"oriTaxIncludedAmount": f"{amount:f}"}
        return {**same, "code": f"SK{n:04d}", "billDate": day.isoformat(), "bodyItem": [row], "audited": True}

    def settle(self, receipt: str, bill: dict[str, Any]) -> None:
        """In whole, in part, and taken back again by a row of its own."""
        whole = D(str(bill["oriTaxIncludedAmount"]))
        part = max(D("0.01"), round(whole * self.dice.randint(10, 100) / 100, 2))
        day = date.fromisoformat(bill["billDate"][:10]) + timedelta(days=self.dice.randint(40, 60))
        row = {"receivable": bill["code"], "receipt": receipt, "amount": f"{part:f}", "date": day.isoformat()}
        self.written_off.append(row)
        if self.dice.random() < 0.25:
            back = (day + timedelta(days=20)).isoformat()
            self.written_off.append({**row, "amount": f"-{part:f}", "date": back})


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Erp, SmallHub]]:
    with start_sandbox("yonbip") as running:
        erp = Erp(running.url)
        erp.seed()
        hub = SmallHub(tmp_path_factory.mktemp("finance"), {"yonbip": CONNECTOR})
        at = hub.connect("erp", "yonbip", running.credentials)
        for entity in ("employee", "customer", "receivable", "receipt", "settlement"):
            hub.pull(at, entity, full=True)
        yield erp, hub
        hub.close()
        erp.web.close()


def summed(rows: list[tuple[Key, Decimal]]) -> dict[Key, Decimal]:
    found: dict[Key, Decimal] = {}
    for key, amount in rows:
        found[key] = found.get(key, D(0)) + amount
    return {key: amount for key, amount in found.items() if amount}


def key_of(bill: dict[str, Any]) -> Key:
    return bill["customerCode"], bill["staffCode"], bill["oriCurrencyCode"]


def ours(hub: SmallHub, day: date) -> dict[Key, Decimal]:
    items = aging(hub.db, day).items
    return summed([((item.customer.number, item.owner.number, item.currency), item.outstanding) for item in items])


def test_what_is_open_ties_to_the_balances_on_the_documents(books: tuple[Erp, SmallHub]) -> None:
    erp, hub = books
    bills = [bill for bill in erp.all("receivable") if bill["verifyState"] == "2"]
    theirs = summed([(key_of(bill), D(str(bill["oriBalance"]))) for bill in bills])
    assert len(theirs) > 10
    assert ours(hub, date(2027, 12, 31)) == theirs


@pytest.mark.parametrize("back", [0, 60, 150])
def test_past_days_tie_to_what_was_written_off_until_then(books: tuple[Erp, SmallHub], back: int) -> None:
    erp, hub = books
    day = TODAY - timedelta(days=back)
    open_then: list[tuple[Key, Decimal]] = []
    for bill in erp.all("receivable"):
        if bill["verifyState"] == "2" and date.fromisoformat(bill["billDate"][:10]) <= day:
            settled = [one for one in erp.written_off if one["receivable"] == bill["code"]]
            until = sum((D(one["amount"]) for one in settled if date.fromisoformat(one["date"]) <= day), D(0))
            open_then.append((key_of(bill), D(str(bill["oriTaxIncludedAmount"])) - until))
    assert len(open_then) > 20
    assert ours(hub, day) == summed(open_then)


def test_the_figures_the_erp_states_on_its_documents_tie_too(books: tuple[Erp, SmallHub]) -> None:
    _erp, hub = books
    assert [row.as_json() for row in tie_out(hub.db)] == []
    assert aging(hub.db, TODAY).oddities == []
