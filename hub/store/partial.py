"""The conditions of partial indexes, word for word: SQLite uses such an index only for a query that repeats its condition."""

from typing import Any

from sqlalchemy import Select, text

from hub.store.core import intent

HAS_EXTERNAL_ID = text("binding.external_id <> ''")
HAS_NUMBER = text("binding.number <> ''")
WANTS_REREAD = text("binding.reread")
IS_LEASED = text("binding.lease_owner <> ''")
OPEN_INTENT = text("intent.state IN ('open', 'unknown')")
OPEN_ITEM = text("inbox_item.state = 'open'")
NEW_DELIVERY = text("inbound_event.state = 'new'")


def open_first(query: Select[Any]) -> Select[Any]:
    """A query of open intents that begins with them: they are few, but without statistics SQLite begins with all bindings."""
    return query.where(OPEN_INTENT).with_hint(intent, "INDEXED BY ix_intent_open", "sqlite")
