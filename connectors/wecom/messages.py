"""Messages to members and to a group: split, sent, and judged by who got them."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from connectors.wecom.client import WecomCalls
from connectors.wecom.errors import ALL_REFUSED, NO_CALLBACK, ROBOT, TASK_KNOWN
from connectors.wecom.texts import Payload, app_payloads, robot_payloads
from hub.connector.contract import Answer, Delivery, Message
from hub.connector.meaning import Meaning, duty, nobody
from hub.errors import BadInput, ConfigInvalid, RateLimited, RecordRejected

MOST_MEMBERS = 1000
PER_MINUTE = 30
PER_HOUR = 1000
SHORTEST_CHECK_S, LONGEST_CHECK_S = 1800, 14400
INVALID = duty(
    "system_admin",
    "核对成员是否离职，在职的在应用详情页“可见范围”里加入，再用 hub alerts again 重发这条提醒",
    "see whether the member left; one who did not is added to the app's visible range; then send the alert again (hub alerts again)",
)
UNLICENSED = duty(
    "system_admin",
    "在管理后台给该成员分配基础接口许可，再用 hub alerts again 重发这条提醒",
    "give the member a base-interface licence in the console, then send the alert again (hub alerts again)",
)
REFUSALS = {
    "unlicenseduser": Meaning(RecordRejected, "没有基础接口许可", "no base-interface licence", remedy=UNLICENSED),
    "invaliduser": Meaning(
        RecordRejected,
        "成员不存在、已离职或不在应用可见范围",
        "no such member, left, or outside the app's visible range",
        remedy=INVALID,
    ),
}
"""List of an answer -> what it says of a member, and what puts it right."""


def send(calls: WecomCalls, message: Message) -> Delivery:
    """See hub.connector.Client.send. Long texts go as several messages; the ids are joined by commas."""
    if not message.body.strip() and not message.title.strip():
        raise BadInput("消息内容为空", "The message is empty", field="body")
    if message.channel == "robot":
        return _robot(calls, message)
    return _asking(calls, message) if message.kind == "confirm" else _app(calls, message)


def confirmed(calls: WecomCalls, answer: Answer) -> None:
    """See hub.connector.contract.Confirming: the button of the one who pressed it turns grey. A code serves one call, so a repeat
    after a lost reply is told that the card cannot be changed any more."""
    body = {
        "userids": [answer.member],
        "agentid": calls.config.agent_id,
        "response_code": answer.handle,
        "button": {"replace_name": "已知道"},
    }
    calls.update_card(body)


def _asking(calls: WecomCalls, message: Message) -> Delivery:
    """A card with buttons, or a plain one where nobody could press: without a callback URL the vendor refuses them."""
    plain = replace(message, kind="card")
    if not (message.key and calls.config.callback_token.get_secret_value()):
        return _app(calls, plain)
    try:
        return _app(calls, message)
    except RecordRejected as error:
        if error.vendor.code == str(
            TASK_KNOWN
        ):  # our own key: an earlier try arrived, and the vendor forgot its interval
            return Delivery(f"task:{message.key}")
        if error.vendor.code == str(NO_CALLBACK):
            return _app(calls, plain)
        raise


def _robot(calls: WecomCalls, message: Message) -> Delivery:
    if not calls.config.robot_key.get_secret_value():
        raise ConfigInvalid("没有设置群机器人 key", "No group robot key is set", field="robot_key").put_right_by(
            ROBOT.job, ROBOT.press.zh, ROBOT.press.en
        )
    for payload in robot_payloads(message):
        calls.robot(payload)
    return Delivery(f"robot:{message.key}")


def _app(calls: WecomCalls, message: Message) -> Delivery:
    members = list(dict.fromkeys(message.to))
    if not members:
        raise BadInput("消息没有接收人", "The message has no recipient", field="to")
    ids: list[str] = []
    refused: dict[str, Meaning] = {}
    payloads = list(app_payloads(message))
    uncertain = _over_limit(calls, members, len(payloads))
    for start in range(0, len(members), MOST_MEMBERS):
        for payload in payloads:
            chunk = [one for one in members[start : start + MOST_MEMBERS] if one not in refused]
            msgid, turned_away = _deliver(calls, chunk, payload, key=message.key)
            ids += [msgid] if msgid else []
            refused |= turned_away
    if len(refused) == len(members):
        raise nobody(refused)
    told = {one: str(why.text) for one, why in refused.items()}
    return Delivery(",".join(ids), told, tuple(one for one in uncertain if one not in refused))


def _deliver(
    calls: WecomCalls, members: Sequence[str], payload: Payload, *, key: str
) -> tuple[str, dict[str, Meaning]]:
    """Message id and who was refused, by the ids we were given (the vendor answers in lower case)."""
    if not members:
        return "", {}
    body = {"touser": "|".join(members), "agentid": calls.config.agent_id, **payload, **_once(key)}
    try:
        reply = calls.send(body)
    except RecordRejected as error:
        if error.vendor.code != str(ALL_REFUSED):
            raise
        return "", dict.fromkeys(members, REFUSALS["invaliduser"])
    said = {name: str(reply.data.get(name) or "").lower().split("|") for name in REFUSALS}
    refused = {one: REFUSALS[name] for name in REFUSALS for one in members if one.lower() in said[name]}
    return reply.at("msgid", kind=str), refused


def _once(key: str) -> dict[str, int]:
    """The vendor drops an identical request within the interval, which makes a repeat after a lost reply harmless.

    Two alerts with the same words must both arrive, though: the interval is derived from the message's key, so that
    the requests of different messages differ and those of one message do not.
    """
    spread = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") % (LONGEST_CHECK_S - SHORTEST_CHECK_S)
    return {"enable_duplicate_check": 1, "duplicate_check_interval": SHORTEST_CHECK_S + spread}


def _over_limit(calls: WecomCalls, members: Sequence[str], parts: int) -> list[str]:
    """Members whom the vendor may drop silently (30 a minute, 1000 an hour). Raises RateLimited when it is all of
    them."""
    over = [one for one in members if not _count(calls, one, parts)]
    if len(over) == len(members):
        names = ", ".join(over[:5])
        raise RateLimited(
            f"{names} 收到的消息已达每分钟 {PER_MINUTE} 条的上限，稍后再发",
            f"{names} reached the limit of {PER_MINUTE} messages a minute; try later",
            after=60,
        )
    return over


def _count(calls: WecomCalls, member: str, parts: int) -> bool:
    """Count messages to the member in windows shared by all workers; False when a window is full."""
    now, tokens = int(calls.link.now().timestamp()), calls.link.tokens
    name = f"wecom-sent:{calls.config.corp_id}:{calls.config.agent_id}:{member.lower()}"
    with tokens.lock(name):
        counts = _counts(tokens.get(name), (now // 60, now // 3600))
        if counts[0] + parts > PER_MINUTE or counts[1] + parts > PER_HOUR:
            return False
        tokens.put(name, f"{now // 60}:{counts[0] + parts}:{now // 3600}:{counts[1] + parts}", 3600)
    return True


def _counts(stored: str | None, windows: Iterable[int]) -> tuple[int, int]:
    parts = [int(part) for part in (stored or "0:0:0:0").split(":")]
    minute, hour = windows
    return (parts[1] if parts[0] == minute else 0), (parts[3] if parts[2] == hour else 0)
