"""What bench_connectors measures at Tryton: a real server (.venv-tryton, made by the first run) behind the tests' gateway, which counts."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.cases import Case, Data, Measured
from sandbox.core.start import Running
from tests.tryton.environment import running, template
from tests.tryton.gateway import open_gateway

PARTY, PRODUCT = 2, 1
"""What the template database holds."""
DAY = "2026-06-30"


@contextmanager
def start(_switches: Mapping[str, object]) -> Iterator[Running]:
    built = template()
    with (
        tempfile.TemporaryDirectory() as folder,
        running(built.python, built.database, Path(folder)) as url,
        open_gateway(url, built) as gateway,
    ):
        yield gateway


def seeded_party(n: int) -> Data:
    mobile = {"type": "mobile", "value": f"139{n:08d}"}
    parts = {"addresses": [["create", [{"city": "杭州"}]]], "contact_mechanisms": [["create", [mobile]]]}
    return {"name": f"杭州云栖{n}有限公司", **parts}


def seeded_sale(n: int) -> Data:
    line = {"type": "line", "product": PRODUCT, "quantity": n % 7 + 1, "unit": 1, "unit_price": "19.99"}
    head = {"party": PARTY, "invoice_address": 2, "shipment_address": 2, "sale_date": DAY}
    return {**head, "lines": [["create", [dict(line) for _ in range(1 + n % 5)]]]}


def sale(n: int) -> Data:
    line = {"product": {"id": PRODUCT}, "quantity": n % 7 + 1, "unit_price": "19.99", "tax_rate": "13"}
    return {"party": PARTY, "sale_date": DAY, "lines": [dict(line) for _ in range(1 + n % 5)]}


def product(n: int) -> Data:
    return {"name": f"螺母 {n}", "code": f"N-{n:05d}", "unit": "Unit", "list_price": "0.10", "tax_rate": "13"}


def debt(n: int) -> Data:
    lines = [{"debit": f"{n + 1}.50", "maturity_date": "2026-07-30"}]
    return {"party": PARTY, "date": DAY, "description": f"期初 {n}", "lines": lines}


def mobile(n: int) -> dict[str, Any]:
    return {"contact_mechanisms": [{"type": "mobile", "value": f"136{n:08d}"}]}


TRYTON = Measured(
    base={},
    cases=(
        Case("employee", "company.employee", lambda n: {"name": f"员工{n}", "mobile": f"138{n:08d}"}),
        Case(
            "customer",
            "party.party",
            seeded_party,
            edit=lambda n: {"name": f"改 {n}"},
            write=lambda n: {"name": f"宁波海岸{n}有限公司", **mobile(n)},
            change=mobile,
        ),
        Case(
            "contact",
            "party.contact_mechanism",
            lambda n: {"party": PARTY, "name": f"王芳{n}", "type": "mobile", "value": f"137{n:08d}"},
            edit=lambda n: {"value": f"135{n:08d}"},
            write=lambda n: {"party": PARTY, "name": f"赵敏{n}", "mobile": f"136{n:08d}"},
            change=lambda n: {"mobile": f"133{n:08d}"},
        ),
        Case(
            "product",
            "product.product",
            lambda n: {"name": f"螺丝 {n}", "code": f"P-{n:05d}", "list_price": "0.10"},
            edit=lambda n: {"name": f"改 {n}"},
            write=product,
            change=lambda n: {"name": f"推 {n}"},
        ),
        Case(
            "order",
            "sale.sale",
            seeded_sale,
            edit=lambda n: {"comment": f"改 {n}"},
            write=sale,
            change=lambda n: {"comment": f"推 {n}"},
            steps=("quote", "confirm"),
        ),
        Case("receivable", "move", debt),
    ),
    start=start,
)
