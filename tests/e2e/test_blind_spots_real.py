"""Blind spots on the real connectors and sandboxes: what moves no modified time, and what is deleted, arrives all the same."""

from typing import Any

from sqlalchemy import update

from hub.store.core import flow
from hub.sync.tasks import Task
from tests.e2e.stage import Stage, stage

__all__ = ["stage"]

HALF_HOUR = 1800


def closed(stage: Stage) -> list[tuple[Any, bool]]:
    return [(order.data.get("status"), order.is_open) for order in stage.records("order") if not order.is_open]


def test_an_order_closed_in_the_erp_without_a_modified_time_is_seen_within_the_interval(stage: Stage) -> None:
    (buyer,) = stage.customers("甲公司")
    stage.sale(buyer)
    stage.first_contact("customer", "order")
    stage.work()
    (bill,) = stage.rows("erp", "SAL_SaleOrder")
    stage.wait(1200)
    stage.sale(buyer)
    stage.poll()
    assert stage.pull("erp", "order").state == "ok"
    how = {"bump": "false", "force": "true"}
    stage.control("erp", "PUT", f"records/SAL_SaleOrder/{bill['FID']}", {"FCloseStatus": "B"}, **how)
    with stage.hub.db.write() as tx:
        tx.execute(update(flow).where(flow.c.id == stage.flow_id("erp", "order")).values(reread_s=HALF_HOUR))
    stage.wait(60)
    assert stage.pull("erp", "order").state == "ok"
    assert closed(stage) == [], "its modified time says nothing"
    stage.wait(HALF_HOUR)
    assert stage.hub.engine.run(Task("rolling", stage.flow_id("erp", "order"))).state == "ok"
    assert closed(stage) == [("closed", False)]


def test_a_customer_deleted_in_the_crm_is_known_after_the_next_pull(stage: Stage) -> None:
    kept, gone = stage.customers("甲公司", "乙公司")
    stage.first_contact("customer")
    stage.work()
    stage.control("crm", "DELETE", f"records/customer/{gone['crmId']}")
    stage.wait(120)
    assert stage.pull("crm", "customer").state == "ok"
    stage.work()
    states = {row.external_id: row.state for row in stage.bindings("crm", "customer")}
    assert states == {str(kept["crmId"]): "linked", str(gone["crmId"]): "gone"}
    assert stage.erp_names() == ["乙公司", "甲公司"], "nothing is deleted anywhere else (I12)"
