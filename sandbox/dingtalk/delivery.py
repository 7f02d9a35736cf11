"""Events by HTTP: encrypted and signed, judged by the receiver's answer, tried three times (dingtalk.md section 5.1)."""

import json
import secrets
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx

from sandbox.core.envelope import CryptoError, decrypt_message, encrypt_message, sign, verify
from sandbox.core.switches import comma_list
from sandbox.dingtalk.events import CONTACT_EVENTS, plain_event
from sandbox.dingtalk.tenant import Event, Record, Tenant

FAILED_MOST = 200


@dataclass(frozen=True)
class Delivery:
    """One signed request, ready to be sent as often as needed."""

    url: str
    params: Mapping[str, str]
    body: str


@dataclass(frozen=True)
class Attempt:
    """What the receiver answered; `reason` is the vendor's word for why it does not count, "" when it does."""

    status: int
    body: str
    reason: str = ""


def sealed(tenant: Tenant, url: str, plain: str, options: Mapping[str, Any]) -> Delivery:
    """The request for one plaintext. Options: tamper (signature | body), age_s, timestamp, nonce, token, aes_key, owner.

    Both names of the signature are sent with the same value, as old and new receivers read one or the other.
    """
    settings = tenant.settings
    key = str(options.get("aes_key", settings.callback_aes_key))
    owner = str(options.get("owner", owner_key(tenant)))
    encrypt = encrypt_message(key, plain.encode(), owner, random16=secrets.token_hex(8).encode())
    timestamp = str(options.get("timestamp") or tenant.now_ms - int(float(options.get("age_s", 0)) * 1000))
    nonce = str(options.get("nonce") or secrets.token_hex(8))
    signature = sign(str(options.get("token", settings.callback_token)), timestamp, nonce, encrypt)
    if options.get("tamper") == "signature":
        signature = ("0" if signature[0] != "0" else "1") + signature[1:]
    if options.get("tamper") == "body":
        encrypt = ("B" if encrypt[0] == "A" else "A") + encrypt[1:]
    params = {"signature": signature, "msg_signature": signature, "timestamp": timestamp, "nonce": nonce}
    return Delivery(url, params, json.dumps({"encrypt": encrypt}))


def owner_key(tenant: Tenant) -> str:
    """AppKey for a subscription set in the console, CorpId for one registered through the API."""
    registered = bool(tenant.memory.callback) or tenant.settings.callback_owner == "corp_id"
    return tenant.settings.corp_id if registered else tenant.settings.app_key


def attempt(tenant: Tenant, delivery: Delivery) -> Attempt:
    """Sends once, without following redirects; the answer counts when it is `success`, encrypted and signed."""
    limit = tenant.settings.callback_timeout_s
    headers = {"Content-Type": "application/json; charset=utf-8"}
    try:
        reply = httpx.post(
            delivery.url,
            params=dict(delivery.params),
            content=delivery.body.encode(),
            headers=headers,
            timeout=limit,
            trust_env=False,
        )
    except httpx.HTTPError as error:
        return Attempt(0, repr(error), "71012 url地址访问异常")
    return Attempt(reply.status_code, reply.text, refusal(tenant, reply))


def refusal(tenant: Tenant, reply: httpx.Response) -> str:
    """Why an answer is not `success`; "" when it is."""
    if reply.status_code != 200:
        return "71012 url地址访问异常"
    try:
        told = reply.json()
        encrypt, timestamp, nonce = str(told["encrypt"]), str(told["timeStamp"]), str(told["nonce"])
        signature = str(told["msg_signature"])
    except (ValueError, KeyError, TypeError):
        return "71010 返回的json字段错误"
    settings = tenant.settings
    try:
        verify(settings.callback_token, signature, timestamp=timestamp, nonce=nonce, encrypt=encrypt)
        plain = decrypt_message(settings.callback_aes_key, encrypt, owner_key(tenant), wrapped=True)
    except CryptoError as error:
        return f"71009 {error}"
    return "" if plain == b"success" else "71009 返回的字符串不是success"


class Courier:
    """Takes events to the callback address on a thread of its own; what fails thrice can be asked for."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._thread: ThreadPoolExecutor | None = None
        tenant.listeners.append(self.offer)

    def offer(self, event: Event) -> None:
        """Sends the event when there is an address and, for a registered one, the event is subscribed."""
        callback = self._tenant.memory.callback
        url = callback.get("url") or self._tenant.settings.callback_url
        if not url or (callback and event.kind not in callback["call_back_tag"]):
            return
        plain = json.dumps(plain_event(self._tenant, event), ensure_ascii=False)
        self._submit(url, event, plain, 0)

    def _submit(self, url: str, event: Event, plain: str, number: int) -> None:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="dingtalk-courier")
        self._thread.submit(self._send, url, event, plain, number)

    def _send(self, url: str, event: Event, plain: str, number: int) -> None:
        if not attempt(self._tenant, sealed(self._tenant, url, plain, {})).reason:
            return
        waits = [float(one) for one in comma_list(self._tenant.settings.callback_retry_s)]
        if number >= len(waits):
            self._tenant.memory.failed_events.append(_failed(self._tenant, event))
            return
        timer = threading.Timer(waits[number], self._submit, (url, event, plain, number + 1))
        timer.daemon = True
        timer.start()


def _failed(tenant: Tenant, event: Event) -> Record:
    """One row of the failed list: contacts in small letters, approvals under bpmsCallBackData."""
    corp = {"corpid": tenant.settings.corp_id}
    if event.kind in CONTACT_EVENTS:
        body = {name.lower(): value for name, value in event.captured.items()} | corp
    else:
        body = {"bpmsCallBackData": dict(event.captured), **corp}
    return {"call_back_tag": event.kind, "event_time": tenant.now_ms, event.kind: body}
