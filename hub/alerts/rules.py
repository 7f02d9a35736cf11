"""The rules of this hub: kept in the database, exchanged as YAML; the shipped ones are package data."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from sqlalchemy import Connection, delete, select

from hub.alerts.rule import DUE_SOON, OVERDUE, Channel, Condition, Rule, Template
from hub.errors import BadInput, NotFound
from hub.store.apply import upsert
from hub.store.audit import Deed, write_audit
from hub.store.core import alert_rule, setting
from hub.store.database import Database
from hub.store.types import dump_json, load_json

__all__ = ["DUE_SOON", "OVERDUE", "Channel", "Condition", "Rule", "Template"]
LARGEST_FILE = 500_000
INSTALLED = "alerts.installed"


def list_rules(db: Database) -> list[Rule]:
    """By name. A row that this version cannot read any more is left out; `broken_rules` names it."""
    with db.read() as tx:
        return [rule for rule, _broken in read_rules(tx) if rule is not None]


def broken_rules(db: Database) -> list[BadInput]:
    """What is wrong with stored rules that are left out."""
    with db.read() as tx:
        return [broken for _rule, broken in read_rules(tx) if broken is not None]


def read_rules(tx: Connection) -> list[tuple[Rule | None, BadInput | None]]:
    rows = tx.execute(select(alert_rule).order_by(alert_rule.c.name)).all()
    return [_stored(row) for row in rows]


def show_rule(db: Database, name: str) -> Rule:
    """Raises NotFound, BadInput (stored by another version)."""
    with db.read() as tx:
        row = tx.execute(select(alert_rule).where(alert_rule.c.name == name)).first()
    if row is None:
        raise _unknown(name)
    rule, broken = _stored(row)
    if rule is None:
        assert broken is not None
        raise broken
    return rule


def save_rule(db: Database, rule: Rule, who: str, now: datetime) -> None:
    """Add it, or replace the one of that name."""
    save_rules(db, [rule], who, now)


def save_rules(db: Database, rules: Sequence[Rule], who: str, now: datetime) -> None:
    """All or none."""
    with db.write() as tx:
        for rule in rules:
            _put(tx, rule, now)
            write_audit(
                tx, Deed(who, "alert_rule.save", rule.name, {"event": rule.event, "enabled": rule.enabled}), now
            )


def delete_rule(db: Database, name: str, who: str, now: datetime) -> None:
    """Raises NotFound. Alerts that it made stay."""
    with db.write() as tx:
        if tx.execute(delete(alert_rule).where(alert_rule.c.name == name)).rowcount == 0:
            raise _unknown(name)
        write_audit(tx, Deed(who, "alert_rule.delete", name), now)


def set_enabled(db: Database, name: str, enabled: bool, *, who: str, now: datetime) -> Rule:
    """Switch a rule on or off. Raises NotFound."""
    rule = show_rule(db, name).model_copy(update={"enabled": enabled})
    save_rule(db, rule, who, now)
    return rule


def parse_rule(given: Any, *, source: str = "") -> Rule:
    """A rule from plain values. Raises BadInput that names every wrong field."""
    try:
        return Rule.model_validate(given)
    except ValidationError as error:
        name = str(given.get("name", "?")) if isinstance(given, dict) else "?"
        raise _invalid(error, name, source) from None


def load_rules(text: str, *, source: str = "alerts.yaml") -> list[Rule]:
    """Rules of a YAML file: `rules:` with a list. Raises BadInput naming file, line or rule and field."""
    rows = _rows(text, source)
    rules = [parse_rule(row, source=source) for row in rows]
    names = [rule.name for rule in rules]
    for name in names:
        if names.count(name) > 1:
            raise BadInput(
                f"{source}：规则 {name} 出现了两次", f"{source}: there are two rules {name}", field="name", value=name
            )
    return rules


def dump_rules(rules: Iterable[Rule]) -> str:
    """The YAML that `load_rules` reads back as the same rules."""
    rows = [rule.model_dump(mode="json", exclude_defaults=True) for rule in rules]
    return str(yaml.dump({"rules": rows}, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120))


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks, so that people can read and change them."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def shipped_rules() -> list[Rule]:
    """The defaults that come with the hub."""
    text = resources.files("hub.alerts").joinpath("defaults.yaml").read_text("utf-8")
    return load_rules(text, source="hub/alerts/defaults.yaml")


def install_shipped(tx: Connection, now: datetime) -> list[str]:
    """Put in the defaults that this hub has not had before: all at first, the new ones after an upgrade. What its admin changed or
    deleted stays so, and a rule of that name is not touched. Returns the names of those that came in."""
    shipped = {rule.name: rule for rule in shipped_rules()}
    had = tx.execute(select(setting.c.value).where(setting.c.name == INSTALLED)).scalar() or []
    if set(had) >= set(shipped):
        return []
    seen = upsert(tx, setting).values(name=INSTALLED, value=sorted({*had, *shipped}))
    tx.execute(seen.on_conflict_do_update(index_elements=["name"], set_={"value": seen.excluded.value}))
    taken = {*had, *tx.scalars(select(alert_rule.c.name))}
    new = [rule for name, rule in shipped.items() if name not in taken]
    for rule in new:
        _put(tx, rule, now)
    return [rule.name for rule in new]


def _put(tx: Connection, rule: Rule, now: datetime) -> None:
    values = {"enabled": rule.enabled, "spec": rule.model_dump(mode="json"), "updated_at": now}
    statement = upsert(tx, alert_rule).values(name=rule.name, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))


def _stored(row: Any) -> tuple[Rule | None, BadInput | None]:
    try:
        return _parsed(row.name, row.enabled, dump_json(row.spec)), None
    except BadInput as error:
        return None, error


@lru_cache(maxsize=512)
def _parsed(name: str, enabled: bool, spec: str) -> Rule:
    """Checking a rule renders its templates: once per content, not once per event. Raises BadInput."""
    return parse_rule({**load_json(spec), "name": name, "enabled": enabled})


def _rows(text: str, source: str) -> list[Any]:
    if len(text) > LARGEST_FILE:
        raise BadInput(f"{source} 过大", f"{source} is too large")
    try:
        read = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise BadInput(
            f"{source} 第 {line} 行不是有效的 YAML：{getattr(error, 'problem', error)}",
            f"{source}, line {line}: not valid YAML: {getattr(error, 'problem', error)}",
        ) from None
    rows = read.get("rules") if isinstance(read, dict) and set(read) == {"rules"} else None
    if not isinstance(rows, list):
        raise BadInput(
            f"{source} 应以 rules: 开头，后面是规则列表",
            f"{source} must hold a list of rules under rules:",
            field="rules",
        )
    return rows


def _invalid(error: ValidationError, name: str, source: str) -> BadInput:
    where = f"{source}：" if source else ""
    lines = [_explained(problem) for problem in error.errors()]
    zh, en = "；".join(line[1] for line in lines), "; ".join(line[2] for line in lines)
    return BadInput(
        f"{where}规则 {name}：{zh}", f"{where.replace('：', ': ')}rule {name}: {en}", field=lines[0][0], value=name
    )


def _explained(problem: ErrorDetails) -> tuple[str, str, str]:
    """Field, Chinese, English. Our own messages carry both, divided by " / "; pydantic's are English."""
    field = ".".join(str(part) for part in problem["loc"])
    zh, _, en = problem["msg"].removeprefix("Value error, ").partition(" / ")
    known = {"missing": "缺少此项", "extra_forbidden": "没有此项"}
    at_zh, at_en = (f"{field}：", f"{field}: ") if field else ("", "")
    return field, f"{at_zh}{known.get(problem['type'], zh)}", f"{at_en}{en or zh}"


def _unknown(name: str) -> NotFound:
    return NotFound(f"没有提醒规则 {name}", f"There is no alert rule {name}", field="rule", value=name)
