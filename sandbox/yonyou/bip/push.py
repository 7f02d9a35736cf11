"""Events: POST /_sandbox/push sends one, subscriptions get one for every change; signed, encrypted, with retries."""

import json
import secrets
import threading
import time
from collections.abc import Mapping
from queue import SimpleQueue
from typing import Any

import httpx

from sandbox.core import Change, ControlError, PushReply
from sandbox.yonyou.bip.account import Bip, Row
from sandbox.yonyou.bip.signing import decrypt_event, encrypt_event, sign_event, sign_event_old

ORDER_EVENTS = {0: "UNAUDITORDER", 1: "AUDITORDER", 2: "CLOSEORDER", 3: "SUBMITORDER"}
ARCHIVES = {"merchant": "YXYBASEDOC_AA_MERCHANT", "product": "YXYBASEDOC_PC_PRODUCT"}
VERBS = {"create": "INSERT", "update": "UPDATE", "delete": "DELETE"}
TAMPERS = ("signature", "body", "app_key")


def push(bip: Bip, request: Mapping[str, Any]) -> PushReply:
    """One event as the README describes; the answer says whether the receiver's reply counts as success."""
    plain = _plain(bip, request)
    envelope = sealed(bip, plain, request)
    times = request.get("times", 1)
    if isinstance(times, bool) or not isinstance(times, int) or not 1 <= times <= 1000:
        raise ControlError(f"times {times!r} must be a whole number from 1 to 1000")
    replies = [deliver(bip, str(request["url"]), envelope) for _ in range(times)]
    status, body, attempts = replies[-1]
    answered = _answered(bip, body) if status == 200 else ""
    extra = {"accepted": bool(answered), "answered": answered, "plain": plain, "envelope": envelope}
    return PushReply(status, body, {**extra, "attempts": [one for *_, part in replies for one in part] or attempts})


def _plain(bip: Bip, request: Mapping[str, Any]) -> str:
    kind = str(request.get("event") or "CHECK_URL")
    content = request.get("content") or {}
    if "record" in request:
        content = _content_of(bip, request["record"])
    if not isinstance(content, Mapping):
        raise ControlError(f"content {content!r} must be an object")
    return event_text(bip, kind, dict(content), event_id=str(request.get("event_id") or ""))


def event_text(bip: Bip, kind: str, content: Row, *, event_id: str = "") -> str:
    """The JSON inside an event; business fields are JSON once more."""
    people: Row = {"staffId": [], "deptId": [], "userId": []}
    head: Row = {"type": kind, "eventId": event_id or secrets.token_hex(16), "timestamp": bip.tokens.now_ms()}
    body = {**head, "tenantId": bip.settings.tenant_id, **people, "content": _compact(content)}
    return _compact(body)


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _content_of(bip: Bip, record: object) -> Row:
    for name in ("order", "merchant", "product"):
        found = bip.by_id_or_code(name, record)
        if found is not None:
            return content(name, found)
    raise ControlError(f"no order, merchant or product {record!r}", 404)


def content(name: str, row: Row) -> Row:
    """Orders carry only their keys; archives their id and code."""
    if name == "order":
        return {"BILL_INFO": {"billId": str(row["id"]), "billCode": row["code"], "billNo": "voucher_order"}}
    return {"id": row["id"], "code": row["code"]}


def sealed(bip: Bip, plain: str, request: Mapping[str, Any]) -> Row:
    """The envelope that goes over the wire, spoiled as the request asks."""
    settings = bip.settings
    tamper, style = request.get("tamper"), request.get("style", settings.event_style)
    if tamper not in (None, *TAMPERS) or style not in ("current", "old"):
        raise ControlError(f"tamper {tamper!r} must be one of {TAMPERS}, style {style!r} current or old")
    app_key = "somebody-else" if tamper == "app_key" else settings.app_key
    secret = settings.encoding_aes_key or settings.app_secret
    encrypt = encrypt_event(secret, plain.encode(), app_key, random16=secrets.token_bytes(16))
    stamp = int(request.get("timestamp") or bip.tokens.now_ms() - int(request.get("age_s", 0)) * 1000)
    nonce = str(request.get("nonce") or secrets.token_hex(8))
    name, sign = ("signature", sign_event) if style == "current" else ("msgSignature", sign_event_old)
    signature = sign(settings.app_secret, stamp, nonce, encrypt)
    if tamper == "signature":
        signature = _flipped(signature)
    if tamper == "body":
        encrypt = _flipped(encrypt)
    return {name: signature, "timestamp": stamp, "nonce": nonce, "encrypt": encrypt}


def _flipped(text: str) -> str:
    return ("b" if text[0] == "a" else "a") + text[1:]


def deliver(bip: Bip, url: str, envelope: Row) -> tuple[int, str, list[str]]:
    """(status, body, attempts): again until the receiver answers success, as often as the settings say."""
    if not url.startswith(("http://", "https://")):
        raise ControlError(f"url {url!r} must be an http address")
    attempts: list[str] = []
    status, body = 0, ""
    with httpx.Client(trust_env=False, verify=url.startswith("https"), timeout=bip.settings.event_timeout_s) as web:
        for number in range(bip.settings.event_attempts):
            if number:
                time.sleep(bip.settings.event_wait_s)
            status, body = _attempt(web, url, envelope)
            attempts.append(str(status or body))
            if status == 200 and _answered(bip, body):
                break
    return status, body, attempts


def _attempt(web: httpx.Client, url: str, envelope: Row) -> tuple[int, str]:
    try:
        reply = web.post(url, json=envelope)
    except httpx.HTTPError as error:
        return 0, repr(error)
    return reply.status_code, reply.text


def _answered(bip: Bip, body: str) -> str:
    """ "plain" for success as text, "encrypted" for an envelope of it, "" for anything else."""
    if body.strip().strip('"') == "success":
        return "plain"
    try:
        envelope = json.loads(body)
        secret = bip.settings.encoding_aes_key or bip.settings.app_secret
        message, _ = decrypt_event(secret, str(envelope["encrypt"]))
    except (ValueError, KeyError, TypeError):
        return ""
    return "encrypted" if message == b"success" else ""


class Pusher:
    """Sends every change of a customer, product or order to the subscriptions, in order, from a thread of its own."""

    def __init__(self, bip: Bip) -> None:
        self._bip = bip
        self._waiting: SimpleQueue[tuple[str, Row]] = SimpleQueue()
        self._thread: threading.Thread | None = None
        bip.store.hooks.append(self._changed)

    def _changed(self, change: Change) -> None:
        kind = event_of(change)
        if kind is None:
            return
        for target in self._bip.store.all("subscription"):
            if not target["types"] or any(kind.startswith(prefix) for prefix in target["types"]):
                row = change.after or change.before or {}
                plain = event_text(self._bip, kind, content(change.object, row))
                self._waiting.put((target["url"], sealed(self._bip, plain, {})))
                self._start()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            url, envelope = self._waiting.get()
            deliver(self._bip, url, envelope)


def event_of(change: Change) -> str | None:
    """The event type of a change; None for objects without events."""
    before, after = change.before or {}, change.after or {}
    if change.object in ARCHIVES:
        if change.kind == "update" and before["stopStatus"] is not after["stopStatus"]:
            stem = "YXYBASEDOC_AA_MERCHANTLIST" if change.object == "merchant" else ARCHIVES["product"]
            return f"{stem}_{'STOP' if after['stopStatus'] else 'UNSTOP'}"
        return f"{ARCHIVES[change.object]}_{VERBS[change.kind]}"
    if change.object != "order":
        return None
    if change.kind == "delete":
        return "SALE_DELETEORDER_NOTIFY_SENT"
    moved = change.kind == "update" and before["status"] != after["status"]
    return f"SALE_{ORDER_EVENTS[after['status']] if moved else 'SAVEORDER'}_NOTIFY_SENT"
