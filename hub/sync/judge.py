"""What a confirmed write means: the base after it, and what the read-back says. Pure."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from hub.mapping.results import Pulled, PulledRow
from hub.sync.images import is_image
from hub.sync.rows import align
from hub.sync.rules import Rules

Base = dict[str, Any]


class Sent(Protocol):
    """A job as its intent keeps it: the binding, the record as it was sent, and what went out."""

    @property
    def binding(self) -> Any: ...
    @property
    def record(self) -> Any: ...
    @property
    def fields(self) -> Collection[str]: ...
    @property
    def natives(self) -> Mapping[str, Any]: ...


def base_after_write(
    base: Mapping[str, Any],
    golden: Mapping[str, Any],
    *,
    fields: Collection[str],
    natives: Mapping[str, Any],
    back: Pulled | None,
    rules: Rules,
    held: Collection[str] = (),
) -> Base:
    """The base once `fields` of `golden` were sent. `natives` is what was sent, `back` what the vendor stored (None = not read).

    A stored value that is an image of the sent one (trimmed, cut, rounded) is agreed, and marked lossy where it reads back as
    another value. A stored value that is no image was edited by somebody after the write: the base keeps what was sent, so that
    the edit shows as one when the read-back is decided. What an open conflict held back (`held`) was not sent: it keeps its base.
    """
    entries = dict(base.get("fields", {}))
    pushed = rules.pushed & frozenset(fields)
    usual = _as_sent(pushed, golden, back) if back is not None else {}
    entries.update(usual)
    for name in pushed - usual.keys():
        entries[name] = _entry(name, golden.get(name), natives, back)
    after: Base = {**base, "fields": entries}
    if rules.rows and rules.rows in fields and rules.row_fields:
        old = base.get("rows", {})
        kept = {line: old[line] for line in old if f"{rules.rows}.{line}" in held}
        after["rows"] = {**_rows_after(base, golden, back, rules, frozenset(held)), **kept}
    return after


def _as_sent(names: Collection[str], golden: Mapping[str, Any], back: Pulled) -> dict[str, list[Any]]:
    """Entries of the fields that read back as they were sent: the usual case of what `_entry` decides."""
    sent, stored, seen = golden.get, back.values, back.natives
    return {n: [v, seen[n]] for n in names if n in seen and stored.get(n, v := sent(n)) == v}


def write_arrived(sent: Sent, back: Pulled, rules: Rules) -> bool:
    """Whether a write whose reply was lost is in what was read since. A record is written as a whole: one field that shows what was
    sent and did not before proves it; where nothing could differ, everything has to show it. Something else than before proves
    nothing: a user may have edited instead."""
    before, golden = sent.binding.base, sent.record.data
    plain = [n for n in sent.fields if n in rules.fields and rules.fields[n].push and n in back.natives]
    shown = {n: back.natives[n] == sent.natives.get(n) or is_image(golden.get(n), back.values.get(n)) for n in plain}
    old: Mapping[str, Any] = before.get("fields", {})
    news = [n for n in plain if n not in old or old[n][1] != back.natives[n]]
    if rules.rows in sent.fields and back.rows is not None:
        shown[rules.rows] = _rows_arrived(golden.get(rules.rows) or [], before.get("rows", {}), back.rows, rules)
        news.append(rules.rows)
    # With no news the vendor shows the old value: that it is also the beginning of the new one ("A" of "A, B") proves nothing.
    return any(shown[n] for n in news) if news else all(back.natives[n] == sent.natives.get(n) for n in plain)


def _rows_arrived(
    lines: Sequence[Mapping[str, Any]], base: Mapping[str, Any], found: Sequence[PulledRow], rules: Rules
) -> bool:
    """All lines as sent, no more and no less."""
    matched = align(found, base, [dict(line) for line in lines])
    read = {line: found[i] for i, line in matched.items()}
    names = [name for name, rule in rules.row_fields.items() if rule.push]
    return len(found) == len(lines) and all(
        line["id"] in read and all(is_image(line.get(n), read[line["id"]].values.get(n)) for n in names)
        for line in lines
    )


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
    base: Mapping[str, Any], golden: Mapping[str, Any], back: Pulled | None, rules: Rules, held: frozenset[str]
) -> dict[str, Any]:
    """Line by line; a line that a conflict holds as a whole was not sent and is left to the caller."""
    lines = [line for line in golden.get(rules.rows) or [] if f"{rules.rows}.{line['id']}" not in held]
    old = base.get("rows", {})
    found = back.rows if back is not None and back.rows is not None else []
    read = {line: found[i] for i, line in align(found, old, lines, sent=True).items()}
    after = {}
    for line in lines:
        name = str(line["id"])
        before, shown = old.get(name, {}), read.get(name)
        kept = {n for n, rule in rules.row_fields.items() if f"{rules.rows}.{name}.{rule.unit}" in held}
        entries = _row_entries(line, shown, before.get("fields", {}), rules, kept)
        after[name] = {"native_id": shown.native_id if shown else str(before.get("native_id", "")), "fields": entries}
    return after


def _row_entries(
    line: Mapping[str, Any], read: PulledRow | None, before: Mapping[str, Any], rules: Rules, kept: Collection[str]
) -> dict[str, Any]:
    entries = {}
    for name in rules.row_fields:
        if name in kept:
            entries.update({name: before[name]} if name in before else {})
        else:
            entries[name] = _row_entry(name, line.get(name), read, before.get(name), rules)
    return entries


def _row_entry(name: str, sent: Any, read: PulledRow | None, before: list[Any] | None, rules: Rules) -> list[Any]:
    if read is None or name not in read.natives:
        return [sent, None]
    stored = read.values.get(name)
    if stored == sent:
        return [sent, read.natives[name]]
    if before is not None and before[0] == sent:  # it was not sent: what differs is theirs, and decided as such
        return before
    if stored is None or is_image(sent, stored):
        return [sent, read.natives[name], 1]
    if not rules.row_fields[name].push:
        return [stored, read.natives[name]]
    return [sent, None]
