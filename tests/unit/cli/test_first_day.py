"""What an admin meets on the first day: settings explained, a test that lets work go on, choices in words, no silent typing errors."""

import pytest
from sqlalchemy import insert, update

from hub.cli.checks.approvals import approvals
from hub.cli.inbox import MEANINGS
from hub.store import connections as store
from hub.store import core
from hub.store.tables import Flow
from hub.sync.people import CHOICES
from tests.unit.api.office import NOW, put_binding, put_item, put_record


def stop(runtime, error: str) -> None:
    with runtime.db.write() as tx:
        row = store.find_connection(tx, "erp")
        values = {"state": "paused", "reason": {"error": error, "zh": "密钥不对", "en": "wrong secret"}}
        store.update_connection(tx, row["id"], values)


def test_a_good_test_lets_a_connection_go_on_that_trouble_had_stopped(hub, runtime):
    stop(runtime, "CredentialsRejected")
    ended = hub("connections", "test", "erp")
    assert ended.status == 0
    assert "goes on now" in ended.err
    assert [asked[0] for asked in runtime.engine.asked] == ["resume"]


def test_a_bad_test_leaves_it_stopped(hub, runtime):
    stop(runtime, "CredentialsRejected")
    runtime.clients.refuse()
    assert hub("connections", "test", "erp").status == 1
    assert runtime.engine.asked == []


def test_what_a_person_paused_stays_paused_and_that_is_said(hub, runtime):
    stop(runtime, "Paused")
    ended = hub("connections", "test", "erp")
    assert "hub connections resume erp" in ended.err
    assert runtime.engine.asked == []
    assert hub("connections", "test", "erp", "--json").json()["resumed"] is False


def test_the_settings_of_one_system_are_explained(hub):
    shown = hub("connections", "systems", "acme", lang="zh")
    assert shown.status == 0
    for field in hub("connections", "systems", "acme", "--json").json()["form"]:
        assert field["name"] in shown.out
        assert field["title"]["zh"] in shown.out
    assert hub("connections", "systems", "nobody").status == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("inbox", "list", "--kind", "konflikt"), "possible_duplicate"),
        (("inbox", "list", "--state", "done"), "resolved"),
        (("runs", "list", "--state", "broken"), "failed"),
        (("alerts", "list", "--state", "lost"), "refused"),
    ],
)
def test_a_word_that_can_match_nothing_is_no_empty_list(hub, words, told):
    ended = hub(*words)
    assert (ended.status, ended.out) == (2, "")
    assert told in ended.err


def test_every_choice_says_what_it_does(hub, runtime):
    assert set(MEANINGS) == {choice for choices in CHOICES.values() for choice in choices}
    item = put_item(runtime, kind="approval_refused")
    shown = hub("inbox", "show", str(item), lang="zh").err
    assert f"hub inbox resolve {item} again" in shown
    assert "重新发起审批" in shown


def test_the_field_that_is_settled_is_named_whole(hub, runtime, ids):
    put_binding(runtime, ids["孙的客户"], "9", base={"fields": {"name": ["孙的客户", "别的名字"]}})
    shown = hub("flows", "settle", "erp", "customer", "name", "remote", "--dry-run")
    assert "n, a, m, e" not in shown.err
    assert "name" in shown.err
    assert "None" not in hub("flows", "report", "erp").out


def test_a_record_says_what_it_waits_for(hub, runtime, ids):
    parent = put_record(runtime, "approval", "销售订单 7 甲公司")
    order = ids["孙的order"]
    put_binding(runtime, order, "", entity="order", state="wanted", waiting_for=parent)
    assert f"erp 等待 {parent} 销售订单 7 甲公司" in hub("records", "show", str(order), lang="zh").out


def test_orders_that_wait_for_an_approval_nobody_starts_are_told_with_the_command(runtime, ids):
    parent = put_record(runtime, "approval", "销售订单 7 甲公司")
    put_binding(runtime, parent, "", entity="approval", state="wanted")
    put_binding(runtime, ids["孙的order"], "", entity="order", state="wanted", waiting_for=parent)
    with runtime.db.read() as tx:
        (found,) = approvals(tx)
    assert found.fix.en.startswith("run hub flows set OA approval")
    with runtime.db.write() as tx:
        flow = Flow(connection_id=1, entity="approval", push=True).model_dump(exclude={"id"})
        tx.execute(insert(core.flow).values(flow))
    with runtime.db.read() as tx:
        (found,) = approvals(tx)
    assert found.fix.en.startswith("run hub connections release erp approval")
    with runtime.db.write() as tx:
        tx.execute(update(core.flow).where(core.flow.c.entity == "approval").values(released_at=NOW))
    with runtime.db.read() as tx:
        assert list(approvals(tx)) == []
