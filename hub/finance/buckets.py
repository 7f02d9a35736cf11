"""Aging buckets: not due, 1-30, 31-60 … days past due; the bounds are a setting (`aging.buckets`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, select

from hub.errors import BadInput, Text
from hub.store.apply import upsert
from hub.store.audit import Deed, write_audit
from hub.store.core import setting
from hub.store.database import Database

DEFAULT_BOUNDS = (30, 60, 90)
SETTING = "aging.buckets"
MOST = 12
LONGEST = 3650


@dataclass(frozen=True, slots=True)
class Bucket:
    """`first`..`last` days past due, both counted; None = open on that side."""

    key: str
    title: Text
    first: int | None = None
    last: int | None = None

    def holds(self, days: int) -> bool:
        return (self.first is None or days >= self.first) and (self.last is None or days <= self.last)


NOT_DUE = Bucket("not_due", Text("未到期", "Not due"), last=0)


def make_buckets(bounds: Sequence[Any] = DEFAULT_BOUNDS) -> tuple[Bucket, ...]:
    """Buckets from the last days of each, ascending: (30, 60, 90) -> not_due, 1-30, 31-60, 61-90, >90. Raises BadInput."""
    given = list(bounds)
    whole = all(isinstance(bound, int) and not isinstance(bound, bool) for bound in given)
    if not whole or not 1 <= len(given) <= MOST or not _ascending(given):
        raise BadInput(
            f"账龄分段 {given} 有误：请给出 1 到 {MOST} 个递增的天数（1 到 {LONGEST}），如 [30, 60, 90]",
            f"aging buckets {given} are wrong: give 1 to {MOST} ascending days (1 to {LONGEST}) such as [30, 60, 90]",
            field=SETTING,
            value=str(given)[:200],
        )
    middle = [_between(low + 1, high) for low, high in pairwise((0, *given))]
    last = given[-1]
    return (NOT_DUE, *middle, Bucket(f">{last}", Text(f"{last} 天以上", f"over {last} days"), first=last + 1))


def _ascending(bounds: Sequence[int]) -> bool:
    return all(low < high for low, high in pairwise((0, *bounds))) and bounds[-1] <= LONGEST


def _between(first: int, last: int) -> Bucket:
    return Bucket(f"{first}-{last}", Text(f"{first}-{last} 天", f"{first}-{last} days"), first, last)


def bucket_of(buckets: Sequence[Bucket], days: int | None) -> Bucket:
    """The bucket of something `days` past due; what has no due date is not due."""
    wanted = 0 if days is None else days
    return next(bucket for bucket in buckets if bucket.holds(wanted))


def load_buckets(connection: Connection) -> tuple[Bucket, ...]:
    """As the admins set them, or the default."""
    bounds = connection.execute(select(setting.c.value).where(setting.c.name == SETTING)).scalar()
    return make_buckets(DEFAULT_BOUNDS if bounds is None else bounds)


def save_bounds(db: Database, bounds: Sequence[int], *, who: str, now: datetime) -> None:
    """Change the bounds for everybody. Raises BadInput for what makes no buckets."""
    make_buckets(bounds)
    with db.write() as tx:
        statement = upsert(tx, setting).values(name=SETTING, value=list(bounds))
        tx.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value}))
        write_audit(tx, Deed(who, "setting.change", SETTING, {"value": list(bounds)}), now)
