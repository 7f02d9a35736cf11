"""Payload rules of message/send and the group robot, per message type (wecom.md sections 4.1 and 4.5). Pure."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping

from sandbox.wecom.errors import ApiError, exceeds
from sandbox.wecom.settings import Settings

Body = dict[str, object]
TEXT_BYTES = 2048
ROBOT_MARKDOWN_BYTES = 4096
ROBOT_IMAGE_BYTES = 2 * 1024 * 1024
MPNEWS_BYTES = 666 * 1024


def cut(text: str, limit: int) -> str:
    """`text` cut to at most `limit` UTF-8 bytes, never inside a character."""
    return text.encode()[:limit].decode(errors="ignore")


def app_content(body: Mapping[str, object], settings: Settings) -> Body:
    """What a member sees of an app message (longer text truncated); ApiError for anything not allowed.

    Template cards are checked by `cards`, media ids by the caller.
    """
    msgtype = body.get("msgtype")
    if not isinstance(msgtype, str) or msgtype not in APP_TYPES:
        raise ApiError(40008)
    check = APP_TYPES[msgtype]
    return check(_payload(body, msgtype), settings) if check else dict(_payload(body, msgtype))


def robot_content(body: Mapping[str, object]) -> Body:
    """What a group sees of a robot message; ApiError 40008, 40058, 44004 or 41016."""
    msgtype = body.get("msgtype")
    if not isinstance(msgtype, str) or msgtype not in ROBOT_TYPES:
        raise ApiError(40008)
    return ROBOT_TYPES[msgtype](_payload(body, msgtype), msgtype)


def _payload(body: Mapping[str, object], msgtype: str) -> Body:
    payload = body.get(msgtype)
    return payload if isinstance(payload, dict) else {}


def _text_of(payload: Body, field: str, *, code: int = 40063) -> str:
    value = payload.get(field)
    if not isinstance(value, str) or not value:
        raise ApiError(code, None if code != 40063 else f"missing {field}")
    return value


def _url(payload: Body) -> str:
    url = _text_of(payload, "url")
    if len(url.encode()) > TEXT_BYTES:
        raise exceeds("url", TEXT_BYTES)
    if "://" not in url:
        raise ApiError(40058, "url without scheme. invalid Request Parameter")
    return url


def _text(payload: Body, settings: Settings) -> Body:
    content = _text_of(payload, "content", code=44004)
    if len(content.encode()) > TEXT_BYTES and settings.text_over_limit == "reject":
        raise ApiError(45002)
    return {**payload, "content": cut(content, TEXT_BYTES)}


def _markdown(payload: Body, settings: Settings) -> Body:
    content = _text_of(payload, "content", code=44004)
    if len(content.encode()) > TEXT_BYTES and settings.markdown_over_limit == "reject":
        raise exceeds("markdown.content", TEXT_BYTES)
    return {**payload, "content": cut(content, TEXT_BYTES)}


def _textcard(payload: Body, _: Settings) -> Body:
    title = _text_of(payload, "title", code=41016)
    description = _text_of(payload, "description", code=41033)
    button = payload.get("btntxt")
    seen = {"title": title[:128], "description": description[:512], "url": _url(payload)}
    return {**payload, **seen, "btntxt": button[:4] if isinstance(button, str) and button else "详情"}


def _articles(payload: Body) -> list[Body]:
    rows = payload.get("articles")
    if not isinstance(rows, list) or not rows:
        raise ApiError(40063, "missing articles")
    if len(rows) > 8:
        raise exceeds("articles", 8)
    return [row if isinstance(row, dict) else {} for row in rows]


def _news(payload: Body, _: Settings) -> Body:
    return {"articles": [_article(row) for row in _articles(payload)]}


def _article(row: Body) -> Body:
    title = _text_of(row, "title", code=41016)
    if not row.get("appid"):
        _url(row)
    seen: Body = {**row, "title": cut(title, 128)}
    if isinstance(row.get("description"), str):
        seen["description"] = cut(str(row["description"]), 512)
    return seen


def _mpnews(payload: Body, _: Settings) -> Body:
    for row in _articles(payload):
        _text_of(row, "title", code=41016)
        _text_of(row, "thumb_media_id")
        if len(_text_of(row, "content").encode()) > MPNEWS_BYTES:
            raise ApiError(45002)
    return dict(payload)


def _media(payload: Body, _: Settings) -> Body:
    _text_of(payload, "media_id")
    return dict(payload)


def _miniprogram(payload: Body, _: Settings) -> Body:
    _text_of(payload, "appid")
    _text_of(payload, "title", code=41016)
    return dict(payload)


APP_TYPES: dict[str, Callable[[Body, Settings], Body] | None] = {
    "text": _text,
    "markdown": _markdown,
    "textcard": _textcard,
    "news": _news,
    "mpnews": _mpnews,
    "image": _media,
    "voice": _media,
    "video": _media,
    "file": _media,
    "miniprogram_notice": _miniprogram,
    "template_card": None,
}


def _robot_text(payload: Body, msgtype: str) -> Body:
    content = _text_of(payload, "content", code=44004)
    limit = TEXT_BYTES if msgtype == "text" else ROBOT_MARKDOWN_BYTES
    if len(content.encode()) > limit:
        raise exceeds(f"{msgtype}.content", limit)
    return dict(payload)


def _robot_image(payload: Body, _: str) -> Body:
    try:
        raw = base64.b64decode(_text_of(payload, "base64"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ApiError(40058, "invalid image base64. invalid Request Parameter") from error
    if len(raw) > ROBOT_IMAGE_BYTES:
        raise exceeds("image", ROBOT_IMAGE_BYTES)
    if hashlib.md5(raw).hexdigest() != _text_of(payload, "md5"):
        raise ApiError(40058, "image md5 not match. invalid Request Parameter")
    if not raw.startswith((b"\xff\xd8", b"\x89PNG")):
        raise ApiError(40058, "image must be jpg or png. invalid Request Parameter")
    return {"md5": payload["md5"], "bytes": len(raw)}


def _robot_news(payload: Body, _: str) -> Body:
    for row in _articles(payload):
        _text_of(row, "title", code=41016)
        _url(row)
    return dict(payload)


def _robot_media(payload: Body, _: str) -> Body:
    _text_of(payload, "media_id")
    return dict(payload)


def _robot_card(payload: Body, _: str) -> Body:
    from sandbox.wecom.cards import check_card

    check_card(payload, robot=True)
    return dict(payload)


ROBOT_TYPES: dict[str, Callable[[Body, str], Body]] = {
    "text": _robot_text,
    "markdown": _robot_text,
    "markdown_v2": _robot_text,
    "image": _robot_image,
    "news": _robot_news,
    "file": _robot_media,
    "voice": _robot_media,
    "template_card": _robot_card,
}
