"""Persons at a customer. Tryton has no record for them: whoever stands in the name of a party's phone, mobile or email is one, and
the rows of one name at one party are one person. A row without a name is the company's own."""

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Any

from connectors.tryton import wire
from connectors.tryton.calls import Calls
from connectors.tryton.objects import MECHANISM, TIMESTAMP
from connectors.tryton.outcomes import alone, confirmed, gone, rather_changed, same_version
from connectors.tryton.person import KINDS, acts, remote, version
from connectors.tryton.reading import Reader
from connectors.tryton.shapes import PERSONAL
from hub.connector import EntityManifest, Native, Page, Remote, Write, WriteOutcome, Written
from hub.connector.scan import Scan
from hub.errors import DuplicateInSystem, HubError, RecordRejected, SetupError, TryLater, ValidationFailed

FIELDS = ("name", "type", "value", "comment", "party", "active", TIMESTAMP)
_NAMED = [["name", "!=", None], ["name", "!=", ""], ["type", "in", list(PERSONAL)]]


class Contacts:
    """Of one connection. The id of a person is that of the oldest row; the hub's key stands in its comment."""

    def __init__(self, calls: Calls, reader: Reader) -> None:
        self._calls, self._reader = calls, reader

    def pull(self, manifest: EntityManifest, scan: Scan) -> Iterator[Page]:
        """Pages of rows in id order, completed to whole persons; each is given once per pull. What lost its name changes the person
        that it belonged to: so later pulls look at all rows that changed, and give every person of their parties."""
        self._reader.staff_may_have_changed()
        since = scan.from_moment(manifest.overlap_s)
        where, seen, more = [*self._reader.customers("party."), *_changed(since)], set[str](), True
        while more:
            page = [*where, ["id", ">", scan.after]]
            rows, when = self._calls.search_dated(MECHANISM, page, FIELDS, limit=manifest.page_size)
            more = len(rows) >= manifest.page_size
            scan = Scan(scan.since, int(rows[-1]["id"]) if rows else scan.after, scan.mark or wire.utc_text(when))
            found = [one for one in self._persons({int(row["party"]) for row in rows}) if one.id not in seen]
            seen |= {one.id for one in found}
            yield Page(found, (scan if more else scan.done()).as_json(), more)

    def read(self, ids: Sequence[str]) -> dict[str, Remote]:
        """A person whose oldest row went, or joined another name, is not found under that id any more."""
        found = {str(rows[0]["id"]): remote(rows) for rows in self._rows_of([int(one) for one in ids if one.isdigit()])}
        return {one: found[one] for one in ids if one in found}

    def find(self, write: Write) -> list[Remote]:
        """By the hub's key, which stands in the comment of the oldest row."""
        rows = self._calls.search(MECHANISM, [*self._scope(), ["comment", "=", write.key]], FIELDS)
        people = self._persons({int(row["party"]) for row in rows})
        return [one for one in people if one.key == write.key]

    def create(self, writes: Sequence[Write]) -> list[WriteOutcome]:
        """One call for all that can be sent; when it is refused, each is tried alone."""
        taken = self._names({int(write.data["party"]) for write in writes if write.data.get("party")})
        prepared = [alone(partial(_new, write, taken)) for write in writes]
        made = iter(self._create([one for one in prepared if not isinstance(one, HubError)]))
        return [one if isinstance(one, HubError) else next(made) for one in prepared]

    def update(self, writes: Sequence[Write]) -> list[WriteOutcome]:
        people = {str(rows[0]["id"]): rows for rows in self._rows_of([int(w.id) for w in writes if w.id.isdigit()])}
        return [alone(partial(self._update, write, people.get(write.id))) for write in writes]

    def _update(self, write: Write, rows: Sequence[Native] | None) -> Written:
        if not rows:
            raise gone(write.id)
        same_version(write, version(rows))
        party = int(rows[0]["party"])
        renamed = str(write.data.get("name") or rows[0]["name"])
        if renamed != rows[0]["name"] and (party, renamed) in self._names({party}):
            raise _taken(renamed)
        changes = acts(rows, write.data)
        if changes:
            lock = {"_timestamp": json.loads(write.version)} if write.version else {}
            values = {"contact_mechanisms": changes}
            with rather_changed():
                self._calls.write("model.party.party.write", [party], values, context=lock)
        return self._written([write.id])[0]

    def _create(self, people: Sequence[list[Native]]) -> list[WriteOutcome]:
        if not people:
            return []
        try:
            ids = self._calls.write(f"model.{MECHANISM}.create", [row for rows in people for row in rows])
        except RecordRejected as refused:
            if len(people) == 1:
                return [refused]
            return [outcome for rows in people for outcome in self._create([rows])]
        firsts = [sum(map(len, people[:place])) for place in range(len(people))]
        return [*self._written([str(ids[first]) for first in firsts])]

    def _written(self, ids: Sequence[str]) -> list[Written]:
        """With what is stored now; a read that fails takes nothing back."""
        stored: dict[str, Remote] = {}
        with contextlib.suppress(TryLater, SetupError):
            stored = self.read(ids)
        return [confirmed(one, stored.get(one)) for one in ids]

    def _scope(self) -> list[Any]:
        return [*self._reader.customers("party."), *_NAMED]

    def _names(self, parties: set[int]) -> set[tuple[int, str]]:
        """Who is there already: two rows of one name at one party would become one person."""
        if not parties:
            return set()
        rows = self._calls.search(MECHANISM, [["party", "in", sorted(parties)], *_NAMED], ["party", "name"])
        return {(int(row["party"]), str(row["name"])) for row in rows}

    def _persons(self, parties: set[int]) -> list[Remote]:
        return [remote(rows) for rows in self._groups(parties)]

    def _rows_of(self, ids: Sequence[int]) -> list[list[Native]]:
        """Whole persons among whose rows are these, with their rows."""
        rows = self._calls.search(MECHANISM, [*self._scope(), ["id", "in", list(ids)]], ["party"]) if ids else []
        return self._groups({int(row["party"]) for row in rows})

    def _groups(self, parties: set[int]) -> list[list[Native]]:
        if not parties:
            return []
        rows = self._calls.search(MECHANISM, [["party", "in", sorted(parties)], *_NAMED], FIELDS)
        ordered = sorted(rows, key=lambda row: (_whose(row), int(row["id"])))
        return [list(one) for _whom, one in groupby(ordered, key=_whose)]


def _whose(row: Native) -> tuple[int, str]:
    return int(row["party"]), str(row["name"])


def _changed(since: str) -> list[Any]:
    if not since:
        return _NAMED
    return [["OR", *([column, ">=", wire.stamp(since)] for column in ("write_date", "create_date"))]]


def _new(write: Write, taken: set[tuple[int, str]]) -> list[Native]:
    """The rows of a new person, the hub's key in the first. Raises ValidationFailed, DuplicateInSystem."""
    data: Mapping[str, Any] = write.data
    name, party = str(data.get("name") or ""), data.get("party")
    if not name or not party:
        raise ValidationFailed(
            "联系人没有姓名或客户，请补填",
            "The contact has no name or no customer: fill it in",
            field="customer" if name else "name",
        )
    if (int(party), name) in taken:
        raise _taken(name)
    taken.add((int(party), name))
    numbers = [(kind, str(data[kind])) for kind in KINDS if data.get(kind)] or [("other", name)]
    rows: list[Native] = [{"party": int(party), "name": name, "type": kind, "value": one} for kind, one in numbers]
    rows[0]["comment"] = write.key
    return rows


def _taken(name: str) -> DuplicateInSystem:
    return DuplicateInSystem(
        f"该客户在 Tryton 中已有叫“{name}”的联系人",
        f"The customer has a contact “{name}” in Tryton already",
        field="name",
        value=name,
    )
