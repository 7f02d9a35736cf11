"""Documents in memory, one table per form, indexed by id, number, chosen fields and modified time."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.kingdee.forms import Form

FIRST_ID = 100001
FIRST_ENTRY_ID = 200001


@dataclass(slots=True)
class Row:
    """One entry row; values by lower-case key."""

    id: int
    seq: int
    values: dict[str, Any]


@dataclass(slots=True)
class Document:
    """One record: head values by lower-case key (references as internal ids), rows by lower-case entry key.

    A stored document is never changed in place: copy it, change the copy, put the copy.
    """

    id: int
    values: dict[str, Any]
    rows: dict[str, list[Row]] = field(default_factory=dict)

    def copy(self) -> "Document":
        """A copy that may be changed."""
        rows = {key: [Row(row.id, row.seq, dict(row.values)) for row in items] for key, items in self.rows.items()}
        return Document(self.id, dict(self.values), rows)

    @property
    def status(self) -> str:
        """Z, A, B, C or D."""
        return str(self.values.get("fdocumentstatus") or "")


class Table:
    """All documents of one form."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self.docs: dict[int, Document] = {}
        self.numbers: dict[str, dict[int, None]] = {}
        self.indexes: dict[str, dict[Any, dict[int, None]]] = {key.lower(): {} for key in form.indexed}
        self.modified: list[tuple[str, int]] = []
        self.pks: list[int] = []
        self._last_id = FIRST_ID - 1
        self._last_entry_id = FIRST_ENTRY_ID - 1
        self._last_number = 0

    def new_id(self) -> int:
        """The next internal id."""
        self._last_id += 1
        return self._last_id

    def new_entry_id(self) -> int:
        """The next internal id of an entry row."""
        self._last_entry_id += 1
        return self._last_entry_id

    def new_number(self) -> str:
        """The next free number of the code rule."""
        while True:
            self._last_number += 1
            number = f"{self.form.prefix}{self._last_number:06d}"
            if number not in self.numbers:
                return number

    def put(self, document: Document) -> None:
        """Stores a new document, or a changed copy in place of the old one."""
        if document.id in self.docs:
            self._forget(self.docs[document.id])
        else:
            insort(self.pks, document.id)
            self._last_id = max(self._last_id, document.id)
        self.docs[document.id] = document
        self._remember(document)

    def remove(self, document_id: int) -> None:
        """Deletes a document for good; KeyError when there is none."""
        self._forget(self.docs[document_id])
        del self.docs[document_id]
        del self.pks[bisect_left(self.pks, document_id)]

    def with_number(self, number: str) -> list[Document]:
        """Documents that carry this number, oldest first (base data has one per using organization)."""
        return [self.docs[item] for item in self.numbers.get(number, ())]

    def in_pk_order(self) -> Iterator[Document]:
        """All documents by internal id."""
        return (self.docs[item] for item in self.pks)

    def pick(self, ids: Iterable[int]) -> list[Document]:
        """The documents with these ids, by id; unknown ids are left out."""
        return [self.docs[item] for item in sorted(set(ids)) if item in self.docs]

    def _remember(self, document: Document) -> None:
        values = document.values
        insort(self.modified, (values.get("fmodifydate") or "", document.id))
        if number := values.get(self.form.number_key):
            self.numbers.setdefault(number, {})[document.id] = None
        for key, index in self.indexes.items():
            index.setdefault(values.get(key), {})[document.id] = None

    def _forget(self, document: Document) -> None:
        values = document.values
        del self.modified[bisect_left(self.modified, (values.get("fmodifydate") or "", document.id))]
        if number := values.get(self.form.number_key):
            _drop(self.numbers, number, document.id)
        for key, index in self.indexes.items():
            _drop(index, values.get(key), document.id)


def _drop(index: dict[Any, dict[int, None]], value: Any, document_id: int) -> None:
    ids = index[value]
    del ids[document_id]
    if not ids:
        del index[value]
