"""Puts generated records into running sandboxes through their control interface, thousands in a call."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from sandbox.seed import kingdee
from sandbox.seed.ec import ec_records
from sandbox.seed.model import World
from sandbox.seed.receivables import Receipt, Receivable, make_receivables
from sandbox.seed.wecom import wecom_records

Record = dict[str, Any]
PER_CALL = 1000
TIMEOUT_S = 120.0


class SeedError(Exception):
    """A sandbox did not take what was generated; the text names the object and the sandbox's reason."""


class Desk:
    """The control interface of one sandbox."""

    def __init__(self, url: str) -> None:
        self._web = httpx.Client(base_url=url, timeout=TIMEOUT_S, trust_env=False, verify=url.startswith("https"))

    def __enter__(self) -> "Desk":
        return self

    def __exit__(self, *_exc: object) -> None:
        self._web.close()

    def put_all(self, records: Mapping[str, list[Record]]) -> dict[str, int]:
        """Makes records by object, in order; how many of each. SeedError with the sandbox's reason."""
        return {name: len(self.put(name, rows)) for name, rows in records.items()}

    def put(self, name: str, rows: list[Record]) -> list[Record]:
        """Makes records of one object and returns them as the sandbox stored them."""
        return [made for part in _parts(rows) for made in self._post(name, part)]

    def all(self, name: str) -> Iterator[Record]:
        """Every record of an object, read page by page."""
        offset, total = 0, 1
        while offset < total:
            query = {"limit": PER_CALL, "offset": offset}
            page = self._checked(self._web.get(f"/_sandbox/records/{name}", params=query), name)
            yield from page["records"]
            offset, total = offset + PER_CALL, page["total"]

    def today(self) -> date:
        """The sandbox's day in Shanghai."""
        now = self._checked(self._web.get("/_sandbox/health"), "health")["now"]
        return datetime.fromisoformat(now).astimezone(ZoneInfo("Asia/Shanghai")).date()

    def _post(self, name: str, rows: list[Record]) -> list[Record]:
        reply = self._web.post(f"/_sandbox/records/{name}", json=rows)
        made: list[Record] = self._checked(reply, name)["records"]
        return made

    @staticmethod
    def _checked(reply: httpx.Response, name: str) -> Record:
        if not reply.is_success:
            raise SeedError(f"{name}: HTTP {reply.status_code} {reply.text[:500]}")
        body: Record = reply.json()
        return body


def seed_ec(world: World, url: str) -> dict[str, int]:
    """The CRM side of the world into an EC sandbox; counts by object."""
    with Desk(url) as desk:
        return desk.put_all(ec_records(world))


def seed_kingdee(world: World, url: str) -> dict[str, int]:
    """The ERP side of the world, without documents, into a 金蝶 sandbox; counts by form."""
    with Desk(url) as desk:
        return desk.put_all(kingdee.kingdee_records(world))


def seed_wecom(world: World, url: str) -> dict[str, int]:
    """The salespeople into a 企业微信 sandbox; counts by object."""
    with Desk(url) as desk:
        return desk.put_all(wecom_records(world))


def seed_receivables(url: str, *, seed: int = 1, today: date | None = None) -> dict[str, int]:
    """What 金蝶's users do about the audited orders there: receivables, receipts, write-offs; counts by form.

    Orders that have a receivable already (by source number) are left alone, so it may run again later.
    """
    with Desk(url) as desk:
        day = today or desk.today()
        known = {row["FSourceBillNo"] for row in desk.all("AR_receivable")}
        facts = [fact for fact in kingdee.order_facts(desk.all("SAL_SaleOrder")) if fact.number not in known]
        owed = list(make_receivables(facts, day, seed))
        bills = desk.put("AR_receivable", [kingdee.receivable_record(one) for one in owed])
        paid = [
            (bill["FBillNo"], one, receipt) for bill, one in zip(bills, owed, strict=True) for receipt in one.receipts
        ]
        receipts = desk.put("AR_RECEIVEBILL", [kingdee.receipt_record(one, receipt) for _, one, receipt in paid])
        matches = _matches(paid, receipts)
        desk.put("AR_MATCHRECORD", matches)
    return {"AR_receivable": len(bills), "AR_RECEIVEBILL": len(receipts), "AR_MATCHRECORD": len(matches)}


def _matches(paid: list[tuple[str, Receivable, Receipt]], receipts: list[Record]) -> list[Record]:
    return [
        kingdee.match_record(bill, made["FBILLNO"], receipt)
        for (bill, _, receipt), made in zip(paid, receipts, strict=True)
        if receipt.matched
    ]


def _parts(rows: list[Record]) -> Iterable[list[Record]]:
    return (rows[start : start + PER_CALL] for start in range(0, len(rows), PER_CALL))
