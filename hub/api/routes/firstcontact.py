"""First contact of a flow: the report, as JSON and as a workbook, and one field settled in bulk."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from fastapi import APIRouter, Response
from pydantic import Field

from hub.api.auth import Admin, Hub, Office
from hub.api.effects import Activation
from hub.api.shapes import Order, Shape, example, order_example
from hub.setup import firstcontact
from hub.setup.firstcontact_book import to_xlsx

router = APIRouter(tags=["首次对接 / first contact"])

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SAMPLE = {"record": 5, "title": "甲公司", "golden": "A", "remote": "B", "wins": "hub"}


class FirstContact(Shape):
    """Counts are records, but for `read` (rows of the last full pull by outcome) and `aliases` (second ids there)."""

    model_config = example(
        connection="erp",
        entity="customer",
        released_at=None,
        read={"id": 7, "counts": {"fetched": 2000, "linked": 1500, "created": 500}},
        both=1500,
        only_there=500,
        only_here=340,
        aliases=2,
        linked_by={"tax_code": 1200, "name+phone": 300},
        only_there_samples=[{"record": 9, "title": "丁公司"}],
        only_here_samples=[{"record": 6, "title": "丙公司"}],
        duplicates={"count": 3, "samples": []},
        fields={
            "level": {"wins": "hub", "differ": 12, "blank_there": 4, "filled": 0, "overridden": 0, "samples": [_SAMPLE]}
        },
        release={"due": 16, "wanted": 340},
    )

    connection: str = Field(title="连接 / Connection")
    entity: str = Field(title="主数据 / Entity")
    released_at: Any = Field(None, title="放行时间 / Pushing is open since")
    read: dict[str, Any] = Field(title="上次全量读取 / Last full pull: id, counts, ended_at")
    both: int = Field(title="两边都有 / On both sides")
    only_there: int = Field(title="只在对方 / Only there")
    only_here: int = Field(title="只在中枢 / Only in the hub")
    aliases: int = Field(title="对方重复的编号 / Second ids there")
    linked_by: dict[str, int] = Field(title="按什么关联 / Linked by which key")
    only_there_samples: list[dict[str, Any]] = Field(title="例子：只在对方 / Some only there")
    only_here_samples: list[dict[str, Any]] = Field(title="例子：只在中枢 / Some only in the hub")
    duplicates: dict[str, Any] = Field(title="疑似重复 / Possible duplicates: count, samples")
    fields: dict[str, Any] = Field(title="各字段的差异 / Differences by field, with samples and who wins")
    release: dict[str, Any] = Field(title="放行将推送与新建 / What the release would send (due) and create (wanted)")


class Settlement(Order):
    """`hub` sends the golden value, `remote` takes theirs; `dry` only counts."""

    model_config = order_example(field="level", side="remote", dry=True)

    field: str = Field(title="字段或字段组 / Field or group", max_length=200)
    side: Literal["hub", "remote"] = Field(title="以哪边为准 / Which side counts")
    dry: bool = Field(False, title="只计数 / Only count")


@router.get("/flows/{flow_id}/first-contact", summary="首次对接报告 / Report of first contact")
def report(flow_id: int, hub: Hub, _: Office) -> FirstContact:
    """From what was read last; the vendor is not asked."""
    return FirstContact.model_validate(firstcontact.report(hub, hub.engine, flow_id).as_json())


@router.get(
    "/flows/{flow_id}/first-contact.xlsx", summary="首次对接工作簿 / Report as a workbook", response_class=Response
)
def workbook(flow_id: int, hub: Hub, _: Office) -> Response:
    """Summary, fields, samples."""
    made = firstcontact.report(hub, hub.engine, flow_id)
    with TemporaryDirectory() as folder:
        path = Path(folder, "first-contact.xlsx")
        to_xlsx([made], path)
        book = path.read_bytes()
    name = f"first-contact-{flow_id}.xlsx"
    return Response(book, media_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.post("/flows/{flow_id}/settle", summary="按字段批量处理差异 / Settle one field in bulk")
def settle(flow_id: int, order: Settlement, hub: Hub, caller: Admin) -> Activation:
    """Every record that differs in the field, and its open conflicts, get the value of the side that was picked."""
    if order.dry:
        return Activation.model_validate(firstcontact.preview_settle(hub, flow_id, order.field, order.side).as_json())
    done = firstcontact.settle(hub, hub.engine, flow_id, order.field, order.side, who=caller.name)
    return Activation.model_validate(done.as_json())
