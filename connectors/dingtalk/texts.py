"""Messages in the vendor's forms, cut to its limits and marked so that equal words of two alerts differ. Pure."""

import hashlib
import json
from collections.abc import Iterator

from hub.connector.contract import Message
from hub.connector.pieces import cut, split

NOTICE_BYTES = 2048
ROOM = 1700
ROBOT_BYTES = 18_000
PERSON_BYTES = 14_000
TITLE = 100
Payload = dict[str, object]


def notices(message: Message) -> Iterator[Payload]:
    """Bodies of `msg` of a work notification: one, or several when the text is too long."""
    if message.kind == "card" and message.url and _size(message.body) <= ROOM - len(message.url.encode()) - 400:
        yield _card(message)
        return
    whole = _headed(message, markdown=message.kind != "text")
    for place, piece in enumerate(_fitting(whole, ROOM if message.kind == "text" else ROOM - 400)):
        marked = f"{piece}{stamp(message.key, place)}"
        if message.kind == "text":
            yield {"msgtype": "text", "text": {"content": marked}}
        else:
            yield {"msgtype": "markdown", "markdown": {"title": _title(message), "text": _lines(marked)}}


def robot_bodies(message: Message) -> Iterator[Payload]:
    """Bodies of robot/send. `message.to` are members to mention: their ids must stand in the text, too."""
    mentions = " ".join(f"@{one}" for one in message.to)
    at = {"at": {"atUserIds": list(message.to)}} if message.to else {}
    markdown = message.kind != "text"
    whole = _headed(message, markdown=markdown) + (f"\n{mentions}" if mentions else "")
    for place, piece in enumerate(_fitting(whole, ROBOT_BYTES)):
        content = {"title": _title(message), "text": _lines(piece)} if markdown else {"content": piece}
        kind = "markdown" if markdown else "text"
        once = {"msgUuid": f"{message.key}-{place}"} if message.key else {}
        yield {"msgtype": kind, kind: content, **at, **once}


def person_params(message: Message) -> Iterator[tuple[str, str]]:
    """msgKey and msgParam (JSON text) of one-to-one messages of the app's robot."""
    if message.kind == "card" and message.url and _size(message.body) <= PERSON_BYTES - 1000:
        card = {
            "title": _title(message),
            "text": _lines(message.body),
            "singleTitle": "查看详情",
            "singleURL": message.url,
        }
        yield "sampleActionCard", _json(card)
        return
    markdown = message.kind != "text"
    for piece in _fitting(_headed(message, markdown=markdown), PERSON_BYTES):
        param = {"title": _title(message), "text": _lines(piece)} if markdown else {"content": piece}
        yield ("sampleMarkdown" if markdown else "sampleText"), _json(param)


def todo_body(message: Message, union_id: str) -> Payload:
    """One to-do per message and member: the vendor knows a repeat by its sourceId."""
    source = f"hub-{hashlib.sha256(f'{message.key}:{union_id}'.encode()).hexdigest()[:24]}" if message.key else ""
    subject = message.title or message.body.strip().splitlines()[0]
    return {
        "subject": cut(subject, 1024),
        "description": cut(message.body, 4000),
        "creatorId": union_id,
        "executorIds": [union_id],
        "isOnlyShowExecutor": True,
        "detailUrl": {"appUrl": message.url, "pcUrl": message.url},
        **({"sourceId": source} if source else {}),
    }


def stamp(key: str, place: int = 0) -> str:
    """The vendor drops what a member got before on the same day: a short mark of the message's key (and of the part of a
    long one) keeps two alerts with equal words apart, and lets it drop a repeat of one and the same."""
    return f"\n#{hashlib.sha256(f'{key}:{place}'.encode()).hexdigest()[:6]}" if key else ""


def _card(message: Message) -> Payload:
    words = _lines(f"{_head(message, markdown=True)}{message.body}{stamp(message.key)}")
    card = {"title": _title(message), "markdown": words}
    return {"msgtype": "action_card", "action_card": {**card, "single_title": "查看详情", "single_url": message.url}}


def _head(message: Message, *, markdown: bool) -> str:
    if not message.title:
        return ""
    return f"**{message.title}**\n" if markdown else f"{message.title}\n"


def _headed(message: Message, *, markdown: bool) -> str:
    link = f"\n[{message.url}]({message.url})" if markdown else f"\n{message.url}"
    return f"{_head(message, markdown=markdown)}{message.body}{link if message.url else ''}"


def _title(message: Message) -> str:
    return cut(message.title or message.body.strip().splitlines()[0], TITLE)


def _lines(text: str) -> str:
    """Markdown here breaks a line only after two spaces."""
    return text.replace("\n", "  \n")


def _fitting(text: str, limit: int) -> Iterator[str]:
    """Pieces that fit even after JSON has escaped them and markdown has got its spaces."""
    for piece in split(text, limit):
        if _size(piece) <= limit + 100:
            yield piece
        else:
            yield from (part for part in split(piece, limit // 4) if part)


def _size(text: str) -> int:
    return len(_json(_lines(text)).encode())


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
