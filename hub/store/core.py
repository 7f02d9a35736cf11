"""The tables as SQLAlchemy Core objects, for bulk paths."""

from sqlalchemy import Table
from sqlmodel import SQLModel

from hub.store import tables  # noqa: F401 - fills the metadata


def _table(name: str) -> Table:
    return SQLModel.metadata.tables[name]


alert = _table("alert")
alert_answer = _table("alert_answer")
alert_rule = _table("alert_rule")
api_token = _table("api_token")
attempt = _table("attempt")
audit = _table("audit")
binding = _table("binding")
business_event = _table("business_event")
change = _table("change")
checkpoint = _table("checkpoint")
connection = _table("connection")
flow = _table("flow")
identity_key = _table("identity_key")
inbound_event = _table("inbound_event")
inbox_item = _table("inbox_item")
intent = _table("intent")
mapping = _table("mapping")
merge_log = _table("merge_log")
pending_ref = _table("pending_ref")
read_mark = _table("read_mark")
record = _table("record")
run = _table("run")
setting = _table("setting")
user = _table("user")
