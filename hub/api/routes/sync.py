"""Start a pull or a push, or try one without writing."""

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import Field

from hub.api.auth import Admin, Hub
from hub.api.shapes import Order, Shape, example, order_example
from hub.setup import steering
from hub.sync.tasks import Task

router = APIRouter(tags=["同步任务 / sync"])


class SyncOrder(Order):
    model_config = order_example(connection="erp", entity="customer", direction="pull", full=False, dry=True)

    connection: str = Field(title="连接 / Connection", max_length=80)
    entity: str = Field(title="主数据 / Entity", max_length=40)
    direction: Literal["pull", "push"] = Field("pull", title="方向 / Direction")
    full: bool = Field(False, title="全量 / Everything, not only changes")
    dry: bool = Field(False, title="试运行，不写入 / Try it without writing")
    limit: int = Field(20, ge=1, le=200, title="试推送时最多列出的记录 / Records that a dry push lists")


class SyncAnswer(Shape):
    """`queued`: a worker takes it; else the run has ended and `counts` says what it would have done."""

    model_config = example(queued=False, run_id=71, state="ok", counts={"fetched": 20, "updated": 2, "unchanged": 18})

    queued: bool = Field(title="已排队 / Queued")
    run_id: int | None = Field(None, title="任务编号 / Run id")
    state: str = Field("", title="结果 / Outcome")
    counts: dict[str, int] = Field(default_factory=dict, title="计数 / Counts")
    error: dict[str, Any] | None = Field(None, title="错误 / Error")
    payloads: list[dict[str, Any]] = Field(
        default_factory=list,
        title="试推送：动作、将发送的内容、为何不发 / Dry push: action, what would be sent, why not",
    )


@router.post("/sync", summary="开始同步 / Start a sync", status_code=202)
def start(order: SyncOrder, hub: Hub, _: Admin) -> SyncAnswer:
    """Queues the work; a dry run is done at once and answered with its counts."""
    flow_id = steering.flow_id_of(hub, order.connection, order.entity)
    if not order.dry:
        hub.notify(Task(order.direction, flow_id, order.full, "person"))
        return SyncAnswer(queued=True)
    payloads = []
    if order.direction == "push":
        report = steering.dry_push(hub, hub.engine, flow_id)
        payloads = hub.engine.preview_push(flow_id, limit=order.limit)
    else:
        report = hub.engine.pull(flow_id, full=order.full, trigger="person", dry=True)
    answer = SyncAnswer(queued=False, run_id=report.run_id, state=report.state, counts=report.counts)
    return answer.model_copy(update={"error": report.error, "payloads": payloads})
