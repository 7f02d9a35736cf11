"""Approval forms as flat text by control title, and back into the values that applyevent takes (vendor note 7.2). Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hub.connector.contract import Native
from hub.connector.pieces import cut
from hub.errors import HubError, ValidationFailed

BEIJING = timedelta(hours=8)
"""The vendor's dates are midnights in China."""
SUMMARY_CHARS = 20
SUMMARY_LINES = 3


@dataclass(frozen=True, slots=True)
class Control:
    """One control of a template. `options`: text -> key of a Selector."""

    id: str
    kind: str
    title: str
    required: bool
    config: Mapping[str, Any]

    @property
    def options(self) -> dict[str, str]:
        given = (self.config.get("selector") or {}).get("options") or ()
        return {first_text(one.get("value")): str(one.get("key")) for one in given}


def controls_of(template: Native) -> dict[str, Control]:
    """Title -> control of a template as gettemplatedetail answers it; of equal titles the first one counts."""
    found: dict[str, Control] = {}
    for row in (template.get("template_content") or {}).get("controls") or ():
        named = row["property"]
        title = first_text(named.get("title"))
        required = named.get("require") == 1
        control = Control(str(named["id"]), str(named["control"]), title, required, row.get("config") or {})
        found.setdefault(title, control)
    return found


def first_text(texts: Any) -> str:
    """The Chinese text of [{text, lang}], or else the first one."""
    rows = [row for row in texts or () if isinstance(row, Mapping)]
    chinese = [row for row in rows if row.get("lang") == "zh_CN"]
    return str((chinese or rows or [{}])[0].get("text") or "")


def flat(contents: Iterable[Native]) -> dict[str, str | None]:
    """Title -> text of the controls that hold one value; tables, files and the like are left out. Numbers stay texts."""
    shown: dict[str, str | None] = {}
    for row in contents:
        reader = READERS.get(str(row.get("control")))
        if reader is not None:
            shown.setdefault(first_text(row.get("title")), reader(row.get("value") or {}))
    return shown


def filled(controls: Mapping[str, Control], form: Mapping[str, Any]) -> list[Native]:
    """`apply_data.contents` for the given texts. Raises ValidationFailed naming the title that is unknown, missing or wrong."""
    for title in form:
        if title not in controls:
            raise _not_in_template(title, list(controls))
    contents = [_content(controls[title], value) for title, value in form.items() if value not in (None, "")]
    empty = {control.id for control in controls.values() if control.required} - {row["id"] for row in contents}
    for control in controls.values():
        if control.id in empty and control.kind in WRITERS:
            raise _required(control.title)
    return contents


def summary(form: Mapping[str, Any], leave_out: str) -> list[Native]:
    """Up to three lines for the list of forms: the first values, without the hub's own key."""
    lines = [f"{title}：{value}" for title, value in form.items() if value not in (None, "") and title != leave_out]
    texts = [cut(line.splitlines()[0], SUMMARY_CHARS) for line in lines[:SUMMARY_LINES]] or ["-"]
    return [{"summary_info": [{"text": text, "lang": "zh_CN"}]} for text in texts]


def _content(control: Control, value: Any) -> Native:
    writer = WRITERS.get(control.kind)
    if writer is None:
        raise ValidationFailed(
            f"审批控件“{control.title}”是 {control.kind}，不能由中台填写；可填：{'、'.join(WRITERS)}",
            f"The control “{control.title}” is a {control.kind}; the hub fills in {', '.join(WRITERS)}",
            field=control.title,
        ).put_right_by(
            "hub_admin",
            f"从映射 wecom/approval.yaml 中去掉 form.{control.title}，或在模板里换成可填的控件",
            f"take form.{control.title} out of wecom/approval.yaml, or use another kind of control in the template",
        )
    return {"control": control.kind, "id": control.id, "value": writer(control, str(value))}


def _date(control: Control, value: str) -> Native:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise _wrong(control.title, value, "应为 2026-01-31", "write 2026-01-31") from error
    stamp = int((moment.replace(tzinfo=None) - BEIJING).replace(tzinfo=UTC).timestamp())
    kind = str((control.config.get("date") or {}).get("type") or "day")
    return {"date": {"type": kind, "s_timestamp": str(stamp)}}


def _selected(control: Control, value: str) -> Native:
    key = control.options.get(value)
    if key is None:
        known = "、".join(control.options)
        raise _wrong(control.title, value, f"可选：{known}", f"choose one of {known}")
    return {"selector": {"type": "single", "options": [{"key": key}]}}


WRITERS: Mapping[str, Callable[[Control, str], Native]] = {
    "Text": lambda _control, value: {"text": " ".join(value.splitlines())},
    "Textarea": lambda _control, value: {"text": value},
    "Number": lambda _control, value: {"new_number": value},
    "Money": lambda _control, value: {"new_money": value},
    "Date": _date,
    "Selector": _selected,
    "Contact": lambda _control, value: {"members": [{"userid": value}]},
}


def _day(value: Native) -> str | None:
    stamp = str((value.get("date") or {}).get("s_timestamp") or "")
    if not stamp.isdigit():
        return None
    return (datetime.fromtimestamp(int(stamp), UTC) + BEIJING).date().isoformat()


def _options(value: Native) -> str | None:
    chosen = (value.get("selector") or {}).get("options") or ()
    return "、".join(first_text(one.get("value")) or str(one.get("key")) for one in chosen) or None


def _plain(name: str) -> Callable[[Native], str | None]:
    return lambda value: None if value.get(name) in (None, "") else str(value[name])


def _member(value: Native) -> str | None:
    members: Sequence[Native] = value.get("members") or ()
    return str(members[0]["userid"]) if members else None


READERS: Mapping[str, Callable[[Native], str | None]] = {
    "Text": _plain("text"),
    "Textarea": _plain("text"),
    "Number": _plain("new_number"),
    "Money": _plain("new_money"),
    "Date": _day,
    "Selector": _options,
    "Contact": _member,
}


def _not_in_template(title: str, known: Sequence[str]) -> HubError:
    return ValidationFailed(
        f"审批模板没有控件“{title}”，有：{'、'.join(known)}",
        f"The approval template has no control “{title}”; it has {', '.join(known)}",
        field=title,
    ).put_right_by(
        "hub_admin",
        f"改映射 wecom/approval.yaml 中的 form.{title}，或在“审批 → 模板管理”给模板加上这个控件",
        f"change form.{title} in the mapping wecom/approval.yaml, or add the control to the template",
    )


def _required(title: str) -> HubError:
    return ValidationFailed(
        f"审批控件“{title}”必填，但没有内容",
        f"The control “{title}” is required and would be empty",
        field=title,
    ).put_right_by(
        "hub_admin",
        f"在映射 wecom/approval.yaml 中填写 form.{title}，或在“审批 → 模板管理”把它改为非必填",
        f"map form.{title} in wecom/approval.yaml, or make it optional in the template",
    )


def _wrong(title: str, value: str, zh: str, en: str) -> HubError:
    return ValidationFailed(
        f"审批控件“{title}”的值“{value}”不对，{zh}",
        f"“{value}” does not fit the control “{title}”: {en}",
        field=title,
        value=value,
    ).put_right_by(
        "author",
        f"改正单据里填入“{title}”的值，或让模板的控件“{title}”包含它",
        f"correct the value that goes into “{title}”, or let the template's control take it",
    )
