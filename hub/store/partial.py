"""The conditions of partial indexes, word for word: SQLite uses such an index only for a query that repeats its condition."""

from typing import Any

from sqlalchemy import Select, select, text

from hub.store.core import binding, intent
from hub.store.types import EPOCH

HAS_EXTERNAL_ID = text("binding.external_id <> ''")
HAS_NUMBER = text("binding.number <> ''")
WANTS_REREAD = text("binding.reread")
IS_OPEN = text("record.is_open")
OPEN_INTENT = text("intent.state IN ('open', 'unknown')")
OPEN_ITEM = text("inbox_item.state = 'open'")
NEW_DELIVERY = text("inbound_event.state = 'new'")

MAY_BE_DUE = text("binding.role = 'primary' AND binding.state IN ('wanted', 'linked')")
"""Aliases and tombstones are never written to, so they are never due."""


def open_intents_with_bindings(*columns: Any) -> Select[Any]:
    """Open intents joined to their bindings, beginning with the intents through their index: they are few, but without statistics
    SQLite would begin with all bindings. (Adding 0 keeps it from looking intents up by binding.)"""
    joined = select(*columns).join_from(intent, binding, binding.c.id == intent.c.binding_id + 0)
    return joined.where(OPEN_INTENT, intent.c.opened_at > EPOCH)
