"""Units of order rows that name none: the material's own sale or base unit (FUnitID is required, kingdee.md 4.4)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from connectors.kingdee import filters
from connectors.kingdee.packet import empty
from connectors.kingdee.reader import Reader
from connectors.kingdee.records import ENTRY_ID
from hub.connector import Native, Write

_ROWS = "FSaleOrderEntry"
_SALE, _BASE = "FSaleUnitId.FNumber", "FBaseUnitId.FNumber"
_KEEP = 20_000


class Units:
    """Unit numbers by material number, kept for the life of the client: a material with stock can not change its
    unit."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._known: dict[str, str] = {}

    def completed(self, writes: Sequence[Write]) -> list[Write]:
        """The writes with the unit filled into new rows that lack one; at most one query per batch."""
        wanted = {material for write in writes for row in _bare_rows(write) if (material := _material(row))}
        self._learn(sorted(wanted - self._known.keys()))
        return [self._completed(write) for write in writes]

    def _completed(self, write: Write) -> Write:
        if not any(True for _ in _bare_rows(write)):
            return write
        rows = [self._row(row) if _is_bare(row) else row for row in write.data[_ROWS]]
        return replace(write, data={**write.data, _ROWS: rows})

    def _row(self, row: Mapping[str, Any]) -> Native:
        unit = self._known.get(_material(row))
        return {**row, "FUnitID": {"FNumber": unit}} if unit else dict(row)

    def _learn(self, materials: Sequence[str]) -> None:
        if not materials:
            return
        if len(self._known) > _KEEP:
            self._known.clear()
        for row in self._reader.heads("product", filters.by_texts("FNumber", materials)):
            unit = str(row.get(_SALE) or "").strip() or str(row.get(_BASE) or "").strip()
            self._known[str(row["FNumber"])] = unit


def _bare_rows(write: Write) -> Iterator[Mapping[str, Any]]:
    rows = write.data.get(_ROWS)
    return (row for row in rows if _is_bare(row)) if isinstance(rows, list) else iter(())


def _is_bare(row: Any) -> bool:
    return isinstance(row, Mapping) and empty(row.get("FUnitID")) and empty(row.get(ENTRY_ID))


def _material(row: Mapping[str, Any]) -> str:
    named = row.get("FMaterialId")
    number = named.get("FNumber") if isinstance(named, Mapping) else named
    return str(number or "").strip()
