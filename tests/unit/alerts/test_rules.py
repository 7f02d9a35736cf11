"""Rules: checked when saved, exchanged as YAML, kept in the database."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from hub.alerts.rule import step_reached
from hub.alerts.rules import (
    Rule,
    broken_rules,
    delete_rule,
    dump_rules,
    install_shipped,
    list_rules,
    load_rules,
    parse_rule,
    save_rule,
    save_rules,
    set_enabled,
    shipped_rules,
    show_rule,
)
from hub.errors import BadInput, NotFound
from hub.store.core import alert_rule, audit
from hub.store.database import Database

NOW = datetime(2026, 11, 21, 1, tzinfo=UTC)


def given_rule(**changes: Any) -> dict[str, Any]:
    return {"name": "r1", "event": "order.created", "to": ["owner"], "template": {"body": "新订单"}, **changes}


def test_a_small_rule_is_enough() -> None:
    rule = parse_rule(given_rule())
    assert (rule.enabled, rule.channel.kind, rule.days, rule.entity) == (True, "text", (), "order")


@pytest.mark.parametrize(
    ("changes", "field", "zh", "en"),
    [
        ({"name": "有 空格"}, "name", "只能用字母", "takes letters"),
        ({"event": "order.shipped"}, "event", "没有事件 order.shipped", "no event order.shipped"),
        ({"event": "invoice.created"}, "event", "没有事件", "no event"),
        ({"to": []}, "to", "", "at least 1"),
        ({"to": ["boss"]}, "to.0", "应为 owner", "is nobody"),
        ({"to": [{"user": ""}]}, "to.0", "应为 owner", "is nobody"),
        ({"to": [{"wechat": "x"}]}, "to.0", "应为 owner", "is nobody"),
        ({"channel": {"kind": "fax"}}, "channel.kind", "", "card"),
        ({"template": {}}, "template.body", "缺少此项", "required"),
        ({"template": {"body": "a\n{{ record.totl }}"}}, "", "第 2 行", "line 2"),
        ({"template": {"body": "{{ record.total | plus: 1 }}"}}, "", "没有这个过滤器", "unknown filter"),
        ({"template": {"body": "x", "title": "{% if %}"}}, "", "template.title", "template.title"),
        ({"dedupe": "{{ nosuch }}"}, "", "dedupe", "dedupe"),
        ({"when": [{"field": "totl", "op": "gt", "value": "1"}]}, "", "字段 totl 不存在", "no field totl"),
        ({"when": [{"field": "days_overdue", "op": "gt", "value": 1}]}, "", "只用于逾期", "no field days_overdue"),
        ({"when": [{"field": "customer.nosuch", "value": 1}]}, "", "customer.nosuch", "customer.nosuch"),
        ({"when": [{"field": "total", "op": "regex", "value": "."}]}, "when.0.op", "", "prefix"),
        ({"when": [{"field": "status", "op": "in", "value": "open"}]}, "when.0", "需要一个列表", "takes a list"),
        ({"when": [{"field": "total", "op": "gt", "value": 0.1}]}, "when.0", "金额请写成文本", "amounts as text"),
        ({"changed": ["total"]}, "", "changed 只用于", "changed is for"),
        ({"event": "order.updated", "changed": ["nosuch"]}, "", "没有字段 nosuch", "no field nosuch"),
        ({"days": [3]}, "", "days 只用于", "days is for"),
        ({"event": "receivable.overdue", "days": [-1]}, "days.0", "", "greater"),
        ({"quiet": {"start": "25:00", "end": "08:00"}}, "quiet.start", "", "time"),
        ({"wehn": []}, "wehn", "没有此项", "not permitted"),
    ],
)
def test_wrong_rules_are_refused_by_field_in_two_languages(
    changes: dict[str, Any], field: str, zh: str, en: str
) -> None:
    with pytest.raises(BadInput) as refused:
        parse_rule(given_rule(**changes))
    assert (refused.value.field, zh in refused.value.text.zh, en in refused.value.text.en) == (field, True, True)


@pytest.mark.parametrize("name", ["total", "customer.level", "owner.department", "custom.level", "customer.custom.x"])
def test_conditions_may_look_at_record_customer_and_owner(name: str) -> None:
    assert parse_rule(given_rule(when=[{"field": name, "op": "empty", "value": False}])).when[0].field == name


def test_overdue_rules_have_steps() -> None:
    rule = parse_rule(given_rule(event="receivable.overdue"))
    assert rule.days == (1, 7, 15, 30, 60, 90)
    own = given_rule(event="receivable.due_soon", days=[5], when=[{"field": "outstanding", "op": "gt", "value": "100"}])
    assert parse_rule(own).days == (5,)


@pytest.mark.parametrize(
    ("passed", "step"), [(0, None), (1, 1), (6, 1), (7, 7), (31, 30), (37, 30), (61, None), (-3, None)]
)
def test_the_step_is_the_highest_reached_and_not_long_ago(passed: int, step: int | None) -> None:
    assert step_reached((1, 7, 30), passed, catch_up=30) == step


def test_yaml_goes_out_and_comes_back_the_same() -> None:
    rules = [
        *shipped_rules(),
        parse_rule(given_rule(to=["robot", {"user": "wang"}, {"employee": "YG1"}, {"robot": "g"}])),
    ]
    text = dump_rules(rules)
    assert load_rules(text) == rules
    assert "\\n" not in text, "texts of several lines are blocks"


def test_the_shipped_rules_name_no_vendor() -> None:
    text = dump_rules(shipped_rules()).lower()
    assert not [name for name in ("kingdee", "wecom", "企业微信", "钉钉", "dingtalk", "金蝶") if name in text]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rules: [", "line 1"),
        ("rules:\n  - name: a\n   event: x", "line 3"),
        ("- name: a", "under rules:"),
        ("rules: 3", "under rules:"),
        ("rules: []\nmore: 1", "under rules:"),
        ("rules: [3]", "rule ?"),
        ("rules: [" + "x" * 600_000 + "]", "too large"),
        ("rules: [!!python/object/apply:os.system ['true']]", "not valid YAML"),
    ],
)
def test_a_malformed_file_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        load_rules(text, source="mine.yaml")
    assert "mine.yaml" in refused.value.text.en
    assert said in refused.value.text.en


def test_two_rules_of_one_name_in_a_file() -> None:
    with pytest.raises(BadInput, match="two rules r1"):
        load_rules(dump_rules([parse_rule(given_rule())] * 2))


def test_rules_are_kept_changed_switched_and_deleted(any_database: Database) -> None:
    db = any_database
    save_rule(db, parse_rule(given_rule()), "admin", NOW)
    save_rule(db, parse_rule(given_rule(note="新说明")), "admin", NOW)
    assert [rule.note for rule in list_rules(db)] == ["新说明"]
    assert set_enabled(db, "r1", False, who="admin", now=NOW).enabled is False
    assert show_rule(db, "r1").enabled is False
    delete_rule(db, "r1", "admin", NOW)
    assert list_rules(db) == []
    with pytest.raises(NotFound, match="r1"):
        delete_rule(db, "r1", "admin", NOW)
    with pytest.raises(NotFound):
        show_rule(db, "r1")
    with db.read() as tx:
        actions = list(tx.scalars(select(audit.c.action)))
    assert actions == ["alert_rule.save"] * 3 + ["alert_rule.delete"]


def test_the_engine_reads_the_event_from_what_is_stored(any_database: Database) -> None:
    save_rule(any_database, parse_rule(given_rule()), "admin", NOW)
    with any_database.read() as tx:
        assert tx.execute(select(alert_rule)).one().spec["event"] == "order.created"


def test_a_rule_of_another_version_is_left_out_and_named(any_database: Database) -> None:
    db = any_database
    save_rule(db, parse_rule(given_rule()), "admin", NOW)
    with db.write() as tx:
        tx.execute(insert(alert_rule).values(name="old", enabled=True, spec={"event": "x"}, updated_at=NOW))
    assert [rule.name for rule in list_rules(db)] == ["r1"]
    assert ["old" in error.text.zh for error in broken_rules(db)] == [True]
    with pytest.raises(BadInput, match="old"):
        show_rule(db, "old")


def test_defaults_come_once_and_only_to_a_hub_without_rules(any_database: Database) -> None:
    db = any_database
    with db.write() as tx:
        names = install_shipped(tx, NOW)
        assert names == [rule.name for rule in shipped_rules()]
        assert install_shipped(tx, NOW) == []
    for name in names:
        delete_rule(db, name, "admin", NOW)
    with db.write() as tx:
        assert install_shipped(tx, NOW) == []


def test_saving_many_is_all_or_none(any_database: Database) -> None:
    rules: list[Any] = [parse_rule(given_rule()), None]
    with pytest.raises(AttributeError):
        save_rules(any_database, rules, "admin", NOW)
    assert list_rules(any_database) == []


def test_the_schema_of_a_rule_can_be_shown() -> None:
    schema = Rule.model_json_schema()
    assert schema["properties"]["to"]["items"]["anyOf"][0]["enum"] == ["owner", "customer_owner", "admins", "robot"]


def test_the_rule_of_the_manual_is_a_rule() -> None:
    page = (Path(__file__).parents[3] / "docs" / "alerts.md").read_text("utf-8")
    block = page.split("```yaml")[1].split("```")[0]
    assert [rule.name for rule in load_rules(block)] == ["big-order"]
