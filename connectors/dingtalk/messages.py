"""Messages to members and to a group: sent, then asked about, because the vendor drops some in silence."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from connectors.dingtalk.client import DingtalkCalls
from connectors.dingtalk.codes import RANGE, WEBHOOK, WORDING
from connectors.dingtalk.texts import notices, person_params, robot_bodies, todo_body
from hub.connector.contract import Delivery, Message
from hub.connector.meaning import Meaning, duty, nobody
from hub.errors import (
    BadInput,
    ConfigInvalid,
    DuplicateInSystem,
    RateLimited,
    RecordGone,
    RecordRejected,
    Remedy,
    TryLater,
)

NOTICE_USERS = 100
PERSON_USERS = 20
WAITS_S = (0.0, 0.4, 1.2, 2.5)
"""When to ask whether a work notification has gone out; each question costs a call of the monthly quota."""
DUPLICATE = "143106"
MINUTE_CODES = frozenset({"143103", "143104", "143203", "143204"})


def _dropped(code: str, zh: str, en: str, remedy: Remedy) -> Meaning:
    return Meaning(RecordRejected, f"{code} {zh}".strip(), f"{code} {en}".strip(), remedy=remedy)


SLOWER = duty("nobody", "到时会自动再发", "it is sent again by itself")
TOMORROW = duty(
    "hub_admin",
    "用 hub alerts rules 把发给此人的提醒合并成汇总，或明天再重发",
    "gather the alerts for this member into a summary (hub alerts rules), or send again tomorrow",
)
SHIELD = duty(
    "system_admin",
    "请该成员在钉钉里关闭高管模式或把应用加入白名单，再用 hub alerts again 重发这条提醒",
    "have the member leave executive mode or let the app through, then send the alert again (hub alerts again)",
)
FORBIDDEN: Mapping[str, Meaning] = {
    code: _dropped(code, zh, en, remedy)
    for code, zh, en, remedy in (
        ("143103", "每分钟发送量已达上限", "over the limit per minute", SLOWER),
        ("143104", "每分钟发送量已达上限", "over the limit per minute", SLOWER),
        ("143105", "该成员当天收到的消息已达上限", "over the member's limit of the day", TOMORROW),
        (DUPLICATE, "当天已发过相同内容", "the same content was sent before on this day", WORDING),
        ("1430000", "没有可以接收的人", "nobody can receive it", RANGE),
        ("1430002", "内容含违禁词", "banned words", WORDING),
        ("1430003", "被系统保护拦截", "held back by system protection", WORDING),
        ("1430004", "对方开启了高管模式", "executive mode", SHIELD),
    )
}
UNKNOWN_MEMBER = _dropped("", "成员不存在", "no such member", RANGE)
UNSEEN_MEMBER = _dropped("", "成员不存在或不在可见范围", "no such member, or not visible", RANGE)
FAILED = _dropped("", "发送失败", "sending failed", RANGE)
TOO_FAST = _dropped("", "发送过快", "too many messages", SLOWER)
FILTERED = _dropped("", "不在机器人的可见范围", "outside the robot's visible range", RANGE)


def send(calls: DingtalkCalls, message: Message) -> Delivery:
    """See hub.connector.Client.send. Long texts go as several messages; the ids are joined by commas."""
    if not message.body.strip() and not message.title.strip():
        raise BadInput("消息内容为空", "The message is empty", field="body")
    if message.channel == "robot":
        return _robot(calls, message)
    members = list(dict.fromkeys(message.to))
    if not members:
        raise BadInput("消息没有接收人", "The message has no recipient", field="to")
    return CHANNELS[message.channel](calls, message, members)


def _robot(calls: DingtalkCalls, message: Message) -> Delivery:
    if not calls.config.robot_token.get_secret_value():
        raise ConfigInvalid(
            "没有设置群机器人 access_token", "No group robot token is set", field="robot_token"
        ).put_right_by(WEBHOOK.job, WEBHOOK.press.zh, WEBHOOK.press.en)
    for body in robot_bodies(message):
        calls.robot(body)
    return Delivery(f"robot:{message.key}")


def _notices(calls: DingtalkCalls, message: Message, members: Sequence[str]) -> Delivery:
    found = _Found(members)
    for payload in notices(message):
        for chunk in _chunks(found.open(), NOTICE_USERS):
            task = calls.notify(chunk, payload)
            found.ids.append(str(task))
            _ask(calls, task, chunk, found, known=bool(message.key))
    return found.delivery()


def receipt(calls: DingtalkCalls, message: Message, ids: str) -> Delivery:
    """See hub.connector.contract.Receipting: work notifications by their task ids, joined by commas."""
    found = _Found(list(dict.fromkeys(message.to)))
    for task in (int(one) for one in ids.split(",") if one.isdigit()):
        found.ids.append(str(task))
        if calls.notice_done(task):
            found.judge(calls.notice_result(task), found.open(), known=bool(message.key))
        else:
            found.unsure.update(found.open())
    return found.told()


def _ask(calls: DingtalkCalls, task: int, chunk: Sequence[str], found: "_Found", *, known: bool) -> None:
    """What became of one task. When the vendor does not say in time, nothing is claimed."""
    try:
        if not _done(calls, task):
            found.unsure.update(chunk)
            return
        result = calls.notice_result(task)
    except (TryLater, RecordRejected):
        found.unsure.update(chunk)
        return
    found.judge(result, chunk, known=known)


def _done(calls: DingtalkCalls, task: int) -> bool:
    for wait in WAITS_S:
        time.sleep(wait)
        if calls.notice_done(task):
            return True
    return False


class _Found:
    """What is known about each member."""

    def __init__(self, members: Sequence[str]) -> None:
        self.members = members
        self.ids: list[str] = []
        self.refused: dict[str, Meaning] = {}
        self.unsure: set[str] = set()
        self.later = 0.0

    def open(self) -> list[str]:
        return [one for one in self.members if one not in self.refused]

    def judge(self, result: Mapping[str, object], chunk: Sequence[str], *, known: bool) -> None:
        """`known`: the text carries the mark of its message, so that a duplicate is a repeat of one that arrived."""
        forbidden = {str(row.get("userid")): str(row.get("code")) for row in _rows(result, "forbidden_list")}
        reached = {*_texts(result, "read_user_id_list"), *_texts(result, "unread_user_id_list")}
        for one in chunk:
            code = forbidden.get(one, "")
            if one in reached or (code == DUPLICATE and known):
                continue
            if code or one in _texts(result, "forbidden_user_id_list"):
                self.refused[one] = FORBIDDEN.get(code) or _dropped(code, "被钉钉拦截", "held back by DingTalk", RANGE)
                self.later = 60.0 if code in MINUTE_CODES else self.later
            elif one in _texts(result, "invalid_user_id_list"):
                self.refused[one] = UNSEEN_MEMBER
            elif one in _texts(result, "failed_user_id_list"):
                self.refused[one] = FAILED
            else:
                self.unsure.add(one)

    def delivery(self) -> Delivery:
        """Raises RateLimited or RecordRejected when nobody got it."""
        if len(self.refused) == len(self.members):
            error = nobody(self.refused)
            if self.later:
                raise RateLimited(error.text.zh, error.text.en, after=self.later, value=error.value)
            raise error
        return self.told()

    def told(self) -> Delivery:
        unsure = tuple(one for one in self.members if one in self.unsure and one not in self.refused)
        return Delivery(",".join(self.ids), {one: str(why.text) for one, why in self.refused.items()}, unsure)


def _persons(calls: DingtalkCalls, message: Message, members: Sequence[str]) -> Delivery:
    found = _Found(members)
    for key, param in person_params(message):
        for chunk in _chunks(found.open(), PERSON_USERS):
            _to_persons(calls, chunk, (key, param), found)
    return found.delivery()


def _to_persons(calls: DingtalkCalls, chunk: Sequence[str], words: tuple[str, str], found: _Found) -> None:
    """Partial failure is HTTP 200: three lists say who did not get it."""
    try:
        reply = calls.to_persons(chunk, *words)
    except RecordRejected as error:
        if error.vendor.code != "staffId.notExisted":
            raise
        found.refused |= dict.fromkeys(chunk, UNKNOWN_MEMBER)
        return
    found.ids.append(str(reply.data["processQueryKey"]))
    slowed = _texts(reply.data, "flowControlledStaffIdList")
    found.later = 60.0 if slowed else found.later
    found.refused |= dict.fromkeys(_texts(reply.data, "invalidStaffIdList"), UNKNOWN_MEMBER)
    found.refused |= dict.fromkeys(slowed, TOO_FAST)
    filtered = _texts(reply.data, "filteredStaffIdList")
    found.refused |= dict.fromkeys(filtered, FILTERED)


def _todos(calls: DingtalkCalls, message: Message, members: Sequence[str]) -> Delivery:
    """A to-do for each member. One that exists already was made by an earlier try of the same message."""
    if not message.url:
        raise BadInput("待办需要链接（url）", "A to-do needs a link (url)", field="url")
    found = _Found(members)
    for one in members:
        try:
            union_id = str(calls.member(one).get("unionid") or "")
            found.ids.append(calls.todo(union_id, todo_body(message, union_id)))
        except DuplicateInSystem:
            found.ids.append(f"todo:{message.key}")
        except (RecordGone, RecordRejected) as error:
            found.refused[one] = Meaning(RecordRejected, error.text.zh, error.text.en, remedy=error.remedy)
    return found.delivery()


CHANNELS: Mapping[str, Callable[[DingtalkCalls, Message, Sequence[str]], Delivery]] = {
    "app": _notices,
    "person": _persons,
    "todo": _todos,
}


def _chunks(members: Sequence[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(members), size):
        yield list(members[start : start + size])


def _rows(result: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    found = result.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _texts(result: Mapping[str, object], name: str) -> list[str]:
    found = result.get(name)
    return [str(one) for one in found] if isinstance(found, list) else []
