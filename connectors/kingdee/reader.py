"""Reads records of one entity: keyset pages, reads by id and number, entries joined per page of ids (kingdee.md
3.4)."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from connectors.kingdee import filters
from connectors.kingdee.calls import Calls
from connectors.kingdee.errors import unknown_field
from connectors.kingdee.forms import Entry
from connectors.kingdee.plan import Plan, Plans
from connectors.kingdee.records import moved_bills, rows_by_bill
from connectors.kingdee.replies import is_rows, rows_by_key
from hub.connector import Native
from hub.errors import ConfigInvalid, Unreachable

ROW_LIMIT = 2000
_MOST = "most_rows"
_MOST_LIFE_S = 86400.0
_SAME_PAGE_TRIES = 3
_TORN_TRIES = 3
_MAX_DROPPED = 20
T = TypeVar("T")


@dataclass(frozen=True)
class Ask:
    """One query: where and from which id on."""

    where: str
    after: int = 0
    limit: int = 500


class Reader:
    """Queries of one connection."""

    def __init__(self, calls: Calls, plans: Plans) -> None:
        self._calls = calls
        self._plans = plans

    def with_plan(self, entity: str, use: Callable[[Plan], T]) -> T:
        """`use` with the entity's plan; a field that the server refuses is left out and `use` runs again."""
        plan = self._plans.of(entity)
        for _ in range(_MAX_DROPPED):
            try:
                return use(plan)
            except ConfigInvalid as error:
                culprit = unknown_field(error.vendor.message)
                if not plan.mentions(culprit):
                    raise
                plan = self._plans.drop_field(entity, culprit)
        return use(plan)

    def page(self, entity: str, ask: Ask) -> tuple[list[Native], bool]:
        """Records past `ask.after` in id order with their entries, and whether the page may be followed by another."""
        return self.with_plan(entity, lambda plan: self._page(plan, ask))

    def by_filter(self, entity: str, where: str) -> list[Native]:
        """All records that meet a filter."""
        found: list[Native] = []
        more, last = True, 0
        while more:
            rows, more = self.page(entity, Ask(where, last))
            found += rows
            last = int(rows[-1][self._plans.of(entity).pk]) if rows else last
        return found

    def heads(self, entity: str, where: str) -> list[Native]:
        """Heads of at most ROW_LIMIT records."""
        return self.with_plan(entity, lambda plan: self._heads(plan, Ask(where, 0, ROW_LIMIT))[0])

    def query(self, plan: Plan, keys: Sequence[str], options: dict[str, Any], form_id: str = "") -> list[Native]:
        """One ExecuteBillQuery. Raises Unreachable when the replies are not rows of these columns."""
        asked = {"FilterString": "", "OrderString": "", "TopRowCount": 0, "StartRow": 0, "SubSystemId": "", **options}
        data = {"FormId": form_id or plan.form.form_id, "FieldKeys": ",".join(keys), **asked}
        for _ in range(_SAME_PAGE_TRIES):
            rows = self._calls.read("ExecuteBillQuery", {"data": data})
            if is_rows(rows) and all(len(row) == len(keys) for row in rows):
                return rows_by_key(keys, rows)
        raise Unreachable("金蝶的查询结果格式不对，稍后重试", "The query result has the wrong shape; tried again later")

    def _page(self, plan: Plan, ask: Ask) -> tuple[list[Native], bool]:
        heads, more = self._heads(plan, ask)
        torn = self._fill(plan, heads, distrust_empty=True)
        for _ in range(_TORN_TRIES):
            if not torn:
                break
            # Changed while it was being read: head and rows must be of one moment, or totals would not tie.
            heads = self._read_again(plan, heads, torn)
            torn = self._fill(plan, [head for head in heads if int(head[plan.pk]) in torn], distrust_empty=False)
        self._join(plan, heads)
        return heads, more

    def _read_again(self, plan: Plan, heads: list[Native], torn: set[int]) -> list[Native]:
        """The heads with those of `torn` replaced by what they are now; one that is gone is left out."""
        again = self._heads(plan, Ask(filters.by_ids(plan.pk, torn), 0, ROW_LIMIT))[0]
        fresh = {int(head[plan.pk]): head for head in again}
        kept = [fresh.get(int(head[plan.pk]), head) for head in heads]
        return [head for head in kept if int(head[plan.pk]) not in torn or int(head[plan.pk]) in fresh]

    def _heads(self, plan: Plan, ask: Ask) -> tuple[list[Native], bool]:
        """Rows past `after`, in id order. A repeated page is asked for again, and an empty one once more (3.4)."""
        where = filters.both(ask.where, filters.after(plan.pk, ask.after))
        options = {"FilterString": where, "OrderString": f"{plan.pk} ASC", "Limit": ask.limit}
        for _ in range(_SAME_PAGE_TRIES):
            rows = self.query(plan, plan.head, options)
            fresh = {int(row[plan.pk]): row for row in rows if int(row[plan.pk] or 0) > ask.after}
            if fresh or not rows:
                return [fresh[key] for key in sorted(fresh)], self._may_go_on(len(rows), ask.limit)
        raise Unreachable("金蝶反复返回同一页，稍后重试", "The same page came again and again; tried again later")

    def _may_go_on(self, count: int, limit: int) -> bool:
        """Whether more rows may follow. The server cuts rows over its cap without a word, so a short answer is
        believed to be
        the last only when a longer one was seen before."""
        known = self._most_rows()
        if count > known:
            self._calls.link.tokens.put(_MOST, json.dumps({_MOST: count}), _MOST_LIFE_S)
        return count >= limit or (count > 0 and count >= known)

    def _most_rows(self) -> int:
        """The longest answer that any worker of this connection has seen lately."""
        kept = self._calls.link.tokens.get(_MOST)
        return int(json.loads(kept)[_MOST]) if kept else 0

    def _fill(self, plan: Plan, heads: list[Native], *, distrust_empty: bool) -> set[int]:
        """Put the rows of every entry into the heads; ids of bills that changed meanwhile, or that show no rows."""
        torn: set[int] = set()
        for key, keys in plan.entries.items() if heads else ():
            entry = plan.form.entry_keys[key]
            rows = list(self._entry_rows(plan, (entry, keys), [int(head[plan.pk]) for head in heads]))
            lines = rows_by_bill(plan.form, entry, rows)
            torn |= moved_bills(plan.form, heads, rows)
            for head in heads:
                head[key] = lines.get(int(head[plan.pk]), [])
                if distrust_empty and not head[key]:
                    torn.add(int(head[plan.pk]))
        return torn

    def _entry_rows(self, plan: Plan, ask: tuple[Entry, tuple[str, ...]], ids: Sequence[int]) -> Iterator[Native]:
        """All rows of these bills, in row-id order so that the server's row cap cuts nowhere in between."""
        entry, keys = ask
        last, more = 0, True
        while more:
            where = filters.both(filters.by_ids(plan.form.pk, ids), filters.after(entry.pk, last))
            options = {"FilterString": where, "OrderString": f"{entry.pk} ASC", "Limit": ROW_LIMIT}
            rows = self.query(plan, keys, options)
            fresh = [row for row in rows if not last or int(row[entry.pk] or 0) > last]
            yield from fresh
            more = bool(fresh) and self._may_go_on(len(rows), ROW_LIMIT)
            last = int(fresh[-1][entry.pk] or 0) if fresh else last

    def _join(self, plan: Plan, heads: list[Native]) -> None:
        """Columns of another form beside each record."""
        join = plan.form.join
        values = sorted({str(head.get(join.on) or "").strip() for head in heads} - {""}) if join and plan.joined else []
        if join is None or not values:
            return
        options = {"FilterString": filters.by_texts(join.key, values), "OrderString": join.key, "Limit": ROW_LIMIT}
        rows = self.query(plan, plan.joined, options, join.form_id)
        known = {str(row[join.key]): row for row in rows}
        for head in heads:
            row = known.get(str(head.get(join.on) or "").strip(), {})
            head |= {f"{join.form_id}.{key}": row.get(key) for key in plan.joined[1:]}
