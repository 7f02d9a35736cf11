"""What a chat refuses, played through the alert outbox and the approvals of orders: `shows` functions for cases of kind Own."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select

from hub import errors
from hub.alerts.again import send_again
from hub.alerts.deliver import deliver
from hub.alerts.plan import plan
from hub.alerts.rules import parse_rule, save_rules
from hub.errors import HubError, Remedy, Text, Vendor
from hub.store.core import alert, alert_rule, business_event, record
from hub.sync.gate import ask
from tests.contract.badinput.frame import Cause
from tests.contract.badinput.scene import UNDER_TEST, Scene
from tests.records import put

Shows = Callable[[Scene], HubError]
BAD, GOOD = "张三", "李四"
"""The members whom the suites seed: the first meets the refusal, the second is told all the same."""
ORDER = {"total": "12345.5", "currency": "CNY", "date": "2026-11-21", "lines": []}


def read_error(told: Any) -> HubError:
    """An error that was kept as JSON, as far as people read it."""
    made: HubError = getattr(errors, told["error"])(told["zh"], told["en"], vendor=Vendor(**(told.get("vendor") or {})))
    kept = told["remedy"]
    assert kept, f"nobody is told what to do: {told}"
    made.remedy = Remedy(kept["job"], Text(**kept["press"]))
    return made


@dataclass
class Office:
    """Orders of two salespeople, their alerts and their approvals."""

    scene: Scene

    def employee(self, name: str) -> int:
        query = select(record.c.id).where(record.c.entity == "employee", record.c.title == name)
        with self.scene.hub.db.read() as tx:
            return int(tx.scalars(query).one())

    def order(self, number: str, owner: str, **values: Any) -> Any:
        db, ids = self.scene.hub.db, self.scene.hub.engine.core.record_ids
        ids.reserve(2)
        customer = put(db, "customer", {"name": "杭州华星贸易有限公司"}, id=next(ids))
        owned = {"owner": self.employee(owner)} if owner else {}
        key = put(db, "order", {**ORDER, **owned, "number": number, "customer": customer, **values}, id=next(ids))
        with db.read() as tx:
            return tx.execute(select(record).where(record.c.id == key)).one()

    def rule(self, channel: str) -> None:
        robot = channel == "robot"
        given = {
            "name": "r1",
            "event": "order.created",
            "to": [{"robot": UNDER_TEST} if robot else "owner"],
            **({} if robot else {"channel": {"by": channel}}),
            "template": {"title": "订单", "body": "{{ record.number }}", "url": "https://hub.example/orders"},
        }
        with self.scene.hub.db.write() as tx:
            tx.execute(delete(alert_rule))
        save_rules(self.scene.hub.db, [parse_rule(given)], "test", self.scene.hub.now())

    def happened(self, number: str, owner: str) -> None:
        row = self.order(number, owner)
        event = {"kind": "order.created", "entity": "order", "record_id": row.id, "data": {"fields": ["total"]}}
        with self.scene.hub.db.write() as tx:
            tx.execute(
                insert(business_event).values(
                    key=f"order.created:{row.id}:1", at=self.scene.hub.now(), state="new", **event
                )
            )

    def deliver(self) -> None:
        hub = self.scene.hub
        plan(hub.db, hub.now(), connectors=hub.connectors)
        deliver(hub.db, hub.clients, hub.now(), 100)

    def alerts(self) -> dict[str, Any]:
        """By the number of their order."""
        with self.scene.hub.db.read() as tx:
            return {row.body.strip(): row for row in tx.execute(select(alert).order_by(alert.c.id))}

    def received(self, kind: str, number: str) -> int:
        """How many messages or forms of the chat hold the number."""
        return sum(number in json.dumps(row, ensure_ascii=False) for row in self.scene.server.rows(kind))


def alert_refused(cause: Cause, *, channel: str = "app", alone: bool = True) -> Shows:
    """An alert is refused, says why, and arrives once when the cause is gone and it is sent again. With `alone` the other member's
    alert arrives at once; otherwise the cause meets both."""

    def shows(scene: Scene) -> HubError:
        office = Office(scene)
        office.rule(channel)
        scene.bring(cause)
        office.happened("XS-001", BAD)
        office.happened("XS-002", GOOD)
        office.deliver()
        first, second = (office.alerts()[number] for number in ("XS-001", "XS-002"))
        assert first.state == "refused", (first.state, first.receipt)
        assert second.state == ("delivered" if alone else "refused"), (second.state, second.receipt)
        assert scene.state().state == "active", "one message is no reason to stop the others"
        scene.take_away(cause)
        for row in (first, second):
            if row.state == "refused":
                send_again(scene.hub.db, row.id, who="test", now=scene.hub.now())
        office.deliver()
        _arrived(office)
        return read_error(
            {**first.receipt["reason"], **{k: first.receipt[k] for k in ("error", "vendor") if k in first.receipt}}
        )

    return shows


def alert_pauses(cause: Cause, *, channel: str = "app") -> Shows:
    """A setting is wrong: the connection pauses with the reason, the alerts wait and arrive once after it was resumed."""

    def shows(scene: Scene) -> HubError:
        office = Office(scene)
        office.rule(channel)
        scene.bring(cause)
        office.happened("XS-001", BAD)
        office.happened("XS-002", GOOD)
        office.deliver()
        assert scene.state().state == "paused", [(row.state, row.receipt) for row in office.alerts().values()]
        reason = scene.state().reason
        scene.take_away(cause)
        scene.resume()
        scene.wait()
        office.deliver()
        _arrived(office)
        return read_error(reason)

    return shows


def alert_waits(cause: Cause, *, channel: str = "app") -> Shows:
    """Nobody acts: the alerts wait with the reason and arrive once by themselves."""

    def shows(scene: Scene) -> HubError:
        office = Office(scene)
        office.rule(channel)
        scene.bring(cause)
        office.happened("XS-001", BAD)
        office.happened("XS-002", GOOD)
        office.deliver()
        row = office.alerts()["XS-001"]
        assert row.state == "due", (row.state, row.receipt)
        assert scene.state().state == "active"
        scene.take_away(cause)
        for _ in range(4):
            scene.wait(900)
            office.deliver()
        _arrived(office)
        told = row.receipt.get("waiting") or row.receipt["reason"]
        error: type[HubError] = errors.RateLimited if "waiting" in row.receipt else errors.OutcomeUnknown
        return error(told["zh"], told["en"])

    return shows


def _arrived(office: Office) -> None:
    states = {number: (row.state, row.receipt) for number, row in office.alerts().items()}
    assert {state for state, _ in states.values()} == {"delivered"}, states
    counts = {number: office.received("messages", number) for number in ("XS-001", "XS-002")}
    assert counts == {"XS-001": 1, "XS-002": 1}, (counts, states)


def approval_refused(cause: Cause, *, alone: bool = True, owner: str = BAD, **values: Any) -> Shows:
    """The approval of an order is refused and stands in the inbox; the other order's is started; put right and replayed it is started
    once."""

    def shows(scene: Scene) -> HubError:
        office = Office(scene)
        scene.bring(cause)
        for number, who, more in (("XS-001", owner, values), ("XS-002", GOOD, {})):
            ask(scene.hub.engine.core, office.order(number, who, **more))
        scene.work()
        items = scene.inbox()
        assert len(items) == (1 if alone else 2), [item.zh for item in items]
        assert scene.state().state == "active", scene.state().reason
        assert office.received("approval", "XS-002") == int(alone)
        error = read_error(items[0].data["cause"])
        for part in (error.text.zh.rstrip("。"), str(error.remedy and error.remedy.sentence.zh)):
            assert part in items[0].zh, f"the item lacks {part!r}: {items[0].zh}"
        scene.take_away(cause)
        for item in items:
            scene.hub.engine.resolve(item.id, choice="replay", revision=item.revision, who="test")
        scene.wait(60)
        scene.work()
        assert scene.inbox() == [], [item.zh for item in scene.inbox()]
        assert [office.received("approval", number) for number in ("XS-001", "XS-002")] == [1, 1]
        return error

    return shows
