"""Tryton as the user that docs/tryton.md tells people to make: no administrator, in three groups."""

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.tryton import CONNECTOR
from hub.connector import Client, Link, Remote, Write, Written
from hub.errors import ConfigInvalid, PermissionMissing
from sandbox.core.start import Running
from tests.tryton.environment import running, template
from tests.tryton.gateway import Desk, open_gateway

pytestmark = pytest.mark.xdist_group("tryton")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    built = template()
    with (
        running(built.python, built.database, tmp_path_factory.mktemp("tryton")) as url,
        open_gateway(url, built) as made,
    ):
        yield made


@pytest.fixture
def desk(gateway: Running) -> Desk:
    assert gateway.sandbox is not None
    gateway.sandbox.reset()
    found: Desk = gateway.sandbox.store.desk  # type: ignore[attr-defined]
    return found


@pytest.fixture
def client(gateway: Running, desk: Desk) -> Iterator[Client]:
    settings = {**gateway.credentials, **desk.make_hub_user()}
    made = CONNECTOR.open(CONNECTOR.config.model_validate(settings), Link(timeout_s=60))
    yield made
    made.close()


def made_by(client: Client, entity: str, data: dict[str, Any]) -> str:
    [outcome] = client.create(entity, [Write("HUB-000001", data)])
    assert isinstance(outcome, Written), outcome
    return outcome.id


def rows(client: Client, entity: str) -> list[Remote]:
    return [row for page in client.pull(entity, None) for row in page.rows]


def test_three_groups_are_enough_for_all_that_the_hub_does(client: Client, desk: Desk) -> None:
    desk.call("model.company.employee.create", [{"party": 2, "company": 1}])
    party = made_by(client, "customer", {"name": "甲公司", "identifiers": [], "address": {"city": "杭州"}})
    made_by(client, "contact", {"party": int(party), "name": "王芳", "mobile": "13900139000"})
    product = made_by(client, "product", {"name": "螺母", "code": "N-1", "unit": "Unit", "tax_rate": "13"})
    line = {"product": {"id": int(product)}, "quantity": 2, "unit_price": "10", "tax_rate": "13"}
    sale = made_by(client, "order", {"party": int(party), "sale_date": "2026-11-20", "lines": [line]})
    for entity, one, change in (("customer", party, {"name": "乙公司"}), ("product", product, {"name": "螺帽"})):
        [outcome] = client.update(entity, [Write("HUB-000001", change, id=one)])
        assert isinstance(outcome, Written), outcome
    stages = [getattr(client.step("order", step, [sale])[0], "stage", "refused") for step in ("quote", "confirm")]
    assert stages == ["quotation", "processing"]
    assert client.check()["company"] == "1"
    read = {entity: len(rows(client, entity)) for entity in CONNECTOR.manifest.entities}
    assert read == {"customer": 1, "contact": 1, "employee": 1, "product": 3, "order": 1} | {
        entity: 0 for entity in ("receivable", "receipt", "settlement")
    }
    assert [one.id for one in client.find("order", Write("HUB-000001", {}))] == [sale]


def test_only_an_administrator_sees_deletions_at_once_and_nobody_else_is_stopped(
    client: Client, gateway: Running, desk: Desk
) -> None:
    admin = CONNECTOR.open(CONNECTOR.config.model_validate(dict(gateway.credentials)), Link(timeout_s=60))
    assert "no administrator" in client.check()["deletions"]
    assert admin.check()["deletions"] == "log"
    points = [[page.checkpoint for page in one.deleted("customer", None)][-1] for one in (client, admin)]
    party = made_by(client, "customer", {"name": "甲公司"})
    desk.call("model.party.party.delete", [int(party)])
    assert points[0] is None
    gone = [
        [row.id for page in one.deleted("customer", point) for row in page.rows]
        for one, point in zip((client, admin), points, strict=True)
    ]
    assert gone == [[], [party]]
    assert client.read("customer", [party]) == {}, "the full comparison finds it"
    admin.close()


def test_an_unknown_company_is_refused_every_time(gateway: Running, desk: Desk) -> None:
    settings = {**gateway.credentials, **desk.make_hub_user(), "company": "没有的公司"}
    wrong = CONNECTOR.open(CONNECTOR.config.model_validate(settings), Link(timeout_s=60))
    for _ in range(2):
        with pytest.raises(ConfigInvalid, match="没有的公司"):
            rows(wrong, "order")
    wrong.close()


def test_a_group_that_is_missing_is_a_missing_right(client: Client, desk: Desk) -> None:
    [user] = desk.call("model.res.user.search", [["login", "=", "hub"]], 0, None, None)
    desk.call("model.res.user.write", [user], {"groups": [["remove", desk.groups("Accounting")]]})
    with pytest.raises(PermissionMissing) as caught:
        rows(client, "receivable")
    assert caught.value.remedy is not None
    assert caught.value.remedy.job == "system_admin"
