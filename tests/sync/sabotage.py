"""Deliberately broken engines: each takes one rule out of the engine, and the machines have to notice."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from sqlalchemy import update

from hub.store.core import intent, record
from hub.store.leases import free_bindings
from hub.sync import decide, merge, plan, pull, push, pushplan, rows, settle, sweep
from hub.sync.merge import Conflict, Merged
from hub.sync.outcome import Outcomes
from hub.sync.plan import _Planner
from hub.sync.pull import Reader
from hub.sync.push import PushRun
from hub.sync.settle import SettleRun
from tests.sync import walks
from tests.sync.walks import Walk

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

    def broken(self: Reader, remotes: Any, seq: int, *, also: Any = None, **more: Any) -> Any:
        if also is not None:
            with self.core.db.write() as db:
                also(db, plan.PagePlan())
        return real(self, remotes, seq, **more)

    patch.setattr(Reader, "land", broken)


def the_checkpoint_runs_one_page_ahead(patch: pytest.MonkeyPatch) -> None:
    real = pull.ahead

    def broken(clock: Any, pages: Any) -> Any:
        for seq, page in real(clock, pages):
            tick = None if page.checkpoint is None else {"tick": page.checkpoint["tick"] + 3}
            yield seq, dataclasses.replace(page, checkpoint=tick)

    patch.setattr(pull, "ahead", broken)


def stale_reads_are_believed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(_Planner, "_is_fresh", lambda _self, _brief: True)


def open_writes_do_not_put_reads_off(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(pull, "open_intents", lambda _db, _ids: {})


def nothing_is_read_before_a_write(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(PushRun, "_needs_read", lambda _self, _row: False)


def due_is_cleared_although_the_record_moved(patch: pytest.MonkeyPatch) -> None:
    real = Outcomes._clear

    def broken(self: Outcomes, page: Any, _unmoved: Any, mine: Any) -> None:
        real(self, page, {job.record.id for job, _written in mine}, mine)

    patch.setattr(Outcomes, "_clear", broken)


def what_a_conflict_holds_is_sent(patch: pytest.MonkeyPatch) -> None:
    def broken(base: Any, golden: Any, rules: Any, *, held: Any = ()) -> Any:
        return decide.hub_changed(base, golden, rules)

    patch.setattr(pushplan, "hub_changed", broken)


def absence_deletes(patch: pytest.MonkeyPatch) -> None:
    real = sweep.mark_gone

    def broken(db: Any, context: Any, row: Any, now: Any) -> None:
        real(db, context, row, now)
        db.execute(
            update(record).where(record.c.id == row.record_id).values(state="disabled", version=record.c.version + 1)
        )

    patch.setattr(sweep, "mark_gone", broken)


BREAKS: Mapping[Break, Walk] = {
    the_remote_always_wins: walks.both_edit_the_same_manual_field,
    a_blank_overwrites: walks.a_level_is_cleared,
    equal_edits_conflict: walks.everybody_types_the_same,
    the_loser_is_forgotten: walks.both_edit_the_same_owned_field,
    lines_match_by_position: walks.lines_come_and_go,
    a_lost_create_is_repeated_blindly: walks.the_reply_of_a_create_is_lost,
    the_key_changes_with_each_attempt: walks.the_reply_of_a_create_is_lost,
    there_is_no_second_look: walks.a_create_lands_late,
    a_dead_worker_s_write_is_not_waited_for: walks.a_worker_dies_while_its_create_is_under_way,
    intents_are_not_written: walks.workers_die_after_their_creates,
    the_checkpoint_is_saved_before_the_page: walks.a_pull_dies_at_every_step,
    the_checkpoint_runs_one_page_ahead: walks.many_rows_between_two_pages,
    stale_reads_are_believed: walks.an_older_page_lands_after_a_newer_write,
    open_writes_do_not_put_reads_off: walks.a_reply_is_lost_and_life_goes_on,
    nothing_is_read_before_a_write: walks.a_user_edits_what_the_hub_has_not_read,
    due_is_cleared_although_the_record_moved: walks.edited_again_while_it_travels,
    what_a_conflict_holds_is_sent: walks.both_edit_a_held_field_and_another,
    absence_deletes: walks.a_row_is_deleted_at_one_system,
}
"""What is broken -> the walk through the machine that meets it."""
