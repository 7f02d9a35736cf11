"""The tables as SQLAlchemy Core objects, for queries (importing hub.store.tables is what registers them)."""

from hub.store import tables

_TABLES = tables.Record.metadata.tables

SETTING = _TABLES["setting"]
CONNECTION = _TABLES["connection"]
FLOW = _TABLES["flow"]
MAPPING = _TABLES["mapping"]
RECORD = _TABLES["record"]
BINDING = _TABLES["binding"]
IDENTITY_KEY = _TABLES["identity_key"]
INTENT = _TABLES["intent"]
RUN = _TABLES["run"]
ATTEMPT = _TABLES["attempt"]
CHANGE = _TABLES["change"]
INBOX_ITEM = _TABLES["inbox_item"]
INBOUND_EVENT = _TABLES["inbound_event"]
ALERT = _TABLES["alert"]
ALERT_RULE = _TABLES["alert_rule"]
USER = _TABLES["user"]
API_TOKEN = _TABLES["api_token"]
AUDIT = _TABLES["audit"]
