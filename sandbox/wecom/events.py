"""The decrypted XML of what 企业微信 pushes (wecom.md section 8.3): element names, senders, repeated elements. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

APPROVAL_AGENT = 3010040


class EventError(ValueError):
    """An event that cannot be built; the text says what is missing or what is known."""


@dataclass(frozen=True)
class EventKind:
    """Who it comes from ("sys" or "" = a member, who must be named), which elements it must have, its agent."""

    sender: str = "sys"
    needs: tuple[str, ...] = ()
    agent: int | None = None
    of_app: bool = False


EVENTS: Mapping[str, EventKind] = {
    "change_external_contact": EventKind(needs=("ChangeType", "UserID", "ExternalUserID")),
    "change_external_chat": EventKind(needs=("ChangeType", "ChatId")),
    "change_external_tag": EventKind(needs=("ChangeType", "Id", "TagType")),
    "change_contact": EventKind(needs=("ChangeType",)),
    "sys_approval_change": EventKind(needs=("ApprovalInfo",), agent=APPROVAL_AGENT),
    "open_approval_change": EventKind(needs=("ApprovalInfo",), of_app=True),
    "template_card_event": EventKind("", ("EventKey", "TaskId", "CardType", "ResponseCode"), of_app=True),
    "template_card_menu_event": EventKind("", ("EventKey", "TaskId", "CardType", "ResponseCode"), of_app=True),
    "enter_agent": EventKind("", of_app=True),
    "subscribe": EventKind("", of_app=True),
    "unsubscribe": EventKind("", of_app=True),
    "click": EventKind("", ("EventKey",), of_app=True),
    "view": EventKind("", ("EventKey",), of_app=True),
    "LOCATION": EventKind("", ("Latitude", "Longitude", "Precision"), of_app=True),
    "batch_job_result": EventKind(needs=("BatchJob",)),
    "inactive_alert": EventKind(of_app=True),
    "close_inactive_agent": EventKind(of_app=True),
    "reopen_inactive_agent": EventKind(of_app=True),
    "low_active_alert": EventKind(),
    "low_active": EventKind(),
    "active_restored": EventKind(),
}
MESSAGES: Mapping[str, tuple[str, ...]] = {
    "text": ("Content",),
    "image": ("PicUrl", "MediaId"),
    "voice": ("MediaId", "Format"),
    "video": ("MediaId", "ThumbMediaId"),
    "location": ("Location_X", "Location_Y", "Scale", "Label"),
    "link": ("Title", "Description", "Url"),
}


def event_xml(corp_id: str, event: str, fields: Mapping[str, Any], *, at: int, agent_id: int) -> str:
    """XML of an event; EventError for an unknown one or a missing element."""
    kind = EVENTS.get(event)
    if kind is None:
        raise EventError(f"event {event!r} is not known; known: {', '.join(EVENTS)}, or message")
    head = _head(corp_id, kind.sender, fields, at=at)
    missing = [name for name in kind.needs if fields.get(name) in (None, "")]
    if missing:
        raise EventError(f"event {event} needs fields {', '.join(missing)}")
    agent = kind.agent or (agent_id if kind.of_app else None)
    tail = {"AgentID": agent} if agent and "AgentID" not in fields else {}
    return _document({**head, "MsgType": "event", "Event": event, **_rest(fields), **tail})


def message_xml(corp_id: str, fields: Mapping[str, Any], *, at: int, agent_id: int) -> str:
    """XML of an ordinary message of a member (MsgType text, image, ...; FromUserName and MsgId are needed)."""
    kind = str(fields.get("MsgType", "text"))
    needs = ("FromUserName", "MsgId", *MESSAGES.get(kind, ()))
    missing = [name for name in needs if fields.get(name) in (None, "")]
    if kind not in MESSAGES or missing:
        raise EventError(f"message of MsgType among {', '.join(MESSAGES)} needs fields {', '.join(needs)}")
    head = _head(corp_id, "", fields, at=at)
    return _document({**head, "MsgType": kind, **_rest(fields, "MsgType"), "AgentID": fields.get("AgentID", agent_id)})


def envelope_xml(corp_id: str, encrypt: str, *, agent_id: int | None) -> str:
    """The body of the POST; AgentID stands only in callbacks of an app."""
    agent = {"AgentID": str(agent_id)} if agent_id is not None else {}
    return _document({"ToUserName": corp_id, **agent, "Encrypt": encrypt})


def _head(corp_id: str, sender: str, fields: Mapping[str, Any], *, at: int) -> dict[str, Any]:
    given = fields.get("FromUserName") or sender
    if not given:
        raise EventError("this event comes from a member: fields.FromUserName is needed")
    return {"ToUserName": corp_id, "FromUserName": given, "CreateTime": fields.get("CreateTime", at)}


def _rest(fields: Mapping[str, Any], *more: str) -> dict[str, Any]:
    taken = {"ToUserName", "FromUserName", "CreateTime", *more}
    return {name: value for name, value in fields.items() if name not in taken}


def _document(fields: Mapping[str, Any]) -> str:
    return f"<xml>{_elements(fields)}</xml>"


def _elements(fields: Mapping[str, Any]) -> str:
    return "".join(_element(name, value) for name, value in fields.items())


def _element(name: str, value: Any) -> str:
    """Numbers stand bare, text in CDATA, a list is repeated siblings without a wrapper."""
    if isinstance(value, list):
        return "".join(_element(name, one) for one in value)
    if isinstance(value, Mapping):
        return f"<{name}>{_elements(value)}</{name}>"
    if isinstance(value, int):
        return f"<{name}>{value}</{name}>"
    text = str(value)
    inner = escape(text) if "]]>" in text else f"<![CDATA[{text}]]>"
    return f"<{name}>{inner}</{name}>"
