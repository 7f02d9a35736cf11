"""Reads of archives and finance documents: a numbered list over a window of changes, details where lists are not enough."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from connectors.yonyou.offers import parts, scanned
from connectors.yonyou.times import mark, wire
from connectors.yonyou.yonbip import shapes
from connectors.yonyou.yonbip.calls import Calls
from connectors.yonyou.yonbip.fi import bill_of_oar, bill_of_receipt
from connectors.yonyou.yonbip.paged import listed
from hub.connector import EntityManifest, Native, Page, Remote
from hub.connector.scan import Scan
from hub.errors import RecordGone

MERCHANTS = "digitalModel/merchant"


@dataclass(frozen=True)
class List:
    """One list. `since` makes the filter of a window, `detail` is the path of a GET by id ("" = scan the list)."""

    path: str
    since: Callable[[str], Mapping[str, Any]]
    shape: Callable[[Native], Remote] = shapes.plain_row
    detail: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)


def _simple_pubts(moment: str) -> Mapping[str, Any]:
    return {"simple": {"open_pubts_begin": moment}}


def _bills(name: str) -> List:
    return List(f"EFI/{name}/list", _simple_pubts, shapes.bill, f"EFI/{name}/detail")


def _between_pubts(moment: str) -> Mapping[str, Any]:
    return {"simpleVOs": [{"field": "pubts", "op": "between", "value1": moment, "value2": "2099-12-31 00:00:00"}]}


COMMON: Mapping[str, List] = {
    "product": List("digitalModel/product/integration/querylist", lambda moment: {"beginTime": moment}),
    "employee": List(
        "digitalModel/staff/list", lambda moment: {"simple": {"pubts": moment}}, detail="digitalModel/staff/detail"
    ),
    "settlement": List("fi/arverify/list", _simple_pubts),
}
FINANCE: Mapping[str, Mapping[str, List]] = {
    "efi": {"receivable": _bills("receivable"), "receipt": _bills("collection")},
    "fi": {
        "receivable": List("fi/oar/list", _simple_pubts, bill_of_oar),
        "receipt": List("fi/receivebill/list/v2", _between_pubts, bill_of_receipt, "fi/receivebill/detail"),
    },
}


class Reader:
    """Of one connection; orders have a reader of their own."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._lists = {**COMMON, **FINANCE[calls.config.finance]}

    def pull(self, entity: str, manifest: EntityManifest, scan: Scan) -> Iterator[Page]:
        """Rows changed since the mark; the mark of now is given out with the last page."""
        moment = scan.from_moment(manifest.overlap_s)
        begun = replace(scan, after=0, mark=mark(self._calls.link.now()))
        if entity == "customer":
            pages = self._merchants({"beganTime": wire(moment)} if moment else {}, manifest.page_size)
            return scanned(pages, self.customers, begun, self._calls.link)
        one = self._lists[entity]
        body = {**one.body, **(one.since(wire(moment)) if moment else {})}
        pages = listed(self._calls, one.path, body, size=manifest.page_size)
        return scanned(pages, lambda rows: [one.shape(row) for row in rows], begun, self._calls.link)

    def read(self, entity: str, ids: Sequence[str], size: int) -> dict[str, Remote]:
        """By id; what is no id of this system is simply not found."""
        known = [one for one in dict.fromkeys(ids) if one.isdigit()]
        if entity == "customer":
            groups = [self.customers([{"id": one} for one in some]) for some in parts(known, size)]
            return {remote.id: remote for remotes in groups for remote in remotes}
        one = self._lists[entity]
        return self._details(one, known) if one.detail else self._scanned(one, set(known))

    def customers(self, rows: Sequence[Native]) -> list[Remote]:
        """Whole customers of list rows: the lists leave salesmen and contacts out."""
        asked = [{"id": row["id"], "belongOrgCode": self._calls.config.org_code} for row in rows]
        if not asked:
            return []
        reply = self._calls.read(f"{MERCHANTS}/newBatchDetail", asked)
        return [shapes.customer(row) for row in reply.at("data", kind=list) if isinstance(row, dict)]

    def customers_of(self, code: str) -> list[Remote]:
        """Customers with exactly this code."""
        rows = [row for page in self._merchants({"code": code}, 100) for row in page]
        return [one for one in self.customers(rows) if one.number == code]

    def bills_of(self, name: str, key: str) -> list[Remote]:
        """Documents of the new finance that carry the hub's key."""
        pages = listed(self._calls, f"EFI/{name}/list", {"extVouchCode": key}, size=100)
        return [one for page in pages for one in map(shapes.bill, page) if one.key == key]

    def _merchants(self, body: Mapping[str, Any], size: int) -> Iterator[list[Native]]:
        return listed(self._calls, f"{MERCHANTS}/newlistrange", body, size=size)

    def _details(self, one: List, ids: Sequence[str]) -> dict[str, Remote]:
        found: dict[str, Remote] = {}
        for record_id in ids:
            try:
                row = self._calls.get(one.detail, record_id).at("data", kind=dict)
            except RecordGone:
                continue
            found[record_id] = one.shape({name: value for name, value in row.items() if name != "mainJobList"})
        return found

    def _scanned(self, one: List, ids: set[str]) -> dict[str, Remote]:
        """The vendor has no detail by id for these: the list is read until all are found."""
        found: dict[str, Remote] = {}
        for page in listed(self._calls, one.path, one.body, size=500) if ids else ():
            found |= {row.id: row for row in map(one.shape, page) if row.id in ids}
            if set(found) == ids:
                break
        return found
