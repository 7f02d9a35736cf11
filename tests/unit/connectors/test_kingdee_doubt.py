"""Replies that leave room for doubt: firewalls, server exceptions, lost sessions, refused fields. A scripted server."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from connectors.kingdee.calls import Calls, ServerFailed
from connectors.kingdee.config import KingdeeConfig
from connectors.kingdee.errors import FirewallBlocked, SessionLost
from connectors.kingdee.plan import Plans
from connectors.kingdee.reader import Ask, Reader
from connectors.kingdee.replies import Done, RowError, Status
from connectors.kingdee.saver import Saver
from connectors.kingdee.stepper import Stepper
from hub.connector import Link, Write, Written
from hub.errors import (
    ConfigInvalid,
    HubError,
    OutcomeUnknown,
    RateLimited,
    RecordRejected,
    Unreachable,
    ValidationFailed,
    Vendor,
)

SETTINGS = {"server_url": "http://erp/K3Cloud/", "acct_id": "a", "username": "u"}
CONFIG = KingdeeConfig.model_validate({**SETTINGS, "auth": "validate_user", "password": "p", "org_number": "100"})
SAID = Vendor("kingdee", "BatchSave", "x", "y")
ALL_FIELDS = [
    "FCUSTID",
    "FNumber",
    "FName",
    "FModifyDate",
    "FApproveDate",
    "FDocumentStatus",
    "FForbidStatus",
    "FID",
    "FBillNo",
    "FDate",
]
Answer = Status | HubError | Callable[[Mapping[str, Any]], Status]


class Scripted(Calls):
    """Calls whose writes answer by a script and whose queries answer `rows` for the columns asked."""

    def __init__(self, answers: Sequence[Answer] = (), rows: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(CONFIG, Link())
        self.answers = list(answers)
        self.rows = rows
        self.writes: list[tuple[str, Mapping[str, Any]]] = []
        self.refused_fields: set[str] = set()
        self.fields: Sequence[str] = ALL_FIELDS

    def write(self, service: str, body: Mapping[str, Any]) -> Status:
        self.writes.append((service, body))
        answer = self.answers.pop(0)
        if isinstance(answer, HubError):
            raise answer
        return answer(body) if callable(answer) else answer

    def read(self, service: str, body: Mapping[str, Any]) -> Any:
        if service == "QueryBusinessInfo":
            fields = [{"Key": key} for key in self.fields]
            return {"Result": {"NeedReturnData": {"Entrys": [{"Key": "FBillHead", "Fields": fields}]}}}
        keys = body["data"]["FieldKeys"].split(",")
        for key in keys:
            if key in self.refused_fields:
                text = f"元数据中标识为{key}的字段不存在"
                raise ConfigInvalid(text, text, vendor=Vendor("kingdee", "", "9", text))
        return [[row.get(key) for key in keys] for row in self.rows]


def everything(body: Mapping[str, Any]) -> Status:
    """Every Model of the call was saved."""
    models = body["data"]["Model"]
    return Status(True, "0", (), tuple(Done(n, str(500 + n), model["FNumber"]) for n, model in enumerate(models)))


def saver(calls: Scripted) -> Saver:
    return Saver(calls, Reader(calls, Plans(calls)))


def stepper(calls: Scripted) -> Stepper:
    return Stepper(calls, Reader(calls, Plans(calls)))


def writes(*names: str) -> list[Write]:
    return [Write(f"HUB-{n}", {"FName": name}) for n, name in enumerate(names)]


def sent(calls: Scripted, call: int) -> list[str]:
    return [model["FNumber"] for model in calls.writes[call][1]["data"]["Model"]]


def blocked() -> FirewallBlocked:
    return FirewallBlocked("拦截", "blocked", vendor=SAID)


def lost() -> SessionLost:
    return SessionLost("丢失", "lost", vendor=SAID)


def failed() -> ServerFailed:
    return ServerFailed("出错", "failed", vendor=SAID)


# -- firewall


def test_only_the_record_with_the_suspicious_text_fails() -> None:
    calls = Scripted([blocked(), everything])
    good, bad, last = saver(calls).create("customer", writes("甲", "a<b", "丙"))
    assert isinstance(good, Written)
    assert isinstance(bad, ValidationFailed)
    assert (bad.field, bad.value) == ("FName", "a<b")
    assert isinstance(last, Written)
    assert sent(calls, 1) == ["HUB-0", "HUB-2"]


def test_a_block_that_no_record_explains_refuses_the_batch() -> None:
    with pytest.raises(RecordRejected):
        saver(Scripted([blocked()])).create("customer", writes("甲", "乙"))


# -- a server that fails, a session that is lost


def test_after_a_lost_session_only_absent_records_are_sent_again() -> None:
    calls = Scripted([lost(), everything], rows=[{"FCUSTID": 9, "FNumber": "HUB-0"}])
    there, absent = saver(calls).create("customer", writes("甲", "乙"))
    assert isinstance(there, OutcomeUnknown), "it may be somebody else's record of that number"
    assert isinstance(absent, Written)
    assert sent(calls, 1) == ["HUB-1"]


def test_a_server_exception_that_saved_nothing_refuses_the_batch() -> None:
    calls = Scripted([failed()])
    with pytest.raises(RecordRejected, match="出错"):
        saver(calls).create("customer", writes("甲", "乙"))
    assert len(calls.writes) == 1


def test_a_server_exception_that_saved_a_part() -> None:
    calls = Scripted([failed(), failed()], rows=[{"FCUSTID": 9, "FNumber": "HUB-1"}])
    first, second = saver(calls).create("customer", writes("甲", "乙"))
    assert isinstance(second, OutcomeUnknown)
    assert isinstance(first, OutcomeUnknown)


def test_records_of_an_update_that_travel_apart_fail_apart() -> None:
    refused = RecordRejected("整批拒绝", "refused", vendor=SAID)
    done = Status(True, "0", (), (Done(0, "1", "A"),))
    calls = Scripted([done, refused, Status(True, "0", (), (Done(0, "2", "B"),)), refused])
    changes = [
        Write("a", {"FName": "甲"}, id="1"),
        Write("b", {"FTEL": "1"}, id="2"),
        Write("c", {"FTEL": "2"}, id="3"),
    ]
    first, second, third = saver(calls).update("customer", changes)
    assert isinstance(first, Written)
    assert isinstance(second, Written)
    assert isinstance(third, RecordRejected)


def test_an_update_that_is_one_call_raises_what_concerns_the_call() -> None:
    limited = RateLimited("限流", "limited", vendor=SAID)
    with pytest.raises(RateLimited):
        saver(Scripted([limited])).update("customer", [Write("a", {"FName": "甲"}, id="1")])


# -- steps


def test_the_other_spelling_of_the_operation_service_is_tried_and_kept() -> None:
    missing = ConfigInvalid("404", "404")
    done = Status(True, "0", (), (Done(0, "7", "A"),))
    calls = Scripted([missing, done, done])
    steps = stepper(calls)
    for _ in range(2):
        (outcome,) = steps.run("customer", "disable", ["7"])
        assert isinstance(outcome, Written)
    assert [service for service, _ in calls.writes] == ["ExcuteOperation", "ExecuteOperation", "ExecuteOperation"]


def test_a_step_that_the_reply_passes_over_is_looked_at() -> None:
    rows = [
        {"FCUSTID": 7, "FNumber": "A", "FDocumentStatus": "C"},
        {"FCUSTID": 8, "FNumber": "B", "FDocumentStatus": "A"},
    ]
    calls = Scripted([Status(True, "0")], rows=rows)
    taken, open_ = stepper(calls).run("customer", "audit", ["7", "8"])
    assert taken == Written("7", "A", "audited")
    assert isinstance(open_, OutcomeUnknown)


def test_an_already_audited_record_counts_as_submitted() -> None:
    refused = Status(False, "11", (RowError(0, "已审核，不允许提交"),))
    rows = [{"FCUSTID": 7, "FNumber": "A", "FDocumentStatus": "C"}]
    (outcome,) = stepper(Scripted([refused], rows=rows)).run("customer", "submit", ["7"])
    assert outcome == Written("7", "A", "audited")


def test_unknown_steps_are_refused() -> None:
    with pytest.raises(HubError, match="fly"):
        stepper(Scripted()).run("customer", "fly", ["7"])
    with pytest.raises(HubError, match="disable"):
        stepper(Scripted()).run("order", "disable", ["7"])


# -- fields


def test_a_field_that_the_list_has_but_the_query_refuses_is_left_out() -> None:
    calls = Scripted(rows=[{"FCUSTID": 7, "FNumber": "A", "FName": "甲"}])
    calls.refused_fields = {"FName"}
    plans = Plans(calls)
    rows, _ = Reader(calls, plans).page("customer", Ask(""))
    assert rows[0]["FNumber"] == "A"
    assert "FName" not in rows[0]
    assert "FName" not in plans.of("customer").head


def test_a_refused_number_is_an_error_for_the_admin() -> None:
    calls = Scripted()
    calls.refused_fields = {"FNumber"}
    with pytest.raises(ConfigInvalid):
        Reader(calls, Plans(calls)).page("customer", Ask(""))


def test_rows_of_other_columns_are_no_answer() -> None:
    calls = Scripted()
    calls.rows = [{}]
    reader = Reader(calls, Plans(calls))
    plan = Plans(calls).of("customer")
    calls.read = lambda service, body: [[1, 2]]  # type: ignore[method-assign]
    with pytest.raises(Unreachable):
        reader.query(plan, ("FCUSTID",), {})


def test_a_tenant_without_time_fields_is_read_whole() -> None:
    calls = Scripted()
    calls.fields = ["FCUSTID", "FNumber", "FName"]
    plan = Plans(calls).of("customer")
    assert plan.stamps == ()
    assert plan.head == ("FCUSTID", "FNumber", "FName")


def test_an_empty_field_list_is_no_answer() -> None:
    calls = Scripted()
    calls.fields = []
    with pytest.raises(Unreachable):
        Plans(calls).of("customer")
