"""The contract kit for 简道云: a manifest without code against its sandbox."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from connectors.rest import connector_of, shipped
from hub.connector.contract import Native, Write
from hub.connector.testing import ConnectorContract, Kit, Sample
from hub.connector.testing.kit import rows_of, written
from hub.errors import RateLimited, SetupError, ValidationFailed
from sandbox.core.start import start_sandbox

CONNECTOR = connector_of(shipped("jiandaoyun"))


def firm(n: int) -> Mapping[str, Any]:
    return {"ext_no": f"C-{n:05d}", "name": f"华星贸易{n}有限公司", "mobile": f"139{n:08d}", "owner": "zhangsan"}


def remark(n: int) -> Native:
    return {"remark": f"备注 {n}"}


def says(data: Native, n: int) -> bool:
    return data.get("remark") == f"备注 {n}"


def order(n: int) -> dict[str, Any]:
    line = {"product": "P-1", "product_name": "螺丝", "quantity": Decimal("2.5"), "price": Decimal("19.99") + n}
    return {"ext_no": f"SO-{n}", "customer": "C-00001", "date": "2026-11-19T16:00:00.000Z", "lines": [line]}


def sample(name: str, seed: Any, **more: Any) -> Sample:
    return Sample(
        object=name,
        seed=seed,
        edit=remark,
        has=says,
        write=lambda n: dict(seed(n)),
        change=remark,
        changed=says,
        bad=lambda n: {**seed(n), "owner": "nobody"},
        seed_text=lambda text: {**seed(1), "name": text},
        write_text=lambda text: {**seed(1), "name": text},
        text_of=lambda data: data["name"],
        **more,
    )


class TestJiandaoyun(ConnectorContract):
    connector = CONNECTOR
    samples: ClassVar[Mapping[str, Sample]] = {
        "customer": sample(
            "customer",
            firm,
            seed_money=lambda money: {**firm(1), "credit": money},
            money_of=lambda data: data["credit"],
        ),
        "contact": sample("contact", lambda n: {"name": f"王芳{n}", "customer": "C-00001"}),
        "order": sample("order", order),
    }
    faults = frozenset({"rate_limited", "repeat_page", "empty_page", "locked"})
    credential = "api_key"
    unknown_code = b'{"code": 99999, "msg": "?", "data": []}'
    push_events: ClassVar[list[Mapping[str, Any]]] = [
        {"op": "data_update", "object": "customer", "id": "1"},
        {"op": "data_remove", "object": "order", "id": "2"},
    ]
    signed = ("nonce", "timestamp")

    def test_a_page_that_is_empty_by_mistake_does_not_look_like_an_empty_system(self, kit: Kit) -> None:
        ids = kit.seed("customer", 3)
        kit.control.fault("empty_page")
        assert {row.id for row in rows_of(kit.client().pull("customer", None))} == set(ids)

    def test_a_push_names_the_record_and_the_form(self, kit: Kit) -> None:
        update, removal = [self._parse(kit, request).hints[0] for request in self._pushed(kit)]
        assert (update.entity, update.id, update.event) == ("customer", "1", "data_update")
        assert (removal.entity, removal.id, removal.event) == ("order", "2", "data_remove")

    def test_sub_forms_and_members_are_packed_as_the_vendor_wants(self, kit: Kit) -> None:
        client = kit.client()
        made = written(client.create("order", [Write("HUB-1", {**order(1), "owner": "lisi"})])[0])
        row = client.read("order", [made])[made]
        assert row.data["lines"][0]["price"] == Decimal("20.99")
        assert row.data["owner"]["username"] == "lisi"
        assert row.key == "HUB-1"

    def test_two_tries_carry_the_same_transaction(self, kit: Kit) -> None:
        client = kit.client()
        for _ in range(2):
            client.create("customer", [Write("HUB-9", dict(firm(9)))])
        first, second = kit.control.journal(kind="create")
        assert first["request_id"] == second["request_id"] != ""

    def test_a_member_that_is_not_there_is_named(self, kit: Kit) -> None:
        outcome = kit.client().create("customer", [Write("HUB-2", {**firm(1), "owner": "nobody"})])[0]
        assert isinstance(outcome, ValidationFailed)
        assert "成员不存在" in outcome.text.zh

    @pytest.mark.parametrize("setting", ["app_id", "customer_form"])
    def test_a_wrong_app_or_form_needs_an_admin(self, kit: Kit, setting: str) -> None:
        with kit.failing(SetupError):
            kit.client(kit.config(**{setting: "000000000000000000000000"})).check()

    def test_throttling_is_a_code_and_not_a_status(self, kit: Kit) -> None:
        kit.seed("customer", 1)
        kit.control.fault("rate_limited", rate=1.0)
        with kit.failing(RateLimited) as caught:
            rows_of(kit.client().pull("customer", None))
        assert isinstance(caught[0], RateLimited)
        assert caught[0].after == 2


class TestOtherAnswers(ConnectorContract):
    """The switches of the sandbox the other way round: what the vendor note does not know for sure."""

    connector = CONNECTOR
    samples: ClassVar[Mapping[str, Sample]] = {"customer": TestJiandaoyun.samples["customer"]}
    credential = "api_key"
    unknown_code = TestJiandaoyun.unknown_code
    push_events = TestJiandaoyun.push_events
    signed = TestJiandaoyun.signed

    @pytest.fixture
    def sandbox_url(self) -> Iterator[str]:
        with start_sandbox("jiandaoyun", {"missing": "null", "unknown_field": "refuse"}) as running:
            yield running.url


@pytest.fixture(scope="module")
def sandbox_url() -> Iterator[str]:
    with start_sandbox("jiandaoyun") as running:
        yield running.url
