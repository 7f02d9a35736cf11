"""Errors say whose job they are; what was kept of one can be told again."""

import pytest

from hub import errors
from hub.connector.redact import Redactor
from hub.errors import (
    JOBS,
    BadInput,
    CredentialsRejected,
    HubError,
    PeriodClosed,
    RecordRejected,
    Text,
    Unreachable,
    advised,
)

INSIDE = (errors.SetupError, errors.TryLater)
"""Also raised by the hub about its own machine, with the fix in the message."""


def _kinds(root: type[HubError]) -> list[type[HubError]]:
    return [root, *(kind for child in root.__subclasses__() for kind in _kinds(child))]


@pytest.mark.parametrize("kind", [k for k in _kinds(HubError)[1:] if k.__module__ == errors.__name__])
def test_whatever_a_system_may_cause_is_somebodys_job(kind: type[HubError]) -> None:
    if issubclass(kind, BadInput) or kind in INSIDE:
        assert kind.usual is None
    else:
        assert kind.usual is not None
        assert kind.usual.job in JOBS
        assert all("。" not in text for text in (kind.usual.press.zh, kind.usual.press.en))


def test_an_error_with_a_remedy_of_its_own_leaves_the_class_alone() -> None:
    error = PeriodClosed("已结账", "closed").put_right_by("finance", "在总账里反结账", "reopen it in the ledger")
    assert error.remedy is not None
    assert error.remedy.sentence == Text("由财务处理：在总账里反结账", "For finance: reopen it in the ledger")
    assert PeriodClosed("已结账", "closed").remedy == PeriodClosed.usual != error.remedy


def test_what_was_kept_of_an_error_tells_the_message_and_whose_job_it_is() -> None:
    kept = CredentialsRejected("密钥不对。", "wrong secret.").as_json()
    assert advised(kept).zh.startswith("密钥不对。由中枢管理员处理：")
    assert advised(kept).en.startswith("wrong secret. For the hub's administrator: ")
    assert advised(Unreachable("连不上", "no reply").as_json()).zh == "连不上。无需处理，会自动重试"
    assert advised(BadInput("不对", "wrong").as_json()) == Text("不对", "wrong")
    assert advised({}) == Text("", "")


def test_no_secret_stays_in_what_to_press() -> None:
    error = RecordRejected("不行", "no").put_right_by("author", "改掉 hunter2", "change hunter2")
    Redactor(["hunter2"]).scrub(error)
    assert "hunter2" not in str(error.as_json())
