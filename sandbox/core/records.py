"""The records of one sandbox in memory: by id, by indexed field and in order of modified time."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import RLock
from typing import Any

from sandbox.core.clock import SandboxClock

Data = dict[str, Any]
OrderKey = tuple[datetime, int]


class ControlError(Exception):
    """A control request that cannot be served; `status` is the HTTP status of the JSON answer."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, kw_only=True)
class ObjectKind:
    """How one kind of record is kept. Vendor field names, since records are vendor-shaped dicts.

    `new_id` makes the native id from a running number; `stamp`/`parse` write and read the vendor's time format;
    `indexed` names fields that `RecordStore.find` looks up without a scan; `prepare` completes or refuses what a
    control request writes: (sent fields, stored record or None) -> fields to store, ControlError to refuse.
    """

    name: str
    id_field: str = "id"
    created_field: str | None = None
    modified_field: str | None = None
    new_id: Callable[[int], Any] = lambda number: number
    stamp: Callable[[datetime], Any] = datetime.isoformat
    parse: Callable[[Any], datetime] = datetime.fromisoformat
    indexed: tuple[str, ...] = ()
    prepare: Callable[[Data, Data | None], Data] = lambda data, _stored: data


@dataclass(frozen=True)
class Change:
    """One change of the store; kind is create, update or delete."""

    kind: str
    object: str
    id: str
    before: Data | None
    after: Data | None


@dataclass(frozen=True)
class Tombstone:
    """What is left of a deleted record."""

    id: str
    data: Data
    at: datetime
    number: int


@dataclass
class _Table:
    kind: ObjectKind
    rows: dict[str, Data] = field(default_factory=dict)
    keys: dict[str, OrderKey] = field(default_factory=dict)
    order: list[tuple[datetime, int, str]] = field(default_factory=list)
    indexes: dict[str, dict[Any, dict[str, None]]] = field(default_factory=dict)
    tombstones: list[Tombstone] = field(default_factory=list)
    last_number: int = 0


class RecordStore:
    """Vendor-shaped dicts by object and id. A stored dict is never changed in place: read it, do not edit it.

    Ids are looked up by their text (`str(id)`), whatever type the vendor gives them in the record.
    """

    def __init__(self, clock: SandboxClock) -> None:
        self.clock = clock
        self.lock = RLock()
        self.hooks: list[Callable[[Change], None]] = []
        self.version = 0  # counts changes: what was computed at one version holds until the next
        self._tables: dict[str, _Table] = {}

    def define(self, kind: ObjectKind) -> None:
        """Makes room for one kind of record."""
        self._tables[kind.name] = _Table(kind, indexes={name: {} for name in kind.indexed})

    @property
    def objects(self) -> list[str]:
        return sorted(self._tables)

    def kind(self, object: str) -> ObjectKind:
        return self._table(object).kind

    def create(self, object: str, data: Mapping[str, Any]) -> Data:
        """Stores a record and returns it, with id and times filled in where the caller gave none.

        Raises ControlError 409 when the id is taken.
        """
        with self.lock:
            table = self._table(object)
            row = self._with_id(table, dict(data))
            key = str(row[table.kind.id_field])
            if key in table.rows:
                raise ControlError(f"{object} {key} exists already; edit it with PUT /_sandbox/records/…", 409)
            modified = self._stamp_new(table.kind, row)
            self._insert(table, key, row, (modified, table.last_number))
            self._tell(Change("create", object, key, None, row))
            return row

    def update(self, object: str, id: object, changes: Mapping[str, Any], *, bump: bool = True) -> Data:
        """Changes the named fields (a shallow merge) and returns the new record; KeyError when there is none.

        With bump the modified time becomes now, without it stays as it was.
        """
        with self.lock:
            table, key = self._table(object), str(id)
            before = table.rows[key]
            row = {**before, **changes}
            modified, number = table.keys[key]
            if bump:
                modified = self._bump(table.kind, row, changes)
            self._remove(table, key)
            self._insert(table, key, row, (modified, number))
            self._tell(Change("update", object, key, before, row))
            return row

    def delete(self, object: str, id: object) -> Tombstone:
        """Removes a record for good and leaves a tombstone; KeyError when there is none."""
        with self.lock:
            table, key = self._table(object), str(id)
            row = table.rows[key]
            number = table.tombstones[-1].number + 1 if table.tombstones else 1
            self._remove(table, key)
            tombstone = Tombstone(key, row, self.clock.now(), number)
            table.tombstones.append(tombstone)
            self._tell(Change("delete", object, key, row, None))
            return tombstone

    def get(self, object: str, id: object) -> Data | None:
        """One record by id, or None."""
        return self._table(object).rows.get(str(id))

    def find(self, object: str, field: str, value: object) -> list[Data]:
        """Records whose indexed field equals the value, in order of creation; KeyError for a field not indexed."""
        with self.lock:
            table = self._table(object)
            return [table.rows[key] for key in table.indexes[field].get(_hashable(value), {})]

    def all(self, object: str) -> list[Data]:
        """All records of an object in order of creation or last update of their index place."""
        with self.lock:
            return list(self._table(object).rows.values())

    def count(self, object: str) -> int:
        return len(self._table(object).rows)

    def modified(self, object: str, id: object) -> datetime:
        """The modified time of a record, as coarse as the vendor's own form of it."""
        return self._table(object).keys[str(id)][0]

    def changed(
        self,
        object: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        newest_first: bool = False,
    ) -> Iterator[Data]:
        """Records with since <= modified <= until in order of (modified, number); a snapshot, safe to page over."""
        with self.lock:
            table = self._table(object)
            low = bisect_left(table.order, since, key=lambda entry: entry[0]) if since else 0
            high = bisect_right(table.order, until, key=lambda entry: entry[0]) if until else len(table.order)
            rows = [table.rows[key] for _, _, key in table.order[low:high]]
        return reversed(rows) if newest_first else iter(rows)

    def tombstones(self, object: str) -> list[Tombstone]:
        """Deleted records, oldest first."""
        return list(self._table(object).tombstones)

    def clear(self) -> None:
        """Forgets every record and tombstone; running numbers start again."""
        with self.lock:
            self.version += 1
            for table in list(self._tables.values()):
                self.define(table.kind)

    def _table(self, object: str) -> _Table:
        table = self._tables.get(object)
        if table is None:
            raise ControlError(f"no object {object!r} here; known: {', '.join(self.objects)}", 404)
        return table

    def _with_id(self, table: _Table, row: Data) -> Data:
        """Gives the row a number and, where it has no id, the next free id."""
        table.last_number += 1
        if row.get(table.kind.id_field) in (None, "", 0):
            while str(table.kind.new_id(table.last_number)) in table.rows:
                table.last_number += 1
            row[table.kind.id_field] = table.kind.new_id(table.last_number)
        return row

    def _stamp_new(self, kind: ObjectKind, row: Data) -> datetime:
        now = self.clock.now()
        if kind.created_field:
            row.setdefault(kind.created_field, kind.stamp(now))
        return self._set_modified(kind, row, given=row.get(kind.modified_field or ""), now=now)

    def _bump(self, kind: ObjectKind, row: Data, changes: Mapping[str, Any]) -> datetime:
        given = changes.get(kind.modified_field or "")
        return self._set_modified(kind, row, given=given, now=self.clock.now())

    @staticmethod
    def _set_modified(kind: ObjectKind, row: Data, *, given: Any, now: datetime) -> datetime:
        """The modified time is now, unless the writer gave one (seeding old records)."""
        if kind.modified_field is None:
            return now
        row[kind.modified_field] = given or kind.stamp(now)
        try:
            return kind.parse(row[kind.modified_field])  # as coarse as the vendor's text, so that ties are ties
        except ValueError as error:
            raise ControlError(f"{kind.modified_field} {given!r} is no time of this vendor: {error}") from error

    @staticmethod
    def _insert(table: _Table, key: str, row: Data, order: OrderKey) -> None:
        table.rows[key] = row
        table.keys[key] = order
        insort(table.order, (*order, key))
        for name, index in table.indexes.items():
            index.setdefault(_hashable(row.get(name)), {})[key] = None

    @staticmethod
    def _remove(table: _Table, key: str) -> None:
        row = table.rows[key]
        entry = (*table.keys.pop(key), key)
        del table.order[bisect_left(table.order, entry)]
        for name, index in table.indexes.items():
            index[_hashable(row.get(name))].pop(key)
        del table.rows[key]

    def _tell(self, change: Change) -> None:
        self.version += 1
        for hook in self.hooks:
            hook(change)


def _hashable(value: object) -> object:
    """Index key of a value: text as it is, numbers as their text so that 5001 and "5001" meet, lists by content."""
    if value is None or isinstance(value, str | bool):
        return value
    return str(value)
