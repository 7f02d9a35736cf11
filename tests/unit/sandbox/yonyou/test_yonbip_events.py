"""Events of YonBIP: sealed and signed, retried until answered, spoiled on request, sent to subscriptions."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from sandbox.yonyou.bip.signing import decrypt_event, encrypt_event, sign_event, sign_event_old
from tests.unit.sandbox.yonyou.desk import BipDesk

SECRET = "s3cretS3cret-0001"


@dataclass
class Receiver:
    """An address that keeps envelopes and answers as told; `refusals` come first."""

    url: str = ""
    reply: str = "success"
    refusals: int = 0
    got: list[dict[str, Any]] = field(default_factory=list)

    def opened(self, number: int = -1) -> dict[str, Any]:
        message, app_key = decrypt_event(SECRET, self.got[number]["encrypt"])
        assert app_key == "k0001"
        found: dict[str, Any] = json.loads(message)
        return found


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            made.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            made.refusals -= 1
            self.send_response(500 if made.refusals >= 0 else 200)
            self.end_headers()
            self.wfile.write(made.reply.encode())

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_address[1]}/events"
    yield made
    server.shutdown()
    server.server_close()
    thread.join(5)


def push(bip: BipDesk, receiver: Receiver, **more: Any) -> dict[str, Any]:
    reply = bip.web.post("/_sandbox/push", json={"url": receiver.url, **more})
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def test_the_test_event_can_be_opened_and_is_accepted(bip: BipDesk, receiver: Receiver) -> None:
    result = push(bip, receiver)
    envelope = receiver.got[0]
    assert envelope["signature"] == sign_event(SECRET, envelope["timestamp"], envelope["nonce"], envelope["encrypt"])
    assert len(envelope["nonce"]) == 16
    assert (receiver.opened()["type"], result["accepted"], result["answered"]) == ("CHECK_URL", True, "plain")


def test_an_order_event_carries_keys_only(bip: BipDesk, receiver: Receiver) -> None:
    order = bip.save_order()["data"]
    push(bip, receiver, event="SALE_AUDITORDER_NOTIFY_SENT", record=order["id"], event_id="e1")
    event = receiver.opened()
    assert (event["eventId"], event["tenantId"]) == ("e1", "t0ten")
    assert json.loads(event["content"])["BILL_INFO"] == {
        "billId": str(order["id"]),
        "billCode": order["code"],
        "billNo": "voucher_order",
    }


def test_the_old_style_signs_with_sha1(bip: BipDesk, receiver: Receiver) -> None:
    push(bip, receiver, style="old", timestamp=1700000000000, nonce="n0nce0123456789a")
    envelope = receiver.got[0]
    assert envelope["msgSignature"] == sign_event_old(SECRET, 1700000000000, "n0nce0123456789a", envelope["encrypt"])
    assert "signature" not in envelope


@pytest.mark.parametrize("tamper", ["signature", "body"])
def test_a_spoiled_envelope_does_not_verify(bip: BipDesk, receiver: Receiver, tamper: str) -> None:
    push(bip, receiver, tamper=tamper)
    sent = receiver.got[0]
    assert sent["signature"] != sign_event(SECRET, sent["timestamp"], sent["nonce"], sent["encrypt"])


def test_another_apps_key_stands_behind_the_message(bip: BipDesk, receiver: Receiver) -> None:
    push(bip, receiver, tamper="app_key")
    assert decrypt_event(SECRET, receiver.got[0]["encrypt"])[1] == "somebody-else"


def test_a_replay_is_the_very_same_envelope_and_age_is_told(bip: BipDesk, receiver: Receiver) -> None:
    push(bip, receiver, times=2, age_s=600)
    assert receiver.got[0] == receiver.got[1]
    assert time.time() * 1000 - receiver.got[0]["timestamp"] >= 600_000


def test_an_event_is_sent_again_until_it_is_answered(bip: BipDesk, receiver: Receiver) -> None:
    receiver.refusals = 2
    assert push(bip, receiver)["attempts"] == ["500", "500", "200"]
    receiver.reply = "fail"
    result = push(bip, receiver)
    assert (result["accepted"], len(result["attempts"])) == (False, 3)


def test_an_encrypted_success_counts_too(bip: BipDesk, receiver: Receiver) -> None:
    sealed = encrypt_event(SECRET, b"success", "k0001", random16=base64.b64decode("QUJDREVGR0hJSktMTU5PUA=="))
    receiver.reply = json.dumps({"encrypt": sealed})
    assert push(bip, receiver)["answered"] == "encrypted"


def test_subscriptions_get_every_change_in_order(bip: BipDesk, receiver: Receiver) -> None:
    bip.seed("subscription", {"url": receiver.url})
    made = bip.seed("merchant", {"code": "C2", "name": "乙"})
    bip.web.put(f"/_sandbox/records/merchant/{made['id']}", json={"stopStatus": True})
    order = bip.save_order()["data"]
    bip.call("/yonbip/sd/voucherorder/batchaudit", {"data": [{"id": order["id"]}]})
    bip.web.delete(f"/_sandbox/records/merchant/{made['id']}")
    deadline = time.monotonic() + 5
    while len(receiver.got) < 5 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [receiver.opened(number)["type"] for number in range(5)] == [
        "YXYBASEDOC_AA_MERCHANT_INSERT",
        "YXYBASEDOC_AA_MERCHANTLIST_STOP",
        "SALE_SAVEORDER_NOTIFY_SENT",
        "SALE_AUDITORDER_NOTIFY_SENT",
        "YXYBASEDOC_AA_MERCHANT_DELETE",
    ]


def test_wrong_requests_say_what_is_allowed(bip: BipDesk) -> None:
    reply = bip.web.post("/_sandbox/push", json={"url": "http://127.0.0.1:1/", "tamper": "colour"})
    assert (reply.status_code, "signature" in reply.text) == (400, True)
    assert bip.web.post("/_sandbox/push", json={"url": "http://127.0.0.1:1/", "record": 5}).status_code == 404
