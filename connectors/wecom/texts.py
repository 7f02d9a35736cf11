"""Messages cut to the vendor's limits: by bytes, at line ends where possible, never inside a character. Pure."""

from collections.abc import Iterator

from hub.connector.contract import Message
from hub.connector.pieces import cut, split

APP_BYTES = 2048
ROBOT_BYTES = {"text": 2048, "markdown": 4096}
CARD_TITLE = 128
CARD_TEXT = 512

Payload = dict[str, object]


def app_payloads(message: Message) -> Iterator[Payload]:
    """The bodies of message/send without recipients: one, or several when the text is too long."""
    if message.kind == "card" and message.url:
        yield from _card(message)
        return
    kind = "markdown" if message.kind == "markdown" else "text"
    for piece in split(_headed(message), APP_BYTES):
        yield {"msgtype": kind, kind: {"content": piece}}


def robot_payloads(message: Message) -> Iterator[Payload]:
    """The bodies of webhook/send. `message.to` are members to mention."""
    if message.kind == "text":
        for piece in split(_headed(message), ROBOT_BYTES["text"]):
            yield {"msgtype": "text", "text": {"content": piece, "mentioned_list": list(message.to)}}
        return
    link = f"\n[{message.url}]({message.url})" if message.url else ""
    mentions = "".join(f"<@{one}>" for one in message.to)
    title = f"**{message.title}**\n" if message.title else ""
    for piece in split(f"{title}{message.body}{link}\n{mentions}".rstrip("\n"), ROBOT_BYTES["markdown"]):
        yield {"msgtype": "markdown", "markdown": {"content": piece}}


def _card(message: Message) -> Iterator[Payload]:
    """A card shows a beginning; what does not fit follows as text, so that nothing is lost."""
    title = message.title or message.body.splitlines()[0]
    fits = len(message.body) <= CARD_TEXT
    shown = message.body if fits else message.body[: CARD_TEXT - 1] + "…"
    card = {"title": cut(title, CARD_TITLE), "description": shown, "url": message.url}
    yield {"msgtype": "textcard", "textcard": card}
    if not fits:
        for piece in split(message.body, APP_BYTES):
            yield {"msgtype": "text", "text": {"content": piece}}


def _headed(message: Message) -> str:
    link = f"\n{message.url}" if message.url and message.kind != "card" else ""
    return f"{message.title}\n{message.body}{link}" if message.title else f"{message.body}{link}"
