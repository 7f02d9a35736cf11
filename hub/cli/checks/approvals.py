"""Orders that wait for approvals which nobody was asked for: the approval flow is not open."""

from collections.abc import Iterator

from sqlalchemy import Connection, func, select

from hub.cli.checks.finding import Finding
from hub.errors import Text
from hub.store.core import binding, connection, flow, record


def approvals(db: Connection) -> Iterator[Finding]:
    """A warning that names the command, or nothing."""
    waiting = _unasked(db)
    if not waiting:
        return
    query = select(connection.c.name).join(flow, flow.c.connection_id == connection.c.id)
    offered = query.where(flow.c.entity == "approval").order_by(connection.c.id)
    closed = list(db.scalars(offered.where(flow.c.push, flow.c.released_at.is_(None))))
    found = Text(
        f"{waiting} 张单据在等审批，但审批还没有在任何系统里发起",
        f"{waiting} documents wait for an approval that was not started anywhere",
    )
    at = (closed or [*db.scalars(offered)] or ["OA"])[0]
    fix = f"hub connections release {at} approval" if closed else f"hub flows set {at} approval --push --create"
    yield Finding(
        "approvals", "warning", found, Text(f"请执行 {fix}（见 docs/approvals.md）", f"run {fix} (docs/approvals.md)")
    )


def _unasked(db: Connection) -> int:
    """Documents that wait for an approval without an id anywhere, while no released flow could start it."""
    open_flows = select(flow.c.id).where(flow.c.entity == "approval", flow.c.push, flow.c.released_at.is_not(None))
    if db.execute(open_flows.limit(1)).first():
        return 0
    asked = select(binding.c.record_id).where(binding.c.entity == "approval", binding.c.external_id != "")
    mine = record.c.id == binding.c.waiting_for
    query = select(func.count()).select_from(binding.join(record, mine))
    return int(db.scalar(query.where(record.c.entity == "approval", record.c.id.not_in(asked))) or 0)
