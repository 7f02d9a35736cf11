"""message/send, update_template_card and recall: validation, who gets it, what is dropped without a word."""

import secrets
from typing import Any

from sandbox.wecom.cards import CALLBACK_CARDS, CardFacts, check_card
from sandbox.wecom.content import app_content
from sandbox.wecom.corp import Call, Corp, texts_of
from sandbox.wecom.errors import ApiError, JsonObject
from sandbox.wecom.scope import Recipients, resolve

BEIJING_S = 8 * 3600
DAY_S = 86400
RESPONSE_CODE_S = 72 * 3600
MEDIA_FIELDS = {"image", "voice", "video", "file"}


def send(corp: Corp, call: Call) -> JsonObject:
    """POST message/send. Errors: 40056, 301002, 40008, 82001.., 81013, 43012 and those of content and cards."""
    agent_id = own_agent(corp, call)
    _check_flags(call.body)
    content = app_content(call.body, corp.settings)
    msgtype = str(call.body["msgtype"])
    if msgtype in MEDIA_FIELDS:
        find_media(corp, str(content["media_id"]))
    card = _card(corp, call, agent_id) if msgtype == "template_card" else None
    found = resolve(call.body, corp.scope(call.app), _member_tags(corp), corp.settings)
    _check_day(corp, call, agent_id, persons=len(found.reached))
    repeated = _repeated(corp, call, agent_id)
    if repeated:
        return {**found.body(), "msgid": _fresh_msgid() if corp.settings.duplicate_answer == "new_msgid" else repeated}
    message = {"msgtype": msgtype, "content": content, "agentid": agent_id, "safe": call.body.get("safe", 0)}
    msgid = deliver(corp, call, message, found=found)
    _remember(corp, call, agent_id, msgid=msgid)
    code = _response_code(corp, agent_id, card, msgid=msgid) if card else {}
    return {**found.body(), "msgid": msgid, **code}


def deliver(corp: Corp, call: Call, message: dict[str, Any], *, found: Recipients) -> str:
    """Put the message into the chats of those whose limit still has room; the others are dropped silently.

    Answers the msgid. Chats and journal name members as they are stored, only `invaliduser` is lower-cased.
    """
    msgid = _fresh_msgid()
    delivered: list[str] = []
    dropped: list[str] = []
    limits = ((60.0, corp.settings.per_member_minute), (3600.0, corp.settings.per_member_hour))
    for user in found.reached:
        room = corp.memory.members.allows((message["agentid"], user), call.now, *limits)
        (delivered if room else dropped).append(corp.member_names[user])
    for user in delivered:
        row = {"id": f"{msgid}:{user}", "user": user, "msgid": msgid, **message, "recalled": False}
        corp.store.create("messages", {**row, "at": corp.clock.now().isoformat()})
    dropped += [corp.member_names[user] for user in found.silent]
    record = {"touser": [*delivered, *dropped], "delivered": delivered, "dropped": dropped}
    corp.memory.sent[msgid] = {**message, "delivered": delivered, "at": call.now}
    corp.journal.append("message", "message", id=msgid, data={**record, **message, "msgid": msgid})
    return msgid


def update_card(corp: Corp, call: Call) -> JsonObject:
    """POST message/update_template_card: 40056, 60140, 42015, 42016, 42020; `invaliduser` is a JSON array here."""
    agent_id = own_agent(corp, call)
    known = corp.memory.response_codes.get(call.text("response_code", 60140))
    if known is None or known["used"] or call.now >= known["expires"]:
        raise ApiError(60140)
    if known["agent_id"] != agent_id:
        raise ApiError(42015)
    change = _card_change(call, known)
    users, invalid = _card_users(corp, call, known)
    known["used"] = True
    for user in users:
        if corp.store.get("messages", f"{known['msgid']}:{user}"):
            corp.store.update("messages", f"{known['msgid']}:{user}", {"updated_card": change})
    corp.journal.append("update", "template_card", id=known["msgid"], data={"users": users, **change})
    return {"invaliduser": invalid}


def recall(corp: Corp, call: Call) -> JsonObject:
    """POST message/recall: 40058 for an unknown message or another app's, 42052 after 24 hours."""
    sent = corp.memory.sent.get(call.text("msgid", 40058))
    if sent is None or sent["agentid"] != call.app.agent_id:
        raise ApiError(40058)
    if call.now - sent["at"] > DAY_S:
        raise ApiError(42052)
    msgid = str(call.body["msgid"])
    for user in sent["delivered"]:
        corp.store.update("messages", f"{msgid}:{user}", {"recalled": True})
    corp.journal.append("recall", "message", id=msgid, data={"msgid": msgid, "touser": sent["delivered"]})
    return {}


def new_response_code(corp: Corp, sent: dict[str, Any]) -> str:
    """A fresh code for one update of a sent card; each click of a member carries its own."""
    code = secrets.token_urlsafe(32)
    corp.memory.response_codes[code] = {**sent, "used": False, "expires": corp.now + RESPONSE_CODE_S}
    return code


def own_agent(corp: Corp, call: Call) -> int:
    """The agentid of the body; ApiError 40056 when it names no app, 301002 when it is not the token's own."""
    given = call.body.get("agentid")
    if isinstance(given, str) and given != given.strip():
        raise ApiError(301002)
    if isinstance(given, bool) or not str(given).isdigit():
        raise ApiError(40056)
    if int(str(given)) not in {app.agent_id for app in corp.tokens.apps}:
        raise ApiError(40056)
    if int(str(given)) != call.app.agent_id:
        raise ApiError(301002)
    return int(str(given))


def find_media(corp: Corp, media_id: str, *, robot: str | None = None) -> dict[str, Any]:
    """An uploaded file that has not expired and that this sender may use; ApiError 40007."""
    media = corp.memory.media.get(media_id)
    if media is None or media["robot"] != robot or corp.now >= media["expires"]:
        raise ApiError(40007)
    return media


def _check_flags(body: Any) -> None:
    for name, allowed in (("safe", (0, 1, 2)), ("enable_id_trans", (0, 1)), ("enable_duplicate_check", (0, 1))):
        if body.get(name, 0) not in allowed:
            raise ApiError(40058, f"{name} invalid. invalid Request Parameter")
    if body.get("safe") == 2 and body.get("msgtype") != "mpnews":
        raise ApiError(40058, "safe 2 is for mpnews only. invalid Request Parameter")


def _card(corp: Corp, call: Call, agent_id: int) -> CardFacts:
    card = check_card(call.body.get("template_card"))
    if card.calls_back and not corp.settings.callback_configured:
        raise ApiError(43012)
    if card.task_id and (agent_id, card.task_id) in corp.memory.task_ids and not _repeated(corp, call, agent_id):
        raise ApiError(42014)
    return card


def _response_code(corp: Corp, agent_id: int, card: CardFacts, *, msgid: str) -> JsonObject:
    if card.task_id:
        corp.memory.task_ids.add((agent_id, card.task_id))
    if not card.calls_back:
        return {}
    sent = {"agent_id": agent_id, "msgid": msgid, "task_id": card.task_id, "card_type": card.card_type}
    return {"response_code": new_response_code(corp, sent)}


def _member_tags(corp: Corp) -> dict[str, dict[str, Any]]:
    return {str(row["tagid"]): row for row in corp.store.all("member_tag")}


def _check_day(corp: Corp, call: Call, agent_id: int, *, persons: int) -> None:
    """45009 when the app's person-times of the natural day (Beijing) are used up."""
    key, local = ("day", agent_id), call.now + BEIJING_S
    if corp.memory.calls.seen(key, local, DAY_S) + persons > corp.settings.account_cap * 200:
        raise ApiError(45009)
    for _ in range(persons):
        corp.memory.calls.allows(key, local, (DAY_S, 0))


def _duplicate_key(call: Call, agent_id: int) -> tuple[int, bytes]:
    return agent_id, call.raw


def _repeated(corp: Corp, call: Call, agent_id: int) -> str:
    """The msgid of an identical request that was delivered inside the interval, "" when there is none."""
    if call.body.get("enable_duplicate_check") != 1:
        return ""
    at, msgid = corp.memory.duplicates.get(_duplicate_key(call, agent_id), (0.0, ""))
    return msgid if call.now - at < _interval(call) else ""


def _interval(call: Call) -> int:
    given = call.body.get("duplicate_check_interval", 1800)
    return min(given, 14400) if isinstance(given, int) and given > 0 else 1800


def _remember(corp: Corp, call: Call, agent_id: int, *, msgid: str) -> None:
    if call.body.get("enable_duplicate_check") == 1:
        corp.memory.duplicates[_duplicate_key(call, agent_id)] = (call.now, msgid)


def _card_change(call: Call, known: dict[str, Any]) -> dict[str, Any]:
    button = call.body.get("button")
    if isinstance(button, dict):
        if known["card_type"] not in CALLBACK_CARDS:
            raise ApiError(42031, "button is for interaction cards only")
        if not button.get("replace_name"):
            raise ApiError(42020)
        return {"button": button}
    card = call.body.get("template_card")
    check_card(card)
    return {"template_card": card}


def _card_users(corp: Corp, call: Call, known: dict[str, Any]) -> tuple[list[str], list[str]]:
    delivered = corp.memory.sent[known["msgid"]]["delivered"]
    if call.body.get("atall") == 1:
        return delivered, []
    asked = [user.lower() for user in texts_of(call.body.get("userids"))]
    scope = corp.scope(call.app)
    for party in texts_of(call.body.get("partyids")):
        asked += scope.members_below(int(party)) if party.isdigit() else []
    if len(asked) > 1000:
        raise ApiError(40032)
    invalid = [user for user in asked if user not in scope.members]
    return [user for user in delivered if user.lower() in asked], invalid


def _fresh_msgid() -> str:
    return secrets.token_urlsafe(48)
