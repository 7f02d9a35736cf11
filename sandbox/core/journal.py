"""What a sandbox has accepted: one entry per write or message, in order, never changed."""

from collections.abc import Mapping
from threading import Lock
from typing import Any

from sandbox.core.clock import SandboxClock

Entry = dict[str, Any]


class Journal:
    """Entries {"seq","at","kind","object","id","data","request_id","by"}.

    kind is create, update, delete, submit, audit, unaudit, operation, message and the like; `by` is "api" for what
    came in at the vendor's paths and "user" for what the control interface did in the name of a user.
    """

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._entries: list[Entry] = []
        self._last = 0

    def append(self, kind: str, object: str, *, id: object, data: object, request_id: str = "") -> Entry:
        """Records one thing the vendor's own interface accepted."""
        fields = {"kind": kind, "object": object, "id": id, "data": data, "request_id": request_id}
        return self._add({**fields, "by": "api"})

    def append_user(self, kind: str, object: str, *, id: object, data: object) -> Entry:
        """Records one edit made through the control interface."""
        return self._add({"kind": kind, "object": object, "id": id, "data": data, "request_id": "", "by": "user"})

    @property
    def last(self) -> int:
        return self._last

    def entries(self, *, since: int = 0, match: Mapping[str, str] | None = None) -> list[Entry]:
        """Entries with seq > since whose fields equal those of match (compared as text)."""
        wanted = match or {}
        return [
            entry
            for entry in self._entries[max(0, since) :]
            if all(str(entry[name]) == value for name, value in wanted.items())
        ]

    def clear(self) -> None:
        with self._lock:
            self._entries = []
            self._last = 0

    def _add(self, fields: Entry) -> Entry:
        with self._lock:
            self._last += 1
            entry = {"seq": self._last, "at": self._clock.now().isoformat(), **fields}
            self._entries.append(entry)
            return entry
