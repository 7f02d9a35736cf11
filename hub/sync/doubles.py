"""People whose companies became one: contacts that now share a customer are compared again by the identity rules (ENGINE section 4)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from hub.store.apply import open_item
from hub.store.core import binding, record
from hub.store.pageplan import Draft
from hub.sync.drafts import possible_key
from hub.sync.identity import Candidate, Match, match

Pair = tuple[int, int]
"""(survivor, loser)"""


def contacts_that_meet(
    db: Connection, *, survivor: int, arrived: Collection[int], why: str, now: datetime
) -> Sequence[Pair]:
    """The contacts `arrived` at the customer `survivor`, each compared with those that were there: the pairs that are surely one
    person, to be merged by the caller. What is only likely opens a possible duplicate, once."""
    contacts = _contacts(db, survivor)
    here = {row.id: row for row in contacts if row.id not in arrived}
    pairs: list[Pair] = []
    for row in contacts:
        if row.id not in arrived:
            continue
        found = match("contact", row.data, _candidates(db, row, list(here.values())))
        if found.verdict == "link":
            pairs.append((found.record_id, row.id))
            del here[found.record_id]  # one person is one other person
        elif found.verdict == "possible":
            open_item(db, _item(row, [here[i] for i in found.candidates], found, why), now)
    return pairs


def _contacts(db: Connection, customer: int) -> Sequence[Any]:
    query = select(record).where(
        record.c.entity == "contact", record.c.customer_id == customer, record.c.state == "live"
    )
    return db.execute(query.order_by(record.c.id)).all()


def _candidates(db: Connection, row: Any, others: Sequence[Any]) -> list[Candidate]:
    """`bound`: both are rows of one system, so only a person may say that they are one."""
    mine = _places(db, row.id)
    return [Candidate(other.id, other.data, bound=bool(mine & _places(db, other.id))) for other in others]


def _places(db: Connection, record_id: int) -> set[int]:
    query = select(binding.c.connection_id).where(
        binding.c.record_id == record_id, binding.c.external_id != "", binding.c.state == "linked"
    )
    return set(db.scalars(query))


def _item(row: Any, others: Sequence[Any], found: Match, why: str) -> Draft:
    names = "、".join(str(other.title or other.id) for other in others[:3])
    return Draft(
        kind="possible_duplicate",
        entity="contact",
        key=possible_key(row.id),
        zh=f"两家客户已合并，“{row.title}”可能与同一客户下的 {names} 是同一个人：请选择合并或分开",
        en=f"Two customers became one, and “{row.title}” may be the same person as {names} there: link them or keep them apart",
        record_id=row.id,
        data={"candidates": [other.id for other in others], "why": f"{found.why}; {why}", "values": dict(row.data)},
    )
