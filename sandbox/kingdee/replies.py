"""Reply envelopes of the WebAPI and the JSON text they travel as (kingdee.md 2.4, 3.1-3.4). Pure."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sandbox.kingdee.errors import Refused

Envelope = dict[str, Any]
_quoted = json.encoder.encode_basestring


def dump(value: Any, places: int = 10) -> str:
    """JSON text; decimals become JSON numbers with their zeros (100.0000000000), as the product prints them."""
    if isinstance(value, str):
        return _quoted(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:.{places}f}"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{_quoted(str(key))}:{dump(item, places)}" for key, item in value.items()) + "}"
    return "[" + ",".join([dump(item, places) for item in value]) + "]"


def error_of(refused: Refused, index: int = 0) -> Envelope:
    """One item of Errors."""
    return {"FieldName": refused.field or None, "Message": refused.message, "DIndex": index}


def entity_of(document_id: int, number: Any, index: int) -> Envelope:
    """One item of SuccessEntitys."""
    return {"Id": document_id, "Number": number or "", "DIndex": index}


def status(entities: list[Envelope], errors: list[Envelope], *, msg_code: int = 0, success: bool) -> Envelope:
    """A ResponseStatus; ErrorCode only on failure."""
    head: Envelope = {} if success else {"ErrorCode": 500}
    return head | {
        "IsSuccess": success,
        "Errors": errors,
        "SuccessEntitys": entities,
        "SuccessMessages": [],
        "MsgCode": msg_code,
    }


def failure(refused: Refused) -> Envelope:
    """The envelope of a call that failed as a whole."""
    return {"Result": {"ResponseStatus": status([], [error_of(refused)], msg_code=refused.msg_code, success=False)}}


def save_failure(refused: Refused) -> Envelope:
    """The same for Save and Draft, which also carry an empty Id and Number."""
    found = failure(refused)
    found["Result"] |= {"Id": "", "Number": "", "NeedReturnData": [{}]}
    return found


def response_error(class_name: str, message: str) -> str:
    """The text of an exception that the server did not catch; HTTP 200 all the same."""
    detail = {"ClassName": class_name, "Message": message, "InnerExWrapper": None, "StackTrace": ""}
    return "response_error:" + dump(detail)


def waf_block() -> str:
    """What the request filter answers to a literal "<" in the body."""
    text = "请求参数存在可疑数据,当前请求已经被拦截规则[caller_in_less_Point_Bracket]阻止!"
    return dump([{"actionname": "showConfirm", "params": [{"title": "", "msg": text}]}])
