"""Messages cut to the vendor's limits: by bytes, at line ends where possible, never inside a character. Pure."""

from collections.abc import Iterator

from hub.connector.contract import Message
from hub.connector.pieces import cut, split

APP_BYTES = 2048
ROBOT_BYTES = {"text": 2048, "markdown": 4096}
CARD_TITLE = 128
CARD_TEXT = 512
BUTTON_TITLE = 36
BUTTON_TEXT = 160
CONFIRM = "confirm"
"""Key of the button 我知道了."""

Payload = dict[str, object]


def app_payloads(message: Message) -> Iterator[Payload]:
    """The bodies of message/send without recipients: one, or several when the text is too long."""
    if message.kind == "confirm":
        yield from _confirm(message)
        return
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


def _confirm(message: Message) -> Iterator[Payload]:
    """A template card with two buttons: 我知道了, which calls back, and 打开, which leads to the record. `task_id` is the message's key,
    which the vendor takes once per app."""
    title = message.title or message.body.splitlines()[0]
    fits = len(message.body) <= BUTTON_TEXT and len(title) <= BUTTON_TITLE
    buttons: list[Payload] = [{"type": 0, "text": "我知道了", "style": 1, "key": CONFIRM}]
    link: Payload = {"card_action": {"type": 1, "url": message.url}} if message.url else {}
    if message.url:
        buttons.append({"type": 1, "text": "打开", "style": 2, "url": message.url})
    card = {
        "card_type": "button_interaction",
        "main_title": {"title": cut(title, BUTTON_TITLE)},
        "sub_title_text": cut(message.body, BUTTON_TEXT),
        "task_id": message.key,
        "button_list": buttons,
        **link,
    }
    yield {"msgtype": "template_card", "template_card": card}
    if not fits:
        for piece in split(_headed(message), APP_BYTES):
            yield {"msgtype": "text", "text": {"content": piece}}


def _headed(message: Message) -> str:
    link = f"\n{message.url}" if message.url and message.kind != "card" else ""
    return f"{message.title}\n{message.body}{link}" if message.title else f"{message.body}{link}"
