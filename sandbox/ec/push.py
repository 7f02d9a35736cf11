"""What EC tells the outside: one push on request, pushes by subscription, and the log of pushes."""

import json
import threading
import time
from collections.abc import Mapping
from queue import SimpleQueue
from typing import Any

import httpx

from sandbox.core import Change, ControlError, PushReply
from sandbox.ec.signing import signed_headers
from sandbox.ec.state import Ec
from sandbox.ec.wire import Call, Row, whole, window

TIMEOUT_S = 10.0
MOST_LOGGED = 1000
ID_KEYS = {"customer": "crmId", "sale": "saleId", "contact": "contactId", "product": "productId"}
NO_ANSWER = 0


def send_push(ec: Ec, event: Mapping[str, Any]) -> PushReply:
    """Posts {"event", "crmId" or "saleId", "time", …} to event["url"] and logs it; status 0 is no answer.

    The real push's body and signature are unknown; this body says which record to read again and no more.
    """
    url = str(event["url"])
    if not url.startswith(("http://", "https://")):
        raise ControlError(f"url {url!r} must be an http address")
    body = {name: value for name, value in event.items() if name not in {"url", "headers"}}
    body = {"event": "customer.update", **body, "time": body.get("time") or ec.stamp()}
    headers = {"Content-Type": "application/json"}
    if ec.settings.push_signature == "v2_headers":
        headers |= signed_headers(ec.settings, ec.clock.now())
    started = time.monotonic()
    reply = _post(url, body, {**headers, **event.get("headers", {})})
    _log(ec, url, body, reply=reply, cost_ms=round((time.monotonic() - started) * 1000))
    return reply


def get_api_push(ec: Ec, call: Call) -> object:
    """apipush/getApiPush: what was pushed in a window; only failures unless onlyError is false."""
    asked = call.fields
    start, end = window({"startTime": asked.get("beginTime"), "endTime": asked.get("endTime")}, ec.zone)
    size = min(whole(asked.get("pageSize"), "pageSize", MOST_LOGGED), MOST_LOGGED)
    only_error = asked.get("onlyError", True)
    rows = [row for row in ec.store.all("push_log") if ec.stamp(start) <= row["f_create_time"] <= ec.stamp(end)]
    return [row for row in rows if not (only_error and _went_well(row))][:size]


def _went_well(row: Row) -> bool:
    return 200 <= int(row["f_return_code"]) < 300


def _post(url: str, body: Row, headers: dict[str, str]) -> PushReply:
    try:
        content = json.dumps(body, ensure_ascii=False).encode()
        answer = httpx.post(
            url, content=content, headers=headers, timeout=TIMEOUT_S, trust_env=False, verify=url.startswith("https")
        )
    except httpx.HTTPError as error:
        return PushReply(NO_ANSWER, f"{type(error).__name__}: {error}")
    return PushReply(answer.status_code, answer.text)


def _log(ec: Ec, url: str, body: Row, *, reply: PushReply, cost_ms: int) -> None:
    data = {
        "f_corp_id": ec.settings.corp_id,
        "f_push_url": url,
        "f_push_paras": json.dumps(body, ensure_ascii=False),
        "f_return_code": reply.status,
        "f_cost_time": cost_ms,
    }
    ec.store.create("push_log", data)


class Pusher:
    """Pushes every change of a customer, contact, sale or product to the account's subscriptions, in order."""

    def __init__(self, ec: Ec) -> None:
        self._ec = ec
        self._waiting: SimpleQueue[tuple[str, Row]] = SimpleQueue()
        self._thread: threading.Thread | None = None
        ec.store.hooks.append(self._changed)

    def _changed(self, change: Change) -> None:
        if change.object not in ID_KEYS:
            return
        event = f"{change.object}.{change.kind}"
        record = change.after or change.before or {}
        for target in self._ec.store.all("subscription"):
            if not target.get("events") or event in target["events"]:
                self._waiting.put((target["url"], _body_of(change.object, event, record)))
                self._start()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            url, body = self._waiting.get()
            send_push(self._ec, {**body, "url": url})


def _body_of(name: str, event: str, record: Row) -> Row:
    id_field = "id" if name in {"sale", "contact"} else ID_KEYS[name]
    parent = {"crmId": record["crmId"]} if name in {"sale", "contact"} else {}
    return {"event": event, ID_KEYS[name]: record[id_field], **parent}
