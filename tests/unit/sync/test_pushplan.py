"""What is done with a due binding."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.sync.decide import decide, hub_changed
from hub.sync.judge import base_after_write, write_arrived
from hub.sync.pushplan import MAX_ATTEMPTS, Job, Parents, next_step, plan_push
from hub.sync.rules import Rule, Rules
from tests.unit.sync.builders import (
    agreed,
    back,
    bound,
    compiled,
    golden_row,
    line_base,
    manifest,
    read,
    rules,
    system_manifest,
)

LINE = {"product_name": "茶", "quantity": "1", "price": "2", "remark": "r"}


def ruled() -> Rules:
    fields = {n: Rule(n, n) for n in ("customer", "date", "contact_name", "remark", "address")}
    units = {"product_name": "product_name", "quantity": "price", "price": "price", "remark": "remark"}
    return Rules(fields=fields, row_fields={n: Rule(n, unit) for n, unit in units.items()}, rows="lines")


def job(binding: Any, data: dict[str, Any], *, staged: bool = False, lines: str = "keyed", **known: Any) -> Job:
    entity = manifest(staged=staged, lines=lines)
    parents = Parents({int(k[1:]): v for k, v in known.items()}, system_manifest(entity))
    row = golden_row(data)
    return plan_push(binding, row, compiled=compiled("order"), rules=ruled(), manifest=entity, parents=parents)


def test_nothing_differs_nothing_is_done() -> None:
    assert job(bound(base=agreed(remark="x")), {"remark": "x"}).action == "nothing"


def test_only_changed_fields_are_sent() -> None:
    found = job(bound(base=agreed(remark="x", address="a")), {"remark": "y", "address": "a"})
    assert found.action == "update"
    assert found.write is not None
    assert found.write.data == {"note": "y"}


def test_a_record_without_its_parent_waits_and_says_for_whom() -> None:
    here = SimpleNamespace(state="linked", external_id="C9", number="", stage_seen="")
    new = bound(state="wanted", external_id="")
    assert (job(new, {"customer": 4}).action, job(new, {"customer": 4}).waits_for) == ("wait", 4)
    made = job(new, {"customer": 4}, r4=here)
    assert made.action == "create"
    assert made.write is not None
    assert made.write.data["customer"] == "C9"
    stranger = {"customer": {"$ref": {"entity": "customer", "by": "id", "value": "X", "connection": 2}}}
    assert job(new, stranger).blocker == "customer:X"


def test_a_killer_record_ends_in_the_inbox() -> None:
    assert job(bound(base=agreed(remark="x"), attempts=MAX_ATTEMPTS + 1), {"remark": "y"}).action == "giveup"


def test_a_document_past_editing_is_a_question_and_reopened_only_on_decision() -> None:
    changed, data = {"base": agreed(remark="x"), "stage_seen": "audited"}, {"remark": "y"}
    assert job(bound(**changed), data, staged=True).action == "stage_conflict"
    reopened = job(bound(**changed, stage_wanted="reopen"), data, staged=True)
    assert (reopened.action, reopened.step) == ("step", "unaudit")
    submitted = {**changed, "stage_seen": "submitted", "stage_wanted": "reopen"}
    assert job(bound(**submitted), data, staged=True).action == "stage_conflict", "no way back from there"


@pytest.mark.parametrize(
    ("seen", "wanted", "step"),
    [
        ("saved", "audited", "submit"),
        ("submitted", "audited", "audit"),
        ("audited", "audited", ""),
        ("", "audited", ""),
    ],
)
def test_stages_are_taken_one_by_one(seen: str, wanted: str, step: str) -> None:
    assert next_step(manifest(staged=True), seen, wanted) == step


def lines_sent(binding: Any, rows: list[dict[str, Any]], **given: Any) -> Any:
    found = job(binding, {"lines": rows}, **given)
    return found.write.data.get("lines") if found.write is not None else found.action


def test_of_a_line_only_what_changed_is_sent_and_every_line_that_stays_is_named() -> None:
    binding = bound(base={"fields": {}, "rows": {"1": line_base("e1", **LINE), "2": line_base("e2", **LINE)}})
    lines = [{"id": "1", **LINE, "price": "9"}, {"id": "2", **LINE}, {"id": "3", **LINE}]
    sent = lines_sent(binding, lines)
    assert sent[:2] == [{"lid": "e1", "qty": "1", "price": "9"}, {"lid": "e2"}], "a group goes as one"
    assert sent[2] == {"what": "茶", "qty": "1", "price": "2", "memo": "r"}


def test_what_a_conflict_holds_is_neither_sent_nor_removed() -> None:
    rows = {"1": line_base("e1", **LINE), "2": line_base("e2", **LINE), "3": line_base("e3", **LINE)}
    held = ["lines.1.price", "lines.2", "lines.3"]
    binding = bound(base={"fields": {}, "rows": rows}, held=held)
    lines = [{"id": "1", **LINE, "price": "9", "quantity": "8", "remark": "new"}, {"id": "2", **LINE, "remark": "x"}]
    assert lines_sent(binding, lines) == [{"lid": "e1", "memo": "new"}, {"lid": "e3"}]
    assert lines_sent(binding, lines, lines="replace") == "nothing", "a list that is replaced waits as a whole"


@given(value=st.sampled_from(["a", "b", None]), stored=st.sampled_from(["a", "b", "a "]))
def test_after_a_write_nothing_is_due_and_only_an_edit_counts_as_one(value: Any, stored: str) -> None:
    law = rules("remark")
    base = base_after_write(
        {}, {"remark": value}, fields={"remark"}, natives={"remark": value}, back=back(remark=stored), rules=law
    )
    assert hub_changed(base, {"remark": value}, law) == frozenset()
    decision = decide(base, {"remark": value}, read(remark=stored), law)
    tidied = value is not None and stored.strip() == value
    assert (decision.outcome == "unchanged") == tidied or value is None


def test_after_a_write_lines_that_were_held_keep_their_base() -> None:
    law = rules()
    line = {"quantity": "1", "price": "2", "remark": "r"}
    old = {"fields": {}, "rows": {"1": line_base("e1", **line), "2": line_base("e2", **line)}}
    golden = {"lines": [{"id": "1", **line, "remark": "sent", "price": "9"}]}
    shown = back([("e1", {**line, "remark": "sent", "price": "5"}), ("e2", line)])
    after = base_after_write(
        old, golden, fields={"lines"}, natives={}, back=shown, rules=law, held=["lines.1.price", "lines.2"]
    )
    assert after["rows"]["2"] == old["rows"]["2"]
    assert after["rows"]["1"]["fields"]["price"] == ["2", "n:2"]
    assert after["rows"]["1"]["fields"]["remark"] == ["sent", "n:sent"]
    units = {
        c.unit
        for c in decide(
            after, golden, read([("e1", {**line, "remark": "sent", "price": "5"}), ("e2", line)]), law
        ).conflicts
    }
    assert units == {"lines.1.price"}, "the conflict is still one"


@pytest.mark.parametrize(("stored", "arrived"), [("sent", True), ("old", False), ("edited by a user", False)])
def test_a_lost_write_has_arrived_when_it_shows_not_when_something_else_does(stored: str, arrived: bool) -> None:
    binding, record = bound(base=agreed(remark="old")), golden_row({"remark": "sent"})
    sent = Job(binding, record, "update", fields=frozenset({"remark"}), natives={"remark": "n:sent"})
    assert write_arrived(sent, back(remark=stored), rules("remark")) is arrived


@pytest.mark.parametrize(("old", "stored", "arrived"), [("AA", "AA", False), ("AA", "AA, B", True), ("XX", "AA", True)])
def test_the_old_value_is_no_proof_although_it_begins_like_the_new_one(old: str, stored: str, arrived: bool) -> None:
    """Seen with tags: "AA" stands there, "AA, B" was sent and lost. What a vendor cuts (the last case) is something new."""
    binding, record = bound(base=agreed(remark=old)), golden_row({"remark": "AA, B"})
    sent = Job(binding, record, "update", fields=frozenset({"remark"}), natives={"remark": "n:AA, B"})
    assert write_arrived(sent, back(remark=stored), rules("remark")) is arrived


@pytest.mark.parametrize(("price", "arrived"), [("9", True), ("2", False)])
def test_lost_lines_have_arrived_when_all_of_them_show(price: str, arrived: bool) -> None:
    line = {"quantity": "1", "price": "2", "remark": "r"}
    golden = golden_row({"lines": [{"id": "1", **line, "price": "9"}]})
    sent = Job(
        bound(base={"fields": {}, "rows": {"1": line_base("e1", **line)}}),
        golden,
        "update",
        fields=frozenset({"lines"}),
    )
    assert write_arrived(sent, back([("e1", {**line, "price": price})]), rules()) is arrived
