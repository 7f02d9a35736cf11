"""The records of the control interface: what users of this ERP do at the screen, over the same documents."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from sandbox.core import ControlError, ObjectKind, RecordStore, Tombstone
from sandbox.kingdee import lifecycle, write_off
from sandbox.kingdee.amounts import recalculate
from sandbox.kingdee.database import Database
from sandbox.kingdee.documents import Document
from sandbox.kingdee.errors import Refused
from sandbox.kingdee.events import Actor
from sandbox.kingdee.forms import ALL_FORMS, Field, Form, find_form
from sandbox.kingdee.forms.model import DECIMALS
from sandbox.kingdee.saving import SaveOptions, Saving
from sandbox.kingdee.values import stored_value

Data = dict[str, Any]
_CONTROL_KEYS = frozenset({"audited", "force"})
# Base data that a person has to audit; the small lists are simply there.
_AUDITED_BY_HAND = frozenset({"BD_Customer", "BD_CommonContact", "BD_MATERIAL"})


class KingdeeRecords(RecordStore):
    """Control records are documents: Save-style keys in (a reference as {"FNumber": …} or its number), query-style out.

    Beside the form's keys a record may carry "audited": true (lands in status C) and any computed head or row field
    that is no amount, such as FModifyDate, FCloseStatus or FStockOutQty, to set the scene.
    """

    def __init__(self, database: Database, refill: Callable[[], None]) -> None:
        super().__init__(database.clock)
        self._database = database
        self._refill = refill

    @property
    def objects(self) -> list[str]:
        """Form ids."""
        return sorted(form.form_id for form in ALL_FORMS)

    def kind(self, object: str) -> ObjectKind:
        """How core names and finds records of a form. Raises ControlError 404 for an unknown one."""
        form = self._form(object)
        return ObjectKind(name=form.form_id, id_field=form.pk, modified_field="FModifyDate")

    def create(self, object: str, data: Mapping[str, Any]) -> Data:
        """A document made by a user; for AR_MATCHRECORD a write-off (see write_off.book)."""
        form = self._form(object)
        with self._database.lock:
            if form.form_id == "AR_MATCHRECORD":
                return self._shown(form, write_off.book(self._database, data))
            return self._shown(form, self._save(form, dict(data), {}))

    def update(self, object: str, id: object, changes: Mapping[str, Any], *, bump: bool = True) -> Data:
        """An edit by a user; an entry that is named then has exactly the rows sent. "force" edits audited documents."""
        form = self._form(object)
        with self._database.lock:
            stored = self._stored(form, id)
            kept = {} if bump else {"fmodifydate": stored.values.get("fmodifydate")}
            return self._shown(form, self._save(form, {**changes, form.pk: stored.id}, kept))

    def delete(self, object: str, id: object) -> Tombstone:
        """A deletion by a user, whatever the status."""
        form = self._form(object)
        with self._database.lock:
            stored = self._stored(form, id)
            shown = self._shown(form, stored)
            self._database.table(form.form_id).remove(stored.id)
            if form.form_id == "AR_MATCHRECORD":
                write_off.undo(self._database, stored)
            return Tombstone(str(stored.id), shown, self.clock.now(), stored.id)

    def get(self, object: str, id: object) -> Data | None:
        """A record by internal id or, failing that, by number."""
        form = self._form(object)
        found = self._find(form, id)
        return None if found is None else self._shown(form, found)

    def all(self, object: str) -> list[Data]:
        """Every record of a form by internal id."""
        form = self._form(object)
        with self._database.lock:
            return [self._shown(form, item) for item in self._database.table(form.form_id).in_pk_order()]

    def count(self, object: str) -> int:
        """How many there are."""
        return len(self._database.table(self._form(object).form_id).docs)

    def clear(self) -> None:
        """Back to the seeded base data."""
        with self._database.lock:
            self._database.clear()
            self._refill()

    def _form(self, name: str) -> Form:
        form = find_form(name)
        if form is None:
            raise ControlError(f"no object {name!r} here; known: {', '.join(self.objects)}", 404)
        return form

    def _find(self, form: Form, wanted: object) -> Document | None:
        table, text = self._database.table(form.form_id), str(wanted)
        found = table.docs.get(int(text)) if text.isdigit() else None
        return found or next(iter(table.with_number(text)), None)

    def _stored(self, form: Form, wanted: object) -> Document:
        found = self._find(form, wanted)
        if found is None:
            raise ControlError(f"no {form.form_id} {wanted}", 404)
        return found

    def _save(self, form: Form, data: Data, kept: Data) -> Document:
        self._check_keys(form, data)
        options = SaveOptions(verify_base_data=True, flat_subheads=True, fill_required=True)
        human = self._database.find("SEC_User", "wang.kuaiji")
        org_id = self._database.find("ORG_Organizations", self._database.settings.org_number)
        actor = Actor(human, org_id, via_api=False, force=bool(data.get("force")))
        saving = Saving(self._database, form, actor, options)
        try:
            document = saving.run(data)
        except Refused as refused:
            raise ControlError(refused.message, 409 if refused.msg_code == 12 else 400) from refused
        scene = kept | _computed(form, data)
        wants_audit = data.get("audited", saving.created and bool(form.name) and form.form_id not in _AUDITED_BY_HAND)
        if wants_audit and document.status != "C":
            scene |= _audit_marks(actor, self._database)
        return self._set_scene(form, document, scene, data)

    def _set_scene(self, form: Form, document: Document, scene: Data, data: Data) -> Document:
        rows = {key: value for key, value in data.items() if key.lower() in form.entries and isinstance(value, list)}
        if not scene and not rows:
            return document

        def edit(copy: Document) -> None:
            copy.values |= scene
            for key, sent in rows.items():
                _set_rows(form, copy, key.lower(), sent)
            recalculate(self._database, form.form_id, copy)

        lifecycle.rewrite(self._database, form, document, edit, bump=False)
        return self._database.table(form.form_id).docs[document.id]

    def _check_keys(self, form: Form, data: Mapping[str, Any]) -> None:
        allowed = {*form.head, *form.entries, *form.subheads, form.pk.lower(), *_CONTROL_KEYS}
        unknown = [key for key in data if key.lower() not in allowed and "." not in key]
        if unknown:
            known = sorted({item.key for item in form.head.values()} | {group.key for group in form.groups})
            raise ControlError(f"{form.form_id} has no {', '.join(unknown)}; known: {', '.join(known)}")

    def _shown(self, form: Form, document: Document) -> Data:
        shown: Data = {form.pk: document.id}
        for item in form.head.values():
            self._show(shown, item, document.values.get(item.lower))
        for key, group in form.entries.items():
            shown[group.key] = []
            for row in document.rows.get(key, []):
                line: Data = {group.pk: row.id, "FSeq": row.seq}
                for item in group.fields:
                    self._show(line, item, row.values.get(item.lower))
                shown[group.key].append(line)
        return shown

    def _show(self, into: Data, item: Field, value: Any) -> None:
        if item.kind in {"ref", "user"}:
            into[item.key] = value or 0
            into[f"{item.key}.FNumber"] = self._database.number_of(item.target, value)
        else:
            into[item.key] = f"{value:.{DECIMALS[item.kind]}f}" if isinstance(value, Decimal) else value


def _computed(form: Form, data: Mapping[str, Any]) -> Data:
    """Computed head fields a control request sets outright; amounts stay with the server."""
    found: Data = {}
    for key, value in data.items():
        item = form.head.get(key.lower())
        if item is not None and item.computed and item.kind not in {*DECIMALS, "ref", "user"}:
            found[item.lower] = stored_value(item, value)
    return found


def _set_rows(form: Form, copy: Document, entry: str, sent: list[Any]) -> None:
    """Computed quantities of rows (FStockOutQty and the like), for rows sent in order or with their entry id."""
    group, rows = form.entries[entry], copy.rows.get(entry, [])
    by_id = {row.id: row for row in rows}
    for index, item in enumerate(sent):
        lower = {str(key).lower(): value for key, value in item.items()}
        row = by_id.get(int(lower.get(group.pk.lower()) or 0)) or (rows[index] if index < len(rows) else None)
        for key, value in lower.items():
            field = group.by_key.get(key)
            if row is not None and field is not None and field.computed and field.kind in {"qty", "enum"}:
                row.values[key] = stored_value(field, value)


def _audit_marks(actor: Actor, database: Database) -> Data:
    return {"fdocumentstatus": "C", "fapproverid": actor.user_id, "fapprovedate": database.now_text()}
