"""An order that needs an approval before it is written: what the approvals that exist for it mean. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from hub.store.pageplan import Draft

Verdict = Literal["go", "wait", "ask", "refused"]
OVER = frozenset({"approved", "rejected", "withdrawn"})


@dataclass(frozen=True, slots=True)
class Gate:
    """go: it may be written · wait: for `approval` (a record id) · ask: nobody has asked yet, or what was approved is another
    amount · refused: `approval` was rejected or withdrawn."""

    verdict: Verdict
    approval: int = 0


def gate(order: Mapping[str, Any], approvals: Sequence[Any]) -> Gate:
    """`approvals`: the records (id, data) that name the order. The newest one counts; an approval holds for its amount and
    currency only."""
    if not approvals:
        return Gate("ask")
    latest = max(approvals, key=lambda row: int(row.id))
    status = latest.data.get("status") or "pending"
    if status == "pending":
        return Gate("wait", latest.id)
    if status != "approved":
        return Gate("refused", latest.id)
    amount, currency = latest.data.get("amount"), latest.data.get("currency")
    holds = amount in (None, order.get("total")) and currency in (None, order.get("currency"))
    return Gate("go" if holds else "ask", latest.id)


def is_decided(data: Mapping[str, Any]) -> bool:
    """Whether the approval has come to its end, whichever."""
    return data.get("status") in OVER


def approval_for(order_id: int, order: Mapping[str, Any], *, customer: str, lines: Sequence[str]) -> dict[str, Any]:
    """Golden data of the approval that the hub asks for. `customer` is its name, `lines` one text per order line.
    Approvers know neither order nor customer by the hub's ids: number and name go along as texts."""
    number = str(order.get("number") or order_id)
    given = {
        "title": f"销售订单 {number} {customer}".strip(),
        "order": order_id,
        "customer": order.get("customer"),
        "applicant": order.get("owner"),
        "amount": order.get("total"),
        "currency": order.get("currency"),
        "status": "pending",
        "remark": "\n".join(lines),
        "custom.order_number": number,
        "custom.customer_name": customer,
    }
    return {name: value for name, value in given.items() if value not in (None, "")}


def line_text(line: Mapping[str, Any]) -> str:
    """One order line as an approver reads it."""
    what = " ".join(str(line[n]) for n in ("product_name", "specification") if line.get(n))
    return f"{what or line.get('product')} × {line.get('quantity')} {line.get('unit') or ''} = {line.get('amount')}"


def refused_key(binding_id: int) -> str:
    return f"approval:{binding_id}"


def refused_item(binding: Any, order: Any, approval: Any, connection: str) -> Draft:
    """The order stays where it is until a person decides."""
    title, status = order.title or order.number or order.id, str(approval.data.get("status"))
    zh = {"rejected": "被拒绝", "withdrawn": "被撤回"}.get(status, status)
    number = approval.data.get("number") or approval.id
    return Draft(
        kind="approval_refused",
        entity="order",
        key=refused_key(binding.id),
        zh=f"订单“{title}”的审批（{number}）{zh}，没有写入 {connection}：改好后可重新发起审批（again），或在此放行（approve）",
        en=f"The approval ({number}) of order “{title}” was {status}; it was not written to {connection}: ask again once it is right, "
        "or approve it here",
        record_id=order.id,
        binding_id=binding.id,
        connection_id=binding.connection_id,
        data={"approval": approval.id, "status": status, "remark": approval.data.get("remark")},
    )
