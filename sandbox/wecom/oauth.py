"""Who a login code belongs to (wecom.md section 10). Codes are made through the control interface."""

import secrets

from sandbox.wecom.corp import Call, Corp
from sandbox.wecom.errors import ApiError, JsonObject
from sandbox.wecom.scope import Record

CODE_S = 300
TICKET_S = 1800
CONSENTED = ("gender", "avatar", "mobile", "email", "biz_mail", "address")


def user_info(corp: Corp, call: Call) -> JsonObject:
    """GET auth/getuserinfo: lower-case keys; a code works once and for five minutes, then 40029."""
    row = _spend(corp, call)
    if not row.get("userid"):
        return {name: row[name] for name in ("openid", "external_userid") if row.get(name)}
    userid = str(row["userid"])
    if row.get("scope") != "snsapi_privateinfo" or userid.lower() not in corp.scope(call.app).members:
        return {"userid": userid}
    ticket = secrets.token_urlsafe(48)
    corp.memory.tickets[ticket] = (userid, call.now + TICKET_S)
    return {"userid": userid, "user_ticket": ticket}


def legacy_user_info(corp: Corp, call: Call) -> JsonObject:
    """GET user/getuserinfo: the older path with capitalised keys."""
    row = _spend(corp, call)
    if row.get("userid"):
        return {"UserId": row["userid"], "DeviceId": ""}
    return {"OpenId": row["openid"], "DeviceId": ""}


def user_detail(corp: Corp, call: Call) -> JsonObject:
    """POST auth/getuserdetail: 84015 unknown ticket, 84014 after half an hour."""
    userid, expires = corp.memory.tickets.get(call.text("user_ticket", 84015), ("", 0.0))
    if not userid:
        raise ApiError(84015)
    if call.now >= expires:
        raise ApiError(84014)
    member = corp.scope(call.app).members[userid.lower()]
    return {"userid": userid, "qr_code": "", **{name: member[name] for name in CONSENTED}}


def _spend(corp: Corp, call: Call) -> Record:
    row = corp.store.get("oauth_code", call.argument("code", 40029))
    if row is None or row.get("used") or call.now - float(row["created"]) > CODE_S:
        raise ApiError(40029)
    corp.store.update("oauth_code", row["code"], {"used": True})
    return row
