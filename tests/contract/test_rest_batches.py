"""The contract kit for a manifest whose vendor answers batches record by record and has a delete feed."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from connectors.rest import load
from hub.connector.contract import Native, Write
from hub.connector.testing import ConnectorContract, Kit, Sample
from hub.connector.testing.kit import written
from hub.errors import ValidationFailed
from sandbox.core.start import start_sandbox


def firm(n: int) -> dict[str, Any]:
    return {"number": f"F-{n:05d}", "name": f"华星贸易{n}有限公司", "note": "", "credit": n}


class TestFirms(ConnectorContract):
    connector = load(Path(__file__).parent / "manifests/firms.yaml")
    samples: ClassVar[Mapping[str, Sample]] = {
        "customer": Sample(
            object="firm",
            seed=firm,
            edit=lambda n: {"note": f"备注{n}"},
            has=lambda data, n: data["note"] == f"备注{n}",
            write=firm,
            change=lambda n: {"note": f"备注{n}"},
            changed=lambda data, n: data["note"] == f"备注{n}",
            bad=lambda n: {**firm(n), "name": " "},
            seed_text=lambda text: {**firm(1), "name": text},
            write_text=lambda text: {**firm(1), "name": text},
            text_of=lambda data: data["name"],
            seed_money=lambda money: {**firm(1), "credit": money},
            money_of=lambda data: data["credit"],
            seed_number=lambda number: {**firm(1), "number": number},
        )
    }
    faults = frozenset({"token_expired", "rate_limited", "repeat_page", "locked"})
    credential = "app_secret"
    unknown_code = b'{"code": 49999, "message": "?", "data": null}'
    quota_s = 7
    push_events: ClassVar[list[Mapping[str, Any]]] = [{"id": "1"}, {"id": "2", "event": "firm.created"}]
    signed = ("timestamp", "sign")

    def test_one_bad_row_of_many_says_which_and_why(self, kit: Kit) -> None:
        rows: list[Native] = [firm(n) for n in range(10)]
        rows[3]["name"], rows[7]["credit"] = " ", "much"
        outcomes = kit.client().create("customer", [Write(f"HUB-{n}", row) for n, row in enumerate(rows)])
        bad = {place: outcome for place, outcome in enumerate(outcomes) if isinstance(outcome, ValidationFailed)}
        assert set(bad) == {3, 7}
        assert "name" in bad[3].text.zh
        assert bad[7].vendor.code == "42200"
        assert (
            len({written(one) for place, one in enumerate(outcomes) if place not in bad})
            == kit.created("customer")
            == 8
        )
        assert len([call for call in kit.calls if call.operation == "customer.create"]) == 1, "nothing is sent twice"


@pytest.fixture(scope="module")
def sandbox_url() -> Iterator[str]:
    with start_sandbox("example") as running:
        yield running.url
