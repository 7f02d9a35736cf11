"""The pure parts of the EC connector: signature, error table, times, shapes, callback."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from connectors.ec import shapes, times
from connectors.ec.callback import callback
from connectors.ec.config import EcConfig
from connectors.ec.errors import judge, row_error
from connectors.ec.signing import headers, sign
from hub.connector.contract import WebhookRequest
from hub.connector.http import Reply
from hub.errors import (
    BadInput,
    ConfigInvalid,
    CredentialsRejected,
    DuplicateInSystem,
    HubError,
    OutcomeUnknown,
    RateLimited,
    RecordGone,
    RecordLocked,
    RecordRejected,
    Unreachable,
    ValidationFailed,
    Vendor,
)

NOW = datetime(2026, 11, 21, 4, 0, 30, tzinfo=UTC)


def reply(data: object, *, safe: bool = True) -> Reply:
    return Reply("ec", "x", safe, 200, {}, b"", data)


def config(**changes: Any) -> EcConfig:
    given = {"corp_id": "1", "app_id": 317592306421858304, "app_secret": "s", "opt_user_id": 5001, **changes}
    return EcConfig.model_validate(given)


def test_the_signature_of_the_note() -> None:
    assert sign("100001", "s3cr3t", 1700000000000) == "FF9C25DD17707F1644B7CC5A9D3095F1"
    made = headers("21000001", "100001", "s3cr3t", now=datetime.fromtimestamp(1700000000, UTC))
    assert made == {
        "X-Ec-Cid": "21000001",
        "X-Ec-TimeStamp": "1700000000000",
        "X-Ec-Sign": "FF9C25DD17707F1644B7CC5A9D3095F1",
    }


def test_an_app_id_given_as_a_number_keeps_its_digits() -> None:
    assert config().app_id == "317592306421858304"
    assert config(base_url="https://open.workec.com/v2/").base_url == "https://open.workec.com"


@pytest.mark.parametrize("body", [{"code": 200}, {"code": "200", "data": None}, {"errCode": 200, "data": []}])
def test_success_in_every_spelling(body: object) -> None:
    judge(reply(body))


@pytest.mark.parametrize(
    ("body", "read", "write"),
    [
        ({"code": 401, "msg": "签名"}, CredentialsRejected, CredentialsRejected),
        ({"code": 404}, ConfigInvalid, ConfigInvalid),
        ({"code": 429}, RateLimited, RateLimited),
        ({"code": 400, "msg": "跨度不能超过7天"}, RecordRejected, RecordRejected),
        ({"code": 400, "msg": "客户不存在"}, RecordGone, RecordGone),
        ({"code": 500, "msg": "系统异常"}, Unreachable, OutcomeUnknown),
        ({"code": 77012}, Unreachable, OutcomeUnknown),
        ({"code": 0}, Unreachable, OutcomeUnknown),
        ({"code": True}, Unreachable, OutcomeUnknown),
        ({"code": None}, Unreachable, OutcomeUnknown),
        ({"errCode": 500}, Unreachable, OutcomeUnknown),
        ([], Unreachable, OutcomeUnknown),
        ("成功", Unreachable, OutcomeUnknown),
        (None, Unreachable, OutcomeUnknown),
    ],
)
def test_what_codes_mean(body: object, read: type[HubError], write: type[HubError]) -> None:
    with pytest.raises(HubError) as caught:
        judge(reply(body))
    assert isinstance(caught.value, read)
    with pytest.raises(HubError) as caught:
        judge(reply(body, safe=False))
    assert isinstance(caught.value, write)


@pytest.mark.parametrize(
    ("cause", "error"),
    [
        ("客户正在被操作，请稍后再试", RecordLocked),
        ("手机重复", DuplicateInSystem),
        ("客户已存在", DuplicateInSystem),
        ("客户crmId不存在", RecordGone),
        ("姓名不能超过50个字", RecordRejected),
        ("", RecordRejected),
    ],
)
def test_what_causes_mean(cause: str, error: type[HubError]) -> None:
    found = row_error(cause, Vendor("ec", "x", "", cause))
    assert type(found) is error
    assert found.vendor.message == cause


def test_times_are_those_of_shanghai() -> None:
    assert times.text(NOW) == "2026-11-21 12:00:30"
    assert times.parse("2026-11-21 12:00:30") == NOW
    with pytest.raises(ValueError, match="does not match"):
        times.parse("2026-11-21")


def test_a_long_time_is_cut_into_windows_without_gaps() -> None:
    found = times.pieces(NOW - timedelta(days=17), NOW, 7)
    assert [end - start for start, end in found] == [timedelta(days=7), timedelta(days=7), timedelta(days=3)]
    assert found[0][0] == NOW - timedelta(days=17)
    assert all(first[1] == second[0] for first, second in pairwise(found))
    assert found[-1][1] == NOW
    assert times.pieces(NOW, NOW, 7) == []


def test_a_customer_is_written_in_the_shape_of_writes() -> None:
    data = {
        "crmId": 1,
        "company": "华星",
        "gender": "女",
        "channel": "官网",
        "modifyTime": "x",
        "mobiles": ["1"],
        "fieldInfos": [{"fieldId": 7, "fieldValue": Decimal("10.50")}, {"fieldId": "8", "fieldValue": None}],
    }
    row = shapes.customer_write(data, {"官网": 3}, "male_1")
    assert row == {"company": "华星", "gender": 2, "channelId": 3, "fields": {"7": "10.50", "8": ""}}
    assert shapes.customer_write({"gender": "女"}, {}, "male_2") == {"gender": 1}
    made = shapes.new_customer(row, {"crmType": "1"}, {"9": "HUB-1"})
    assert (made["createCrmType"], made["fields"]) == (1, {"7": "10.50", "8": "", "9": "HUB-1"})


@pytest.mark.parametrize("data", [{"channel": "没有这个"}, {"gender": "x"}])
def test_a_value_without_a_code_is_named(data: Mapping[str, Any]) -> None:
    with pytest.raises(ValidationFailed) as caught:
        shapes.customer_write(dict(data), {"官网": 3}, "male_1")
    assert caught.value.field in data
    assert caught.value.value == data[caught.value.field]


def test_a_sale_is_written_with_numbered_fields() -> None:
    data = {
        "id": 1,
        "projectName": "项目",
        "money": Decimal("10.10"),
        "remark": "r",
        "changeTime": "x",
        "91010002": "XSDD-1",
        "customFieldValues": [{"fieldId": 91010001, "fieldValue": "k"}],
        "products": [{"id": 5, "saleId": 1, "productId": 7, "productNum": 2, "del": 0, "onOff": 1}],
    }
    assert shapes.sale_write(data, {"备注": "8"}) == {
        "1": "项目",
        "4": Decimal("10.10"),
        "8": "r",
        "91010002": "XSDD-1",
        "91010001": "k",
        "product": [{"id": 5, "productId": 7, "productNum": 2}],
    }
    with pytest.raises(ValidationFailed, match="成交日期"):
        shapes.sale_write({"dealDate": "2026-01-01"}, {})


def test_what_ec_never_changes_is_refused_and_not_dropped() -> None:
    with pytest.raises(ValidationFailed, match="crmType"):
        shapes.only_at_creation({"crmType": 1}, ("crmType",))
    shapes.only_at_creation({"memo": "x"}, ("crmType",))


def test_keys_and_ids() -> None:
    row = {"crmId": "4017000001", "modifyTime": "m", "fieldInfos": [{"fieldId": 81010001, "fieldValue": "HUB-1"}]}
    remote = shapes.customer(row, "81010001")
    assert (remote.id, remote.key, remote.modified) == ("4017000001", "HUB-1", "m")
    assert shapes.customer({"crmId": 1}, "81010001").key == ""
    assert shapes.contact({"id": 6, "name": "王"}, "40").data == {"id": 6, "name": "王", "crmId": 40}
    assert shapes.contact_ids("40-6") == ("40", "6")
    assert shapes.is_enterprise({"crmType": "1"})
    assert not shapes.is_enterprise({"crmType": 0})


def pushed(body: bytes, token: str = "push-token") -> WebhookRequest:
    return WebhookRequest("POST", {"token": token}, {}, body)


CONFIG = config(webhook_token="push-token")


@pytest.mark.parametrize(
    ("body", "entity", "found"),
    [
        (b'{"crmId": 40}', "customer", "40"),
        (b'{"saleId": "9", "crmId": 40}', "order", "9"),
        (b'{"contactId": 6, "crmId": 40}', "contact", "40-6"),
        (b'{"contactId": 6}', "contact", ""),
        (b'{"crmId": "../../etc"}', "customer", ""),
        (b"[1]", "customer", ""),
        (b"<xml/>", "customer", ""),
        (b"\xff", "customer", ""),
    ],
)
def test_a_push_is_only_a_hint(body: bytes, entity: str, found: str) -> None:
    hint = callback(CONFIG, pushed(body), NOW).hints[0]
    assert (hint.entity, hint.id) == (entity, found)


def test_the_same_bytes_a_minute_later_are_another_push() -> None:
    keys = [callback(CONFIG, pushed(b"{}"), NOW + timedelta(seconds=s)).hints[0].key for s in (0, 5, 60)]
    assert keys[0] == keys[1]
    assert keys[0] != keys[2]


@pytest.mark.parametrize("token", ["", "push-toke", "push-token ", "令牌"])
def test_a_push_without_the_token_is_not_looked_at(token: str) -> None:
    with pytest.raises(BadInput):
        callback(CONFIG, pushed(b'{"crmId": 40}', token), NOW)


def test_no_token_set_means_no_pushes() -> None:
    with pytest.raises(BadInput):
        callback(config(), pushed(b"{}", ""), NOW)
