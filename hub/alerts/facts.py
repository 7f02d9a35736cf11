"""What templates and conditions see of an event: the record, its customer and owner, and a few computed values. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from hub.alerts.kinds import sample_notice
from hub.model.fields import FIELDS, FieldSpec

COMPUTED = frozenset({"days_overdue", "days_to_due", "outstanding", "due_date", "instalment_amount", "step"})
"""On receivable.overdue and receivable.due_soon, from the event."""
AMOUNTS = ("outstanding", "instalment_amount")
_NUMBERS = ("decimal", "money")
_SAMPLES = {
    "date": "2026-11-21",
    "time": "2026-11-21T01:00:00Z",
    "bool": True,
    "ref": 1,
    "identifier": "91330100MA27XXXX0X",
}


class Custom(dict[str, Any]):
    """Custom fields are declared by mappings: one that a record lacks is empty, not an error."""

    def __missing__(self, _key: str) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Subject:
    """What an event is about, as rows of table record; the others are None where they are not known."""

    entity: str
    record: Any
    customer: Any = None
    owner: Any = None
    customer_owner: Any = None

    @property
    def responsible(self) -> Any:
        """The record's own owner, else its customer's."""
        return self.owner or self.customer_owner


def template_facts(event: Any, subject: Subject, *, link: str, now: datetime) -> dict[str, Any]:
    """Names for templates: record, customer, owner, event, link, now, and the computed values (empty where there are none)."""
    own = fields_of(subject.entity, subject.record.data)
    return {
        "record": own,
        "customer": own if subject.entity == "customer" else fields_of("customer", _data(subject.customer)),
        "owner": fields_of("employee", _data(subject.responsible)),
        "event": {"kind": event.kind, "at": event.at, **_event(event.data)},
        "link": link,
        "now": now,
        **{name: event.data.get(name) for name in COMPUTED},
        **{name: _decimal(event.data.get(name)) for name in AMOUNTS},
    }


def condition_facts(event: Any, subject: Subject) -> dict[str, Any]:
    """The same, flat and in golden form, for hub.sync.filters."""
    found = {f"customer.{name}": value for name, value in _data(subject.customer).items()}
    found |= {f"owner.{name}": value for name, value in _data(subject.responsible).items()}
    return {**found, **subject.record.data, **{name: event.data.get(name) for name in COMPUTED if name in event.data}}


def sample_facts(entity: str, *, full: bool, now: datetime, notice: str = "") -> dict[str, Any]:
    """Made-up values for checking a template: every name that may be used is there, with a value or (not full) without.
    `notice`: the kind, for an event about the hub itself."""
    made = {name: _sample_fields(name, full) for name in (entity, "customer", "employee")}
    if notice:
        made[entity] = sample_notice(notice, full=full)
    computed: dict[str, Any] = dict.fromkeys(COMPUTED)
    if full:
        computed |= {"days_overdue": 7, "days_to_due": -7, "due_date": "2026-11-14", "step": 7}
        computed |= dict.fromkeys(AMOUNTS, Decimal("1234.5"))
    event = {"kind": f"{entity}.created", "at": now, "fields": ["name"], "connection": "crm"}
    people = {"customer": made["customer"], "owner": made["employee"]}
    return {"record": made[entity], **people, "event": event, "link": "", "now": now, **computed}


def fields_of(entity: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Golden data as nested names (record.region.city); every known field is there, amounts and quantities are Decimals."""
    specs = FIELDS.get(entity, {})
    flat = {name: _value(spec, data.get(name)) for name, spec in specs.items()}
    return _nested({**data, **flat})


def _event(data: Mapping[str, Any]) -> dict[str, Any]:
    return {"fields": data.get("fields", []), "connection": data.get("connection", "")}


def _data(row: Any) -> Mapping[str, Any]:
    return {} if row is None else row.data


def _value(spec: FieldSpec, value: Any) -> Any:
    if spec.type in _NUMBERS:
        return _decimal(value)
    if spec.type == "rows":
        return [{name: _value(own, row.get(name)) for name, own in spec.rows.items()} for row in value or ()]
    return value


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"custom": Custom()}
    for name, value in _groups_last(flat):
        head, _, rest = name.partition(".")
        if rest:
            group = found.setdefault(head, {})
            if isinstance(group, dict):
                group[rest] = value
        else:
            found[name] = value
    return found


def _groups_last(flat: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    return iter(sorted(flat.items(), key=lambda entry: "." in entry[0]))


def _sample_fields(entity: str, full: bool) -> dict[str, Any]:
    specs = FIELDS.get(entity, {})
    return _nested({name: _sample(spec) if full else None for name, spec in specs.items()})


def _sample(spec: FieldSpec) -> Any:
    if spec.type in _NUMBERS:
        return Decimal("1234.5")
    if spec.type == "rows":
        return [{name: _sample(own) for name, own in spec.rows.items()}]
    return spec.choices[0] if spec.choices else _SAMPLES.get(spec.type, "示例")
