"""What only 金蝶 does: stages, entry rows, sessions, the row cap, partial batches, data rights. Against its sandbox."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx
import pytest

from connectors.kingdee import MANIFEST
from connectors.kingdee.client import KingdeeClient
from connectors.kingdee.config import KingdeeConfig
from hub.connector import Link, MemoryTokens, Remote, Write, Written
from hub.connector.link import Call
from hub.connector.testing import SandboxControl
from hub.errors import (
    ConfigInvalid,
    CredentialsRejected,
    OutcomeUnknown,
    PermissionMissing,
    RecordGone,
    RecordRejected,
    ValidationFailed,
)
from sandbox.core.start import Running, start_sandbox

Data = dict[str, Any]


def number(value: str) -> dict[str, str]:
    return {"FNumber": value}


def line(price: str, **more: Any) -> Data:
    return {"FMaterialId": number("M1"), "FQty": "2", "FTaxPrice": price, "FEntryTaxRate": "13", **more}


def order(*lines: Data, **more: Any) -> Data:
    head = {"FDate": "2025-02-01", "FCustId": number("C1"), "FSalerId": number("S1"), **more}
    return {**head, "FSaleOrderEntry": list(lines) or [line("10"), line("20")]}


@dataclass
class Tenant:
    """One sandbox with base data, and clients on it."""

    control: SandboxControl
    calls: list[Call] = field(default_factory=list)
    tokens: MemoryTokens = field(default_factory=MemoryTokens)
    clients: list[KingdeeClient] = field(default_factory=list)

    def client(self, on_call: Callable[[Call], None] | None = None, page: int = 40, **config: Any) -> KingdeeClient:
        """A client whose pages hold `page` records."""
        small = {name: one.model_copy(update={"page_size": page}) for name, one in MANIFEST.entities.items()}
        link = Link(tokens=self.tokens, now=self.control.now, on_call=on_call or self.calls.append)
        settings = KingdeeConfig.model_validate({**self.control.credentials(), **config})
        made = KingdeeClient(settings, link, MANIFEST.model_copy(update={"entities": small}))
        self.clients.append(made)
        return made

    def close(self) -> None:
        for client in self.clients:
            client.close()
        self.control.close()

    def asked(self, operation: str) -> int:
        return sum(1 for call in self.calls if call.operation == operation)


def tenant_of(url: str) -> Tenant:
    control = SandboxControl(url)
    control.reset()
    control.seed("BD_Customer", [{"FName": "华星贸易有限公司", "FNumber": "C1", "audited": True}])
    unit = {"FBaseUnitId": number("TAI"), "FSaleUnitId": number("Pcs")}
    control.seed("BD_MATERIAL", [{"FName": "螺丝", "FNumber": "M1", "audited": True, **unit}])
    control.seed("BD_Empinfo", [{"FName": "李伟", "FNumber": "YG1", "FMobile": "13800000001"}])
    control.seed("BD_Saler", [{"FName": "李伟", "FNumber": "S1", "FEmpNumber": "YG1"}])
    return Tenant(control)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with start_sandbox("kingdee") as running:
        yield running.url


@pytest.fixture
def tenant(url: str) -> Iterator[Tenant]:
    made = tenant_of(url)
    yield made
    made.close()


@pytest.fixture
def special() -> Iterator[Callable[..., Tenant]]:
    """Tenants of servers with other switches."""
    started: list[tuple[Running, Tenant]] = []

    def make(**settings: object) -> Tenant:
        running = start_sandbox("kingdee", settings)
        started.append((running, tenant_of(running.url)))
        return started[-1][1]

    yield make
    for running, tenant in started:
        tenant.close()
        running.stop()


def created(client: KingdeeClient, data: Data, entity: str = "order", key: str = "HUB-1") -> Remote:
    (outcome,) = client.create(entity, [Write(key, data)])
    assert isinstance(outcome, Written), outcome
    return client.read(entity, [outcome.id])[outcome.id]


def rows(remote: Remote) -> list[Data]:
    found = remote.data["FSaleOrderEntry"]
    assert isinstance(found, list)
    return found


def pulled(client: KingdeeClient, entity: str, checkpoint: Mapping[str, Any] | None = None) -> dict[str, Remote]:
    return {row.id: row for page in client.pull(entity, checkpoint) for row in page.rows}


# -- documents and their stages


def test_an_order_goes_through_its_stages_one_call_each(tenant: Tenant) -> None:
    client = tenant.client()
    made = created(client, order())
    assert (made.stage, made.number) == ("saved", "HUB-1")
    for step, stage in (("submit", "submitted"), ("audit", "audited")):
        (outcome,) = client.step("order", step, [made.id])
        assert isinstance(outcome, Written)
        assert outcome.stage == stage == client.read("order", [made.id])[made.id].stage
    (reopened,) = client.step("order", "unaudit", [made.id])
    assert isinstance(reopened, Written)
    assert client.read("order", [made.id])[made.id].stage == "reopened"


def test_a_crash_between_the_steps_resumes_from_what_is_there(tenant: Tenant) -> None:
    made = created(tenant.client(), order())
    tenant.control.fault("commit_then_drop", match={"path": "Submit"})
    with pytest.raises(OutcomeUnknown):
        tenant.client().step("order", "submit", [made.id])
    client = tenant.client()
    assert client.read("order", [made.id])[made.id].stage == "submitted"
    (again,) = client.step("order", "submit", [made.id])
    assert isinstance(again, Written), "a step that was taken already counts as done"
    (audited,) = client.step("order", "audit", [made.id])
    assert isinstance(audited, Written)
    (late,) = client.step("order", "submit", [made.id])
    assert isinstance(late, Written)
    assert late.stage == "audited"
    assert len(tenant.control.journal(kind="submit")) == 1


def test_steps_of_a_batch_fail_alone(tenant: Tenant) -> None:
    client = tenant.client()
    first, second = (created(client, order(), key=key) for key in ("HUB-1", "HUB-2"))
    client.step("order", "submit", [first.id])
    done, not_ready, gone = client.step("order", "audit", [first.id, second.id, "999999999"])
    assert isinstance(done, Written)
    assert isinstance(not_ready, RecordRejected)
    assert isinstance(gone, RecordGone)


def test_an_audited_order_is_not_changed_behind_the_auditor(tenant: Tenant) -> None:
    client = tenant.client()
    made = created(client, order())
    client.step("order", "submit", [made.id])
    client.step("order", "audit", [made.id])
    (outcome,) = client.update("order", [Write("k", {"FNote": "改"}, id=made.id)])
    assert isinstance(outcome, RecordRejected)
    assert "已审核" in outcome.text.zh


def test_audited_base_data_still_takes_changes(tenant: Tenant) -> None:
    client = tenant.client()
    made = created(client, {"FName": "杭州云栖有限公司"}, "customer")
    client.step("customer", "submit", [made.id])
    client.step("customer", "audit", [made.id])
    (outcome,) = client.update("customer", [Write("k", {"FTEL": "0571-8888"}, id=made.id)])
    assert isinstance(outcome, Written)
    after = client.read("customer", [made.id])[made.id]
    assert (after.stage, after.data["FTEL"]) == ("audited", "0571-8888")


def test_disable_and_enable(tenant: Tenant) -> None:
    client = tenant.client()
    made = created(client, {"FName": "停用有限公司"}, "customer")
    (refused,) = client.step("customer", "disable", [made.id])
    assert isinstance(refused, RecordRejected), "only audited base data can be forbidden"
    client.step("customer", "submit", [made.id])
    client.step("customer", "audit", [made.id])
    for step, letter in (("disable", "B"), ("disable", "B"), ("enable", "A")):
        (outcome,) = client.step("customer", step, [made.id])
        assert isinstance(outcome, Written)
        assert client.read("customer", [made.id])[made.id].data["FForbidStatus"] == letter


# -- lines


def test_a_change_of_the_head_leaves_the_lines_alone(tenant: Tenant) -> None:
    client = tenant.client()
    before = created(client, order())
    client.update("order", [Write("k", {"FNote": "新备注"}, id=before.id)])
    after = client.read("order", [before.id])[before.id]
    assert after.data["FNote"] == "新备注"
    assert rows(after) == rows(before)


def test_lines_keep_their_ids_and_a_line_that_is_left_out_goes(tenant: Tenant) -> None:
    client = tenant.client()
    first, second = rows(created(client, order()))
    made = client.find("order", Write("HUB-1", {}))[0]
    change = [{"FEntryID": str(second["FEntryID"]), "FQty": "5"}, line("30")]
    (outcome,) = client.update("order", [Write("k", {"FSaleOrderEntry": change}, id=made.id)])
    assert isinstance(outcome, Written), outcome
    kept, new = rows(client.read("order", [made.id])[made.id])
    assert kept["FEntryID"] == second["FEntryID"]
    assert (kept["FQty"], kept["FTaxPrice"]) == (Decimal(5), Decimal(20))
    assert new["FEntryID"] not in {first["FEntryID"], second["FEntryID"]}
    assert new["FTaxPrice"] == Decimal(30)


def test_lines_without_a_unit_get_the_sale_unit_of_their_material(tenant: Tenant) -> None:
    made = created(tenant.client(), order())
    assert [row["FUnitID.FNumber"] for row in rows(made)] == ["Pcs", "Pcs"]


def test_a_batch_of_different_changes_reaches_each_record(tenant: Tenant) -> None:
    client = tenant.client()
    first, second, third = (created(client, order(), key=key) for key in ("HUB-1", "HUB-2", "HUB-3"))
    writes = [
        Write("a", {"FNote": "一"}, id=first.id),
        Write("b", {"FCustId": number("no-such-customer")}, id=second.id),
        Write("c", {"FNote": "三"}, id=third.id),
    ]
    good, bad, last = client.update("order", writes)
    assert isinstance(good, Written)
    assert isinstance(bad, ValidationFailed)
    assert isinstance(last, Written)
    notes = client.read("order", [first.id, third.id])
    assert [notes[one].data["FNote"] for one in (first.id, third.id)] == ["一", "三"]


def test_an_unknown_material_is_an_error_and_not_a_blank(tenant: Tenant) -> None:
    bad = line("1", FMaterialId=number("nowhere"), FUnitID=number("Pcs"))
    (outcome,) = tenant.client().create("order", [Write("HUB-1", order(bad))])
    assert isinstance(outcome, ValidationFailed)
    assert "nowhere" in outcome.text.zh


# -- batches, doubtful replies


def test_a_record_that_a_successful_batch_passes_over_is_unknown(special: Callable[..., Tenant]) -> None:
    client = special(partial_batch_is_success=True).client()
    writes = [Write("HUB-1", order()), Write("HUB-2", order(FCustId=number("x"))), Write("HUB-3", order())]
    first, second, third = client.create("order", writes)
    assert isinstance(first, Written)
    assert isinstance(second, OutcomeUnknown)
    assert isinstance(third, Written)
    assert client.find("order", writes[1]) == []


def test_after_a_lost_session_an_update_is_sent_again_only_on_the_version_it_knows(tenant: Tenant) -> None:
    client = tenant.client(auth="validate_user")
    made = created(client, order())
    for version, kind in ((made.version, Written), ("2001-01-01T00:00:00", OutcomeUnknown)):
        tenant.control.fault("token_expired", match={"path": "BatchSave"})
        (outcome,) = client.update("order", [Write("k", {"FNote": "x"}, id=made.id, version=version)])
        assert isinstance(outcome, kind)


def test_after_a_lost_session_a_step_is_taken_once(tenant: Tenant) -> None:
    client = tenant.client(auth="login_by_sign")
    made = created(client, order())
    tenant.control.fault("token_expired", match={"path": "Submit"})
    (outcome,) = client.step("order", "submit", [made.id])
    assert isinstance(outcome, Written)
    assert len(tenant.control.journal(kind="submit")) == 1


def test_text_with_a_less_than_sign_passes_the_firewall(special: Callable[..., Tenant]) -> None:
    client = special(waf_blocks_less_than=True).client()
    assert created(client, order(FNote="a<b")).data["FNote"] == "a<b"
    assert pulled(client, "order")


# -- sessions


@pytest.mark.parametrize("auth", ["signature", "login_by_sign", "login_by_app_secret", "validate_user"])
def test_every_way_to_sign_in(tenant: Tenant, auth: str) -> None:
    facts = tenant.client(auth=auth).check()
    assert facts["customer"] == "visible"


def test_a_session_that_only_the_cookie_carries(special: Callable[..., Tenant]) -> None:
    tenant = special(null_session_id=True)
    assert "C1" in {row.number for row in pulled(tenant.client(auth="validate_user"), "customer").values()}


def test_many_workers_share_one_session(tenant: Tenant) -> None:
    clients = [tenant.client(auth="login_by_app_secret") for _ in range(4)]
    threads = [threading.Thread(target=client.read, args=("customer", ["1"])) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tenant.asked("LoginByAppSecret") == 1
    tenant.control.advance(3600)
    assert clients[0].read("customer", ["1"]) == {}
    assert tenant.asked("LoginByAppSecret") == 2


def test_signed_calls_name_bad_credentials_instead_of_trying_again(tenant: Tenant) -> None:
    with pytest.raises(CredentialsRejected, match="凭证"):
        tenant.client(app_secret="wrong").read("customer", ["1"])
    assert tenant.asked("QueryBusinessInfo") == 1


def test_a_wrong_data_center_is_named(tenant: Tenant) -> None:
    with pytest.raises(ConfigInvalid, match="60a0000000000a") as caught:
        tenant.client(acct_id="nowhere").check()
    assert caught.value.field == "acct_id"


def test_a_private_session_is_ended_on_close(tenant: Tenant) -> None:
    client = tenant.client(auth="validate_user")
    client.read("customer", ["1"])
    client.close()
    assert tenant.asked("Logout") == 1


# -- reading


def test_a_server_that_cuts_rows_loses_nothing(special: Callable[..., Tenant]) -> None:
    tenant = special(row_cap=30)
    ids = tenant.control.seed("SAL_SaleOrder", [order(line("1"), line("2"), line("3")) for _ in range(70)])
    found = pulled(tenant.client(page=40), "order")
    assert set(ids) == set(found)
    assert all([row["FSeq"] for row in rows(remote)] == [1, 2, 3] for remote in found.values())


def test_head_and_lines_are_of_one_moment(tenant: Tenant) -> None:
    (one,) = tenant.control.seed("SAL_SaleOrder", [order()])
    edits = iter([lambda: tenant.control.edit("SAL_SaleOrder", one, {"FSaleOrderEntry": [line("99")]})])

    def between(call: Call) -> None:
        """An edit right after the heads were read and before the lines are."""
        if call.operation == "ExecuteBillQuery":
            tenant.control.advance(1)
            next(edits, lambda: None)()

    remote = pulled(tenant.client(on_call=between), "order")[one]
    assert remote.data["FBillAllAmount"] == sum(row["FAllAmount"] for row in rows(remote)) == Decimal(198)


def test_a_settlement_is_a_row_of_its_own_with_an_id(tenant: Tenant) -> None:
    row = {"FMATERIALID": number("M1"), "FPRICEUNITID": number("Pcs"), "FPriceQty": "1", "FTaxPrice": "100"}
    head = {"FCUSTOMERID": number("C1"), "FDATE": "2025-02-01", "FENDDATE_H": "2025-03-01", "audited": True}
    tenant.control.seed("AR_receivable", [{**head, "FBillNo": "AR1", "FEntityDetail": [row]}])
    money = {"FRECTOTALAMOUNTFOR": "100", "FRECAMOUNTFOR_E": "100"}
    receipt = {"FCONTACTUNIT": number("C1"), "FDATE": "2025-02-02", "audited": True, "FRECEIVEBILLENTRY": [money]}
    tenant.control.seed("AR_RECEIVEBILL", [{**receipt, "FBILLNO": "SKD1"}])
    for amount in ("60", "-10"):
        match = {"receivable": "AR1", "receipt": "SKD1", "amount": amount, "date": "2025-02-03"}
        tenant.control.seed("AR_MATCHRECORD", [match])
    client = tenant.client()
    found = pulled(client, "settlement")
    amounts = [one.data["FCURWRITTENOFFAMOUNTFOR"] for one in found.values()]
    assert sorted(amounts) == [Decimal(-10), Decimal(60)]
    assert client.read("settlement", list(found)) == found
    (plan,) = next(iter(pulled(client, "receivable").values())).data["FEntityPlan"]
    assert {one.data["FPLANENTRYID"] for one in found.values()} == {plan["FEntryID"]}
    assert plan["FWRITTENOFFAMOUNT"] == Decimal(50)


def test_a_salesman_comes_with_the_mobile_of_his_staff_record(tenant: Tenant) -> None:
    (saler,) = pulled(tenant.client(), "employee").values()
    assert (saler.number, saler.data["BD_Empinfo.FMobile"]) == ("S1", "13800000001")


def test_base_data_of_another_organization_stays_out(tenant: Tenant) -> None:
    tenant.control.seed("BD_Customer", [{"FName": "别家公司", "FNumber": "C1", "FCreateOrgId": number("200")}])
    client = tenant.client()
    assert [row.data["FName"] for row in pulled(client, "customer").values()] == ["华星贸易有限公司"]
    assert len(client.find("customer", Write("HUB-9", {}, number="C1"))) == 1
    assert len(pulled(tenant.client(org_number=""), "customer")) == 2


def test_a_receipt_is_found_by_the_key_that_the_hub_left_in_it(tenant: Tenant) -> None:
    client = tenant.client()
    entry = {"FRECTOTALAMOUNTFOR": "100", "FRECAMOUNTFOR_E": "100"}
    data = {"FDATE": "2025-02-01", "FCONTACTUNIT": number("C1"), "FRECEIVEBILLENTRY": [entry]}
    made = created(client, data, "receipt", key="HUB-R1")
    assert made.number.startswith("SKD")
    assert made.data["FTHIRDBILLNO"] == "HUB-R1"
    assert [row.id for row in client.find("receipt", Write("HUB-R1", {}, number=made.number))] == [made.id]


# -- rights and fields


def test_a_probe_that_can_not_be_seen_means_missing_rights(special: Callable[..., Tenant]) -> None:
    tenant = special(hidden_forms="BD_Customer")
    assert "no rows visible" in tenant.client().check()["customer"]
    with pytest.raises(PermissionMissing, match="C1"):
        tenant.client(probes={"customer": "C1"}).check()


def test_discover_lists_fields_with_their_paths(tenant: Tenant) -> None:
    fields = {field.path: field for field in tenant.client().discover("order")}
    customer = fields["FCustId.FNumber"]
    assert (customer.title, customer.refers_to, customer.required, customer.read) == ("客户", "BD_Customer", True, True)
    assert fields["FSaleOrderEntry[].FQty"].entry == "FSaleOrderEntry"
    assert not fields["F_HUB_KEY"].read


def test_a_tenants_own_field_is_read_when_the_settings_name_it(tenant: Tenant) -> None:
    (one,) = tenant.control.seed("SAL_SaleOrder", [order(F_HUB_KEY="k-1")])
    client = tenant.client(extra_fields={"order": ["F_HUB_KEY", "FSaleOrderEntry.FDeliQty"]})
    assert client.read("order", [one])[one].data["F_HUB_KEY"] == "k-1"


def test_field_lists_are_asked_for_once_for_all_workers(tenant: Tenant) -> None:
    for _ in range(3):
        tenant.client().read("customer", ["1"])
    assert tenant.asked("QueryBusinessInfo") == 1


def test_a_quiet_system_costs_one_call(tenant: Tenant) -> None:
    client = tenant.client()
    checkpoint = [page.checkpoint for page in client.pull("order", None)][-1]
    tenant.control.advance(3600)
    checkpoint = [page.checkpoint for page in client.pull("order", checkpoint)][-1]
    tenant.calls.clear()
    assert pulled(client, "order", checkpoint) == {}
    assert [call.operation for call in tenant.calls] == ["ExecuteBillQuery"]


def test_the_counters_of_the_sandbox_agree_with_the_calls(tenant: Tenant) -> None:
    before = httpx.get(f"{tenant.control.url}/_sandbox/counters", trust_env=False).json()["calls"]
    tenant.client().read("customer", ["1"])
    after = httpx.get(f"{tenant.control.url}/_sandbox/counters", trust_env=False).json()["calls"]
    assert sum(after.values()) - sum(before.values()) == len(tenant.calls) > 0
