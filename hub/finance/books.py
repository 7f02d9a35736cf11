"""What finance reads: receivables, receipts and settlements of the golden records, whole sets at a time."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from hub.finance.spread import ZERO
from hub.store.core import binding, record
from hub.store.scope import EVERYTHING, Scope

COUNTED_STATES = ("live", "doubtful")
#: A document that is a draft (again) or cancelled is nobody's debt.
NOT_COUNTED = ("draft", "cancelled")


@dataclass(frozen=True, slots=True)
class Party:
    """A customer or salesperson. `id` is None for one that is named but not known to the hub, or not named at all."""

    id: int | None = None
    number: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Instalment:
    """`line` is the golden line id, "" where the receivable has no plan (or for what its plan does not cover)."""

    line: str
    due_date: date | None
    amount: Decimal
    stated_settled: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Receivable:
    """One receivable; its instalments in order of their due dates add up to `amount`."""

    id: int
    number: str
    customer: Party
    owner: Party
    currency: str
    dated: date | None
    amount: Decimal
    stated_settled: Decimal | None
    instalments: tuple[Instalment, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    id: int
    number: str
    customer: Party
    owner: Party
    currency: str
    dated: date | None
    amount: Decimal
    stated_settled: Decimal | None


@dataclass(frozen=True, slots=True)
class Settlement:
    """A match, or (negative) a reversal of one. Ids are None where the other record is not known."""

    id: int
    number: str
    receivable: int | None
    receipt: int | None
    instalment: str
    dated: date | None
    amount: Decimal


@dataclass(slots=True)
class Books:
    """Everything that an aging needs. `lines`: (receivable id, native row id) -> golden line id."""

    receivables: list[Receivable] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    settlements: list[Settlement] = field(default_factory=list)
    lines: dict[tuple[int, str], str] = field(default_factory=dict)
    whole: bool = True


def read_books(connection: Connection, scope: Scope | None = None) -> Books:
    """The documents that `scope` sees (None = all). Settlements belong to no customer and are all read."""
    scope = scope or EVERYTHING
    parties = _Parties(connection)
    return Books(
        receivables=[_receivable(row, parties) for row in _documents(connection, "receivable", scope)],
        receipts=[_receipt(row, parties) for row in _documents(connection, "receipt", scope)],
        settlements=[_settlement(row) for row in _documents(connection, "settlement", EVERYTHING)],
        lines=_lines(connection),
        whole=scope.everything,
    )


def _documents(connection: Connection, entity: str, scope: Scope) -> Iterator[Any]:
    gone = _gone(connection, entity)
    query = select(record.c.id, record.c.data).where(
        record.c.entity == entity, record.c.state.in_(COUNTED_STATES), scope.records()
    )
    for row in connection.execute(query.order_by(record.c.id)):
        if row.id not in gone and row.data.get("status") not in NOT_COUNTED:
            yield row


def _gone(connection: Connection, entity: str) -> set[int]:
    """Records that no system holds any more: deleted at the vendor, kept here because absence deletes nothing (I12)."""
    query = select(binding.c.record_id, binding.c.state).where(*_bound(entity))
    rows = connection.execute(query).all()
    gone = {row.record_id for row in rows if row.state == "gone"}
    return gone - {row.record_id for row in rows if row.state != "gone"} if gone else gone


def _bound(entity: str) -> tuple[Any, ...]:
    """Bindings of an entity, found through their records: the table is far larger than what finance needs of it."""
    records = select(record.c.id).where(record.c.entity == entity)
    return (binding.c.record_id.in_(records), binding.c.external_id != "")


def _lines(connection: Connection) -> dict[tuple[int, str], str]:
    """A settlement names the vendor's row; which golden line that is stands in the receivable's base."""
    query = select(binding.c.record_id, binding.c.base).where(*_bound("receivable"))
    return {
        (row.record_id, str(agreed.get("native_id"))): line
        for row in connection.execute(query)
        for line, agreed in row.base.get("rows", {}).items()
    }


class _Parties:
    """Customers and employees by record id; a record that was merged is its survivor."""

    def __init__(self, connection: Connection) -> None:
        query = select(record.c.id, record.c.number, record.c.title, record.c.merged_into)
        people = record.c.entity.in_(("customer", "employee"))
        self._rows = {row.id: row for row in connection.execute(query.where(people))}

    def of(self, value: Any) -> Party:
        if isinstance(value, Mapping):  # a reference whose parent the hub has not seen yet
            named = str(value.get("$ref", {}).get("value", ""))
            return Party(None, named, named)
        row = self._survivor(value)
        return Party() if row is None else Party(row.id, row.number, row.title)

    def _survivor(self, value: Any) -> Any:
        row, seen = self._rows.get(value), set()
        while row is not None and row.merged_into is not None and row.id not in seen:
            seen.add(row.id)
            row = self._rows.get(row.merged_into)
        return row


def _receivable(row: Any, parties: _Parties) -> Receivable:
    data = row.data
    plan = tuple(_instalments(data))
    amount = amount_of(data.get("amount"))
    return Receivable(
        row.id,
        str(data.get("number") or ""),
        parties.of(data.get("customer")),
        parties.of(data.get("owner")),
        _currency(data),
        day_of(data.get("date")),
        sum((part.amount for part in plan), ZERO) if amount is None else amount,
        amount_of(data.get("settled_amount")),
        plan,
    )


def _instalments(data: Mapping[str, Any]) -> Iterable[Instalment]:
    """In order of due date. Whatever the plan does not cover is due on the receivable's own date."""
    due = day_of(data.get("due_date")) or day_of(data.get("date"))
    parts = [_instalment(line, due) for line in data.get("instalments") or ()]
    whole = amount_of(data.get("amount"))
    rest = ZERO if whole is None else whole - sum((part.amount for part in parts), ZERO)
    if rest:
        parts.append(Instalment("", due, rest))
    return sorted(parts, key=lambda part: (part.due_date or date.max, part.line == ""))


def _instalment(line: Mapping[str, Any], due: date | None) -> Instalment:
    amount = amount_of(line.get("amount")) or ZERO
    stated = amount_of(line.get("settled_amount"))
    return Instalment(str(line.get("id", "")), day_of(line.get("due_date")) or due, amount, stated)


def _receipt(row: Any, parties: _Parties) -> Receipt:
    data = row.data
    return Receipt(
        row.id,
        str(data.get("number") or ""),
        parties.of(data.get("customer")),
        parties.of(data.get("owner")),
        _currency(data),
        day_of(data.get("date")),
        amount_of(data.get("amount")) or ZERO,
        amount_of(data.get("settled_amount")),
    )


def _settlement(row: Any) -> Settlement:
    data = row.data
    return Settlement(
        row.id,
        str(data.get("number") or ""),
        _record_id(data.get("receivable")),
        _record_id(data.get("receipt")),
        str(data.get("instalment") or ""),
        day_of(data.get("date")),
        amount_of(data.get("amount")) or ZERO,
    )


def _record_id(value: Any) -> int | None:
    return value if isinstance(value, int) else None


def _currency(data: Mapping[str, Any]) -> str:
    return str(data.get("currency") or "")


def amount_of(value: Any) -> Decimal | None:
    """Golden decimal text as a Decimal."""
    return None if value is None else Decimal(str(value))


def day_of(value: Any) -> date | None:
    """A golden date, or the day of a golden time."""
    return None if not value else date.fromisoformat(str(value)[:10])
