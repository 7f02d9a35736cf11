"""The contract kit against a tenant that has not migrated: the old finance in the words of the new one."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from connectors.yonyou.yonbip import CONNECTOR
from connectors.yonyou.yonbip.client import YonbipClient
from connectors.yonyou.yonbip.config import YonbipConfig
from hub.connector import Connector, Link, Native
from hub.connector.testing import ConnectorContract, Sample, SandboxControl
from sandbox.core.start import start_sandbox

SMALL = CONNECTOR.manifest.model_copy(
    update={
        "entities": {
            name: CONNECTOR.manifest.entities[name].model_copy(update={"page_size": 20, "read_batch": 20})
            for name in ("receivable", "receipt", "settlement")
        },
        "callbacks": False,
    }
)


def opened(config: YonbipConfig, link: Link) -> YonbipClient:
    return YonbipClient(config, link, SMALL)


def bill(n: int, amount: object = "100") -> Native:
    head = {"billDate": "2025-02-01", "customer": "C1", "remarks": f"备注 {n}"}
    return {**head, "bodyItem": [{"oriTaxIncludedAmount": amount, "taxRate": "13"}]}


def sample(name: str) -> Sample:
    return Sample(
        object=name,
        seed=bill,
        edit=lambda n: {"remarks": f"备注 {n}"},
        has=lambda data, n: data["remarks"] == f"备注 {n}",
        seed_text=lambda text: {**bill(1), "remarks": text},
        text_of=lambda data: data["remarks"],
        seed_money=lambda money: bill(1, money),
        money_of=lambda data: data["oriTaxIncludedAmount"],
    )


@pytest.fixture(scope="module")
def sandbox_url() -> Iterator[str]:
    with start_sandbox("yonbip", {"finance": "fi"}) as running:
        yield running.url


class TestOldFinance(ConnectorContract):
    connector: ClassVar[Connector] = replace(CONNECTOR, manifest=SMALL, open=opened)
    settings: ClassVar[Mapping[str, Any]] = {"gateway_url": "/iuap-api-gateway", "token_url": "/iuap-api-auth"}
    credential = "app_secret"
    faults = frozenset({"token_expired", "repeat_page"})
    unknown_code = '{"code":"77777","message":"新的说法","data":{"id":1,"recordList":[]}}'.encode()
    samples: ClassVar[Mapping[str, Sample]] = {"receivable": sample("receivable"), "receipt": sample("collection")}

    def prepare(self, control: SandboxControl) -> None:
        control.seed("merchant", [{"code": "C1", "name": "华星贸易有限公司"}])
