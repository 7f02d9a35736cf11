"""Envelopes, the error table and per-record outcomes, from the replies in kingdee.md 2.4, 3.1, 3.2 and 3.4."""

from typing import Any

import pytest

from connectors.kingdee.errors import Said, login_error, read_error, unknown_field, write_error
from connectors.kingdee.judge import Sent, outcomes
from connectors.kingdee.replies import firewall_block, is_rows, rows_by_key, server_error, status_of
from hub.connector import Written
from hub.errors import (
    ConfigInvalid,
    CredentialsRejected,
    DuplicateInSystem,
    HubError,
    PeriodClosed,
    PermissionMissing,
    RateLimited,
    RecordGone,
    RecordLocked,
    RecordRejected,
    Unreachable,
    ValidationFailed,
    Vendor,
)

DUPLICATE = "违反字段唯一性要求：编码唯一。[test5]在当前系统中已经被使用。"
LOST = "会话信息已丢失，请重新登录"


def envelope(
    code: object, *messages: str, done: list[dict[str, Any]] | None = None, ok: object = False
) -> dict[str, Any]:
    errors = [{"FieldName": None, "Message": text, "DIndex": place} for place, text in enumerate(messages)]
    raw = {"IsSuccess": ok, "Errors": errors, "SuccessEntitys": done or [], "SuccessMessages": [], "MsgCode": code}
    return {"Result": {"ResponseStatus": raw}}


@pytest.mark.parametrize("wrap", [lambda data: data, lambda data: [data], lambda data: [[data]]])
@pytest.mark.parametrize("code", [1, "1"])
def test_session_loss_in_every_envelope(wrap: Any, code: object) -> None:
    status = status_of(wrap(envelope(code, LOST)))
    assert status is not None
    assert status.session_lost
    assert not status.ok


def test_session_words_in_a_success_mean_nothing() -> None:
    status = status_of(envelope(0, "未登录", ok=True))
    assert status is not None
    assert not status.session_lost


def test_a_number_that_ends_in_10001_is_no_lost_session() -> None:
    status = status_of(envelope(11, "违反字段唯一性要求：编码唯一。[HUB-10001]在当前系统中已经被使用。"))
    assert status is not None
    assert not status.session_lost
    lost = status_of(envelope(4, "error code: -10001"))
    assert lost is not None
    assert lost.session_lost


def test_rows_and_envelopes_are_told_apart() -> None:
    assert is_rows([])
    assert is_rows([[1, "a"], [2, None]])
    assert not is_rows([[envelope(9, "元数据中标识为FX的字段不存在")]])
    assert not is_rows({"Result": {}})
    assert status_of([[1, "a"]]) is None
    assert rows_by_key(("FID", "FBillNo"), [[1, "a"]]) == [{"FID": 1, "FBillNo": "a"}]


def test_server_error_joins_inner_messages() -> None:
    text = (
        'response_error:{"ClassName":"X","Message":"outer","InnerExWrapper":{"Message":"inner","InnerExWrapper":null}}'
    )
    assert server_error(text) == "outer；inner"
    assert server_error("response_error: boom") == "boom"
    assert server_error('{"Result":1}') is None


def test_firewall_box() -> None:
    box = [{"actionname": "showConfirm", "params": [{"title": "", "msg": "caller_in_less_Point_Bracket"}]}]
    assert firewall_block(box) == "caller_in_less_Point_Bracket"
    assert firewall_block([{"FID": 1}]) is None
    assert firewall_block([]) is None


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        ("11", DUPLICATE, DuplicateInSystem),
        ("11", "字段[客户]是必录字段", ValidationFailed),
        ("11", "2025年第1期已结账，不允许新增单据", PeriodClosed),
        ("13", '"USER"使用业务单据："销售订单"…"业务操作-[销售订单-修改]"冲突，请稍候再使用。', RecordLocked),
        ("4", "单据已被其他用户修改", RecordLocked),
        ("2", "您没有销售订单的新增权限，请联系系统管理员", PermissionMissing),
        ("7", "许可错误", PermissionMissing),
        ("15", "", PermissionMissing),
        ("14", "", RateLimited),
        ("9", "元数据中标识为FX的字段不存在", ValidationFailed),
        ("10", "内码为5的销售订单不存在或已被删除", RecordGone),
        ("6", "死锁", RecordRejected),
        ("99", "新的错误", RecordRejected),
        ("", "", RecordRejected),
    ],
)
def test_write_errors(code: str, message: str, kind: type[HubError]) -> None:
    error = write_error(Said(Vendor("kingdee", "BatchSave", code, message)))
    assert type(error) is kind


def test_an_unknown_code_is_shown() -> None:
    error = write_error(Said(Vendor("kingdee", "BatchSave", "99", "新的错误")))
    assert "99" in error.text.zh
    assert "99" in error.text.en
    assert "新的错误" in error.text.zh


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        ("4", "业务对象不存在", ConfigInvalid),
        ("9", "元数据中标识为FX的字段不存在", ConfigInvalid),
        ("2", "您没有权限", PermissionMissing),
        ("14", "", RateLimited),
        ("4", "异常", Unreachable),
        ("77", "", Unreachable),
    ],
)
def test_read_errors(code: str, message: str, kind: type[HubError]) -> None:
    assert type(read_error(Said(Vendor("kingdee", "ExecuteBillQuery", code, message)))) is kind


def test_unknown_field_is_named() -> None:
    assert unknown_field("元数据中标识为FCustId.FX的字段不存在") == "FCustId.FX"
    assert unknown_field("别的错误") == ""


def test_login_errors() -> None:
    forbidden = "第三方应用：A 不允许用户demo 登录，请联系系统管理员添加！"
    assert type(login_error(forbidden, Vendor())) is PermissionMissing
    assert type(login_error("密码错误", Vendor())) is CredentialsRejected


def judged(reply: dict[str, Any], ids: list[str]) -> list[Any]:
    status = status_of(reply)
    assert status is not None
    return list(outcomes(Sent("BatchSave", ids), status))


def test_outcomes_follow_dindex() -> None:
    done = [{"Id": 7, "Number": "B", "DIndex": 1}]
    found = judged(envelope(11, DUPLICATE, done=done), ["", ""])
    assert isinstance(found[0], DuplicateInSystem)
    assert found[1] == Written("7", "B")


def test_a_silent_record_of_a_successful_batch_has_no_outcome() -> None:
    found = judged(envelope(0, done=[{"Id": 7, "Number": "A", "DIndex": 0}], ok=True), ["", ""])
    assert found == [Written("7", "A"), None]


def test_steps_are_matched_by_id_even_when_dindex_counts_only_successes() -> None:
    found = judged(envelope(0, done=[{"Id": 9, "Number": "C", "DIndex": 0}], ok=True), ["8", "9"])
    assert found == [None, Written("9", "C")]


def test_a_batch_refused_as_a_whole_raises() -> None:
    with pytest.raises(RecordRejected, match="坏"):
        judged(envelope(8, "坏"), ["", "", ""])


def test_all_errors_of_a_record_are_told() -> None:
    errors = [{"FieldName": name, "Message": f"字段[{name}]是必录字段", "DIndex": 0} for name in ("FDate", "FCustId")]
    raw = {"IsSuccess": False, "Errors": errors, "SuccessEntitys": [], "MsgCode": 11}
    (error,) = judged({"Result": {"ResponseStatus": raw}}, [""])
    assert isinstance(error, ValidationFailed)
    assert error.field == "FDate"
    assert "FCustId" in error.text.zh
