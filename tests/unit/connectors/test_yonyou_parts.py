"""用友 without a server: the note's vectors, words, amounts, shapes, requests that must not follow an address."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from connectors.yonyou.amounts import price_without_tax, with_tax
from connectors.yonyou.words import refusal
from connectors.yonyou.yonbip.callback import callback
from connectors.yonyou.yonbip.config import YonbipConfig
from connectors.yonyou.yonbip.shapes import complete, order, text_of
from connectors.yonyou.yonbip.signing import event_key, sign, sign_event, sign_event_old
from hub.connector import WebhookRequest
from hub.errors import (
    BadInput,
    DuplicateInSystem,
    PeriodClosed,
    PermissionMissing,
    RecordLocked,
    ValidationFailed,
    Vendor,
)

SECRET = "s3cretS3cret-0001"
EVENT_SECRET = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
ENCRYPT = (
    "dgGaGht91dSUvTeA7VgVpTPHebxC6+Qex8JNSnELR8gCJZHVUjRc/3j+mahzaLCSlhj4u47TZxNwg1iEBPdeiNeYrDdSPf6CYZlhc41WT2Pn0aMtYJpG"
    "a7/R6+SMyeEq8Mm/DMz7E6hhKO8c2YxjzIpdUl1JYviQuCShBO0aj3ao9FwaGZf57qC8dToZo7LLe9eMEJDrTzt3TboB9tITqLccSOHX/331oqYWtq/7"
    "u/+2Iph+xpSrbWVnIHSpTuT5"
)
STAMP, NONCE = "1700000000000", "n0nce0123456789a"


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        ("1700000000000", "DfGqoa8QsE+R0oUlP68C1ABehARV8F7w3NjuoJHHSDM="),
        ("1700000000006", "k8LWF/h+CVnGettLSPLjx5PyIvL7WaIkYRnIdE4K1Gw="),
    ],
)
def test_token_requests_are_signed_as_the_vendors_sdk_does(stamp: str, expected: str) -> None:
    assert sign({"timestamp": stamp, "appKey": "k0001"}, SECRET) == expected


def test_events_are_signed_as_the_vendors_code_does() -> None:
    assert event_key(EVENT_SECRET) == "0f1e2d3c4b5a69788796a5b4c3d2e1f000000000000"
    assert sign_event(EVENT_SECRET, STAMP, NONCE, ENCRYPT) == "I7LrnGletPeq3dEHrIA5tJfjP5+YnC3YESlvMrzin2w="
    assert sign_event_old(EVENT_SECRET, STAMP, NONCE, ENCRYPT) == "f615d9fe11504f2cb6102d3357d0e55ca6f5a0b0"


def config(**more: str) -> YonbipConfig:
    given = {"tenant_id": "t0ten", "app_key": "k0001", "app_secret": EVENT_SECRET, "org_code": "ORG01", **more}
    return YonbipConfig.model_validate(given)


def request(**changes: object) -> WebhookRequest:
    signature = "I7LrnGletPeq3dEHrIA5tJfjP5+YnC3YESlvMrzin2w="
    envelope = {"signature": signature, "timestamp": int(STAMP), "nonce": NONCE, "encrypt": ENCRYPT, **changes}
    return WebhookRequest("POST", {}, {}, json.dumps(envelope).encode())


def test_the_notes_event_is_read_and_one_for_another_app_is_not() -> None:
    now = datetime.now(UTC)
    assert callback(config(), request(), now).body == "success"
    for wrong in (config(app_key="k0002"), config(app_secret="another")):
        with pytest.raises(BadInput):
            callback(wrong, request(), now)
    with pytest.raises(BadInput):
        callback(config(), request(nonce="another"), now)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("会计期间已结账", PeriodClosed),
        ("客户编码[C1]已存在!", DuplicateInSystem),
        ("单据正在被其他用户操作，请稍后再试", RecordLocked),
        ("开放平台接口使用需要绑定用户", PermissionMissing),
        ("计量单位[箱子]不存在", ValidationFailed),
        ("税目[VAT99]不存在", ValidationFailed),
        ("客户名称长度不能超过200", ValidationFailed),
    ],
)
def test_words_become_errors_that_say_whose_job_it_is(words: str, kind: type) -> None:
    error = refusal(Vendor("yonbip", "save", "999", words))
    assert type(error) is kind
    assert words in error.text.zh
    assert error.value == (words.partition("[")[2].partition("]")[0])


def test_amounts_are_exact_and_tie() -> None:
    taxed = with_tax(Decimal("3601.50"), Decimal(13))
    assert (taxed.bare, taxed.tax) == (Decimal("3187.17"), Decimal("414.33"))
    assert price_without_tax(Decimal("1200.50"), Decimal(13)) == Decimal("1062.389381")


@pytest.mark.parametrize("name", [{"simplifiedName": "甲"}, {"zh_CN": "甲", "en_US": "A"}, "甲"])
def test_names_are_read_in_all_three_spellings(name: object) -> None:
    assert text_of(name) == "甲"
    assert text_of(None) == ""


def test_flat_rows_of_two_moments_are_not_taken_for_one_order() -> None:
    rows = [
        {
            "id": 9007199254740993,
            "code": "A",
            "pubts": "1",
            "payMoney": Decimal("3.00"),
            "orderDetailId": n,
            "oriSum": n,
        }
        for n in (2, 1)
    ]
    remote = order(rows, "define60")
    assert remote.id == "9007199254740993"
    assert [row["orderDetailId"] for row in remote.data["orderDetails"]] == ["1", "2"]
    assert complete(rows)
    assert not complete([rows[0], {**rows[1], "pubts": "2"}])
    assert not complete(rows[:1])


def test_settings_come_from_a_form_as_text() -> None:
    given = config(
        exchange_rates='{"USD": "7.1"}', gateway_url="/gw", token_url="/auth", base_url="https://bip.example.com/"
    )
    assert given.exchange_rates == {"USD": Decimal("7.1")}
    assert given.given_addresses() == ("https://bip.example.com/gw", "https://bip.example.com/auth")
    assert config().given_addresses() is None
