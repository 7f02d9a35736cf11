"""The pure parts of the WeCom connector: crypto vectors, splitting, error table, remarks, callbacks."""

import hashlib
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.wecom.callback import callback
from connectors.wecom.config import WecomConfig
from connectors.wecom.errors import CODES, judge
from connectors.wecom.texts import app_payloads, robot_payloads
from hub.connector.contract import Message, WebhookRequest
from hub.connector.envelope import Box, decrypt, encrypt, sign, verified
from hub.connector.http import Reply
from hub.connector.pieces import split
from hub.connector.token import TokenDead
from hub.errors import (
    BadInput,
    ConfigInvalid,
    CredentialsRejected,
    HubError,
    OutcomeUnknown,
    PermissionMissing,
    RateLimited,
    RecordGone,
    RecordRejected,
    SetupError,
    Unreachable,
)

NOW = datetime(2026, 11, 21, tzinfo=UTC)
KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
C = Box("HubSandboxToken2026", KEY, "ww1234567890abcdef")
A = Box("QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7")
A_ENCRYPT = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3TUUk"
    "SUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekU"
    "NXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rU"
    "PA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+"
    "qN+E7Q=="
)
V2_PLAIN = (
    "<xml><ToUserName><![CDATA[ww1234567890abcdef]]></ToUserName><FromUserName><![CDATA[zhangsan]]></FromUserName>"
    "<CreateTime>1700000002</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[你好 hello]]></Content>"
    "<MsgId>7300000000000000001</MsgId><AgentID>1000002</AgentID></xml>"
)
V2_ENCRYPT = (
    "4j/AuRx71kQlxVlzbpsMWPlSL7nZaYU67ijvxr+RDOSO/zNweaaikj/i6I8BkUM1ZM+20eb1/BABgxmQM3rjyDhpIeUlb+Aj7OEddG5dz9O95COyPlX95uQZ"
    "hvD7460UCCJZ8F9RKDTUSKZr8h6ePQZuIIS3NLQ58pZgXPDrNsqwLcDVvp5x0DEs2YzESL5Gx0G4cEAisg64JubJmvjZrPNfh4nf2NaOU7qldoyOyETYXYUT"
    "N32G7kJw3Tqfu+V3oP9inOwKBaeItvPgbmJpkAle61g9UwBaQoXjv2bzHQwvM3f7KxEEnA+2iMuoWhoMLqr792tLzwlLc1Cg8EDmn2SEeCC2jfnq1uQ+RScR"
    "CeoSkoA93zqLq6xcuAubfUqLHiN5htLB6ZHlV6jLHsyraTioydwxEJyU2eHPf8o2BnfZdkEvsra+BGtlUrrA6wHL8CxpLd0pkT0WfZCFK9xDHA=="
)
VECTORS = [  # box, timestamp, nonce, random16, plain, encrypt, signature
    (
        C, "1700000001", "1372623149", "aaaabbbbccccdddd", "5927782489442352469",
        "zA553CsRfnIW+AYEJR5zhdPYCPf32mnBRcxMVQj8U6y6T1cq8LxqLVy9L7XlrVxivcB3Hh0NVHKUrVIUKCmY0A==",
        "02c3252c007fd3c9c872c44ac1b293e17ea33e66",
    ),
    (C, "1700000002", "nonce2", "0123456789abcdef", V2_PLAIN, V2_ENCRYPT, "8b3f0bb9b96b6834dd31bf45a39a24dd4369eed9"),
    (
        C, "1700000004", "n4", "qrstuvwxyzABCDEF", "x" * 26,
        "oNtdznrkw5ABUqR9D0SKD5zU1vtZ3u92Grg3tAIFlFZpjx563QgfG9MiK/IuDPc7jW521oTnCYrJO/0jBFczstcF74i+z2mL5gQOmMUj0nPUsluRO4TXtTue"
        "g0F9Akvs",
        "cd5c0c851175390b404fc0d2235f59e35c820a98",
    ),
    (
        C, "1700000005", "n5", "qrstuvwxyzABCDEF", "y" * 25,
        "oNtdznrkw5ABUqR9D0SKD6+DZ6/SDUROHU97SEJm0hufJE1jQJdOfD5VcvfzSJVvAnbdT6brGE950abqHUKCog==",
        "755328ec96c54d71df9655e7ece1310428e7165d",
    ),
    (
        Box(C.token, KEY, ""), "1700000006", "n6", "1111222233334444", "success",
        "eadBnv3a8kqFEfpNRxvKioLN65Ioy1l1u8wM+GMdq0U=", "e943680dbc1201f8b8352cacac66088923d14df9",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("box", "stamp", "nonce", "random16", "plain", "encrypted", "signature"), VECTORS)
def test_vectors_both_ways(
    box: Box, stamp: str, nonce: str, random16: str, plain: str, encrypted: str, signature: str
) -> None:
    assert sign(box.token, stamp, nonce, encrypted) == signature
    assert verified(box, signature, timestamp=stamp, nonce=nonce, encrypted=encrypted) == plain.encode()
    assert encrypt(box, plain.encode(), random16.encode()) == encrypted


def test_the_vendors_own_vector() -> None:
    signature = "477715d11cdb4164915debcba66cb864d751f3e6"
    plain = verified(A, signature, timestamp="1409659813", nonce="1372623149", encrypted=A_ENCRYPT)
    assert len(plain) == 284
    assert hashlib.sha256(plain).hexdigest() == "62f23e2db9188b2883215b599af3d8ffcaa3fae68770c8f84529cfc560683f32"


def test_the_url_check_of_another_implementation() -> None:
    box = Box("kjr2TKI8umCBfVF3wAHk8JiPwma5VBme", "4Ma3YBrSBbX2aez8MJpXGBne5LSDwgGqHbhM9WPYIws", "ww6a112864f8022910")
    echo = "6KmUQuPVu7UhjyVqRdbo5SfcRqaHvbUlKSHFvBV2ZuR6TIlKsygcfeSd1GDplg1C5KSKr6UPHCaC/nIX3ZNt9w=="
    config = WecomConfig(
        corp_id=box.receive_id, agent_id=1, secret="s", callback_token=box.token, callback_aes_key=box.aes_key
    )
    query = {"timestamp": "1583940690", "nonce": "VHh7ymSeb0jc4lSb", "echostr": echo}
    query["msg_signature"] = "1ba3cb09c0d2c2b3ed6900d37f91a6efae6cb011"
    reply = callback(config, WebhookRequest("GET", query, {}, b""), NOW)
    assert (reply.body, reply.content_type, reply.hints) == ("94966531020182955848408", "text/plain", ())


def test_signatures_sort_as_texts() -> None:
    assert sign("T", "2", "10", "Z") == "2feedb11dbe5e355c876d41aab19ea05cb538f9f"


@pytest.mark.parametrize(
    "broken", ["", "AAAA", "not base64!", A_ENCRYPT[:-4], "zA55" + A_ENCRYPT[4:], A_ENCRYPT[:-8] + "AAAAAA=="]
)
def test_what_cannot_be_decrypted_is_bad_input(broken: str) -> None:
    with pytest.raises(BadInput):
        decrypt(A, broken)


def test_a_message_for_another_corp_is_refused() -> None:
    with pytest.raises(BadInput):
        decrypt(Box(C.token, KEY, "ww-other"), VECTORS[0][5])


def pushed(plain: bytes, *, box: Box = C) -> WebhookRequest:
    encrypted = encrypt(box, plain, b"0123456789abcdef")
    query = {"timestamp": "1", "nonce": "n", "msg_signature": sign(box.token, "1", "n", encrypted)}
    return WebhookRequest("POST", query, {}, f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>".encode())


CONFIG = WecomConfig(corp_id=C.receive_id, agent_id=1, secret="s", callback_token=C.token, callback_aes_key=C.aes_key)


@pytest.mark.parametrize("plain", [b"", b"<xml>", b'<!DOCTYPE x [<!ENTITY a "b">]><xml>&a;</xml>', b"{}"])
def test_signed_but_broken_xml_is_bad_input(plain: bytes) -> None:
    with pytest.raises(BadInput):
        callback(CONFIG, pushed(plain), NOW)


def test_another_token_or_none_is_refused() -> None:
    with pytest.raises(BadInput):
        callback(CONFIG, pushed(b"<xml/>", box=Box("other", KEY, C.receive_id)), NOW)
    with pytest.raises(BadInput):
        callback(WecomConfig(corp_id="c", agent_id=1, secret="s"), pushed(b"<xml/>"), NOW)


def test_what_people_paste_as_robot_key() -> None:
    url = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7&debug=1"
    config = WecomConfig(corp_id="c", agent_id=1, secret="s", robot_key=url)
    assert config.robot_key.get_secret_value() == "693a91f6-7"
    with pytest.raises(ValueError, match="43"):
        WecomConfig(corp_id="c", agent_id=1, secret="s", callback_aes_key="short")


@given(st.text(max_size=300), st.integers(4, 60))
@settings(max_examples=200, deadline=None)
def test_pieces_fit_and_joined_are_the_text(text: str, limit: int) -> None:
    pieces = split(text, limit)
    assert "".join(pieces) == text
    assert all(len(piece.encode()) <= limit for piece in pieces)
    assert all(pieces) or pieces == [""]


def test_lines_stay_whole_when_they_fit() -> None:
    assert split("一二\n三四\n五六\n", 14) == ["一二\n三四\n", "五六\n"]
    assert split("一二三四五", 7) == ["一二", "三四", "五"]


def test_a_card_that_is_too_long_is_followed_by_its_text() -> None:
    short = list(app_payloads(Message(("a",), "正文", kind="card", title="题" * 200, url="https://h/x")))
    assert len(short) == 1
    assert len(short[0]["textcard"]["title"]) == 128  # type: ignore[index]
    body = "很长" * 300
    card, text = app_payloads(Message(("a",), body, kind="card", title="题", url="https://h/x"))
    assert len(card["textcard"]["description"]) == 512  # type: ignore[index]
    assert text == {"msgtype": "text", "text": {"content": body}}
    assert next(app_payloads(Message(("a",), "正文", kind="card", title="题")))["msgtype"] == "text"


def test_links_and_mentions_are_kept() -> None:
    text = next(app_payloads(Message(("a",), "正文", title="题", url="https://h/x")))
    assert text == {"msgtype": "text", "text": {"content": "题\n正文\nhttps://h/x"}}
    robot = next(robot_payloads(Message(("a", "b"), "正文", kind="markdown", title="题", url="https://h/x")))
    assert robot["markdown"] == {"content": "**题**\n正文\n[https://h/x](https://h/x)\n<@a><@b>"}
    plain = next(robot_payloads(Message(("a",), "正文")))
    assert plain["text"] == {"content": "正文", "mentioned_list": ["a"]}


def reply(data: object, *, safe: bool = True, operation: str = "user/get") -> Reply:
    return Reply("wecom", operation, safe, 200, {}, b"", data)


def test_success_needs_a_code_only_where_something_was_written() -> None:
    judge(reply({"errcode": 0}, safe=False))
    judge(reply({"userlist": []}))
    with pytest.raises(OutcomeUnknown):
        judge(reply({"msgid": "x"}, safe=False))


@pytest.mark.parametrize(
    ("code", "operation", "read", "write"),
    [
        (40014, "user/get", TokenDead, TokenDead),
        (42001, "message/send", TokenDead, TokenDead),
        (40001, "user/get", TokenDead, TokenDead),
        (40001, "gettoken", CredentialsRejected, CredentialsRejected),
        (99999, "gettoken", SetupError, SetupError),
        (60020, "user/get", PermissionMissing, PermissionMissing),
        (45009, "user/get", RateLimited, RateLimited),
        (301002, "message/send", ConfigInvalid, ConfigInvalid),
        (84061, "externalcontact/get", RecordGone, RecordGone),
        (-1, "message/send", Unreachable, OutcomeUnknown),
        (99999, "message/send", Unreachable, RecordRejected),
        ("0", "message/send", Unreachable, OutcomeUnknown),
        (None, "message/send", Unreachable, OutcomeUnknown),
    ],
)
def test_what_codes_mean(code: object, operation: str, read: type[HubError], write: type[HubError]) -> None:
    for safe, expected in ((True, read), (False, write)):
        with pytest.raises(HubError) as caught:
            judge(reply({"errcode": code, "errmsg": "m"}, safe=safe, operation=operation))
        assert isinstance(caught.value, expected)
        if isinstance(code, int):
            assert caught.value.vendor.code == str(code)


def test_a_blocked_gettoken_waits_an_hour() -> None:
    with pytest.raises(RateLimited) as caught:
        judge(reply({"errcode": 45009}, operation="gettoken"))
    assert caught.value.after == 3600


def test_every_meaning_speaks_both_languages() -> None:
    for meaning in CODES.values():
        assert meaning.zh
        assert meaning.en
        assert meaning.zh != meaning.en
