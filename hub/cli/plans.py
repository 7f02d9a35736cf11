"""Counted previews as people read them: what a change of a mapping or of authority does, and the options that go with it."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from hub.cli.desk import Desk, columns
from hub.cli.words import word
from hub.setup.effects import Activation

ModeOption = Annotated[
    str, typer.Option("--mode", help="future 只管以后；pull 重新读入；push 重新推出 / future, pull or push")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="只看会改变什么 / Only show what would change")]
Yes = Annotated[bool, typer.Option("--yes", help="不再询问 / Do not ask")]

_PLANS = columns(
    connection="连接 / Connection",
    linked="已绑定 / Linked",
    reread="重新读取 / Reread",
    changed="主数据将变 / Golden changes",
    due="将推送 / To be sent",
)
_SAMPLES = columns(
    connection="连接 / Connection",
    title="记录 / Record",
    field="字段 / Field",
    before="之前 / Before",
    after="之后 / After",
)
_FIELDS = columns(connection="连接 / Connection", field="字段 / Field", count="不同的记录 / Records that differ")


def _kinds(changes: Mapping[str, Any], desk: Desk) -> str:
    """{kind of change: fields} as one text; of a stage it is the one before and the one after."""
    told = {
        kind: names
        if isinstance(names, str)
        else (" → " if kind == "stage" else ", ").join(name or "-" for name in names)
        for kind, names in changes.items()
        if names
    }
    return "; ".join(f"{desk.text(word(kind))} {names}" for kind, names in told.items())


def show_plan(desk: Desk, plan: Activation) -> None:
    """Lines, counts by connection and field, samples with both values."""
    places = plan.lines if all(isinstance(one, dict) for one in plan.lines.values()) else {"": plan.lines}
    changed = " | ".join(
        f"{place} {_kinds(kinds, desk)}".strip() for place, kinds in places.items() if any(kinds.values())
    )
    desk.say(f"改动：{changed or '无'}", f"What changes: {changed or 'nothing'}")
    if plan.counts:
        desk.rows([{"connection": name, **counts} for name, counts in plan.counts.items()], _PLANS, as_json=False)
    fields = [
        {"connection": name, "field": field, "count": count}
        for name, counted in plan.fields.items()
        for field, count in counted.items()
    ]
    if fields:
        desk.rows(fields, _FIELDS, as_json=False)
    if plan.samples:
        desk.rows(plan.samples, _SAMPLES, as_json=False)
