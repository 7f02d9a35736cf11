"""The EC sandbox in memory, and what its handlers share: writes with journal, vendor faults, rendering of values."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.core import Fault, Faults, Journal, RecordStore, SandboxClock
from sandbox.ec.settings import EcSettings
from sandbox.ec.wire import Call, RefusedError, Row, quoted, write_time

LOCKED = "客户正在被其他人操作，请稍后再试"
ID_NAMES = frozenset(
    {"crmId", "id", "followUserId", "createUserId", "lastFollowUserId", "saleId", "userId", "productId"}
)


@dataclass
class Ec:
    """State of one EC account."""

    settings: EcSettings
    clock: SandboxClock
    store: RecordStore
    journal: Journal
    faults: Faults
    last_pages: dict[str, list[Any]] = field(default_factory=dict)
    sorted_rows: tuple[object, list[Any]] | None = None
    last_line: int = 0

    @property
    def zone(self) -> ZoneInfo:
        return self.settings.local_zone

    def stamp(self, when: datetime | None = None) -> str:
        return write_time(when or self.clock.now(), self.zone)

    def next_line(self) -> int:
        """The id of a new order line."""
        self.last_line += 1
        return 500000000 + self.last_line

    def created(self, object: str, data: Mapping[str, Any]) -> Row:
        """Stores a record made by a call and journals it."""
        row = self.store.create(object, data)
        self.journal.append("create", object, id=row[self.store.kind(object).id_field], data=row)
        return row

    def updated(self, object: str, id: object, changes: Mapping[str, Any]) -> Row:
        """Changes a record by a call and journals the new state."""
        row = self.store.update(object, id, changes)
        self.journal.append("update", object, id=row[self.store.kind(object).id_field], data=row)
        return row

    def deleted(self, object: str, id: object) -> None:
        """Deletes a record by a call and journals what it was."""
        stone = self.store.delete(object, id)
        self.journal.append("delete", object, id=stone.data[self.store.kind(object).id_field], data=stone.data)

    def existing(self, object: str, id: object, what: str) -> Row:
        """A record by id, or RefusedError naming what was not found."""
        row = None if id in (None, "") else self.store.get(object, id)
        if row is None:
            raise RefusedError(f"{what}不存在：{id!r}")
        return row

    def operator(self, body: Mapping[str, Any]) -> Row:
        """The employee named by optUserId, in whose name a call is made; RefusedError when absent or switched off."""
        user = self.existing("user", body.get("optUserId"), "操作人optUserId")
        if user["status"] != 1:
            raise RefusedError(f"操作人已停用：{user['userId']}")
        return user

    def visible(self, object: str, rows: Iterable[Row], call: Call) -> list[Row]:
        """Rows without those that a `hidden` fault takes out of this caller's sight."""
        if not self.faults.armed:
            return list(rows)
        id_field = self.store.kind(object).id_field
        return [row for row in rows if not self._hit("hidden", call, row[id_field])]

    def is_locked(self, call: Call, id: object) -> bool:
        """Does a `locked` fault hit the write of this record?"""
        return self._hit("locked", call, id) is not None

    def edit_first(self, call: Call, object: str, id: object) -> None:
        """An armed `edit_before_write` lets a user of EC edit the record just before the call writes it."""
        fault = self._hit("edit_before_write", call, id)
        if fault is None or self.store.get(object, id) is None:
            return
        edit = fault.options.get("edit") or {"memo" if object == "customer" else "remark": "刚刚被同事修改"}
        changes = self.store.kind(object).prepare(dict(edit), self.store.get(object, id))
        row = self.store.update(object, id, changes)
        self.journal.append_user("update", object, id=id, data=row)

    def as_stored(self, call: Call, data: Row) -> Row:
        """What EC makes of sent texts: with `normalise` armed they are trimmed, narrowed and cut. RefusedError for a character that
        the settings name."""
        for name, value in data.items():
            wrong = [sign for sign in self.settings.refused_characters if isinstance(value, str) and sign in value]
            if wrong:
                raise RefusedError(f"{name}含有不允许的字符“{wrong[0]}”：{value}")
        fault = self._hit("normalise", call, None)
        if fault is None:
            return data
        return {name: _normal(value, fault.options) for name, value in data.items()}

    def page_fault(self, call: Call) -> Fault | None:
        """An armed empty_page or repeat_page for this list call."""
        return self.faults.take({"empty_page", "repeat_page"}, call.facts)

    def money(self, value: Decimal | None) -> object:
        """An amount as the settings want it on the wire."""
        return f"{value:f}" if value is not None and self.settings.money_as == "string" else value

    def ids(self, rows: Iterable[Row]) -> list[Row]:
        """Rows with their ids as the settings want them on the wire."""
        return quoted(rows, ID_NAMES) if self.settings.ids_as == "string" else list(rows)

    def _hit(self, kind: str, call: Call, id: object) -> Fault | None:
        if not self.faults.armed:
            return None
        facts = call.facts if id is None else replace(call.facts, id=str(id))
        return self.faults.take({kind}, facts)


def _normal(value: Any, options: Mapping[str, Any]) -> Any:
    """Text trimmed, full-width forms narrowed, cut to `max` characters; lists and objects likewise inside."""
    if isinstance(value, str):
        narrow = "".join(unicodedata.normalize("NFKC", c) if "\uff01" <= c <= "\uff5e" else c for c in value)
        return narrow.replace("\u3000", " ").strip()[: int(options.get("max", 50))]
    if isinstance(value, dict):
        return {name: _normal(part, options) for name, part in value.items()}
    if isinstance(value, list):
        return [_normal(part, options) for part in value]
    return value
