"""add and the verbs of documents: asynchronous unless asked otherwise, guarded by tradeid or biz_id."""

import secrets
from typing import Any

from sandbox.yonyou.amounts import Invalid
from sandbox.yonyou.u8.account import OK, U8, Call, Pending, Refused, Row, fault_of
from sandbox.yonyou.u8.reading import not_found
from sandbox.yonyou.u8.records import values_of
from sandbox.yonyou.u8.resources import Resource

# verb → (states in which it is allowed, state after)
VERBS = {
    "verify": (("Opening",), "Approved"),
    "unverify": (("Approved",), "Opening"),
    "close": (("Approved",), "Closed"),
    "open": (("Closed",), "Approved"),
}


def add(u8: U8, call: Call, resource: Resource) -> Row:
    """A new record. The answer is where its result can be asked for; with sync=1 it is the result."""
    key = _key(u8, call)
    sent = call.body.get(resource.name) if isinstance(call.body, dict) else None
    if not isinstance(sent, dict):
        raise Refused(u8.settings.error_arguments, f'请求体必须是{{"{resource.name}":{{…}}}}')
    reply = _once(u8, call, resource, key=key, sent=sent)
    if call.query.get("sync") == "1":
        return reply
    request_id = secrets.token_hex(16)
    u8.results[request_id] = Pending(reply, u8.settings.pending_polls)
    return _wait(u8, call, request_id)


def result(u8: U8, call: Call) -> Row:
    """What became of an asynchronous add; while it is pending, the address again."""
    request_id = call.query.get("requestid", "")
    pending = u8.results.get(request_id)
    if pending is None:
        raise Refused(u8.settings.error_arguments, "requestid不存在")
    if pending.polls > 0:
        pending.polls -= 1
        return _wait(u8, call, request_id)
    return pending.reply


def _wait(u8: U8, call: Call, request_id: str) -> Row:
    url = f"{call.base_url}/result?requestid={request_id}"
    return {**OK, "url": url, "ping_after": u8.settings.ping_after}


def _key(u8: U8, call: Call) -> str:
    """tradeid or biz_id: one of them, a tradeid only as issued."""
    trade, own = call.query.get("tradeid"), call.query.get("biz_id")
    if bool(trade) is bool(own):
        raise Refused(u8.settings.error_arguments, "tradeid与biz_id必须且只能传一个")
    if trade and trade not in u8.trades:
        raise Refused(u8.settings.error_arguments, "tradeid无效")
    return str(trade or f"biz:{own}")


def _once(u8: U8, call: Call, resource: Resource, *, key: str, sent: Row) -> Row:
    """The result of the first write under this key; a refused one leaves the key free."""
    held = u8.keys.get((resource.name, key))
    if held is not None:
        if u8.settings.replay_answer == "first_result":
            return held
        return {"errcode": u8.settings.error_business, "errmsg": f"重复提交：{key.removeprefix('biz:')}"}
    try:
        reply = _write(u8, call, resource, sent)
    except Invalid as error:
        return {"errcode": u8.settings.error_business, "errmsg": str(error)}
    u8.keys[resource.name, key] = {**reply, "tradeid": call.query.get("tradeid") or secrets.token_hex(16)}
    return u8.keys[resource.name, key]


def _write(u8: U8, call: Call, resource: Resource, sent: Row) -> Row:
    if fault_of(u8, call, "locked"):
        raise Invalid("其他用户正在操作，请稍后再试")
    if fault_of(u8, call, "normalise"):
        sent = {name: " ".join(value.split()) if isinstance(value, str) else value for name, value in sent.items()}
    made = u8.store.create(resource.name, values_of(u8, resource, sent, None))
    u8.journal.append("create", resource.name, id=made[resource.key], data=call.body)
    hidden = resource.dated and u8.settings.empty_ids
    return {**OK, "id": "" if hidden else made[resource.key]}


def move(u8: U8, call: Call, resource: Resource, verb: str) -> Row:
    """verify, unverify, close or open of one document, by voucher_code in the body or the query."""
    sent = call.body.get(resource.name) if isinstance(call.body, dict) else None
    asked: dict[str, Any] = {**call.query, **(sent if isinstance(sent, dict) else {})}
    row = u8.store.get(resource.name, asked.get("voucher_code", ""))
    if row is None:
        raise not_found(resource)
    _meddle(u8, call, resource, row)
    allowed, after = VERBS[verb]
    if row.get("state", "Opening") not in allowed:
        raise Refused(u8.settings.error_business, f"{resource.title}[{row[resource.key]}]当前状态不允许此操作")
    u8.store.update(resource.name, row[resource.key], state(u8, after, str(asked.get("person_code") or "openapi")))
    u8.journal.append(verb, resource.name, id=row[resource.key], data=call.body)
    return dict(OK)


def state(u8: U8, name: str, person: str) -> Row:
    """The fields of a document in this state."""
    if name == "Opening":
        return {"state": name, "verifier": "", "verifysystime": "", "closer": ""}
    if name == "Closed":
        return {"state": name, "closer": person}
    return {"state": name, "verifier": person, "verifysystime": u8.now(), "closer": ""}


def _meddle(u8: U8, call: Call, resource: Resource, row: Row) -> None:
    """Somebody else's lock, or their edit just before."""
    key = row[resource.key]
    if fault_of(u8, call, "locked", key):
        raise Refused(u8.settings.error_business, "其他用户正在操作，请稍后再试")
    edit = fault_of(u8, call, "edit_before_write", key)
    if edit:
        changes = u8.store.kind(resource.name).prepare(dict(edit.options.get("edit") or {}), row)
        u8.journal.append_user("update", resource.name, id=key, data=u8.store.update(resource.name, key, changes))
