"""The callback address registered through the API, and the list of what it missed (dingtalk.md section 5.1)."""

import json

from sandbox.dingtalk.delivery import FAILED_MOST, attempt, sealed
from sandbox.dingtalk.errors import JsonObject, OapiError
from sandbox.dingtalk.tenant import Call, Record, Tenant


def register(tenant: Tenant, call: Call) -> JsonObject:
    """POST call_back/register_call_back: sends check_url first; 71006 there is one, 71009 to 71012 it fails."""
    if tenant.memory.callback:
        raise OapiError(71006)
    return _save(tenant, call)


def update(tenant: Tenant, call: Call) -> JsonObject:
    """POST call_back/update_call_back; 71007 there is none."""
    if not tenant.memory.callback:
        raise OapiError(71007)
    return _save(tenant, call)


def get(tenant: Tenant, call: Call) -> JsonObject:
    """GET call_back/get_call_back; 71007."""
    if not tenant.memory.callback:
        raise OapiError(71007)
    return dict(tenant.memory.callback)


def delete(tenant: Tenant, call: Call) -> JsonObject:
    """GET call_back/delete_call_back; 71007."""
    if not tenant.memory.callback:
        raise OapiError(71007)
    tenant.memory.callback = {}
    return {}


def failed(tenant: Tenant, call: Call) -> JsonObject:
    """GET call_back/get_call_back_failed_result: up to 200; asking again clears what this call answered."""
    rows = tenant.memory.failed_events
    tenant.memory.failed_events = rows[FAILED_MOST:]
    return {"has_more": len(rows) > FAILED_MOST, "failed_list": rows[:FAILED_MOST]}


def _save(tenant: Tenant, call: Call) -> JsonObject:
    wanted: Record = {
        "call_back_tag": call.listed("call_back_tag"),
        "token": call.text("token"),
        "aes_key": call.text("aes_key"),
        "url": call.text("url"),
    }
    before, tenant.memory.callback = tenant.memory.callback, wanted
    for name in ("token", "aes_key"):
        setattr(tenant.settings, f"callback_{name}", wanted[name])
    reason = attempt(tenant, sealed(tenant, wanted["url"], json.dumps({"EventType": "check_url"}), {})).reason
    if reason:
        tenant.memory.callback = before
        raise OapiError(int(reason.split()[0]), reason)
    return {}
