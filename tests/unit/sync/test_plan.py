"""The plan of a page: one primary outcome per row, whatever the page holds."""

import itertools
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub.connector.contract import Remote
from hub.errors import Problem, Text
from hub.mapping.results import Pulled
from hub.store.pageplan import Target
from hub.sync.identity import Candidate
from hub.sync.pagecontext import PageContext, Read
from hub.sync.plan import plan_page
from hub.sync.pull import balanced
from tests.unit.sync.builders import agreed, bound, golden_row, native, rules

NOW = datetime(2026, 11, 1, tzinfo=UTC)
TARGET = Target(flow_id=9, connection_id=2, entity="customer", pushes=frozenset({"name"}), create=True)


def context(**given: Any) -> PageContext:
    values: dict[str, Any] = {
        "at": 1,
        "at_name": "crm",
        "entity": "customer",
        "read_seq": 10,
        "rules": rules("name", "mobile", "level"),
        "now": NOW,
        "targets": [TARGET],
        "record_ids": itertools.count(100),
        "binding_ids": itertools.count(200),
    }
    return PageContext(**{**values, **given})


def row(key: str, problems: list[Problem] | None = None, **values: Any) -> Read:
    natives = {name: native(value) for name, value in values.items()}
    pulled = Pulled(values, natives, problems or [])
    return Read(Remote(id=key, data=dict(values)), f"hash-{key}-{values}", pulled)


def known(key: str, **given: Any) -> Any:
    values = {
        "id": 7,
        "record_id": 1,
        "external_id": key,
        "role": "primary",
        "version": 4,
        "read_seq": 3,
        "write_seq": 3,
    }
    return bound(**{**values, "reread": False, "native_hash": "", **given})


def test_a_newcomer_is_created_and_wanted_elsewhere() -> None:
    plan = plan_page([row("A", name="甲")], context())
    assert plan.counts["created"] == 1
    (wanted,) = plan.wanted
    assert (wanted["connection_id"], wanted["state"]) == (2, "wanted")
    assert "external_id" not in wanted, "the database fills in what all wanted bindings have in common"
    assert wanted["key"] == f"HUB{wanted['id']:08d}"


def test_two_rows_of_one_page_that_look_alike_are_a_question_not_two_customers_elsewhere() -> None:
    plan = plan_page([row("A", name="甲", mobile="1"), row("B", name="甲", mobile="1")], context())
    assert (plan.counts["created"], plan.counts["conflicted"]) == (1, 1)
    assert [item.kind for item in plan.inbox] == ["possible_duplicate"]
    assert len(plan.wanted) == 1


def test_a_stale_read_and_a_read_during_a_write_are_put_off() -> None:
    for moved, intents in (({"read_seq": 11}, {}), ({"write_seq": 10}, {}), ({}, {7: object()})):
        here = known("A", **moved)
        plan = plan_page([row("A", name="甲")], context(brief={"A": here}, bindings={7: here}, intents=intents))
        assert plan.counts["deferred"] == 1
        assert plan.reread == [7]
        assert plan.records == []


def test_a_tombstone_is_not_lifted_by_a_page() -> None:
    for state in ("gone", "unlinked", "merged"):
        plan = plan_page([row("A", name="甲")], context(brief={"A": known("A", state=state)}))
        assert plan.counts == {"repeated": 0, "_read_seq": 10, "filtered": 1}


def test_a_bad_row_fails_alone() -> None:
    problem = Problem("invalid", "tax_code", Text("错", "wrong"), details={"action": "reject"})
    plan = plan_page([row("A", [problem], name="甲"), row("B", name="乙")], context())
    assert (plan.counts["failed"], plan.counts["created"]) == (1, 1)
    assert [item.kind for item in plan.inbox] == ["invalid"]


def test_a_row_that_a_create_of_ours_waits_for_holds_the_checkpoint() -> None:
    waiting = known("", state="wanted")
    found = Read(Remote(id="A", data={}, key="HUB00000007"), "h", Pulled({"name": "甲"}, {"name": "甲"}, []))
    plan = plan_page([found], context(wanted_by_key={"HUB00000007": waiting}, intents={7: object()}))
    assert plan.counts["deferred"] == 1
    assert plan.hold_checkpoint


def test_a_strong_key_that_somebody_has_is_a_question_not_a_failed_page() -> None:
    tax = "91310000MA1FL5E75Q"
    here = known("A", base=agreed(name="甲"))
    ruled = rules("name", "tax_code")
    given = {"rules": ruled, "brief": {"A": here}, "bindings": {7: here}, "records": {1: full_row({"name": "甲"})}}
    plan = plan_page([row("A", name="甲", tax_code=tax)], context(**given, by_key={("tax_code", tax): {5}}))
    assert [item.kind for item in plan.inbox] == ["collision"]
    assert [key["kind"] for key in plan.keys[1]] == ["name"]


def full_row(data: dict[str, Any]) -> Any:
    return SimpleNamespace(**vars(golden_row(data)), entity="customer", origin={})


@given(
    st.lists(
        st.tuples(
            st.sampled_from("ABCDE"), st.sampled_from(["甲", "乙", None]), st.sampled_from(["1", "2"]), st.booleans()
        ),
        max_size=8,
    )
)
def test_every_page_balances(page: list[tuple[str, str | None, str, bool]]) -> None:
    """I13: whatever rows come, however often, bound or not."""
    here = known("A", base=agreed(name="甲", mobile="1"), held=[])
    gone = known("B", id=8, state="gone")
    reads = [row(key, name=name, mobile=mobile) for key, name, mobile, _ in page]
    for found, (_key, _name, _mobile, out) in zip(reads, page, strict=True):
        if out:
            found.pulled = None
    owner = full_row({"name": "甲", "mobile": "1"})
    plan = plan_page(
        reads,
        context(
            brief={"A": here, "B": gone},
            bindings={7: here},
            records={1: owner},
            candidates={1: Candidate(1, owner.data, bound=True)},
            by_key={("name", "甲"): {1}},
        ),
    )
    assert balanced({**plan.counts, "fetched": len(reads)})


def test_a_newcomer_under_the_number_of_a_create_whose_reply_was_lost_waits_for_the_look_up() -> None:
    """Where the number is the key, a record may have brought a number of its own: then no key of the hub tells."""
    ours = {"name": "甲", "number": "K-1"}
    plan = plan_page([row("A", name="甲", number="K-1")], context(unproven=[ours]))
    assert (plan.counts["deferred"], plan.hold_checkpoint, plan.inbox) == (1, True, [])
    other = plan_page([row("B", name="乙", number="K-2")], context(unproven=[ours]))
    assert other.counts["created"] == 1
