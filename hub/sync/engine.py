"""The engine: what queue, API and CLI call. Stateless but for its process-wide helpers; the truth is in the database."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from hub.errors import BadInput, HubError
from hub.store.core import flow, inbox_item
from hub.store.database import Database
from hub.store.leases import release_worker
from hub.sync.clients import Clients
from hub.sync.core import Core, forget_present, note_failure
from hub.sync.deletes import DeletesRun
from hub.sync.dryrun import preview_push
from hub.sync.due import due_tasks, schedule_next, take_hints
from hub.sync.flowcontext import FlowContext
from hub.sync.people import Decisions
from hub.sync.pull import PullRun, Reader
from hub.sync.push import PushRun
from hub.sync.release import release_counts, release_flow
from hub.sync.rolling import RollingRun
from hub.sync.settle import SettleRun
from hub.sync.splitting import merge_by_hand, undo_merge
from hub.sync.sweep import RereadRun, SweepRun
from hub.sync.tasks import RunReport, Task
from hub.sync.turns import Turns


def _quiet(_task: Task) -> None:
    return None


@dataclass
class _State:
    core: Core
    decisions: Decisions
    pushes: Turns


class Engine:
    """One per process, thread-safe. `worker` names this process in leases; `notify` hears of work that became due."""

    def __init__(
        self,
        db: Database,
        clients: Clients,
        *,
        now: Callable[[], datetime],
        worker: str,
        notify: Callable[[Task], None] = _quiet,
    ) -> None:
        pushes = Turns()

        def hear(task: Task) -> None:
            if task.kind != "push" or not pushes.join(task.flow_id):
                notify(task)

        core = Core(db, clients, now, worker, hear)
        self._state = _State(core, Decisions(core), pushes)

    @property
    def core(self) -> Core:
        return self._state.core

    # --- work ---

    def run(self, task: Task) -> RunReport:
        """Do one task. HubErrors end up in the run and the connection, not here."""
        if task.kind == "pull":
            return self.pull(task.flow_id, full=task.full, trigger=task.trigger)
        if task.kind == "push":
            return self.push(task.flow_id, trigger=task.trigger)
        runs: dict[str, Any] = {"reread": RereadRun, "settle": SettleRun, "rolling": RollingRun, "sweep": SweepRun}
        return self._guarded(
            task.flow_id, lambda context: runs[task.kind](self.core, context, trigger=task.trigger).run()
        )

    def pull(self, flow_id: int, *, full: bool = False, trigger: str = "schedule", dry: bool = False) -> RunReport:
        """Read what changed (or everything) and land it. "busy" when somebody else reads this flow."""

        def work(context: FlowContext) -> RunReport:
            run = PullRun(self.core, context, full=full, trigger=trigger, dry=dry)
            report = run.run()
            if not dry and report.state != "busy":
                with self.core.db.write(durable=False) as db:
                    schedule_next(db, context.flow, self.core.now(), full=run.full and report.state == "ok")
                if report.state == "ok":
                    DeletesRun(self.core, context, trigger=trigger).run()
            return report

        return self._guarded(flow_id, work)

    def push(self, flow_id: int, *, trigger: str = "schedule") -> RunReport:
        """Write what is due. A flow that was not released, or does not push, is idle; so is one that this process is busy pushing."""
        turns = self._state.pushes
        if not turns.begin(flow_id):
            return RunReport(None, "idle")
        try:
            report = self._guarded(flow_id, lambda context: PushRun(self.core, context, trigger=trigger).run())
            while report.state in ("ok", "idle") and turns.once_more(flow_id):  # after a failure the schedule decides
                again = self._guarded(flow_id, lambda context: PushRun(self.core, context, trigger=trigger).run())
                report = report if again.state == "idle" else again
            return report
        finally:
            turns.end(flow_id)

    def _guarded(self, flow_id: int, work: Callable[[FlowContext], RunReport]) -> RunReport:
        """Configuration errors (no mapping, no connector, settings that do not fit) pause the connection like any setup error."""
        context = self.core.flow(flow_id)
        if context.connection.state != "active":
            return RunReport(None, "paused", error=context.connection.reason)
        try:
            return work(context)
        except BadInput:
            raise
        except HubError as error:
            note_failure(self.core, context.connection, error)
            return RunReport(None, "failed", error=error.as_json())
        finally:
            self._close_open_run()

    def _close_open_run(self) -> None:
        """A run that a bug cut short is shown as failed; the bug itself goes on up, loud."""
        log = getattr(self.core.open_run, "log", None)
        if log is not None:
            log.end("failed")

    def due(self) -> list[Task]:
        with self.core.db.read() as db:
            return due_tasks(db, self.core.now())

    def intake(self) -> int:
        with self.core.db.write(durable=False) as db:
            return take_hints(db, self.core.now())

    def release_worker(self, worker: str) -> int:
        with self.core.db.write() as db:
            return release_worker(db, worker)

    # --- people ---

    def release_counts(self, flow_id: int) -> dict[str, int]:
        """What `release_flow` would make due, without doing it."""
        return release_counts(self.core, flow_id)

    def preview_push(self, flow_id: int, *, limit: int) -> list[dict[str, Any]]:
        """What a push would send now (before the release: what that would make due), without writing or calling anything."""
        return preview_push(self.core, flow_id, limit=limit)

    def release_flow(self, flow_id: int, *, who: str) -> dict[str, int]:
        """Open pushing after first contact. `who` is for the caller's audit row. Returns counts of due and wanted records."""
        del who
        return release_flow(self.core, flow_id)

    def resolve(
        self, item_id: int, *, choice: str, revision: int | None, who: str, value: Any = None, reason: str = ""
    ) -> None:
        item = self._open_item(item_id)
        self._state.decisions.resolve(item_id, choice=choice, revision=revision, who=who, value=value, reason=reason)
        if item is not None and item.kind == "invalid" and choice == "replay" and item.binding_id is None:
            self._read_again(item)

    def resolve_many(
        self, *, kind: str, entity: str, connection_id: int | None, choice: str, who: str, field: str | None = None
    ) -> int:
        """One decision for many items of a kind. Returns how many were decided; items that changed meanwhile stay open."""
        query = select(inbox_item.c.id, inbox_item.c.revision).where(
            inbox_item.c.state == "open", inbox_item.c.kind == kind, inbox_item.c.entity == entity
        )
        if connection_id is not None:
            query = query.where(inbox_item.c.connection_id == connection_id)
        if field is not None:
            query = query.where(inbox_item.c.field == field)
        with self.core.db.read() as db:
            rows = db.execute(query.order_by(inbox_item.c.id)).all()
        done = 0
        for row in rows:
            try:
                self.resolve(row.id, choice=choice, revision=row.revision, who=who)
                done += 1
            except BadInput:
                continue
        return done

    def replay(self, item_id: int, *, who: str) -> None:
        self.resolve(item_id, choice="replay", revision=None, who=who)

    def edit(self, record_id: int, changes: dict[str, Any], *, who: str, version: int) -> int:
        return self._state.decisions.edit(record_id, changes, who=who, version=version)

    def merge(self, survivor: int, loser: int, *, who: str, reason: str = "") -> int:
        """Two records that a person knows to be one. Returns the id of the merge, which `split` takes back."""
        return merge_by_hand(self.core, survivor, loser, who=who, reason=reason)

    def split(self, merge_id: int, *, who: str, reason: str = "") -> int:
        """Take a merge back. Returns the record that lives again."""
        return undo_merge(self.core, merge_id, who=who, reason=reason)

    def pause(self, connection_id: int, *, reason: str, who: str) -> None:
        self._state.decisions.pause(connection_id, reason=reason, who=who)

    def resume(self, connection_id: int, *, who: str) -> None:
        """Work again. After a pause a flow pulls to the present before it pushes: its next pull is due at once."""
        del who
        self._state.decisions.resume(connection_id)
        with self.core.db.write() as db:
            forget_present(db, connection_id, self.core.now())

    def _open_item(self, item_id: int) -> Any:
        with self.core.db.read() as db:
            return db.execute(select(inbox_item).where(inbox_item.c.id == item_id)).first()

    def _read_again(self, item: Any) -> None:
        """A row that could not be used and is bound nowhere is read by its id and decided anew."""
        query = select(flow.c.id).where(flow.c.connection_id == item.connection_id, flow.c.entity == item.entity)
        with self.core.db.read() as db:
            flow_id = db.scalar(query)
        if flow_id is None:
            return
        context = self.core.flow(int(flow_id))
        seq = self.core.clock()
        found = self.core.client(context).read(context.entity, [str(item.data["external_id"])])
        Reader(self.core, context, run_id=0, why="replay").land(list(found.values()), seq)
