"""What replies mean, how records are packed, and what proves a write or a push."""

import hashlib
import hmac
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors.rest.callback import parser_of
from connectors.rest.shapes import packed, remote
from connectors.rest.spec.system import Entity, System
from hub.connector.contract import Hint, WebhookRequest, Write, Written
from hub.errors import (
    BadInput,
    ConfigInvalid,
    CredentialsRejected,
    DuplicateInSystem,
    HubError,
    OutcomeUnknown,
    PermissionMissing,
    RateLimited,
    RecordGone,
    RecordLocked,
    RecordRejected,
    Unreachable,
)
from tests.unit.rest.vendor import Vendor, client, config, system

NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
CALLS = {
    "read": {"request": {"path": "things"}, "record": "data"},
    "create": {"request": {"method": "POST", "path": "things", "body": "{data}"}, "id": "data.id"},
    "update": {"request": {"method": "PUT", "path": "things", "body": "{data}"}, "id": "data.id"},
}
RULES = [
    {"code": 7, "means": "rate_limited", "after": 9},
    {"code": ["8", "eight"], "means": "locked"},
    {"text": "重复", "means": "duplicate"},
    {"code": 9, "calls": ["update"], "means": "gone", "say": {"zh": "已被删除", "en": "was deleted"}},
    {"status": 418, "means": "permission"},
    {"check": {"at": "data.wait", "equals": True}, "means": "unknown"},
]


def talkative() -> System:
    return system(errors={"rules": RULES}, entities={"customer": CALLS})


# (HTTP status, body, error of a read, error of a create)
ANSWERS: list[tuple[int, Any, type[HubError], type[HubError]]] = [
    (200, {"code": 7, "msg": "slow"}, RateLimited, RateLimited),
    (400, {"code": "eight", "msg": ""}, RecordLocked, RecordLocked),
    (400, {"code": 1, "msg": "编号重复了"}, DuplicateInSystem, DuplicateInSystem),
    (400, {"code": 9, "msg": "?"}, ConfigInvalid, RecordRejected),
    (418, {"code": 2, "msg": "?"}, PermissionMissing, PermissionMissing),
    (401, {"code": 2, "msg": "?"}, CredentialsRejected, CredentialsRejected),
    (403, {"code": 2, "msg": "?"}, PermissionMissing, PermissionMissing),
    (404, {"code": 2, "msg": "?"}, ConfigInvalid, ConfigInvalid),
    (422, {"msg": "name too long"}, ConfigInvalid, RecordRejected),
    (422, {}, Unreachable, OutcomeUnknown),
    (200, {"code": 99, "msg": "?"}, Unreachable, OutcomeUnknown),
    (200, {}, Unreachable, OutcomeUnknown),
    (200, {"data": {"wait": True}}, Unreachable, OutcomeUnknown),
    (200, {"data": None}, Unreachable, OutcomeUnknown),
    (200, [], Unreachable, OutcomeUnknown),
    (200, {"data": {"id": ""}}, Unreachable, OutcomeUnknown),
    (500, {"code": 7}, Unreachable, OutcomeUnknown),
    (302, {}, Unreachable, OutcomeUnknown),
]


@pytest.mark.parametrize(("status", "body", "read", "create"), ANSWERS)
def test_what_a_reply_means(status: int, body: Any, read: type[HubError], create: type[HubError]) -> None:
    with Vendor(pager=lambda _asked: (status, body, {})) as vendor:
        opened = client(talkative(), vendor.url)
        with pytest.raises(read) as caught:
            opened.read("customer", ["1"])
        assert any("一" <= sign <= "鿿" for sign in caught.value.text.zh)
        try:
            outcome: object = opened.create("customer", [Write("HUB-1", {"name": "x"})])[0]
        except HubError as error:
            outcome = error
        assert type(outcome) is create or isinstance(outcome, create), repr(outcome)


def test_a_rule_of_one_call_leaves_the_others_alone_and_speaks() -> None:
    with Vendor(pager=lambda _asked: (400, {"code": 9, "msg": "?"}, {})) as vendor:
        outcome = client(talkative(), vendor.url).update("customer", [Write("HUB-1", {}, id="1")])[0]
    assert isinstance(outcome, RecordGone)
    assert "已被删除" in outcome.text.zh
    assert outcome.vendor.code == "9"


def test_a_reply_about_another_record_is_no_confirmation() -> None:
    with Vendor(pager=lambda _asked: {"data": {"id": 2}}) as vendor:
        opened = client(talkative(), vendor.url)
        with pytest.raises(OutcomeUnknown):
            opened.update("customer", [Write("HUB-1", {}, id="1")])
        with pytest.raises(Unreachable):
            opened.read("customer", ["1"])


def test_numbers_come_without_a_float_on_the_way() -> None:
    with Vendor(pager=lambda _asked: {"data": {"id": 12345678901234567890, "n": 0.1}}) as vendor:
        opened = client(talkative(), vendor.url)
        row = opened.read("customer", ["12345678901234567890"])["12345678901234567890"]
        assert row.data["n"] == Decimal("0.1")
        assert isinstance(row.data["n"], Decimal)
        opened.create("customer", [Write("HUB-1", {"n": Decimal("1.10")})])
        assert vendor.asked[-1].body == b'{"n":1.10}'


def test_an_empty_reply_proves_a_step_only_where_that_is_said() -> None:
    steps = {"delete": {"request": {"method": "DELETE", "path": "things/{id}"}, "empty": True}}
    made = system(entities={"customer": {"steps": steps}})
    with Vendor(extra={"/things/a%2Fb": lambda _asked: (200, None, {})}) as vendor:
        opened = client(made, vendor.url)
        with pytest.raises(OutcomeUnknown):
            opened.step("customer", "delete", ["a/b"])
        assert vendor.asked[-1].path == "/api/things/a%2Fb", "an id cannot lead to another path"
    with pytest.raises(BadInput):
        client(made, "http://127.0.0.1:9").step("customer", "audit", ["1"])


def batch(answer: Any) -> list[object]:
    create = {"request": {"method": "POST", "path": "things", "body": {"list": "{rows}"}}, "ids": "data", "batch": 10}
    made = system(entities={"customer": {"create": create}})
    with Vendor(pager=answer) as vendor:
        return list(client(made, vendor.url).create("customer", [Write(f"HUB-{n}", {"n": n}) for n in range(3)]))


def test_a_batch_is_believed_when_every_record_has_an_id() -> None:
    assert batch(lambda asked: {"data": [f"i{row['n']}" for row in asked.json["list"]]}) == [
        Written("i0"), Written("i1"), Written("i2"),
    ]  # fmt: skip
    for few in (["a", "b"], ["a", "a", "b"], "abc"):
        with pytest.raises(OutcomeUnknown):
            batch(lambda _asked, few=few: {"data": few})


def test_one_bad_record_of_a_refused_batch_stays_behind_alone() -> None:
    def answer(asked: Any) -> Any:
        rows = [row["n"] for row in asked.json["list"]]
        return (400, {"code": 1, "msg": "n=1"}, {}) if 1 in rows else {"data": [f"i{n}" for n in rows]}

    first, bad, last = batch(answer)
    assert (first, last) == (Written("i0"), Written("i2"))
    assert isinstance(bad, RecordRejected)


LIST = {"request": {"path": "x"}, "rows": "data"}


@pytest.mark.parametrize(
    ("shape", "row", "sent"),
    [
        ("plain", {"id": 1, "a": 1, "r": [{"b": 2}]}, {"a": 1, "r": [{"b": 2}], "k": "HUB-1"}),
        (
            "wrapped",
            {"id": 1, "a": {"value": 1}, "r": {"value": [{"b": {"value": 2}}]}},
            {"a": {"value": 1}, "r": {"value": [{"b": {"value": 2}}]}, "k": {"value": "HUB-1"}},
        ),
        (
            "text",
            {"id": 1, "f": '{"a": 1, "r": [{"b": 2}]}'},
            '{"a":1,"r":[{"b":2}],"k":"HUB-1"}',
        ),
        (
            "pairs",
            {"id": 1, "f": [{"id": "a", "value": 1}, {"id": "r", "value": [[{"id": "b", "value": 2}]]}]},
            [
                {"id": "a", "value": 1},
                {"id": "r", "value": [[{"id": "b", "value": 2}]]},
                {"id": "k", "value": "HUB-1"},
            ],
        ),
    ],
)
def test_values_are_unpacked_and_packed(shape: str, row: Any, sent: Any) -> None:
    fields = "f" if shape in ("pairs", "text") else ""
    entity = Entity.model_validate(
        {
            "id": "id",
            "key": "k",
            "fields": fields,
            "shape": {"read": shape, "write": shape},
            "list": LIST,
            "find": "scan",
        }
    )
    assert remote(entity, row).data == {"id": 1, "a": 1, "r": [{"b": 2}]}
    assert packed(entity, Write("HUB-1", {"a": 1, "r": [{"b": 2}]}), new=True) == sent


def hooked(proof: dict[str, Any], **more: Any) -> System:
    return system(webhook={"proof": proof, "id": "id", "event": "op", **more})


SIGNED = {
    "kind": "signature", "digest": "hmac-sha256", "secret": "{secret}", "parts": ["{header.x-time}", "{body}"], "join": ".",
    "prefix": "sha256=", "given": {"header": "x-sign"}, "timestamp": {"header": "x-time"}, "fresh_s": 300,
}  # fmt: skip
BODY = b'{"id":"7","op":"update","x":"\xe5\x8d\x8e"}'


def push(body: bytes = BODY, *, stamp: int = int(NOW.timestamp()), signed: bytes = BODY) -> WebhookRequest:
    made = hmac.new(b"s3cr3t-s3cr3t", f"{stamp}.".encode() + signed, hashlib.sha256).hexdigest()
    return WebhookRequest("POST", {}, {"x-time": str(stamp), "x-sign": f"sha256={made}"}, body)


def test_a_signed_push_is_a_hint() -> None:
    made = hooked(SIGNED)
    parse = parser_of(made)
    assert parse is not None
    first = parse(config(made, "http://x"), push(), NOW).hints[0]
    assert (first.entity, first.id, first.event) == ("customer", "7", "update")
    assert parse(config(made, "http://x"), push(), NOW).hints == [first]


@pytest.mark.parametrize(
    "forged",
    [
        push(BODY + b" "),
        push(b"", signed=BODY),
        push(stamp=int(NOW.timestamp()) - 400),
        push(stamp=int(NOW.timestamp()) + 400),
        WebhookRequest("POST", {}, {}, BODY),
        WebhookRequest("POST", {}, {"x-sign": "sha256=", "x-time": "x"}, b"{"),
    ],
)
def test_a_push_that_is_not_proved_is_not_read(forged: WebhookRequest) -> None:
    made = hooked(SIGNED)
    parse = parser_of(made)
    assert parse is not None
    with pytest.raises(BadInput):
        parse(config(made, "http://x"), forged, NOW)


def test_without_a_secret_nothing_is_proved() -> None:
    token = {"kind": "token", "secret": "{secret}", "given": {"query": "t"}}
    for made in (hooked(token), hooked(SIGNED)):
        parse = parser_of(made)
        assert parse is not None
        with pytest.raises(BadInput):
            parse(config(made, "http://x", secret=""), WebhookRequest("POST", {"t": ""}, {"x-sign": ""}, b"{}"), NOW)


def test_a_push_that_names_nothing_is_a_hint_for_everything() -> None:
    token = {"kind": "token", "secret": "{secret}", "given": {"query": "t"}}
    made = hooked(token, entity="form", entities={"{user}": "customer"})
    two = made.model_copy(update={"entities": {**made.entities, "contact": made.entities["customer"]}})
    parse = parser_of(two)
    assert parse is not None

    def hints(body: bytes) -> list[Hint]:
        return list(parse(config(two, "http://x"), WebhookRequest("POST", {"t": "s3cr3t-s3cr3t"}, {}, body), NOW).hints)

    assert [(hint.entity, hint.id) for hint in hints(b'{"form":"hub","id":9}')] == [("customer", "9")]
    assert [(hint.entity, hint.id) for hint in hints(b"not json")] == [("customer", ""), ("contact", "")]


def test_a_path_with_a_colon_stays_at_the_address() -> None:
    made = system(entities={"customer": {"object": "customers", "list": {"request": {"path": "{object}:list"}}}})
    with Vendor() as vendor:
        client(made, vendor.url).check()
        assert [asked.path for asked in vendor.asked] == ["/api/customers:list"]
