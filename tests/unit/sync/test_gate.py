"""What the approvals of an order mean for it."""

from types import SimpleNamespace
from typing import Any

import pytest

from hub.sync.approvals import gate

ORDER = {"total": "100", "currency": "CNY"}


def approval(key: int, **data: Any) -> Any:
    return SimpleNamespace(id=key, data={"amount": "100", "currency": "CNY", **data})


@pytest.mark.parametrize(
    ("approvals", "verdict"),
    [
        ([], "ask"),
        ([approval(1)], "wait"),
        ([approval(1, status="approved")], "go"),
        ([approval(1, status="rejected")], "refused"),
        ([approval(1, status="withdrawn"), approval(2, status="approved")], "go"),
        ([approval(2, status="withdrawn"), approval(1, status="approved")], "refused"),
        ([approval(1, status="approved", amount="99")], "ask"),
        ([approval(1, status="approved", amount=None)], "go"),
        ([approval(1, status="approved", currency="USD")], "ask"),
        ([approval(1, status="approved", currency=None)], "go"),
    ],
)
def test_the_newest_approval_counts_and_holds_for_its_amount_and_currency(approvals: list[Any], verdict: str) -> None:
    assert gate(ORDER, approvals).verdict == verdict
