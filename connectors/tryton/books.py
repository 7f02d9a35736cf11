"""Reads of receivables, receipts and settlements: lines of receivable accounts, page by page, completed to whole documents."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from connectors.tryton import ledger, wire
from connectors.tryton.calls import Calls
from connectors.tryton.objects import INVOICE_FIELDS, LINE_FIELDS, LINE_MODEL
from hub.connector import EntityManifest, Native, Page, Remote
from hub.connector.scan import Scan

_AT_ONCE = 500


class Books:
    """Of one connection. A document may lie on several pages; each is given once per pull."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def pull(self, entity: str, manifest: EntityManifest, scan: Scan) -> Iterator[Page]:
        where = _changed_since(scan.from_moment(manifest.overlap_s))
        seen: set[str] = set()
        more = True
        while more:
            lines, when = self._page([*where, *_side(entity), ["id", ">", scan.after]], manifest.page_size)
            more = len(lines) >= manifest.page_size
            last = int(lines[-1]["id"]) if lines else scan.after
            scan = Scan(scan.since, last, scan.mark or wire.utc_text(when))
            rows = [row for row in self._remotes(entity, lines) if row.id not in seen]
            seen |= {row.id for row in rows}
            yield Page(rows, (scan if more else scan.done()).as_json(), more)

    def read(self, entity: str, ids: Sequence[str]) -> dict[str, Remote]:
        known = [one for one in dict.fromkeys(ids) if one.replace("-", "", 1).isdigit()]
        found: dict[str, Remote] = {}
        for start in range(0, len(known), _AT_ONCE):
            part = known[start : start + _AT_ONCE]
            first = [int(one.partition("-")[0]) for one in part]
            at = "move" if entity == "receivable" else "id"
            lines = self._lines([*_side(entity), [at, "in", first]])
            found |= {row.id: row for row in self._remotes(entity, lines) if row.id in part}
        return found

    def _page(self, domain: Sequence[Any], limit: int) -> tuple[list[Native], Any]:
        return self._calls.search_dated(LINE_MODEL, [*self._accounts(), *domain], LINE_FIELDS, limit=limit)

    def _lines(self, domain: Sequence[Any]) -> list[Native]:
        return self._calls.search(LINE_MODEL, [*self._accounts(), *domain], LINE_FIELDS)

    def _accounts(self) -> list[Any]:
        return [["account.type.receivable", "=", True], ["party", "!=", None], ["company", "=", self._calls.company]]

    def _remotes(self, entity: str, lines: Sequence[Native]) -> list[Remote]:
        if not lines:
            return []
        if entity == "receipt":
            return [_remote(ledger.receipt(line)) for line in lines]
        if entity == "receivable":
            return self._receivables(lines)
        pairs = ledger.pairs(self._whole_groups(lines))
        return [_remote(ledger.settlement(pair)) for pair in pairs]

    def _receivables(self, lines: Sequence[Native]) -> list[Remote]:
        moves = sorted({int(line["move"]["id"]) for line in lines})
        whole = [line for part in _parts(moves) for line in self._lines([["move", "in", part]])]
        paid = ledger.paid_by_line(ledger.pairs(self._whole_groups(whole)))
        numbers = sorted({ledger.invoice_of(line) for line in whole} - {0})
        rows = [row for part in _parts(numbers) for row in self._invoices(part)]
        invoices = {int(row["id"]): row for row in rows}
        return [_remote(native) for native in ledger.receivables(whole, invoices, _reconciled_too(whole, paid))]

    def _invoices(self, ids: Sequence[int]) -> list[Native]:
        return self._calls.search("account.invoice", [["id", "in", list(ids)]], INVOICE_FIELDS)

    def _whole_groups(self, lines: Sequence[Native]) -> list[Native]:
        """All lines that are settled together with any of these."""
        known = {line["id"]: line for line in lines}
        sets = sorted({int(line["reconciliation"]["id"]) for line in lines if line.get("reconciliation")})
        invoices = sorted(
            {
                int(line.get("invoice_payment") or ledger.invoice_of(line))
                for line in lines
                if not line.get("reconciliation")
            }
            - {0}
        )
        for part in _parts(sets):
            known |= {line["id"]: line for line in self._lines([["reconciliation", "in", part]])}
        for part in _parts(invoices):
            origins = [f"account.invoice,{one}" for one in part]
            linked = ["OR", ["invoice_payment", "in", list(part)], ["move.origin", "in", origins]]
            known |= {line["id"]: line for line in self._lines([linked, ["reconciliation", "=", None]])}
        return list(known.values())


def _reconciled_too(lines: Iterable[Native], paid: dict[int, Decimal]) -> dict[int, Decimal]:
    """A reconciled line is settled whole, whatever settled it (an exchange difference is no line of a receivable account)."""
    return paid | {line["id"]: ledger.amount(line) for line in lines if line.get("reconciliation")}


def _remote(native: Native) -> Remote:
    return Remote(str(native["id"]), native, str(native.get("number") or ""))


def _side(entity: str) -> list[Any]:
    """Which lines an entity begins with."""
    if entity == "settlement":
        return []
    return [["move.journal.type", "=" if entity == "receipt" else "!=", ledger.CASH]]


def _changed_since(since: str) -> list[Any]:
    """Lines made or changed, or whose move or invoice was (a payment that is linked changes only the invoice)."""
    if not since:
        return []
    when = wire.stamp(since)
    invoice = [["move.origin.write_date", ">=", when, "account.invoice"]]
    return [["OR", ["write_date", ">=", when], ["create_date", ">=", when], ["move.write_date", ">=", when], *invoice]]


def _parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))
