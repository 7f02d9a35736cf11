"""What is written down before a write goes out, and read again when its reply was lost. Pure."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from hub.sync.pushplan import Job


def intent_row(job: Job, *, now: datetime, wanted_stage: str) -> dict[str, Any]:
    """A row of table intent, without lease and run."""
    return {
        "binding_id": job.binding.id,
        "operation": job.action,
        "key": job.binding.key,
        "target_stage": job.step or wanted_stage,
        "record_version": job.record.version,
        "sent": {"fields": _sorted(job.fields), "natives": job.natives, "golden": _golden(job)},
        "state": "open",
        "opened_at": now,
        "looks": 0,
    }


def golden_of(sent: Mapping[str, Any]) -> dict[str, Any]:
    """The golden values that an intent says were sent."""
    natives = sent["natives"]
    return {**{name: natives[name] for name in sent["fields"] if name in natives}, **sent["golden"]}


def _golden(job: Job) -> dict[str, Any]:
    """Golden values as sent; texts that were sent as they are stand among the natives."""
    value, native = job.record.data.get, job.natives.get
    return {n: v for n in job.fields if (v := value(n)).__class__ is not str or native(n) != v}


@lru_cache(maxsize=256)
def _sorted(fields: frozenset[str]) -> list[str]:
    """The records of a batch are mostly sent with the same fields."""
    return sorted(fields)
