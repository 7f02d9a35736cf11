"""Deliberately broken engines: each takes one rule out of the engine, and the machines have to notice."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from sqlalchemy import update

from hub.store.core import binding, intent, record
from hub.store.leases import free_bindings
from hub.sync import decide, merge, outcome, plan, pull, push, pushplan, rows, settle, sweep
from hub.sync.merge import Conflict, Merged
from hub.sync.plan import _Planner
from hub.sync.pull import PullRun, Reader
from hub.sync.push import PushRun
from hub.sync.settle import SettleRun

Break = Callable[[pytest.MonkeyPatch], None]


def _merge_unit(patch: pytest.MonkeyPatch, broken: Callable[..., Merged]) -> None:
    patch.setattr(decide, "merge_unit", broken)
    patch.setattr(rows, "merge_unit", broken)


def the_remote_always_wins(patch: pytest.MonkeyPatch) -> None:
    def broken(rules: Any, **given: Any) -> Merged:
        merged = merge.merge_unit(rules, **{**given, "winner": "here", "first": "here"})
        return dataclasses.replace(merged, lost={})

    _merge_unit(patch, broken)


def a_blank_overwrites(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(merge, "_blank", lambda _values: False)


def equal_edits_conflict(patch: pytest.MonkeyPatch) -> None:
    def broken(rules: Any, **given: Any) -> Merged:
        merged = merge.merge_unit(rules, **given)
        names = list(merged.base)
        if merged.verdict != "agree" or not names or names[0] not in given["base"]:
            return merged
        both = {name: given["golden"].get(name) for name in names}
        return Merged("hold", conflict=Conflict(rules[0].unit, both, both, {}, natives=dict(given["natives"])))

    _merge_unit(patch, broken)


def the_loser_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    def broken(rules: Any, **given: Any) -> Merged:
        return dataclasses.replace(merge.merge_unit(rules, **given), lost={})

    _merge_unit(patch, broken)


def a_group_merges_field_by_field(patch: pytest.MonkeyPatch) -> None:
    def alone(rules: Any) -> dict[str, Any]:
        return {rule.field: [rule] for rule in rules}

    patch.setattr(decide, "units", alone)
    patch.setattr(rows, "units", alone)


def lines_match_by_position(patch: pytest.MonkeyPatch) -> None:
    def broken(read: Sequence[Any], base: Mapping[str, Any], golden: Sequence[Any]) -> dict[int, str]:
        return {i: line["id"] for i, (_row, line) in enumerate(zip(read, golden, strict=False))}

    patch.setattr(rows, "align", broken)


def a_lost_create_is_repeated_blindly(patch: pytest.MonkeyPatch) -> None:
    def broken(self: PushRun, jobs: Sequence[Any], _error: Any) -> None:
        ids = [job.binding.id for job in jobs]
        with self.core.db.write() as db:
            mine = update(intent).where(intent.c.binding_id.in_(ids), intent.c.state == "open")
            db.execute(mine.values(state="failed"))
            free_bindings(db, ids, fence=self.fence, due_at=self.core.now())

    patch.setattr(PushRun, "_unknown", broken)


def the_key_changes_with_each_attempt(patch: pytest.MonkeyPatch) -> None:
    def broken(row: Any, *args: Any, **given: Any) -> Any:
        job = pushplan.plan_push(row, *args, **given)
        if job.write is None or job.action != "create":
            return job
        key = f"{job.write.key}-{row.fence}"
        return dataclasses.replace(job, write=dataclasses.replace(job.write, key=key))

    patch.setattr(push, "plan_push", broken)


def there_is_no_second_look(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(settle, "LOOKS", 1)


def a_dead_worker_s_write_is_not_waited_for(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SettleRun, "_had_time", lambda _self, _row: True)
    patch.setattr(settle, "LOOKS", 0)


def intents_are_not_written(patch: pytest.MonkeyPatch) -> None:
    real = PushRun._open_intents

    def broken(self: PushRun, jobs: Sequence[Any]) -> Any:
        opened = real(self, jobs)
        with self.core.db.write() as db:
            db.execute(update(intent).where(intent.c.state == "open").values(state="failed"))
        return opened

    patch.setattr(PushRun, "_open_intents", broken)


def the_checkpoint_is_saved_before_the_page(patch: pytest.MonkeyPatch) -> None:
    real = Reader.land

    def broken(self: Reader, remotes: Any, seq: int, *, also: Any = None, dry: bool = False) -> Any:
        if also is not None:
            with self.core.db.write() as db:
                also(db, plan.PagePlan())
        return real(self, remotes, seq, dry=dry)

    patch.setattr(Reader, "land", broken)


def the_checkpoint_runs_one_page_ahead(patch: pytest.MonkeyPatch) -> None:
    real = pull.ahead

    def broken(clock: Any, pages: Any) -> Any:
        for seq, page in real(clock, pages):
            tick = None if page.checkpoint is None else {"tick": page.checkpoint["tick"] + 3}
            yield seq, dataclasses.replace(page, checkpoint=tick)

    patch.setattr(pull, "ahead", broken)


def a_repeated_row_is_skipped_unread(patch: pytest.MonkeyPatch) -> None:
    real = PullRun._new_rows

    def broken(self: PullRun, page: Any) -> Any:
        for remote in page.rows:
            self.seen.setdefault(remote.id, pull.native_hash(remote))
        return real(self, page)

    patch.setattr(PullRun, "_new_rows", broken)
    patch.setattr(pull.Reader, "land", _without_rows(pull.Reader.land))


def _without_rows(real: Any) -> Any:
    def land(self: Reader, remotes: Any, seq: int, *, also: Any = None, dry: bool = False) -> Any:
        return real(self, remotes if also is not None or self.why != "pull" else [], seq, also=also, dry=dry)

    return land


def stale_reads_are_believed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(_Planner, "_is_fresh", lambda _self, _brief: True)


def open_writes_do_not_put_reads_off(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(pull, "open_intents", lambda _db, _ids: {})


def nothing_is_read_before_a_write(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(PushRun, "_needs_read", lambda _self, _row: False)


def due_is_cleared_although_the_record_moved(patch: pytest.MonkeyPatch) -> None:
    def broken(db: Any, done: Sequence[tuple[int, int]]) -> None:
        db.execute(update(binding).where(binding.c.id.in_([i for i, _version in done])).values(due_at=None))

    patch.setattr(outcome, "_clear_due", broken)


def the_base_forgets_what_was_written(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(outcome, "base_after_write", lambda base, *_args, **_given: dict(base))


def what_a_conflict_holds_is_sent(patch: pytest.MonkeyPatch) -> None:
    def broken(base: Any, golden: Any, rules: Any, *, held: Any = ()) -> Any:
        return decide.hub_changed(base, golden, rules)

    patch.setattr(pushplan, "hub_changed", broken)


def absence_deletes(patch: pytest.MonkeyPatch) -> None:
    real = sweep.mark_gone

    def broken(db: Any, context: Any, row: Any, now: Any) -> None:
        real(db, context, row, now)
        db.execute(update(record).where(record.c.id == row.record_id).values(state="disabled"))

    patch.setattr(sweep, "mark_gone", broken)


BREAKS: tuple[Break, ...] = (
    the_remote_always_wins,
    a_blank_overwrites,
    equal_edits_conflict,
    the_loser_is_forgotten,
    lines_match_by_position,
    a_lost_create_is_repeated_blindly,
    the_key_changes_with_each_attempt,
    there_is_no_second_look,
    a_dead_worker_s_write_is_not_waited_for,
    intents_are_not_written,
    the_checkpoint_is_saved_before_the_page,
    the_checkpoint_runs_one_page_ahead,
    stale_reads_are_believed,
    open_writes_do_not_put_reads_off,
    nothing_is_read_before_a_write,
    due_is_cleared_although_the_record_moved,
    the_base_forgets_what_was_written,
    what_a_conflict_holds_is_sent,
    absence_deletes,
)
