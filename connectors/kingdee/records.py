"""Query rows -> native records (flat FieldKeys of the head, rows under their entry key) -> Remote. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from connectors.kingdee.forms import Entry, Form
from connectors.kingdee.plan import Plan
from hub.connector import Native, Remote

STAGES = {"Z": "draft", "A": "saved", "B": "submitted", "C": "audited", "D": "reopened"}
"""FDocumentStatus (kingdee.md 3.3)."""
STAGE_ORDER = ("draft", "reopened", "saved", "submitted", "audited")
ENTRY_ID = "FEntryID"


def stage_of(form: Form, native: Mapping[str, Any]) -> str:
    """The stage name; the vendor's own letter for a status that is not known, "" where the form has none."""
    letter = str(native.get(form.status) or "").strip()
    return STAGES.get(letter, letter)


def remote_of(plan: Plan, native: Native) -> Remote:
    """A native record as the hub's value. The version is the modified time: the vendor has no other."""
    modified = str(native.get(plan.form.modified) or "").strip()
    return Remote(
        id=str(native[plan.pk]),
        data=native,
        number=str(native.get(plan.form.number) or "").strip(),
        version=modified,
        stage="" if plan.form.row_of else stage_of(plan.form, native),
        modified=modified,
    )


def rows_by_bill(form: Form, entry: Entry, rows: Iterable[Mapping[str, Any]]) -> dict[int, list[Native]]:
    """Entry rows by bill in row order, keys as a Save names them: the row id becomes FEntryID, the row number FSeq."""
    found: dict[int, list[Native]] = defaultdict(list)
    for row in rows:
        if row.get(entry.pk):
            found[int(row[form.pk])].append(_entry_row(form, entry, row))
    for lines in found.values():
        lines.sort(key=lambda line: int(line["FSeq"] or 0))
    return found


def _entry_row(form: Form, entry: Entry, row: Mapping[str, Any]) -> Native:
    own = {entry.pk, entry.seq, form.pk, form.modified}
    fields = {key: value for key, value in row.items() if key not in own}
    return {ENTRY_ID: row[entry.pk], "FSeq": row.get(entry.seq), **fields}


def moved_bills(form: Form, heads: Sequence[Native], rows: Iterable[Mapping[str, Any]]) -> set[int]:
    """Bills that changed between the two queries: another modified time beside their rows than in their head."""
    stamps = {int(head[form.pk]): head.get(form.modified) for head in heads}
    return {
        int(row[form.pk])
        for row in rows
        if form.modified in row and row[form.modified] != stamps.get(int(row[form.pk]), row[form.modified])
    }


def oldest_change_first(plan: Plan, natives: Iterable[Native]) -> list[Native]:
    """Records of one page by modified time."""
    return sorted(natives, key=lambda native: str(native.get(plan.form.modified) or ""))
