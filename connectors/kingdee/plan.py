"""What to ask a tenant's form for: FieldKeys of head and entries, cut down to the fields that exist there."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

from connectors.kingdee.calls import Calls
from connectors.kingdee.forms import FORMS, Entry, Form
from connectors.kingdee.metadata import FieldInfo, fields_of, present, without
from hub.errors import BadInput, Unreachable


@dataclass(frozen=True)
class Plan:
    """FieldKeys of one form at one tenant. `stamps` are the time fields that say when a record changed."""

    form: Form
    head: tuple[str, ...]
    entries: Mapping[str, tuple[str, ...]]
    stamps: tuple[str, ...]
    joined: tuple[str, ...] = ()

    @property
    def pk(self) -> str:
        """The key that orders and addresses records: the head's id, or the row's where rows are the records."""
        return f"{self.form.row_of}_FEntryId" if self.form.row_of else self.form.pk

    def dropping(self, culprit: str) -> "Plan":
        """The same plan without a field that the server refused."""
        return replace(
            self,
            head=without(self.head, culprit),
            entries={key: without(keys, culprit) for key, keys in self.entries.items()},
            stamps=without(self.stamps, culprit),
            joined=without(self.joined, culprit),
        )

    def mentions(self, culprit: str) -> bool:
        """Whether dropping the field changes anything; the record's own id and number can not be dropped."""
        return bool(culprit) and self.dropping(culprit) != self and self.form.number in self.dropping(culprit).head


class Plans:
    """Plans by entity; field lists are shared by all workers of the connection for `metadata_life_s`."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._plans: dict[str, Plan] = {}
        self._lock = Lock()

    def of(self, entity: str) -> Plan:
        """The plan of an entity. Raises BadInput for one that this system does not have."""
        if entity not in FORMS:
            raise BadInput(
                f"金蝶没有 {entity} 这类数据", f"There is no {entity} at this system", field="entity", value=entity
            )
        with self._lock:
            if entity not in self._plans:
                self._plans[entity] = self._made(entity)
            return self._plans[entity]

    def drop_field(self, entity: str, culprit: str) -> Plan:
        """Leave out a field that the server refused although the field list has it (a property of base data)."""
        with self._lock:
            self._plans[entity] = self._plans[entity].dropping(culprit)
            return self._plans[entity]

    def discover(self, entity: str) -> list[FieldInfo]:
        """The fields of an entity's form, read anew."""
        plan = self.of(entity)
        read = {key.split(".")[0].lower() for keys in (plan.head, *plan.entries.values()) for key in keys}
        return [replace(field, read=field.key.lower() in read) for field in self._read(plan.form.form_id)]

    def _made(self, entity: str) -> Plan:
        form = FORMS[entity]
        known = self._known(form.form_id)
        head = present((*form.head, *self._extra(entity, "")), known)
        pk = (form.row_of + "_FEntryId",) if form.row_of else ()
        return Plan(
            form,
            tuple(dict.fromkeys((form.pk, *pk, form.number, *head))),
            {entry.key: self._entry_keys(entity, form, entry, known) for entry in form.entries},
            present((form.modified, form.approved), known),
            self._joined(form, head),
        )

    def _entry_keys(self, entity: str, form: Form, entry: Entry, known: frozenset[str]) -> tuple[str, ...]:
        rows = present((*entry.fields, *self._extra(entity, entry.key)), known)
        stamp = present((form.modified,), known)
        return (form.pk, *stamp, entry.pk, entry.seq, *rows)

    def _extra(self, entity: str, entry: str) -> tuple[str, ...]:
        """The tenant's own fields of the head ("") or of an entry, from the settings."""
        named = self._calls.config.extra_fields.get(entity, ())
        if entry:
            return tuple(name.partition(".")[2] for name in named if name.partition(".")[0] == entry)
        return tuple(name for name in named if name.partition(".")[0] not in FORMS[entity].entry_keys)

    def _joined(self, form: Form, head: tuple[str, ...]) -> tuple[str, ...]:
        join = form.join
        if join is None or join.on not in head:
            return ()
        return (join.key, *present(join.fields, self._known(join.form_id)))

    def _known(self, form_id: str) -> frozenset[str]:
        """Lower-case field keys of a form, from the shared cache or the slowest call that the product has."""
        name = f"fields:{form_id}"
        cached = self._calls.link.tokens.get(name)
        if cached is not None:
            loaded: list[Any] = json.loads(cached)
            return frozenset(map(str, loaded))
        keys = sorted({field.key.lower() for field in self._read(form_id)})
        self._calls.link.tokens.put(name, json.dumps(keys), self._calls.config.metadata_life_s)
        return frozenset(keys)

    def _read(self, form_id: str) -> list[FieldInfo]:
        found = fields_of(self._calls.read("QueryBusinessInfo", {"data": {"FormId": form_id}}))
        if not found:
            raise Unreachable(
                f"金蝶没有给出 {form_id} 的字段清单，稍后重试",
                f"No field list of {form_id} came back; tried again later",
            )
        return found
