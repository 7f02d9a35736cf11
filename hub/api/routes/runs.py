"""Runs: what was pulled and pushed, with counts and failed calls."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import Field

from hub.api.auth import Hub, Office
from hub.api.shapes import Paged, PageOf, Shape, example, page
from hub.errors import NotFound
from hub.setup.known import known_connection
from hub.store import runs as store

router = APIRouter(tags=["同步任务 / runs"])


class RunRow(Shape):
    model_config = example(
        id=71,
        connection="erp",
        connection_id=1,
        entity="customer",
        kind="pull",
        state="ok",
        trigger="schedule",
        full=False,
        dry=False,
        started_at="2026-11-21T09:00:00Z",
        ended_at="2026-11-21T09:00:03Z",
        counts={"fetched": 20, "updated": 2, "unchanged": 18},
        error=None,
    )

    id: int = Field(title="编号 / Id")
    connection: str = Field(title="连接 / Connection")
    connection_id: int = Field(title="连接编号 / Connection id")
    entity: str = Field(title="主数据 / Entity")
    kind: str = Field(title="种类 / Kind")
    state: str = Field(title="结果 / State: running, ok, failed, unbalanced")
    trigger: str = Field(title="起因 / Trigger")
    full: bool = Field(title="全量 / Full")
    dry: bool = Field(title="试运行 / Dry run")
    started_at: datetime = Field(title="开始 / Started")
    ended_at: datetime | None = Field(None, title="结束 / Ended")
    counts: dict[str, Any] = Field(title="计数 / Counts")
    error: dict[str, Any] | None = Field(None, title="错误 / Error")


class AttemptRow(Shape):
    model_config = example(
        id=9,
        run_id=71,
        operation="save:BD_Customer",
        started_at="2026-11-21T09:00:01Z",
        ms=182,
        outcome="rejected",
        status=200,
        request_id="a1",
        error={"error": "ValidationFailed", "zh": "名称过长", "en": "The name is too long"},
    )

    id: int = Field(title="编号 / Id")
    run_id: int | None = Field(None, title="任务编号 / Run id")
    binding_id: int | None = Field(None, title="绑定编号 / Binding id")
    operation: str = Field(title="调用 / Call")
    started_at: datetime = Field(title="开始 / Started")
    ms: int = Field(title="毫秒 / Milliseconds")
    outcome: str = Field(title="结果 / Outcome")
    status: int = Field(0, title="HTTP 状态 / HTTP status")
    request_id: str = Field("", title="厂商请求编号 / The vendor's request id")
    error: dict[str, Any] | None = Field(None, title="错误 / Error")


def run_filter(  # one query parameter per filter
    hub: Hub, connection: str = "", entity: str = "", kind: str = "", state: str = ""
) -> store.RunFilter:
    """Dependency: the filters of the address."""
    if not connection:
        return store.RunFilter(None, entity, kind, state)
    with hub.db.read() as tx:
        return store.RunFilter(known_connection(tx, connection)["id"], entity, kind, state)


@router.get("/runs", summary="任务列表 / List runs")
def list_runs(
    hub: Hub, _: Office, request: Paged, wanted: Annotated[store.RunFilter, Depends(run_filter)]
) -> PageOf[RunRow]:
    """Newest first."""
    with hub.db.read() as tx:
        return page(RunRow, store.list_runs(tx, wanted, request))


@router.get("/runs/{run_id}", summary="一次任务 / One run")
def show(run_id: int, hub: Hub, _: Office) -> RunRow:
    """Its counts and, where it failed, why."""
    with hub.db.read() as tx:
        row = store.show_run(tx, run_id)
    if row is None:
        raise NotFound(f"没有任务 {run_id}", f"There is no run {run_id}", field="run", value=str(run_id))
    return RunRow.model_validate(row)


@router.get("/runs/{run_id}/attempts", summary="任务的调用 / Calls of a run")
def attempts(run_id: int, hub: Hub, _: Office, request: Paged, failed: bool = False) -> PageOf[AttemptRow]:
    """Remote calls, newest first; `failed` leaves out those that worked."""
    with hub.db.read() as tx:
        return page(AttemptRow, store.attempts_of(tx, run_id, request, failed_only=failed))
