"""Redaction, exact JSON, settings forms, discovery, and what the kit collects."""

import uuid
from datetime import date
from decimal import Decimal
from importlib.metadata import EntryPoint
from typing import Any, ClassVar, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from hub.connector.contract import Connector
from hub.connector.discovery import GROUP, connectors, get_connector, load
from hub.connector.form import describe, masked, parse, revealed
from hub.connector.json_exact import decode, encode
from hub.connector.manifest import EntityManifest, Manifest, Name
from hub.connector.redact import Redactor, secrets_of
from hub.connector.testing import ConnectorContract, Sample
from hub.errors import BadInput, ConfigInvalid, RecordRejected, Vendor


class Inner(BaseModel):
    pin: SecretStr = SecretStr("inner-pin")


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid")
    url: str = Field(title="地址 / Address", description="完整地址 / The whole address")
    password: SecretStr = Field(title="密码 / Password")
    token: SecretStr = Field(default=SecretStr(""), title="令牌 / Token")
    size: int = 5
    rate: Decimal = Decimal("0.5")
    mode: Literal["a", "b"] = "a"
    on: bool = False
    maybe: int | None = None
    inner: Inner = Inner()


SETTINGS = Settings(url="https://x", password=SecretStr("hunter2hunter2"))


def test_secrets_are_found_and_masked_everywhere() -> None:
    assert secrets_of(SETTINGS) == ("hunter2hunter2", "inner-pin")
    redactor = Redactor(secrets_of(SETTINGS))
    redactor.hide("a b/c+secret")
    error = RecordRejected(
        "密码 hunter2hunter2", "GET https://u:pw@h/x?access_token=tok123&b=1", value="a%20b%2Fc%2Bsecret",
        vendor=Vendor("s", "o", "1", '{"X-Ec-Sign": "ABCDEF123456", "password":"abcdefgh"} Authorization: Bearer zzzzzzzz'),
    )  # fmt: skip
    shown = str(redactor.scrub(error).as_json()) + str(error) + repr(error)
    for secret in ("hunter2", "tok123", "a%20b", "u:pw", "ABCDEF123456", "abcdefgh", "zzzzzzzz"):
        assert secret not in shown
    assert "b=1" in shown


def test_ordinary_text_stays_as_it_is() -> None:
    text = "客户 key 编号: C-001, token 已过期, sign 在哪"
    assert Redactor(["abc"]).text(text) == text


def test_exact_json_both_ways() -> None:
    text = '{"a":1.10,"b":[12345678901234567890.123456789,-0.5],"c":"1.10","d":null,"e":true,"f":100}'
    assert encode(decode(text)) == text
    assert encode({"a": Decimal("1E+3"), "b": Decimal("-0")}) == '{"a":1000,"b":-0}'
    assert decode(b"\xef\xbb\xbf{}") == {}
    for bad in (float("nan"), 0.1, Decimal("NaN"), object(), {"x": ({"y": 1.5},)}):
        with pytest.raises(BadInput):
            encode({"v": bad})


def test_a_form_describes_itself() -> None:
    fields = {field["name"]: field for field in describe(Settings)}
    assert fields["url"] == {
        "name": "url",
        "title": {"zh": "地址", "en": "Address"},
        "help": {"zh": "完整地址", "en": "The whole address"},
        "type": "text",
        "required": True,
        "default": None,
        "choices": [],
    }
    kinds = {name: field["type"] for name, field in fields.items()}
    assert kinds == {
        "url": "text", "password": "secret", "token": "secret", "size": "integer", "rate": "decimal", "mode": "choice",
        "on": "boolean", "maybe": "integer", "inner": "text",
    }  # fmt: skip
    assert fields["mode"]["choices"] == ["a", "b"]
    assert fields["rate"]["default"] == "0.5"


def test_masked_settings_come_back_without_losing_secrets() -> None:
    shown = masked(SETTINGS)
    assert (shown["password"], shown["token"], shown["inner"]) == ("***", "", {"pin": "***"})
    stored = revealed(SETTINGS)
    assert stored["password"] == "hunter2hunter2"
    form: dict[str, Any] = {"url": "https://y", "password": "***", "size": 7}
    changed = parse(Settings, form, stored)
    assert isinstance(changed, Settings)
    assert (changed.url, changed.password.get_secret_value(), changed.size) == ("https://y", "hunter2hunter2", 7)


@pytest.mark.parametrize(
    ("form", "field"), [({"url": "x"}, "password"), ({"url": "x", "password": "p", "nope": 1}, "nope")]
)
def test_a_wrong_form_names_the_field_and_no_value(form: dict[str, Any], field: str) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        parse(Settings, form)
    assert caught.value.field == field
    with pytest.raises(ConfigInvalid) as caught:
        parse(Settings, {"url": "x", "password": "p", "size": "geheim-geheim"})
    assert "geheim" not in str(caught.value)


def test_broken_connectors_are_reported_and_the_others_work() -> None:
    points = [
        EntryPoint("ec", "connectors.ec:CONNECTOR", GROUP),
        EntryPoint("gone", "connectors.no_such_place:CONNECTOR", GROUP),
        EntryPoint("empty", "connectors.ec:NOTHING", GROUP),
        EntryPoint("text", "connectors.ec.times:FORM", GROUP),
        EntryPoint("other", "connectors.wecom:CONNECTOR", GROUP),
    ]
    found = load(points)
    assert set(found.connectors) == {"ec"}
    assert set(found.broken) == {"gone", "empty", "text", "other"}
    assert "wecom" in found.broken["other"].text.en


def test_shipped_connectors_are_found() -> None:
    assert {"ec", "kingdee", "wecom"} <= set(connectors())
    assert get_connector("ec").system == "ec"
    with pytest.raises(BadInput, match="ec"):
        get_connector("nothing-like-it")


def fake(*can: str, **manifest: Any) -> Connector:
    entity = EntityManifest(object="thing", can=can)
    whole = {"system": "x", "name": Name(zh="甲", en="x"), "kind": ("crm",), "vendor_docs": "", "wire_version": ""}
    return Connector(Manifest(**whole, entities={"customer": entity}, **manifest), Settings, lambda _c, _l: None)  # type: ignore[arg-type, return-value]


def test_the_kit_collects_what_the_manifest_claims_and_nothing_else() -> None:
    class Reads(ConnectorContract):
        connector = fake("pull")
        samples: ClassVar[dict[str, Sample]] = {"customer": Sample("thing", seed=lambda n: {})}

    class Writes(ConnectorContract):
        connector = fake("create", "find", callbacks=True, messages=("app",))
        samples: ClassVar[dict[str, Sample]] = {"customer": Sample("thing", write=lambda n: {})}
        faults = frozenset({"rate_limited"})

    collected = {
        kind: {name for name in dir(kind) if name.startswith("test_") and getattr(kind, name)}
        for kind in (Reads, Writes)
    }
    assert "test_a_pull_covers_every_record_once" in collected[Reads]
    assert "test_a_token_that_expires_between_pages" not in collected[Reads]
    assert not {name for name in collected[Reads] if "lost_reply" in name or "tampering" in name}
    assert "test_a_lost_reply_is_unknown_and_the_record_is_made_once" in collected[Writes]
    assert "test_after_a_lost_reply_the_record_is_found_by_its_key" not in collected[Writes], (
        "key: none promises no look-up"
    )
    assert "test_a_quota_says_when_to_come_back" in collected[Writes]
    assert "test_tampering_is_refused" in collected[Writes]
    assert "test_the_robot_speaks" not in collected[Writes]


@pytest.mark.parametrize("value", [uuid.uuid4(), date(2026, 1, 1), {1}, Decimal("NaN"), object()])
def test_only_json_is_written(value: object) -> None:
    with pytest.raises(BadInput):
        encode({"rows": [{"值": value}]})


def test_what_the_fast_writer_cannot_write_is_written_too() -> None:
    assert encode({"大": 2**70, "价": Decimal("1.50"), 1: "\ud800"}) == f'{{"大":{2**70},"价":1.50,"1":"\ud800"}}'
