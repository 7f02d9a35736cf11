"""The resources behind each entity: names of lists and keys, and what a list row becomes (yonyou.md 4.3, 4.5). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.connector import Native, Remote

STAGES = {"Opening": "saved", "Changing": "saved", "Approved": "approved", "Closed": "approved"}


@dataclass(frozen=True)
class Resource:
    """`listed` is the name of batch_get; `dated` the date of a document ("" for archives); `marked` archives carry the
    change counter; `lined` documents have rows that only `get` shows."""

    name: str
    key: str = "code"
    listed: str = ""
    dated: str = ""
    marked: bool = False
    lined: bool = False

    @property
    def list_name(self) -> str:
        return self.listed or self.name

    def key_of(self, row: Native) -> str:
        return str(row.get(self.key) or "")

    def remote(self, row: Native) -> Remote:
        """A row of either call: dates cut to days, the rows numbered as U8 numbers them."""
        data = {**row, **({self.dated: str(row.get(self.dated) or "")[:10]} if self.dated else {})}
        for name in _TIMES:
            if name in data:
                data[name] = str(data[name])[:19]
        number = self.key_of(row)
        verified = "approved" if row.get("verifier") else "saved"
        stage = (STAGES.get(str(row.get("state")), verified) if self.dated else "") or ""
        return Remote(number, data, number, "", stage, str(row.get("timestamp") or ""), number)


_TIMES = ("createsystime", "verifysystime")
RESOURCES: Mapping[str, Resource] = {
    "customer": Resource("customer", marked=True),
    "product": Resource("inventory", marked=True),
    "employee": Resource("person"),
    "order": Resource("saleorder", listed="saleorderlist", dated="date", lined=True),
    "receivable": Resource("oughtreceive", listed="oughtreceivelist", dated="date"),
    "receipt": Resource("accept", key="vouchcode", listed="acceptlist", dated="vouchdate"),
}


def without_rows(row: Native) -> Native:
    return {name: value for name, value in row.items() if name != "entry"}


def entries(row: Mapping[str, Any]) -> list[Native]:
    """The rows of a document: an object stands for one."""
    found = row.get("entry") or []
    return [found] if isinstance(found, dict) else [one for one in found if isinstance(one, dict)]
