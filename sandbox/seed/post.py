"""Puts generated records into running sandboxes through their control interface, thousands in a call."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from sandbox.seed import kingdee, yonyou
from sandbox.seed.dingtalk import dingtalk_records
from sandbox.seed.ec import ec_records
from sandbox.seed.model import World
from sandbox.seed.receivables import Books, Receipt, make_receivables
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


def seed_dingtalk(world: World, url: str) -> dict[str, int]:
    """The salespeople and their manager into a 钉钉 sandbox; counts by object."""
    with Desk(url) as desk:
        return desk.put_all(dingtalk_records(world))


def seed_yonbip(world: World, url: str) -> dict[str, int]:
    """The ERP side of the world, without documents, into a YonBIP sandbox; counts by object."""
    with Desk(url) as desk:
        return desk.put_all(yonyou.yonbip_records(world))


def seed_u8(world: World, url: str) -> dict[str, int]:
    """The ERP side of the world, without documents, into a U8 sandbox; counts by resource."""
    with Desk(url) as desk:
        return desk.put_all(yonyou.u8_records(world))


SEEDS: dict[str, Callable[[World, str], dict[str, int]]] = {
    "dingtalk": seed_dingtalk,
    "ec": seed_ec,
    "kingdee": seed_kingdee,
    "u8": seed_u8,
    "wecom": seed_wecom,
    "yonbip": seed_yonbip,
}
BOOKS = {"kingdee": kingdee.BOOKS, "u8": yonyou.U8_BOOKS, "yonbip": yonyou.YONBIP_BOOKS}


def seed_receivables(url: str, *, seed: int = 1, today: date | None = None, system: str = "kingdee") -> dict[str, int]:
    """What an ERP's users do about the audited orders there: receivables, receipts, write-offs; counts by object.

    Orders that have a receivable already (by source number) are left alone, so it may run again later. `system` is
    a key of BOOKS.
    """
    books = BOOKS[system]
    with Desk(url) as desk:
        day = today or desk.today()
        known = {row.get(books.source) for row in desk.all(books.receivable)}
        facts = [fact for fact in books.facts(desk.all(books.order)) if fact.number not in known]
        owed = list(make_receivables(facts, day, seed))
        bills = desk.put(books.receivable, [books.owed(one) for one in owed])
        paid = [(bill, one, money) for bill, one in zip(bills, owed, strict=True) for money in one.receipts]
        receipts = desk.put(books.receipt, [books.paid(one, money) for _, one, money in paid])
        matches = _matches(books, [(bill, money) for bill, _, money in paid], receipts)
        if books.write_off:
            desk.put(books.write_off, matches)
    counts = {books.receivable: len(bills), books.receipt: len(receipts)}
    return {**counts, books.write_off: len(matches)} if books.write_off else counts


def _matches(books: Books, paid: list[tuple[Record, Receipt]], receipts: list[Record]) -> list[Record]:
    owed_number, paid_number = books.numbers
    return [
        books.match(bill[owed_number], made[paid_number], money)
        for (bill, money), made in zip(paid, receipts, strict=True)
        if money.matched
    ]


def _parts(rows: list[Record]) -> Iterable[list[Record]]:
    return (rows[start : start + PER_CALL] for start in range(0, len(rows), PER_CALL))
