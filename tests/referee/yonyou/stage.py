"""A YonBIP sandbox with a little data, for the referees."""

from collections.abc import Iterator

import httpx

from sandbox.core.start import Running, start_sandbox

RECORDS: tuple[tuple[str, dict[str, object]], ...] = (
    ("staff", {"code": "YG001", "name": "张三", "mobile": "13900000001"}),
    ("product", {"code": "M1", "name": "物料一"}),
    ("merchant", {"code": "C1", "name": "甲公司", "creditCode": "91310000MA1FL0AB12", "contactTel": "021-1"}),
    ("merchant", {"code": "C2", "name": "乙公司"}),
    (
        "order",
        {
            "code": "SO1", "vouchdate": "2025-01-31", "agentId": "C1", "corpContact": "YG001", "audited": True,
            "orderDetails": [
                {"productId": "M1", "qty": "2", "oriTaxUnitPrice": "11.30"},
                {"productId": "M1", "qty": "1", "oriTaxUnitPrice": "5"},
            ],
        },
    ),
)  # fmt: skip


def stage() -> Iterator[Running]:
    """A running sandbox with a customer of one order of two lines, and one without orders."""
    with start_sandbox("yonbip") as running, httpx.Client(base_url=running.url, trust_env=False, verify=False) as web:
        for name, record in RECORDS:
            assert web.post(f"/_sandbox/records/{name}", json=record).status_code == 200
        yield running
