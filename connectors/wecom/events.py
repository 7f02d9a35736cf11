"""What each event of 企业微信 means to the hub, as a table (vendor note section 8.3). Pure."""

import hashlib
from collections.abc import Callable, Mapping
from xml.etree.ElementTree import Element

from connectors.wecom.config import WecomConfig
from hub.connector.contract import Answer, Hint

Subjects = list[tuple[str, str]]
"""(entity, id) pairs to look at again; an empty id means all of the entity."""
PARTIES = frozenset({"create_party", "update_party", "delete_party", "update_tag"})
CARD_CLICKS = frozenset({"template_card_event", "template_card_menu_event"})


def hints_of(config: WecomConfig, event: Element, plain: bytes) -> list[Hint]:
    """Hints of one event; none for what changes no record (menus, chats, alerts of the console, ordinary messages).

    The vendor repeats deliveries and its own event fields collide within a second: a delivery's key is the hash of the XML.
    """
    reader = EVENTS.get(text(event, "Event"))
    subjects = reader(config, event) if reader else []
    word = text(event, "ChangeType") or text(event, "ApprovalInfo/StatuChangeEvent") or text(event, "Event")
    return [Hint(entity, found, word, digest(plain)) for entity, found in dict.fromkeys(subjects)]


def answers_of(event: Element, plain: bytes) -> list[Answer]:
    """Who pressed which button of which card. ResponseCode allows one update of the card."""
    if text(event, "Event") not in CARD_CLICKS:
        return []
    member, message, handle = text(event, "FromUserName"), text(event, "TaskId"), text(event, "ResponseCode")
    if not (member and message):
        return []
    return [Answer(message, member, button=text(event, "EventKey"), handle=handle, key=digest(plain))]


def text(event: Element, path: str) -> str:
    return (event.findtext(path) or "").strip()


def digest(plain: bytes) -> str:
    return hashlib.sha256(plain).hexdigest()


def _external(config: WecomConfig, event: Element) -> Subjects:
    """Added, edited, half added, deleted by either side, hand-over refused: the contact tells what it is now."""
    if not config.external_contacts:
        return []
    return [(config.external_contacts_as, text(event, "ExternalUserID"))]


def _tag(config: WecomConfig, _event: Element) -> Subjects:
    """A tag was renamed or removed: it may stand at any customer. Contacts do not show tags."""
    return [("customer", "")] if config.external_contacts and config.external_contacts_as == "customer" else []


def _contact(_config: WecomConfig, event: Element) -> Subjects:
    """Members by id, both ids when it was changed; departments and member tags decide who is visible at all."""
    if text(event, "ChangeType") in PARTIES:
        return [("employee", "")]
    ids = [text(event, name) for name in ("UserID", "NewUserID")]
    return [("employee", one) for one in ids if one] or [("employee", "")]


def _approval(config: WecomConfig, event: Element) -> Subjects:
    """Only of the template that is read here. SpNoStr is the newer name of the number."""
    if not config.approval_template or text(event, "ApprovalInfo/TemplateId") != config.approval_template:
        return []
    return [("approval", text(event, "ApprovalInfo/SpNoStr") or text(event, "ApprovalInfo/SpNo"))]


def _member(_config: WecomConfig, event: Element) -> Subjects:
    """Somebody came into or left the app's visible range."""
    return [("employee", text(event, "FromUserName"))]


def _everybody(_config: WecomConfig, _event: Element) -> Subjects:
    """An import of members in the background has ended."""
    return [("employee", "")]


EVENTS: Mapping[str, Callable[[WecomConfig, Element], Subjects]] = {
    "change_external_contact": _external,
    "change_external_tag": _tag,
    "change_contact": _contact,
    "sys_approval_change": _approval,
    "subscribe": _member,
    "unsubscribe": _member,
    "batch_job_result": _everybody,
}
