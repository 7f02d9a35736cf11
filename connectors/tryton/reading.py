"""Reads of parties, products and sales: pages in id order over what changed, batches by id, search by key, the delete feed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.tryton import wire
from connectors.tryton.calls import Calls
from connectors.tryton.config import spelt
from connectors.tryton.deleted import DeleteLog
from connectors.tryton.objects import OBJECTS, Object
from connectors.tryton.shapes import SHAPES
from hub.connector import EntityManifest, Native, Page, Remote, Write
from hub.connector.scan import Scan
from hub.errors import ConfigInvalid


class Reader:
    """Of one connection. Archived records are read too: archived is a status here, not an absence."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._category: int | None = None
        self._staff: list[int] | None = None

    def pull(self, entity: str, manifest: EntityManifest, scan: Scan) -> Iterator[Page]:
        """Pages in id order, so that nothing moves while it is read. The mark is the server's time of the first page."""
        thing, more = OBJECTS[entity], True
        self.staff_may_have_changed()
        where = [*self.scope(entity), thing.changed_since(scan.from_moment(manifest.overlap_s), wire.stamp)]
        while more:
            domain = [*where, ["id", ">", scan.after]]
            rows, when = self._calls.search_dated(thing.model, domain, self._asked(thing), limit=manifest.page_size)
            more = len(rows) >= manifest.page_size
            last = int(rows[-1]["id"]) if rows else scan.after
            scan = Scan(scan.since, last, scan.mark or wire.utc_text(when))
            yield Page(self._remotes(entity, rows), (scan if more else scan.done()).as_json(), more)

    def read(self, entity: str, ids: Sequence[str], size: int) -> dict[str, Remote]:
        """By search and not by read: reading one id that is gone refuses the whole batch."""
        known = [int(one) for one in dict.fromkeys(ids) if one.isdigit()]
        found: dict[str, Remote] = {}
        for start in range(0, len(known), size):
            found |= {one.id: one for one in self._search(entity, [["id", "in", known[start : start + size]]])}
        return found

    def find(self, entity: str, write: Write) -> list[Remote]:
        return self._search(entity, [[OBJECTS[entity].key, "=", write.key]])

    def deleted(self, entity: str, checkpoint: Mapping[str, Any] | None, size: int) -> Iterator[Page]:
        return DeleteLog(self._calls, OBJECTS[entity].model).pages(checkpoint, size)

    def sees_deletions(self) -> bool:
        return DeleteLog(self._calls, OBJECTS["customer"].model).readable()

    def rows(self, entity: str, ids: Sequence[int]) -> dict[int, Native]:
        """Native rows as the wire has them, with ids and timestamps of their parts: for writes."""
        thing = OBJECTS[entity]
        found = self._calls.search(thing.model, [["id", "in", list(ids)]], self._asked(thing))
        return {int(row["id"]): row for row in found}

    def remote(self, entity: str, row: Native) -> Remote:
        thing: Object = OBJECTS[entity]
        remote = thing.remote(row)
        return Remote(
            remote.id, SHAPES[entity](remote.data), remote.number, remote.version, remote.stage, key=remote.key
        )

    def category(self) -> int:
        """Id of the party category that marks customers; 0 when every party is one. Raises ConfigInvalid when there is none."""
        name = self._calls.config.customer_category
        if self._category is None:
            rows = self._calls.search("party.category", [["name", "=", name]], ["id"]) if name else [{"id": 0}]
            if len(rows) != 1:
                raise ConfigInvalid(
                    f"Tryton 里没有（或不止一个）往来单位类别“{name}”",
                    f"Tryton has no party category “{name}”, or several",
                    field="customer_category",
                    value=name,
                ).put_right_by(*spelt("往来单位 → 配置 → 类别", "Parties > Configuration > Categories"))
            self._category = int(rows[0]["id"])
        return self._category

    def scope(self, entity: str) -> list[Any]:
        """What belongs to the entity."""
        if entity in ("order", "employee"):
            return [["company", "=", self._calls.company]]
        return self.customers() if entity == "customer" else []

    def customers(self, party: str = "") -> list[Any]:
        """Domain of the customers' parties: those of the category; without one everybody but the company and who works there.
        `party`: the way from a model to the party ("party." for what belongs to one)."""
        category = self.category()
        return [[f"{party}categories", "=", category]] if category else [[f"{party}id", "not in", self._own()]]

    def staff_may_have_changed(self) -> None:
        """To be asked for again; a pull says so when it begins."""
        self._staff = None

    def _own(self) -> list[int]:
        """Ids of the parties of the company and of its employees."""
        staff = self._staff
        if staff is None:
            company = self._calls.company
            owner = self._calls.search("company.company", [["id", "=", company]], ["party"])
            people = self._calls.search("company.employee", [["company", "=", company]], ["party"])
            staff = self._staff = sorted({int(row["party"]) for row in [*owner, *people]})
        return staff

    def _search(self, entity: str, domain: Sequence[Any]) -> list[Remote]:
        thing = OBJECTS[entity]
        rows = self._calls.search(thing.model, [*self.scope(entity), *domain], self._asked(thing))
        return self._remotes(entity, rows)

    def _remotes(self, entity: str, rows: Sequence[Native]) -> list[Remote]:
        if entity == "order":
            self._name_sellers(rows)
        return [self.remote(entity, row) for row in rows]

    def _asked(self, thing: Object) -> list[str]:
        return thing.asked(self._calls.types(thing.model) if thing.optional else ())

    def _name_sellers(self, rows: Sequence[Native]) -> None:
        """The employee behind a sale's commission agent. Where there is no agent, or one from outside, the sale says nothing."""
        agents = {int(row["id"]): int(agent["party"]) for row in rows if (agent := row.pop("agent", None))}
        if not agents:
            return
        domain = [["party", "in", sorted(set(agents.values()))], *self.scope("employee")]
        staff = {int(one["party"]): int(one["id"]) for one in self._calls.search("company.employee", domain, ["party"])}
        for row in rows:
            if agents.get(int(row["id"])) in staff:
                row["employee"] = staff[agents[int(row["id"])]]
