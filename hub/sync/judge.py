"""What a confirmed write means: the base after it, and what the read-back says. Pure."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from hub.mapping.results import Pulled, PulledRow
from hub.sync.images import is_image
from hub.sync.rows import align
from hub.sync.rules import Rules

Base = dict[str, Any]


def base_after_write(
    base: Mapping[str, Any],
    golden: Mapping[str, Any],
    *,
    fields: Collection[str],
    natives: Mapping[str, Any],
    back: Pulled | None,
    rules: Rules,
) -> Base:
    """The base once `fields` of `golden` were sent. `natives` is what was sent, `back` what the vendor stored (None = not read).

    A stored value that is an image of the sent one (trimmed, cut, rounded) is agreed, and marked lossy where it reads back as
    another value. A stored value that is no image was edited by somebody after the write: the base keeps what was sent, so that
    the edit shows as one when the read-back is decided.
    """
    entries = dict(base.get("fields", {}))
    for name in fields:
        rule = rules.fields.get(name)
        if rule is None or not rule.push:
            continue
        entries[name] = _entry(name, golden.get(name), natives, back)
    after: Base = {**base, "fields": entries}
    if rules.rows and rules.rows in fields and rules.row_fields:
        after["rows"] = _rows_after(base, golden, back, rules)
    return after


def _entry(name: str, sent: Any, natives: Mapping[str, Any], back: Pulled | None) -> list[Any]:
    if back is None or name not in back.natives:
        return [sent, natives.get(name)]
    stored = back.values.get(name)
    if name not in back.values or stored == sent:
        return [sent, back.natives[name]]
    if stored is None or is_image(
        sent, stored
    ):  # a vendor that stores nothing must not be sent the value for ever (I2)
        return [sent, back.natives[name], 1]
    return [sent, natives.get(name)]


def _rows_after(
    base: Mapping[str, Any], golden: Mapping[str, Any], back: Pulled | None, rules: Rules
) -> dict[str, Any]:
    lines: Sequence[dict[str, Any]] = golden.get(rules.rows) or []
    old = base.get("rows", {})
    if back is None or back.rows is None:
        return {
            line["id"]: {"native_id": _native_id(old, line["id"]), "fields": _row_entries(line, None, rules)}
            for line in lines
        }
    matched = align(back.rows, old, lines)
    read = {line: back.rows[i] for i, line in matched.items()}
    return {
        line["id"]: {
            "native_id": read[line["id"]].native_id if line["id"] in read else _native_id(old, line["id"]),
            "fields": _row_entries(line, read.get(line["id"]), rules),
        }
        for line in lines
    }


def _native_id(rows: Mapping[str, Any], line: str) -> str:
    return str(rows.get(line, {}).get("native_id", ""))


def _row_entries(line: Mapping[str, Any], read: PulledRow | None, rules: Rules) -> dict[str, Any]:
    entries = {}
    for name in rules.row_fields:
        sent = line.get(name)
        if read is None or name not in read.natives:
            entries[name] = [sent, None]
        elif read.values.get(name) == sent:
            entries[name] = [sent, read.natives[name]]
        elif read.values.get(name) is None or is_image(sent, read.values.get(name)):
            entries[name] = [sent, read.natives[name], 1]
        elif not rules.row_fields[name].push:
            entries[name] = [read.values.get(name), read.natives[name]]
        else:
            entries[name] = [sent, None]
    return entries
