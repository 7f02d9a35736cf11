"""Alerts that a person sends again, and the look for overdue receivables on request."""

from sqlalchemy import insert, select

from hub.alerts.rules import parse_rule, save_rule
from hub.store import core
from tests.records import put
from tests.unit.api.office import NOW

ROW = {"rule": "r", "channel": "app", "recipient": "wang", "title": "t", "body": "b", "url": "", "format": "text"}


def alert(world, state, key):
    with world.runtime.db.write() as tx:
        more = {"state": state, "attempts": 1, "created_at": NOW, "receipt": {}, "connection_id": 1, "dedupe_key": key}
        statement = insert(core.alert).values(**ROW, **more).returning(core.alert.c.id)
        return tx.execute(statement).scalar_one()


def state_of(world, key):
    with world.runtime.db.read() as tx:
        return tx.execute(select(core.alert.c.state).where(core.alert.c.id == key)).scalar_one()


def test_an_admin_sends_an_unknown_alert_again(world):
    ada, key = world.as_("ada"), alert(world, "unknown", "k1")
    assert ada.send("POST", f"/alerts/{key}/send-again", {}).status_code == 200
    assert state_of(world, key) == "due"
    assert [row["target"] for row in ada.get("/audit", action="alert.send_again").json()["rows"]] == [str(key)]


def test_what_was_delivered_is_not_sent_again(world):
    ada, key = world.as_("ada"), alert(world, "delivered", "k1")
    answer = ada.send("POST", f"/alerts/{key}/send-again", {})
    assert (answer.status_code, answer.json()["field"], state_of(world, key)) == (422, "state", "delivered")
    assert ada.send("POST", "/alerts/999/send-again", {}).status_code == 404


def test_salespeople_and_finance_do_not_send(world):
    key = alert(world, "unknown", "k1")
    for name in ("sun", "fang"):
        assert world.as_(name).send("POST", f"/alerts/{key}/send-again", {}).status_code == 403
        assert world.as_(name).send("POST", "/alerts/overdue", {}).status_code == 403
    assert state_of(world, key) == "unknown"


def test_overdue_receivables_are_looked_for_on_request(world):
    ada, db = world.as_("ada"), world.runtime.db
    rule = {"name": "late", "event": "receivable.overdue", "to": ["owner"], "template": {"body": "x"}}
    save_rule(db, parse_rule(rule), "test", NOW)
    put(db, "receivable", {"amount": "10", "currency": "CNY", "date": "2026-11-01", "due_date": "2026-11-10"})
    assert ada.send("POST", "/alerts/overdue", {}).json() == {"events": 1}
    assert ada.send("POST", "/alerts/overdue", {}).json() == {"events": 0}


def test_the_calendar_and_the_buckets_can_be_changed(world):
    ada = world.as_("ada")
    days = {"2027-02-08": "off", "2027-02-20": "work"}
    assert ada.send("PUT", "/alerts/calendar", {"days": days}).json()["days"] == days
    assert ada.send("PUT", "/alerts/calendar", {"days": {"2027-02-08": None}}).json()["days"] == {"2027-02-20": "work"}
    assert ada.get("/alerts/calendar").json()["days"] == {"2027-02-20": "work"}
    for wrong in ({"soon": "off"}, {"2027-2-8": "off"}, {"2027-02-08": "holiday"}):
        answer = ada.send("PUT", "/alerts/calendar", {"days": wrong})
        assert (answer.status_code, answer.json()["field"]) == (422, "calendar")
    assert ada.send("PUT", "/receivables/buckets", {"days": [15, 45]}).status_code == 200
    assert [one["key"] for one in ada.get("/receivables").json()["buckets"]] == ["not_due", "1-15", "16-45", ">45"]
    assert ada.send("PUT", "/receivables/buckets", {"days": [45, 15]}).status_code == 422
