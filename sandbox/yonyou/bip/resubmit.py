"""`resubmitCheckKey`: the first answer again for an hour, then only that the document exists (yonyou.md 1.6)."""

from datetime import timedelta
from typing import Any

from sandbox.yonyou.bip.account import Bip, Call, Endpoint, Refused, Row

REMEMBERED = timedelta(hours=1)
LONGEST = 32


def once(bip: Bip, call: Call, endpoint: Endpoint) -> Row:
    """Runs the handler, or answers what it answered to this key before. A failed first call leaves the key free."""
    key = _key(call)
    if key is None:
        return endpoint.handle(bip, call)
    held = bip.saved.get((call.facts.path, key))
    if held is None:
        reply = endpoint.handle(bip, call)
        bip.saved[call.facts.path, key] = (bip.clock.now(), reply)
        return reply
    at, reply = held
    if bip.clock.now() - at <= REMEMBERED:
        return reply
    code = bip.settings.resubmit_late_code
    raise Refused(code, f"重复提交，resubmitCheckKey[{key}]已使用", data={"id": _id_of(reply["data"])})


def _key(call: Call) -> str | None:
    data = call.data()
    key = data.get("resubmitCheckKey")
    if key in (None, ""):
        return None
    if not isinstance(key, str) or len(key) > LONGEST:
        raise Refused("999", f"resubmitCheckKey长度不能超过{LONGEST}位")
    return key


def _id_of(data: Any) -> Any:
    first = data[0] if isinstance(data, list) else data
    return first.get("id")
