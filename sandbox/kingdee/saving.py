"""Save and Draft: which document a Model means, what of it changes, what is checked, what the server fills in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.kingdee.amounts import recalculate
from sandbox.kingdee.body import flag, text_list
from sandbox.kingdee.database import Database
from sandbox.kingdee.documents import Document, Row
from sandbox.kingdee.errors import (
    BAD_PARAMETER,
    NO_DATA,
    NOT_OPERABLE,
    VALIDATION,
    Refused,
    period_closed,
    required,
    too_long,
)
from sandbox.kingdee.events import Actor, complete_plan, fill_required, follow_values, note_typed_discount
from sandbox.kingdee.forms import Field, Form, Group
from sandbox.kingdee.references import Lookup, resolve
from sandbox.kingdee.values import plain_text, stored_value

Model = Mapping[str, Any]


@dataclass(frozen=True)
class SaveOptions:
    """The options of kingdee.md 3.1 that change what a Save does."""

    draft: bool = False
    only_fields: frozenset[str] = frozenset()
    return_fields: tuple[str, ...] = ()
    delete_entries: bool = True
    verify_base_data: bool = False
    by_number: bool = True
    validate: bool = True
    control_precision: bool = False
    submit_and_audit: bool = False
    normalise: bool = False
    flat_subheads: bool = False
    fill_required: bool = False


def options_from(data: Mapping[str, Any], *, draft: bool = False, normalise: bool = False) -> SaveOptions:
    """Options as a client sends them, with the vendor's defaults."""
    return SaveOptions(
        draft=draft,
        only_fields=frozenset(item.lower() for item in text_list(data.get("NeedUpDateFields"))),
        return_fields=tuple(text_list(data.get("NeedReturnFields"))),
        delete_entries=flag(data.get("IsDeleteEntry"), True),
        verify_base_data=flag(data.get("IsVerifyBaseDataField")),
        by_number=flag(data.get("NumberSearch"), True),
        validate=flag(data.get("ValidateFlag"), True),
        control_precision=flag(data.get("IsControlPrecision")),
        submit_and_audit=flag(data.get("IsAutoSubmitAndAudit")),
        normalise=normalise,
    )


@dataclass
class Saving:
    """One Save on one form: `run` returns the stored document or raises Refused and leaves everything as it was."""

    database: Database
    form: Form
    actor: Actor
    options: SaveOptions
    created: bool = False
    _lookup: Lookup = field(default_factory=Lookup)

    def run(self, model: Model) -> Document:
        """Applies a Model, stores the result and returns it."""
        sent = {key.lower(): value for key, value in model.items()}
        document = self._target(sent)
        if self.created:
            self._set_defaults(document)
        self._lookup = self._lookup_for(sent, document)
        self._apply_head(document, sent)
        self._apply_entries(document, sent)
        self._complete(document)
        self._number(document)
        self._stamp(document)
        self.database.table(self.form.form_id).put(document)
        return document

    def _target(self, sent: dict[str, Any]) -> Document:
        """A copy of the document to update, or a new one. An id of 0 or none means insert."""
        raw = sent.get(self.form.pk.lower()) or 0
        if not str(raw).strip().isdigit():
            raise Refused(BAD_PARAMETER, f"内码“{raw}”不是有效的数字", field=self.form.pk)
        document_id = int(raw)
        table = self.database.table(self.form.form_id)
        if document_id == 0:
            self.created = True
            return Document(table.new_id(), {})
        stored = table.docs.get(document_id)
        if stored is None:
            raise Refused(NO_DATA, f"内码为{document_id}的{self.form.label}不存在或已被删除", field=self.form.pk)
        self._check_editable(stored, sent)
        return stored.copy()

    def _check_editable(self, stored: Document, sent: dict[str, Any]) -> None:
        if self.actor.force or stored.status in {"Z", "A", "D", ""}:
            return
        if stored.status == "B" and not self.database.settings.submitted_is_locked:
            return
        if stored.status == "C" and self._only_after_audit_fields(sent):
            return
        state = "已审核" if stored.status == "C" else "审核中"
        raise Refused(NOT_OPERABLE, f"{self.form.label}“{stored.values.get(self.form.number_key)}”{state}，不允许修改")

    def _only_after_audit_fields(self, sent: dict[str, Any]) -> bool:
        """Only fields flagged "允许审核后修改": named in NeedUpDateFields, or typed by a user at the screen."""
        typed = frozenset(sent) & self.form.plain_head.keys()
        wanted = self.options.only_fields if self.actor.via_api else typed
        fields = [self.form.head.get(key) for key in wanted if key not in self.form.subheads]
        return bool(wanted) and all(item is not None and item.after_audit for item in fields)

    def _set_defaults(self, document: Document) -> None:
        for item in self.form.head.values():
            if item.default is not None:
                document.values[item.lower] = stored_value(item, item.default)

    def _lookup_for(self, sent: dict[str, Any], document: Document) -> Lookup:
        """References resolve in the document's own organization, wherever in the Model that one stands."""
        base = Lookup(self.options.by_number, self.options.verify_base_data)
        if not self.form.org or self.form.name:
            return base
        key = self.form.org.lower()
        owner = document.values.get(key) or self.actor.org_id
        if key in sent:
            owner = resolve(self.database, self.form.head[key], sent[key], base) or owner
        return Lookup(base.by_number, base.verify, owner)

    def _wanted(self, key: str) -> bool:
        return not self.options.only_fields or self.created or key in self.options.only_fields

    def _apply_head(self, document: Document, sent: dict[str, Any]) -> None:
        allowed = self.form.head if self.options.flat_subheads else self.form.plain_head
        self._apply(document.values, allowed, sent)
        for key, group in self.form.subheads.items():
            inner = sent.get(key)
            if isinstance(inner, Mapping):
                self._apply(document.values, group.by_key, {name.lower(): value for name, value in inner.items()})

    def _apply(self, values: dict[str, Any], fields: Mapping[str, Field], sent: Mapping[str, Any]) -> None:
        """Keys in the order sent; unknown and computed ones are ignored, as by the real form."""
        for key, value in sent.items():
            item = fields.get(key)
            if item is not None and not item.computed and self._wanted(key):
                values[key] = self._value(item, value)

    def _value(self, item: Field, value: Any) -> Any:
        if item.kind in {"ref", "user"}:
            return resolve(self.database, item, value, self._lookup)
        most = self.database.settings.text_length
        if item.kind in {"text", "local"} and self.actor.via_api and len(plain_text(value, self.actor.lcid)) > most:
            raise too_long(item.key, item.label, most)
        found = stored_value(item, value, lcid=self.actor.lcid, control_precision=self.options.control_precision)
        if self.options.normalise and isinstance(found, str) and item.kind in {"text", "local"}:
            return " ".join(found.split())
        return found

    def _apply_entries(self, document: Document, sent: dict[str, Any]) -> None:
        for key, group in self.form.entries.items():
            if key in sent and self._wanted(key):
                self._apply_rows(document, group, sent[key])
            elif self._drops_unnamed_rows():
                document.rows.pop(key, None)

    def _drops_unnamed_rows(self) -> bool:
        whole = self.options.delete_entries and not self.options.only_fields and not self.created
        return whole and self.database.settings.head_only_update_deletes_entries and self.actor.via_api

    def _apply_rows(self, document: Document, group: Group, sent: Any) -> None:
        """Rows with a known entry id change, rows without one are new, rows not sent go when IsDeleteEntry is on."""
        rows = sent if isinstance(sent, list) else [sent]
        existing = {row.id: row for row in document.rows.get(group.lower, [])}
        touched = [self._row(group, existing, item) for item in rows if isinstance(item, Mapping)]
        if not self.options.delete_entries:
            kept = [row for row in existing.values() if row.id not in {item.id for item in touched}]
            touched = sorted(kept + [row for row in touched if row.id in existing], key=lambda row: row.seq) + [
                row for row in touched if row.id not in existing
            ]
        for number, row in enumerate(touched, 1):
            row.seq = number
        document.rows[group.lower] = touched

    def _row(self, group: Group, existing: dict[int, Row], item: Mapping[str, Any]) -> Row:
        sent = {key.lower(): value for key, value in item.items()}
        raw = str(sent.get(group.pk.lower()) or "").strip()
        row = existing.get(int(raw)) if raw.isdigit() else None
        if row is None:
            row = Row(self.database.table(self.form.form_id).new_entry_id(), 0, {})
            defaults = {field.lower: stored_value(field, field.default) for field in group.fields if field.default}
            row.values.update(defaults)
        self._apply(row.values, group.by_key, sent)
        note_typed_discount(row, set(sent))
        return row

    def _complete(self, document: Document) -> None:
        """Value-change events, required fields, the period, computed amounts."""
        follow_values(self.form.form_id, document)
        self._check_period(document)
        strict = self.database.settings.strict_required and not self.options.fill_required
        checked = self.options.validate and not self.options.draft
        if strict and checked:
            self._check_required(document)
        fill_required(self.database, self.form.form_id, document, self.actor)
        if checked:
            self._check_required(document)
        if self.form.form_id == "AR_receivable":
            complete_plan(self.database, document)
        recalculate(self.database, self.form.form_id, document)

    def _check_required(self, document: Document) -> None:
        for group, item in self.form.required():
            places = [document.values] if group is None else [row.values for row in document.rows.get(group.lower, [])]
            if any(values.get(item.lower) in (None, "", 0) for values in places):
                raise required(item.key, item.label)

    def _check_period(self, document: Document) -> None:
        """A bill dated in a period that finance has closed is not saved any more."""
        closed, day = self.database.settings.closed_until, str(document.values.get("fdate") or "")[:10]
        if closed and day and not self.form.name and day <= closed and self.actor.via_api:
            raise period_closed(self.form.label, day, field="FDate")

    def _number(self, document: Document) -> None:
        """Keeps a number that was sent, gives one by the code rule otherwise; a draft goes without."""
        key = self.form.number_key
        if not key:
            return
        if not document.values.get(key) and not self.options.draft:
            document.values[key] = self.database.table(self.form.form_id).new_number()
        self._check_unique(document)

    def _check_unique(self, document: Document) -> None:
        number, org = document.values.get(self.form.number_key), self.form.org.lower()
        if not number:
            return
        for other in self.database.table(self.form.form_id).with_number(number):
            if other.id != document.id and other.values.get(org) == document.values.get(org):
                text = f"违反字段唯一性要求：编码唯一。[{number}]在当前系统中已经被使用。"
                raise Refused(VALIDATION, text, field=self.form.number)

    def _stamp(self, document: Document) -> None:
        now, values = self.database.now_text(), document.values
        if self.created:
            values |= {"fcreatorid": self.actor.user_id, "fcreatedate": now, "fdocumentstatus": "Z"}
        if not self.options.draft and values.get("fdocumentstatus") == "Z":
            values["fdocumentstatus"] = "A"
        values |= {"fmodifierid": self.actor.user_id, "fmodifydate": now}
