"""Callbacks: the URL check, events, ordinary messages, retries and deliveries that must be refused."""

import threading
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from sandbox.wecom.crypto import CryptoError, decrypt_message, verify
from sandbox.wecom.events import EventError, event_xml
from tests.unit.sandbox.wecom_desk import Desk, Json

TOKEN, KEY, CORP = "HubSandboxToken2026", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "ww1234567890abcdef"


@dataclass
class Receiver:
    """An address that keeps what it got and answers as told."""

    url: str = ""
    status: int = 200
    delay_s: float = 0.0
    wrap: str = ""
    got: list[tuple[dict[str, str], str]] = field(default_factory=list)

    def answer(self, query: dict[str, str], body: str) -> bytes:
        self.got.append((query, body))
        time.sleep(self.delay_s)
        if "echostr" not in query:
            return b""
        return f"{self.wrap}{decrypt_message(KEY, query['echostr'], CORP).decode()}{self.wrap}".encode()

    def plain(self, number: int = -1) -> str:
        query, body = self.got[number]
        encrypt = ElementTree.fromstring(body).findtext("Encrypt") or ""
        given = {"timestamp": query["timestamp"], "nonce": query["nonce"], "encrypt": encrypt}
        verify(TOKEN, query["msg_signature"], **given)
        return decrypt_message(KEY, encrypt, CORP).decode()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            reply = made.answer(query, body)
            self.send_response(made.status)
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        do_POST = do_GET

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_address[1]}/callback"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


EXTERNAL: Json = {"event": "change_external_contact", "change_type": "edit_external_contact"}
WHO = {"UserID": "lisi", "ExternalUserID": "wm1"}


def test_the_url_check_accepts_the_exact_plain_text(desk: Desk, receiver: Receiver) -> None:
    reply = desk.push(url=receiver.url, verify=True)
    assert reply["accepted"] is True and reply["status"] == 200 and reply["body"] == reply["expected"]


def test_the_url_check_refuses_quotes_and_slowness(desk: Desk, receiver: Receiver) -> None:
    receiver.wrap = '"'
    assert desk.push(url=receiver.url, verify=True)["accepted"] is False
    receiver.wrap, receiver.delay_s = "", 1.2
    late = desk.push(url=receiver.url, verify=True)
    assert late["accepted"] is False and late["status"] == 0 and "openapi" in late["reason"]


def test_an_event_arrives_signed_and_encrypted(desk: Desk, receiver: Receiver) -> None:
    reply = desk.push(url=receiver.url, **EXTERNAL, fields=WHO)
    assert reply["status"] == 200 and reply["attempts"] == ["200"] and reply["plain"] == receiver.plain()
    xml = ElementTree.fromstring(receiver.plain())
    read = {child.tag: child.text for child in xml}
    assert read["ToUserName"] == CORP and read["FromUserName"] == "sys" and read["MsgType"] == "event"
    assert read["Event"] == "change_external_contact" and read["ChangeType"] == "edit_external_contact"
    assert read["UserID"] == "lisi" and read["ExternalUserID"] == "wm1" and (read["CreateTime"] or "").isdigit()
    envelope = {child.tag for child in ElementTree.fromstring(receiver.got[0][1])}
    assert envelope == {"ToUserName", "AgentID", "Encrypt"}


def test_repeated_elements_are_siblings() -> None:
    info = {"SpNoStr": "1", "SpRecord": [{"SpStatus": 1}, {"SpStatus": 2}], "StatuChangeEvent": 2}
    xml = ElementTree.fromstring(event_xml(CORP, "sys_approval_change", {"ApprovalInfo": info}, at=1, agent_id=9))
    assert [node.text for node in xml.findall("ApprovalInfo/SpRecord/SpStatus")] == ["1", "2"]
    assert xml.findtext("AgentID") == "3010040"


def test_text_that_would_end_the_cdata_survives() -> None:
    fields = {"ChangeType": "update_user", "UserID": "a]]><b>&"}
    xml = ElementTree.fromstring(event_xml(CORP, "change_contact", fields, at=1, agent_id=9))
    assert xml.findtext("UserID") == "a]]><b>&"


def test_an_ordinary_message(desk: Desk, receiver: Receiver) -> None:
    fields = {"FromUserName": "lisi", "MsgId": 7300000000000000001, "Content": "你好"}
    assert desk.push(url=receiver.url, event="message", fields=fields)["status"] == 200
    xml = ElementTree.fromstring(receiver.plain())
    assert xml.findtext("Content") == "你好" and xml.findtext("MsgType") == "text"


def test_a_click_brings_a_fresh_response_code(desk: Desk, receiver: Receiver) -> None:
    card = {
        "card_type": "button_interaction",
        "main_title": {"title": "t"},
        "task_id": "t1",
        "button_list": [{"text": "好", "key": "ok"}],
    }
    first = desk.send("lisi", "template_card", card)["response_code"]
    click = {"FromUserName": "lisi", "EventKey": "ok", "TaskId": "t1", "CardType": "button_interaction"}
    desk.push(url=receiver.url, event="template_card_event", fields=click)
    code = ElementTree.fromstring(receiver.plain()).findtext("ResponseCode")
    assert code and code != first
    body = {"atall": 1, "agentid": 1000002, "response_code": code, "button": {"replace_name": "已办"}}
    assert desk.post("message/update_template_card", body)["errcode"] == 0


@pytest.mark.parametrize(
    ("request_", "word"),
    [
        ({"event": "no_such"}, "known"),
        ({"event": "change_external_contact", "fields": {"UserID": "x"}}, "ExternalUserID"),
        ({"event": "enter_agent"}, "FromUserName"),
        ({"event": "template_card_event", "fields": {"FromUserName": "x"}}, "EventKey"),
        ({"event": "message", "fields": {"MsgType": "dance"}}, "MsgType"),
        ({"event": "enter_agent", "fields": "x"}, "fields"),
        ({"event": "change_contact", "change_type": "create_user", "times": 0}, "times"),
        ({"event": "change_contact", "change_type": "create_user", "age_s": "old"}, "age_s"),
    ],
)
def test_what_cannot_be_built_is_said(desk: Desk, receiver: Receiver, request_: Json, word: str) -> None:
    assert word in desk.push(url=receiver.url, **request_)["error"]
    assert receiver.got == []


def test_tampered_deliveries_do_not_verify(desk: Desk, receiver: Receiver) -> None:
    desk.push(url=receiver.url, **EXTERNAL, fields=WHO, tamper="signature")
    desk.push(url=receiver.url, **EXTERNAL, fields=WHO, tamper="body")
    desk.push(url=receiver.url, **EXTERNAL, fields=WHO, token="other")
    for number in range(3):
        with pytest.raises(CryptoError) as caught:
            receiver.plain(number)
        assert caught.value.code == -40001
    desk.push(url=receiver.url, **EXTERNAL, fields=WHO, receive_id="wwother")
    with pytest.raises(CryptoError) as caught:
        receiver.plain()
    assert caught.value.code == -40005


def test_an_old_timestamp_and_the_same_delivery_twice(desk: Desk, receiver: Receiver) -> None:
    desk.push(url=receiver.url, **EXTERNAL, fields=WHO, age_s=7200)
    assert time.time() - int(receiver.got[0][0]["timestamp"]) >= 7199 and receiver.plain()
    reply = desk.push(url=receiver.url, **EXTERNAL, fields=WHO, times=2)
    assert reply["attempts"] == ["200", "200"] and receiver.got[1] == receiver.got[2]


@pytest.mark.parametrize(("retried", "attempts"), [(False, ["500"]), (True, ["500", "500", "500"])])
def test_a_bad_status_is_retried_only_when_set(
    desk: Desk, receiver: Receiver, retried: bool, attempts: list[str]
) -> None:
    desk.set(callback_retry_non_200=retried)
    receiver.status = 500
    assert desk.push(url=receiver.url, **EXTERNAL, fields=WHO)["attempts"] == attempts
    assert len({query["nonce"] for query, _ in receiver.got}) == 1


def test_silence_is_tried_three_times(desk: Desk, receiver: Receiver) -> None:
    desk.set(callback_timeout_s=1)
    receiver.delay_s = 1.1
    reply = desk.push(url=receiver.url, **EXTERNAL, fields=WHO)
    assert reply["status"] == 0 and len(reply["attempts"]) == 3 == len(receiver.got)
    receiver.delay_s = 0
    gone = desk.push(url="http://127.0.0.1:1/", **EXTERNAL, fields=WHO)
    assert gone["status"] == 0 and len(gone["attempts"]) == 3


def test_unknown_events_are_an_error_of_the_builder() -> None:
    with pytest.raises(EventError):
        event_xml(CORP, "nothing", {}, at=1, agent_id=1)
