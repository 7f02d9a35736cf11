"""What a message must hold: work notifications, group robot and robot templates (sections 2.1 to 2.3). Pure."""

import json
from collections.abc import Mapping
from typing import Any

from sandbox.dingtalk.errors import NewError, OapiError

MSG_BYTES = 2048
PARAM_BYTES = 15_000
# msgtype -> fields that must be there, "a|b" one of them
NOTICES: Mapping[str, tuple[str, ...]] = {
    "text": ("content",),
    "markdown": ("title", "text"),
    "link": ("title", "text", "messageUrl", "picUrl"),
    "action_card": ("title", "markdown", "single_url|btn_json_list"),
    "oa": ("message_url", "body"),
    "image": ("media_id",),
    "file": ("media_id",),
    "voice": ("media_id", "duration"),
}
LENGTHS: Mapping[tuple[str, str], int] = {
    ("markdown", "text"): 5000,
    ("action_card", "single_title"): 20,
    ("action_card", "single_url"): 500,
}
ROBOTS: Mapping[str, tuple[str, ...]] = {
    "text": ("content",),
    "markdown": ("title", "text"),
    "link": ("title", "text", "messageUrl"),
    "actionCard": ("title", "text", "singleURL|btns"),
    "feedCard": ("links",),
}
TEMPLATES: Mapping[str, tuple[str, ...]] = {
    "sampleText": ("content",),
    "sampleMarkdown": ("title", "text"),
    "sampleImageMsg": ("photoURL",),
    "sampleLink": ("title", "text", "messageUrl"),
    "sampleActionCard": ("title", "text", "singleTitle", "singleURL"),
    **{
        f"sampleActionCard{count}": (
            *("title", "text"),
            *(f"{name}{place}" for place in range(1, count + 1) for name in ("actionTitle", "actionURL")),
        )
        for count in range(2, 6)
    },
    "sampleActionCard6": ("title", "text", "buttonTitle1", "buttonUrl1", "buttonTitle2", "buttonUrl2"),
    "sampleAudio": ("mediaId", "duration"),
    "sampleFile": ("mediaId", "fileName", "fileType"),
    "sampleVideo": ("videoMediaId", "videoType", "picMediaId", "duration"),
}


def check_notice(message: Mapping[str, Any]) -> str:
    """The msgtype of a valid work notification; OapiError 40035, 400002 when over the size."""
    kind = str(message.get("msgtype", ""))
    if kind not in NOTICES:
        raise OapiError(40035, "不合法的参数 msg.msgtype")
    missing = _missing(message.get(kind), NOTICES[kind])
    if missing:
        raise OapiError(40035, f"缺少参数 msg.{kind}.{missing}")
    if len(json.dumps(message, ensure_ascii=False).encode()) > MSG_BYTES:
        raise OapiError(400002, f"无效的参数: msg over {MSG_BYTES} bytes")
    for (type_name, field), most in LENGTHS.items():
        if type_name == kind and len(str(message[kind].get(field, ""))) > most:
            raise OapiError(400002, f"无效的参数: msg.{kind}.{field} over {most} characters")
    return kind


def check_robot(message: Mapping[str, Any]) -> str:
    """The msgtype of a valid group robot message; OapiError 400105, 40035."""
    kind = str(message.get("msgtype", ""))
    if kind not in ROBOTS:
        raise OapiError(400105)
    missing = _missing(message.get(kind), ROBOTS[kind])
    if missing:
        raise OapiError(40035, f"缺少参数 {kind}.{missing}")
    return kind


def check_template(key: str, param: str) -> Mapping[str, Any]:
    """The object inside msgParam (JSON text); NewError 400 miss.param.*, invalidParameter.*."""
    if not key:
        raise NewError("invalidParameter.msgKey.empty", "msgKey不能为空")
    if key not in TEMPLATES:
        raise NewError("invalidParameter.msgKey.invalid", f"msgKey无效: {key}")
    if len(param.encode()) > PARAM_BYTES:
        raise NewError("invalidParameter.msgParam.tooLong", "msgParam太长")
    try:
        value = json.loads(param)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise NewError("invalidParameter.msgParam.invalid", "msgParam无效")
    missing = _missing(value, TEMPLATES[key])
    if missing:
        raise NewError(f"miss.param.{missing}", f"缺少参数: {missing}")
    return value


def words_of(message: object) -> str:
    """All texts of a message joined: what keywords and banned words are looked for in."""
    if isinstance(message, Mapping):
        return "\n".join(words_of(value) for value in message.values())
    if isinstance(message, list):
        return "\n".join(words_of(value) for value in message)
    return message if isinstance(message, str) else ""


def _missing(part: object, names: tuple[str, ...]) -> str:
    """The first field that is absent or empty; "" when all are there."""
    if not isinstance(part, Mapping):
        return names[0]
    return next((name for name in names if not any(part.get(one) for one in name.split("|"))), "")
