"""What 用友 does beside the contract: keys that answer again, late results, batches that fail in part, errors in words."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from connectors.yonyou.u8 import CONNECTOR as U8
from connectors.yonyou.yonbip import CONNECTOR as YONBIP
from hub.connector import Client, Connector, Link, Native, WebhookRequest, Write, Written
from hub.connector.scan import Scan
from hub.connector.testing import SandboxControl
from hub.connector.testing.servers import Receiver
from hub.errors import (
    BadInput,
    ConfigInvalid,
    CredentialsRejected,
    DuplicateInSystem,
    HubError,
    OutcomeUnknown,
    PeriodClosed,
    PermissionMissing,
    RateLimited,
    RecordGone,
    RecordRejected,
    SetupError,
    Unreachable,
    ValidationFailed,
)
from sandbox.core.start import start_sandbox


@dataclass
class Stage:
    """A sandbox, its control interface, and clients on it."""

    connector: Connector
    control: SandboxControl
    clients: list[Client]

    def client(self, **changes: Any) -> Client:
        config = self.connector.config.model_validate({**self.control.credentials(), **changes})
        client = self.connector.open(config, Link(now=self.control.now))
        self.clients.append(client)
        return client

    def refused(self, **changes: Any) -> SetupError:
        with pytest.raises(SetupError) as caught:
            self.client(**changes).check()
        assert caught.value.remedy is not None, "somebody is told what to press"
        return caught.value


@contextmanager
def staged(connector: Connector, **settings: object) -> Iterator[Stage]:
    with start_sandbox(connector.system, settings) as running:
        stage = Stage(connector, SandboxControl(running.url), [])
        if connector is YONBIP:
            stage.control.seed("merchant", [{"code": "C1", "name": "华星贸易有限公司"}])
            stage.control.seed("product", [{"code": "M1", "name": "螺丝"}])
        else:
            stage.control.seed("customer", [{"code": "C1", "name": "华星贸易有限公司"}])
            stage.control.seed("inventory", [{"code": "M1", "name": "螺丝", "tax_rate": "13"}])
        yield stage
        for client in stage.clients:
            client.close()
        stage.control.close()


@pytest.fixture
def bip() -> Iterator[Stage]:
    with staged(YONBIP) as stage:
        yield stage


def order(*, lines: int = 1, kind: str = "SO01", day: str = "2026-11-20") -> Native:
    row = {"productId": "M1", "qty": "2", "oriTaxUnitPrice": "9.99", "taxRate": "13"}
    return {"vouchdate": day, "agentId": "C1", "transactionTypeId": kind, "orderDetails": [row] * lines}


def u8_order(day: str = "2026-11-20") -> Native:
    row = {"inventorycode": "M1", "quantity": "2", "taxunitprice": "9.99", "taxrate": "13"}
    return {"date": day, "custcode": "C1", "entry": [row]}


def only(outcomes: Any) -> Any:
    (outcome,) = outcomes
    return outcome


def test_the_data_centre_is_asked_for_and_each_wrong_credential_is_told_apart(bip: Stage) -> None:
    assert bip.client().check()["gateway"].endswith("/iuap-api-gateway")
    wrong = {"tenant_id": ConfigInvalid, "app_key": CredentialsRejected, "app_secret": CredentialsRejected}
    for field, kind in wrong.items():
        error = bip.refused(**{field: "somebody-elses"})
        assert (type(error), error.field) == (kind, field)


@pytest.mark.parametrize(
    ("settings", "kind", "says"),
    [
        ({"allowed_ips": "10.9.9.9"}, PermissionMissing, "白名单"),
        ({"unauthorised": "voucherorder"}, PermissionMissing, "重新授权"),
        ({"finance": "fi", "finance_missing": "310404"}, ConfigInvalid, "财务版本"),
    ],
)
def test_a_connection_that_cannot_work_says_whose_job_it_is(
    settings: dict[str, Any], kind: type[HubError], says: str
) -> None:
    with staged(YONBIP, **settings) as stage:
        error = stage.refused(finance="efi")
        assert isinstance(error, kind)
        assert error.remedy is not None
        assert says in f"{error.text.zh} {error.remedy.press.zh}"


def test_a_save_that_timed_out_behind_the_gateway_is_found_again_under_its_key(bip: Stage) -> None:
    client, write = bip.client(), Write("HUB-1", order())
    client.check()
    bip.control.fault("rate_limited", code="310504", commit=True, match={"write": True})
    with pytest.raises(OutcomeUnknown):
        client.create("order", [write])
    found = only(client.find("order", write))
    again = only(client.create("order", [write]))
    bip.control.advance(2 * 3600)
    late = only(client.create("order", [write]))
    assert again.id == late.id == found.id
    assert len(bip.control.journal(kind="create", object="order")) == 1


def test_a_save_that_is_still_running_is_unknown_and_never_a_rejection(bip: Stage) -> None:
    client = bip.client()
    client.check()
    bip.control.fault("locked", pending=True, match={"write": True})
    with pytest.raises(OutcomeUnknown):
        client.create("customer", [Write("HUB-1", {"name": "甲"})])


def test_a_batch_that_calls_itself_done_is_judged_row_by_row(bip: Stage) -> None:
    good, flow, audited = bip.control.seed(
        "order",
        [{**order(), "code": "A"}, {**order(kind="SO02"), "code": "B"}, {**order(), "code": "C", "audited": True}],
    )
    outcomes = bip.client().step("order", "audit", [good, flow, audited, "77"])
    assert [getattr(one, "stage", "") for one in outcomes] == ["audited", "", "audited", ""]
    assert isinstance(outcomes[1], RecordRejected)
    assert "审批" in outcomes[1].vendor.message
    assert isinstance(outcomes[3], RecordGone)


def test_submitting_is_skipped_outside_a_workflow_and_unaudit_opens_again(bip: Stage) -> None:
    plain, flow = bip.control.seed("order", [{**order(), "code": "A"}, {**order(kind="SO02"), "code": "B"}])
    client = bip.client()
    assert [one.stage for one in client.step("order", "submit", [plain, flow]) if isinstance(one, Written)] == [
        "ready",
        "submitted",
    ]
    client.step("order", "audit", [plain])
    refused = only(client.update("order", [Write("K", {"memo": "改"}, id=plain)]))
    assert isinstance(refused, RecordRejected)
    assert only(client.step("order", "unaudit", [plain])).stage == "ready"
    assert isinstance(only(client.update("order", [Write("K", {"memo": "改"}, id=plain)])), Written)


def test_an_order_larger_than_a_page_comes_whole(bip: Stage) -> None:
    small = YONBIP.manifest.entities["order"].model_copy(update={"page_size": 3})
    bip.control.seed("order", [{**order(lines=n), "code": f"S{n}"} for n in (2, 7, 1, 4)])
    client: Any = bip.client()
    rows = [row for page in client._orders.pull(small, Scan()) for row in page.rows]
    assert {row.number: len(row.data["orderDetails"]) for row in rows} == {"S2": 2, "S7": 7, "S1": 1, "S4": 4}


def test_customers_are_stopped_and_started(bip: Stage) -> None:
    client = bip.client()
    made = only(client.create("customer", [Write("HUB-1", {"name": "甲"})]))
    for step, stopped in (("disable", True), ("enable", False)):
        assert isinstance(only(client.step("customer", step, [made.id])), Written)
        assert client.read("customer", [made.id])[made.id].data["stopStatus"] is stopped


@pytest.mark.parametrize(
    ("data", "settings", "kind"),
    [
        (order(day="2025-01-05"), {}, PeriodClosed),
        (order(), {"tax_codes": {"13": "NO-SUCH"}}, ValidationFailed),
        (order(), {"order_type": "NO-SUCH"}, ValidationFailed),
        ({**order(), "orderPrices": {"currency": "USD"}}, {}, ValidationFailed),
        ({**order(), "agentId": "NOBODY"}, {}, ValidationFailed),
    ],
)
def test_bad_orders_say_in_chinese_what_happened_and_what_to_press(
    data: Native, settings: dict[str, Any], kind: type[HubError]
) -> None:
    with staged(YONBIP, closed_periods="2025-01") as stage:
        sent = {name: value for name, value in data.items() if name != "transactionTypeId"}
        outcome = only(stage.client(**settings).create("order", [Write("HUB-1", sent)]))
        assert type(outcome) is kind, outcome
        assert isinstance(outcome, HubError)
        assert outcome.remedy is not None


def test_events_in_both_styles_are_believed_and_answered(bip: Stage) -> None:
    config = YONBIP.config.model_validate({**bip.control.credentials(), "answer": "encrypted"})
    callback = YONBIP.callback
    assert callback is not None
    for style in ("current", "old"):
        pushed = delivered(bip, {"event": "SALE_SAVEORDER_NOTIFY_SENT", "style": style, "event_id": "e1",
                                 "content": {"BILL_INFO": {"billId": "77", "billNo": "voucher_order"}}})  # fmt: skip
        reply = callback(config, pushed, bip.control.now())
        assert [(hint.entity, hint.id, hint.key) for hint in reply.hints] == [("order", "77", "e1")]
        assert "success" not in reply.body
    for tamper in ("signature", "body", "app_key"):
        with pytest.raises(BadInput):
            callback(config, delivered(bip, {"event": "CHECK_URL", "tamper": tamper}), bip.control.now())
    checked = callback(config, delivered(bip, {"event": "CHECK_URL"}), bip.control.now())
    assert (checked.status, list(checked.hints)) == (200, [])


def delivered(stage: Stage, event: dict[str, Any]) -> WebhookRequest:
    with Receiver() as receiver:
        stage.control.push(receiver.url, event)
        return receiver.requests[0]


@pytest.mark.parametrize("field", ["from_account", "app_key", "app_secret", "to_account", "ds_sequence"])
def test_each_wrong_setting_of_u8_is_named(field: str) -> None:
    with staged(U8) as stage:
        assert stage.refused(**{field: "somebody-elses"}).field == field


def test_a_result_that_does_not_come_in_time_is_unknown_and_the_key_finds_it() -> None:
    with staged(U8, ping_after="0", pending_polls=10_000) as stage:
        client, write = stage.client(wait_s=0.2), Write("HUB-1", u8_order())
        with pytest.raises(OutcomeUnknown):
            client.create("order", [write])
        assert [one.number for one in client.find("order", write)] == ["HUB-1"]
        assert len(stage.control.journal(kind="create", object="saleorder")) == 1


def test_the_same_key_again_makes_no_second_order_and_an_empty_id_is_the_number() -> None:
    with staged(U8, ping_after="0", empty_ids=True) as stage:
        client, write = stage.client(), Write("HUB-1", u8_order())
        assert [only(client.create("order", [write])).id for _ in range(2)] == ["HUB-1", "HUB-1"]
        assert len(stage.control.journal(kind="create", object="saleorder")) == 1


def test_a_number_of_the_platform_guards_each_add_where_biz_id_is_not_known() -> None:
    with staged(U8, ping_after="0") as stage:
        client, write = stage.client(guard="tradeid"), Write("HUB-1", u8_order())
        assert only(client.create("order", [write])).id == "HUB-1"
        again = only(client.create("order", [write]))
        assert isinstance(again, DuplicateInSystem), "another number of the platform, the same number of the order"
        assert len(stage.control.journal(kind="create", object="saleorder")) == 1


def test_a_repeated_key_that_is_refused_is_a_duplicate_to_look_up() -> None:
    with staged(U8, ping_after="0", replay_answer="duplicate") as stage:
        client, write = stage.client(), Write("HUB-1", u8_order())
        assert isinstance(only(client.create("order", [write])), Written)
        assert isinstance(only(client.create("order", [write])), DuplicateInSystem)


def test_a_stopped_relay_is_an_outage_with_the_remedy_and_a_used_up_package_waits() -> None:
    with staged(U8, client_online=False) as stage, pytest.raises(Unreachable) as caught:
        stage.client().check()
    assert "启动" in str(caught.value.remedy)
    with staged(U8, calls_per_day=2) as stage, pytest.raises(RateLimited):
        stage.client().check()


def test_a_closed_period_of_u8_is_finances_job() -> None:
    with staged(U8, ping_after="0", closed_periods="2025-01") as stage:
        outcome = only(stage.client().create("order", [Write("HUB-1", u8_order("2025-01-05"))]))
        assert isinstance(outcome, PeriodClosed)
        assert "财务" in str(outcome.remedy)


def test_orders_of_u8_older_than_the_window_come_with_the_sweep() -> None:
    with staged(U8) as stage:
        today = stage.control.now().date().isoformat()
        stage.control.seed("saleorder", [{**u8_order("2020-01-05"), "code": "OLD"}, {**u8_order(today), "code": "NEW"}])
        client = stage.client(window_days=30)
        pages = list(client.pull("order", None))
        assert sorted(row.id for page in pages for row in page.rows) == ["NEW", "OLD"]
        again = [row.id for page in client.pull("order", pages[-1].checkpoint) for row in page.rows]
        swept = [row.id for page in client.pull("order", pages[-1].checkpoint, full=True) for row in page.rows]
        assert (again, sorted(swept)) == (["NEW"], ["NEW", "OLD"])
