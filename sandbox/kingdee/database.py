"""The data center of one sandbox: its tables, its local time and the lookup of base data by number."""

from datetime import datetime, timedelta, timezone
from threading import RLock
from typing import Any

from sandbox.core import Journal, SandboxClock
from sandbox.kingdee.documents import Document, Table
from sandbox.kingdee.errors import unknown_form
from sandbox.kingdee.forms import ALL_FORMS, find_form
from sandbox.kingdee.settings import Settings

CHINA = timezone(timedelta(hours=8))


class Database:
    """Tables by form id, all guarded by `lock`."""

    def __init__(self, settings: Settings, *, clock: SandboxClock, journal: Journal) -> None:
        self.settings = settings
        self.clock = clock
        self.journal = journal
        self.lock = RLock()
        self.tables: dict[str, Table] = {}
        self.clear()

    def clear(self) -> None:
        """Forgets every document."""
        self.tables = {form.form_id: Table(form) for form in ALL_FORMS}

    def table(self, form_id: str) -> Table:
        """The table of a form, whatever the case of its id. Raises Refused for an unknown form."""
        form = find_form(form_id)
        if form is None:
            raise unknown_form(form_id)
        return self.tables[form.form_id]

    def now_text(self) -> str:
        """Now as the server stores it: UTC+8, no zone, milliseconds without trailing zeros."""
        return local_text(self.clock.now())

    def today_text(self) -> str:
        """Today's date in UTC+8 as a business date is stored."""
        return self.clock.now().astimezone(CHINA).strftime("%Y-%m-%dT00:00:00")

    def find(self, form_id: str, number: str, *, org_id: int = 0) -> int:
        """Internal id of base data by number, 0 when there is none that this organization may use."""
        for document in self.table(form_id).with_number(number):
            if self._usable(document, org_id):
                return document.id
        return 0

    def document(self, form_id: str, document_id: Any) -> Document | None:
        """A document by internal id, or None."""
        return self.table(form_id).docs.get(document_id) if document_id else None

    def number_of(self, form_id: str, document_id: Any) -> str:
        """The number of a referenced record, "" when the reference is empty or dangling."""
        found = self.document(form_id, document_id)
        return "" if found is None else str(found.values.get(self.table(form_id).form.number_key) or "")

    def _usable(self, document: Document, org_id: int) -> bool:
        owner = document.values.get("fuseorgid")
        if owner and org_id and owner != org_id:
            return False
        audited = document.status in {"C", ""} and document.values.get("fforbidstatus", "A") == "A"
        return audited or not self.settings.references_need_audit


def local_text(moment: datetime) -> str:
    """A moment as the server shows it: 2022-04-27T10:11:12.34 (UTC+8, no zone)."""
    text = moment.astimezone(CHINA).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
    return text.rstrip("0").rstrip(".") if "." in text else text
