"""hub alerts again, run and calendar."""

from sqlalchemy import insert

from hub.alerts.rules import parse_rule, save_rule
from hub.errors import RecordRejected
from hub.store import core
from tests.records import NOW, put


def test_overdue_receivables_are_looked_for_now(hub, runtime):
    rule = {"name": "late", "event": "receivable.overdue", "to": ["owner"], "template": {"body": "x"}}
    save_rule(runtime.db, parse_rule(rule), "test", NOW)
    put(runtime.db, "receivable", {"amount": "10", "currency": "CNY", "date": "2026-11-01", "due_date": "2026-11-10"})
    first, second = hub("alerts", "run"), hub("alerts", "run")
    assert (first.status, "1" in first.err, "0" in second.err) == (0, True, True)


def test_an_alert_is_sent_again_only_when_that_is_open(hub, runtime):
    row = {"rule": "r", "channel": "app", "recipient": "w", "title": "t", "body": "b", "url": "", "format": "text"}
    more = {"attempts": 1, "created_at": NOW, "receipt": {}, "connection_id": 1}
    with runtime.db.write() as tx:
        tx.execute(insert(core.alert).values(id=1, state="refused", dedupe_key="a", **row, **more))
        tx.execute(insert(core.alert).values(id=2, state="delivered", dedupe_key="b", **row, **more))
    assert hub("alerts", "again", "1").status == 0
    refused = hub("alerts", "again", "2")
    assert (refused.status, "delivered" in refused.err) == (2, True)
    assert hub("alerts", "again", "77").status == 2


def test_a_refused_alert_is_listed_with_whose_job_it_is(hub, runtime):
    error = RecordRejected("没有人能收到消息", "Nobody can get it").put_right_by(
        "system_admin", "加入可见范围", "add them"
    )
    shown = error.as_json()
    reason = {name: shown[name] for name in ("zh", "en", "remedy")}
    row = {"rule": "r", "channel": "app", "recipient": "w", "title": "t", "body": "b", "url": "", "format": "text"}
    more = {
        "attempts": 1,
        "created_at": NOW,
        "receipt": {"error": "RecordRejected", "reason": reason},
        "connection_id": 1,
    }
    with runtime.db.write() as tx:
        tx.execute(insert(core.alert).values(id=1, state="refused", dedupe_key="a", **row, **more))
    shown = hub("alerts", "list").out
    assert "{" not in shown, "a text, not JSON"


def test_days_off_are_shown_and_changed(hub, runtime):
    shown = hub("alerts", "calendar", "2027-02-08=off", "2027-02-20=work", "--json").json()
    assert [(row["day"], row["kind"]) for row in shown] == [("2027-02-08", "off"), ("2027-02-20", "work")]
    assert len(hub("alerts", "calendar", "2027-02-08=none", "--json").json()) == 1
    wrong = hub("alerts", "calendar", "tomorrow=off")
    assert (wrong.status, "tomorrow" in wrong.err) == (2, True)
