"""Deliveries of the sandbox opened by wechatpy, pten and wx-crypt, and theirs opened by the sandbox."""

import json
import os
import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sandbox.wecom.crypto import decrypt_message, encrypt_message, sign, verify
from sandbox.wecom.events import envelope_xml, event_xml, message_xml

pytestmark = pytest.mark.slow
SCRIPT = Path(__file__).parent / "wecom" / "with_crypto.py"
TOKEN, KEY, CORP = "HubSandboxToken2026", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "ww1234567890abcdef"
Json = dict[str, Any]
EVENTS: list[tuple[str, Mapping[str, Any]]] = [
    (
        "change_external_contact",
        {"ChangeType": "add_external_contact", "UserID": "lisi", "ExternalUserID": "wm1", "State": "展会"},
    ),
    ("change_contact", {"ChangeType": "update_user", "UserID": "lisi", "Department": "1,2"}),
    (
        "sys_approval_change",
        {"ApprovalInfo": {"SpNoStr": "202001010001", "SpStatus": 2, "SpRecord": [{"SpStatus": 2}]}},
    ),
    ("enter_agent", {"FromUserName": "lisi", "EventKey": ""}),
]


def delivery(plain: str, *, receive_id: str = CORP, signature: str | None = None) -> Json:
    encrypt = encrypt_message(KEY, plain.encode(), receive_id, random16=b"0123456789abcdef")
    query = {"timestamp": "1700000001", "nonce": "n1"}
    query["msg_signature"] = signature or sign(TOKEN, query["timestamp"], query["nonce"], encrypt)
    return {"query": query, "body": envelope_xml(CORP, encrypt, agent_id=1000002)}


@pytest.fixture(scope="module")
def plains() -> list[str]:
    made = [event_xml(CORP, name, fields, at=1700000001, agent_id=1000002) for name, fields in EVENTS]
    said = {"FromUserName": "lisi", "MsgId": 7300000000000000001, "Content": "你好 hello"}
    return [*made, message_xml(CORP, said, at=1700000001, agent_id=1000002)]


@pytest.fixture(scope="module")
def out(plains: list[str], referee_interpreter: Path) -> Json:
    wrong = [delivery(plains[0], signature="0" * 40), delivery(plains[0], receive_id="wwother")]
    echo = encrypt_message(KEY, b"5927782489442352469", CORP, random16=b"aaaabbbbccccdddd")
    echo_query = {"timestamp": "1700000001", "nonce": "1372623149", "echostr": echo}
    echo_query["msg_signature"] = sign(TOKEN, "1700000001", "1372623149", echo)
    given = {
        "token": TOKEN,
        "aes_key": KEY,
        "corp_id": CORP,
        "deliveries": [*(delivery(plain) for plain in plains), *wrong],
        "echo": echo_query,
        "reply": "<xml><Content><![CDATA[回复]]></Content></xml>",
    }
    command = [str(referee_interpreter), str(SCRIPT)]
    told = {"PATH": os.environ["PATH"], "GIVEN": json.dumps(given, ensure_ascii=False), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=told)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


@pytest.mark.parametrize("referee", ["wechatpy", "pten", "wx_crypt"])
def test_every_delivery_opens(out: Json, plains: list[str], referee: str) -> None:
    read = [one[referee][:2] for one in out["read"][: len(plains)]]
    assert read == [[0, plain] for plain in plains]


def test_wechatpy_knows_what_it_read(out: Json) -> None:
    kinds = [one["wechatpy"][2] for one in out["read"]]
    assert kinds == ["event", "unknown", "event", "event", "text", None, None]  # it has no class for change_contact


@pytest.mark.parametrize("referee", ["wechatpy", "pten", "wx_crypt"])
def test_tampered_and_misdirected_deliveries_are_refused(out: Json, referee: str) -> None:
    assert [one[referee][0] for one in out["read"][-2:]] == [-40001, -40005]


def test_the_url_check_opens_alike(out: Json) -> None:
    assert set(out["echo"].values()) == {"5927782489442352469"}


@pytest.mark.parametrize("referee", ["wechatpy", "pten", "wx_crypt"])
def test_their_replies_open_here(out: Json, referee: str) -> None:
    xml = ElementTree.fromstring(out["written"][referee])
    encrypt = xml.findtext("Encrypt") or ""
    signed = {"timestamp": xml.findtext("TimeStamp") or "", "nonce": xml.findtext("Nonce") or "", "encrypt": encrypt}
    verify(TOKEN, xml.findtext("MsgSignature") or "", **signed)
    assert "回复" in decrypt_message(KEY, encrypt, CORP).decode()
