"""One alert rule: on which event, under which conditions, who is told what, where and when."""

import re
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, field_validator, model_serializer, model_validator

from hub.alerts.facts import COMPUTED, sample_facts
from hub.alerts.hours import Quiet
from hub.alerts.kinds import NOTICES, is_notice
from hub.alerts.templates import render
from hub.errors import HubError
from hub.model.fields import FIELDS, is_field
from hub.sync.filters import OPERATORS

OVERDUE, DUE_SOON = "receivable.overdue", "receivable.due_soon"
STEPS = {OVERDUE: (1, 7, 15, 30, 60, 90), DUE_SOON: (3,)}
NAME = re.compile(r"[\w-]{1,60}")
ALONE = ("owner", "customer_owner", "admins", "robot")
NAMED = ("user", "employee", "robot")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Condition(_Strict):
    """`field` `op` `value`. Fields: of the record (`total`), its customer (`customer.level`), its owner (`owner.department`),
    and computed ones (`days_overdue`, `outstanding` …) on receivables that are due."""

    field: str = Field(title="字段 / Field")
    op: Literal["eq", "ne", "in", "not_in", "lt", "gt", "empty", "prefix"] = Field("eq", title="运算 / Operator")
    value: Any = Field(None, title="值 / Value")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.op in ("in", "not_in") and not isinstance(self.value, list | tuple):
            raise ValueError(f"{self.op} 需要一个列表 / {self.op} takes a list, not {self.value!r}")
        if isinstance(self.value, float):
            raise ValueError(f"金额请写成文本，如 '0.1' / write amounts as text such as '0.1', not {self.value!r}")
        assert self.op in OPERATORS
        return self


class To(_Strict):
    """Whom: written `owner`, `customer_owner`, `admins` (of the hub, each who is tied to an employee), `robot`,
    `{robot: connection}`, `{user: name}` or `{employee: number or name}`."""

    kind: Literal["owner", "customer_owner", "admins", "robot", "user", "employee"]
    name: str = ""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, given: Any) -> Any:
        if isinstance(given, str) and given in ALONE:
            return {"kind": given}
        if isinstance(given, dict) and len(given) == 1:
            kind, name = next(iter(given.items()))
            if kind in NAMED and isinstance(name, str) and name.strip():
                return {"kind": kind, "name": name.strip()}
        raise ValueError(
            f"收件人 {given!r} 应为 {'、'.join(ALONE)}，或 {{user: 用户名}}、{{employee: 编码或姓名}}、{{robot: 连接}}"
            f" / {given!r} is nobody: give {', '.join(ALONE)}, or {{user: NAME}}, {{employee: NUMBER OR NAME}}, {{robot: CONNECTION}}"
        )

    @model_serializer
    def _written(self) -> str | dict[str, str]:
        return {self.kind: self.name} if self.name else self.kind


_TO_SCHEMA = {
    "anyOf": [
        {"type": "string", "enum": list(ALONE)},
        *(
            {
                "type": "object",
                "properties": {kind: {"type": "string"}},
                "required": [kind],
                "additionalProperties": False,
            }
            for kind in NAMED
        ),
    ]
}
Recipient = Annotated[To, WithJsonSchema(_TO_SCHEMA)]


class Channel(_Strict):
    """`connection` "" = the only chat connection, or the one at which the person is known. `by`: how persons are told, where their
    chat system can: the app's notification, a one-to-one message of its robot, or a to-do (which needs a link)."""

    connection: str = Field("", title="连接 / Connection")
    by: Literal["app", "person", "todo"] = Field("app", title="方式 / By")
    kind: Literal["text", "markdown", "card", "confirm"] = Field("text", title="形式 / Kind")
    mention: bool = Field(False, title="群里提醒负责人 / Mention the owner in the group")


class Template(_Strict):
    title: str = Field("", title="标题 / Title")
    body: str = Field(min_length=1, title="内容 / Text")
    url: str = Field("{{ link }}", title="链接 / Link")


class Rule(_Strict):
    """`when`: all conditions hold. `changed`: for `….updated`, at least one of these fields changed. `days`: for overdue and
    due_soon, on which day past (before) the due date. `dedupe`: a template; equal texts are told to a person once."""

    name: str = Field(title="名称 / Name")
    note: str = Field("", title="说明 / Note")
    enabled: bool = Field(True, title="启用 / Enabled")
    event: str = Field(title="事件 / Event")
    changed: tuple[str, ...] = Field((), title="变更字段 / Changed fields")
    days: tuple[Annotated[int, Field(ge=0, le=3650)], ...] = Field((), title="天数 / Days")
    when: tuple[Condition, ...] = Field((), title="条件 / Conditions")
    to: tuple[Recipient, ...] = Field(min_length=1, max_length=20, title="收件人 / To")
    channel: Channel = Field(default_factory=Channel, title="渠道 / Channel")
    template: Template = Field(title="模板 / Template")
    dedupe: str = Field("", title="去重键 / Dedupe key")
    quiet: Quiet | None = Field(None, title="免打扰 / Quiet hours")
    working_days: bool = Field(False, title="只在工作日 / Working days only")

    @property
    def entity(self) -> str:
        return self.event.partition(".")[0]

    @property
    def timed(self) -> bool:
        """Whether its events come from the calendar instead of from a change."""
        return self.event in STEPS

    @field_validator("name")
    @classmethod
    def _plain_name(cls, name: str) -> str:
        if not NAME.fullmatch(name):
            raise ValueError(
                f"名称“{name[:60]}”只能用字母、数字、汉字、- 和 _，最长 60 / name “{name[:60]}” takes letters, digits, - and _, at most 60"
            )
        return name

    @field_validator("event")
    @classmethod
    def _known_event(cls, event: str) -> str:
        entity, _, what = event.partition(".")
        if event not in STEPS and not is_notice(event) and (entity not in FIELDS or what not in ("created", "updated")):
            known = "、".join([*STEPS, *NOTICES, *(f"{name}.created|updated" for name in FIELDS)])
            raise ValueError(f"没有事件 {event}，可用：{known} / no event {event}; there are {known}")
        return event

    @model_validator(mode="after")
    def _fits_the_event(self) -> Self:
        self._check_changed()
        if self.days and not self.timed:
            raise ValueError(f"days 只用于 {'、'.join(STEPS)} / days is for {', '.join(STEPS)} only")
        if self.timed and not self.days:
            object.__setattr__(self, "days", STEPS[self.event])
        self._check_recipients()
        for condition in self.when:
            self._check_field(condition.field)
        self._check_templates()
        return self

    def _check_recipients(self) -> None:
        if is_notice(self.event) and any(to.kind in ("owner", "customer_owner") for to in self.to):
            raise ValueError(
                f"{self.event} 没有负责人：收件人请写 admins、robot、user 或 employee"
                f" / {self.event} has no owner: give admins, robot, user or employee"
            )

    def _check_changed(self) -> None:
        if self.changed and not self.event.endswith(".updated"):
            raise ValueError("changed 只用于 ….updated / changed is for ….updated only")
        for name in self.changed:
            if not is_field(self.entity, name):
                raise ValueError(f"{self.entity} 没有字段 {name} / {self.entity} has no field {name}")

    def _check_field(self, name: str) -> None:
        if name not in self._fields() and not self._is_field(name):
            hint = "；days_overdue 等只用于逾期与到期事件" if name in COMPUTED else ""
            raise ValueError(f"条件里的字段 {name} 不存在{hint} / no field {name} for {self.event}")

    def _fields(self) -> Collection[str]:
        """Names that only this event has."""
        return COMPUTED if self.timed else NOTICES.get(self.event, ())

    def _is_field(self, name: str) -> bool:
        """Of the record, its customer or its owner; events about the hub itself have none of them."""
        if is_notice(self.event):
            return False
        head, _, rest = name.partition(".")
        other = {"customer": "customer", "owner": "employee"}.get(head) if rest else None
        return is_field(self.entity, name) or bool(other and is_field(other, rest))

    def _check_templates(self) -> None:
        """Rendered with made-up values and with none, so that a wrong name is found now and not when it matters."""
        for full in (True, False):
            notice = self.event if is_notice(self.event) else ""
            facts = sample_facts(self.entity, full=full, now=datetime(2026, 11, 21, tzinfo=UTC), notice=notice)
            for field, source in self.sources().items():
                try:
                    render(source, facts, field=field)
                except HubError as error:
                    raise ValueError(str(error.text)) from error

    def sources(self) -> dict[str, str]:
        """Field -> template text."""
        own = {f"template.{name}": getattr(self.template, name) for name in ("title", "body", "url")}
        return {**own, "dedupe": self.dedupe}


def step_reached(days: tuple[int, ...], passed: int, *, catch_up: int) -> int | None:
    """The highest step of `days` that `passed` has reached, if it was reached at most `catch_up` days ago."""
    reached = [step for step in days if step <= passed]
    step = max(reached, default=None)
    return step if step is not None and passed - step <= catch_up else None
