"""A read of an alias: only what was edited since, as a question; the base waits for the answer."""

from hub.sync.alias import read_alias
from tests.unit.sync.builders import agreed, read, rules

RULES = rules("name", "remark", bank="account", number="account")


def test_values_that_were_there_from_the_start_are_no_edit() -> None:
    found = read_alias({}, {"name": "甲"}, read(name="乙", remark=None), RULES)
    assert (found.conflicts, found.outcome) == ((), "unchanged")
    assert found.base == agreed(name="乙", remark=None)


def test_an_edit_is_asked_about_until_it_is_answered() -> None:
    base = agreed(name="乙", remark="旧")
    found = read_alias(base, {"name": "甲", "remark": "主"}, read(name="乙", remark="新"), RULES)
    (conflict,) = found.conflicts
    assert (conflict.unit, conflict.golden, conflict.remote, conflict.base) == (
        "remark",
        {"remark": "主"},
        {"remark": "新"},
        {"remark": "旧"},
    )
    assert found.base["fields"]["remark"] == base["fields"]["remark"]
    assert found.outcome == "conflicted"


def test_an_edit_that_golden_holds_already_or_a_blank_is_nothing_to_ask() -> None:
    base = agreed(name="乙", remark="旧")
    found = read_alias(base, {"remark": "新"}, read(name=None, remark="新"), RULES)
    assert found.conflicts == ()
    assert {"name", "remark"} <= found.agreed
    assert found.base == agreed(name=None, remark="新")


def test_a_group_is_one_question() -> None:
    found = read_alias(agreed(bank="A", number="1"), {"bank": "G", "number": "9"}, read(bank="A", number="2"), RULES)
    (conflict,) = found.conflicts
    assert (conflict.unit, conflict.remote) == ("account", {"bank": "A", "number": "2"})
