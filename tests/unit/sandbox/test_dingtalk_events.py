"""Callbacks by HTTP and frames by Stream of the 钉钉 sandbox."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from sandbox.core.envelope import CryptoError, decrypt_message, encrypt_message, sign, verify
from tests.unit.sandbox.dingtalk_desk import Ding, Json, ding, ding_process

__all__ = ["ding", "ding_process"]
WAIT_S = 5.0


class Receiver:
    """A callback address. `seen` are the plain events, `refuse` makes it answer something else than success."""

    def __init__(self, ding: Ding) -> None:
        self.seen: list[Json] = []
        self.refuse = 0
        self.bad = 0
        self.token, self.key = ding.access["callback_token"], ding.access["callback_aes_key"]
        self.owner = ding.access["app_key"]
        self.url = ""

    def answer(self, query: Json, body: Json) -> Json:
        signed = {name: query[name] for name in ("timestamp", "nonce")}
        try:
            verify(self.token, query["signature"], **signed, encrypt=body["encrypt"])
        except CryptoError:
            self.bad += 1
            return {}
        if self.refuse:
            self.refuse -= 1
            return {"errcode": 0}
        self.seen.append(json.loads(decrypt_message(self.key, body["encrypt"], self.owner)))
        encrypt = encrypt_message(self.key, b"success", self.owner, random16=b"0123456789abcdef")
        wrapped = "\n".join(encrypt[at : at + 20] for at in range(0, len(encrypt), 20))  # as the vendor's sample does
        return {
            "msg_signature": sign(self.token, "1700000000000", "n", wrapped),
            "timeStamp": "1700000000000",
            "nonce": "n",
            "encrypt": wrapped,
        }


@pytest.fixture
def receiver(ding: Ding) -> Iterator[Receiver]:
    made = Receiver(ding)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = json.dumps(made.answer(query, body)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_port}/callback"
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def streaming(ding: Ding, *topics: str) -> Iterator[ClientConnection]:
    wanted = [{"type": "EVENT" if topic == "*" else "CALLBACK", "topic": topic} for topic in topics or ("*",)]
    pair = {"clientId": ding.access["app_key"], "clientSecret": ding.access["app_secret"], "subscriptions": wanted}
    opened = ding.web.post("/v1.0/gateway/connections/open", json=pair).json()
    with connect(f"{opened['endpoint']}?ticket={opened['ticket']}", close_timeout=1) as socket:
        yield socket


def frame(socket: ClientConnection) -> Json:
    made: Json = json.loads(socket.recv(timeout=WAIT_S))
    return made


def acknowledge(socket: ClientConnection, given: Json, status: str = "SUCCESS", code: int = 200) -> None:
    headers = {"messageId": given["headers"]["messageId"], "contentType": "application/json"}
    answer = {"code": code, "message": "OK", "headers": headers, "data": json.dumps({"status": status})}
    socket.send(json.dumps(answer))


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)


def test_the_url_check_and_a_pushed_event(ding: Ding, receiver: Receiver) -> None:
    assert ding.push(url=receiver.url, check=True)["accepted"] is True
    fields = {"processInstanceId": "p1", "title": "张三的合同审批", "type": "finish", "result": "agree"}
    told = ding.push(url=receiver.url, event="bpms_instance_change", fields=fields, times=2)
    assert told["attempts"] == ["200", "200"]
    check, first, again = receiver.seen
    assert check == {"EventType": "check_url"}
    assert first == again
    assert (first["title"], first["corpId"]) == ("张三的合同审批", ding.access["corp_id"])
    ding.push(url=receiver.url, event="user_modify_org", fields={"UserId": ["u1"]})
    assert receiver.seen[-1]["UserId"] == ["u1"]
    ding.set(event_key_case="documented")
    ding.push(url=receiver.url, event="user_modify_org", fields={"UserId": ["u1"]})
    assert receiver.seen[-1]["userId"] == ["u1"]


def test_tampered_events_and_answers_that_do_not_count(ding: Ding, receiver: Receiver) -> None:
    for tamper in ("signature", "body"):
        told = ding.push(url=receiver.url, event="user_modify_org", fields={"UserId": ["u1"]}, tamper=tamper)
        assert told["accepted"] is False
    assert (receiver.bad, receiver.seen) == (2, [])
    receiver.refuse = 1
    assert ding.push(url=receiver.url, check=True)["reason"].startswith("71010")
    assert ding.push(url="http://127.0.0.1:9/none", check=True)["reason"].startswith("71012")


def test_changes_go_to_the_callback_address_by_themselves(ding: Ding, receiver: Receiver) -> None:
    ding.set(callback_url=receiver.url, callback_retry_s="0,0")
    receiver.refuse = 2
    ding.make("member", {"userid": "u9", "name": "新人"})
    until(lambda: receiver.seen)
    assert (receiver.seen[0]["EventType"], receiver.seen[0]["UserId"]) == ("user_add_org", ["u9"])


def test_what_failed_thrice_is_told_once_when_asked(ding: Ding, receiver: Receiver) -> None:
    ding.set(callback_url=receiver.url, callback_retry_s="0,0")
    receiver.refuse = 3
    ding.make("member", {"userid": "u9", "name": "新人"})
    rows: list[Json] = []

    def asked() -> bool:
        path, query = "/call_back/get_call_back_failed_result", {"access_token": ding.token}
        rows.extend(ding.web.get(path, params=query).json()["failed_list"])
        return bool(rows)

    until(asked)
    assert rows[0]["call_back_tag"] == "user_add_org"
    assert rows[0]["user_add_org"] == {"userid": ["u9"], "corpid": ding.access["corp_id"]}


def test_frames_of_an_approval(ding: Ding) -> None:
    with streaming(ding) as socket:
        instance = ding.start()["instanceId"]
        frames = [frame(socket) for _ in range(3)]
        ding.put("approval", instance, {"result": "refuse", "by": "u2"})
        frames += [frame(socket) for _ in range(3)]
    told = [(one["headers"]["eventType"], json.loads(one["data"])["type"]) for one in frames]
    change, task = "bpms_instance_change", "bpms_task_change"
    assert told == [
        (change, "start"),
        (task, "start"),
        (task, "start"),
        (task, "finish"),
        (task, "cancel"),
        (change, "finish"),
    ]
    last = json.loads(frames[-1]["data"])
    assert (last["processInstanceId"], last["result"]) == (instance, "refuse")
    assert all(isinstance(value, str) for one in frames for value in one["headers"].values())


def test_what_is_not_answered_comes_again(ding: Ding) -> None:
    with streaming(ding) as socket:
        ding.push(url="stream", event="user_modify_org", fields={"UserId": ["u1"]}, event_id="e1")
        first = frame(socket)
        acknowledge(socket, first, "LATER")
        ding.advance(61)
        second = frame(socket)
        acknowledge(socket, second, code=500)
        until(lambda: len(ding.journal(object="stream")) == 2)
        ding.advance(61)
        third = frame(socket)
        acknowledge(socket, third)
        until(lambda: len(ding.journal(object="stream")) == 3)
        ding.advance(61)
        with pytest.raises(TimeoutError):
            socket.recv(timeout=0.2)
    ids = {(one["headers"]["eventId"], one["headers"]["messageId"]) for one in (first, second, third)}
    assert len(ids) == 1
    assert [one["data"]["consumed"] for one in ding.journal(object="stream")] == [False, False, True]


def test_events_without_a_connection_wait_for_the_next_one(ding: Ding) -> None:
    with streaming(ding) as socket:
        ding.push(url="stream", system="disconnect")
        assert frame(socket)["headers"]["topic"] == "disconnect"
        ding.push(url="stream", event="user_modify_org", fields={"UserId": ["u2"]})
        with pytest.raises(TimeoutError):
            socket.recv(timeout=0.2)
        with streaming(ding) as fresh:
            assert json.loads(frame(fresh)["data"])["userId"] == ["u2"]


def test_a_half_open_and_a_cut_connection(ding: Ding) -> None:
    with streaming(ding) as socket:
        ding.push(url="stream", system="silence")
        ding.push(url="stream", event="user_modify_org", fields={"UserId": ["u1"]})
        with pytest.raises(TimeoutError):
            socket.recv(timeout=0.2)
    with streaming(ding) as socket:
        ding.push(url="stream", system="abort")
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=WAIT_S)
    with streaming(ding) as socket:
        ding.advance(61)
        assert json.loads(frame(socket)["data"])["userId"] == ["u1"]


def test_pings_and_robot_messages(ding: Ding) -> None:
    with streaming(ding, "*", "/v1.0/im/bot/messages/get") as socket:
        ding.push(url="stream", system="ping")
        ping = frame(socket)
        assert (ping["type"], "opaque" in json.loads(ping["data"])) == ("SYSTEM", True)
        ding.push(url="stream", event="robot_message", fields={"text": "查应收", "userid": "u1"})
        said = frame(socket)
    message = json.loads(said["data"])
    assert (said["type"], message["text"]["content"], message["senderStaffId"]) == ("CALLBACK", " 查应收", "u1")
    reply = {"msgtype": "text", "text": {"content": "共 3 笔"}}
    assert ding.web.post(message["sessionWebhook"], json=reply).json()["errcode"] == 0
    ding.advance(5401)
    assert ding.web.post(message["sessionWebhook"], json=reply).json()["errcode"] == 300001


def test_a_ticket_opens_one_connection_in_time(ding: Ding) -> None:
    pair = {"clientId": ding.access["app_key"], "clientSecret": ding.access["app_secret"]}
    body = {**pair, "subscriptions": [{"type": "EVENT", "topic": "*"}]}
    opened = ding.web.post("/v1.0/gateway/connections/open", json=body).json()
    address = f"{opened['endpoint']}?ticket={opened['ticket']}"
    with connect(address):
        pass
    with pytest.raises(InvalidStatus):
        connect(address)
    late = ding.web.post("/v1.0/gateway/connections/open", json=body).json()
    ding.advance(91)
    with pytest.raises(InvalidStatus):
        connect(f"{late['endpoint']}?ticket={late['ticket']}")
