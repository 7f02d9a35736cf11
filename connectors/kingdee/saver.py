"""Creates and updates through BatchSave, with the look-up that every doubtful reply asks for (kingdee.md 3.1, 2.4, E
1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from connectors.kingdee import filters
from connectors.kingdee.calls import Calls, ServerFailed
from connectors.kingdee.errors import LET_THROUGH, FirewallBlocked, SessionLost
from connectors.kingdee.forms import FORMS, Form
from connectors.kingdee.judge import Sent, outcomes, silent
from connectors.kingdee.packet import (
    create_model,
    create_options,
    hub_number,
    needs_head,
    texts_with,
    update_model,
    update_options,
)
from connectors.kingdee.reader import Reader
from connectors.kingdee.units import Units
from hub.connector import Native, Write, WriteOutcome, Written
from hub.errors import HubError, OutcomeUnknown, RecordRejected, ValidationFailed

SAVE = "BatchSave"


@dataclass(frozen=True)
class Batch:
    """Records of one BatchSave: what the hub asked for and what is sent."""

    form: Form
    writes: Sequence[Write]
    models: Sequence[Native]
    options: Mapping[str, Any]

    def part(self, places: Sequence[int]) -> "Batch":
        """Some of the records, under the same options."""
        writes, models = [self.writes[place] for place in places], [self.models[place] for place in places]
        return Batch(self.form, writes, models, self.options)


class Saver:
    """Writes of one connection."""

    def __init__(self, calls: Calls, reader: Reader) -> None:
        self._calls = calls
        self._reader = reader
        self._units = Units(reader)

    def create(self, entity: str, writes: Sequence[Write]) -> list[WriteOutcome]:
        """Outcomes in order; a record whose fate is not certain gets OutcomeUnknown, never a second create."""
        form, config = FORMS[entity], self._calls.config
        defaults = config.defaults.get(entity, {})
        whole = self._units.completed(writes)
        models = [create_model(form, write, org=config.org_number, defaults=defaults) for write in whole]
        batch = Batch(form, writes, models, create_options())
        try:
            made = self._save(batch)
        except (SessionLost, ServerFailed) as doubt:
            made = self._after_doubt(entity, batch, doubt)
        return [replace(one, stage="saved") if isinstance(one, Written) else one for one in made]

    def update(self, entity: str, writes: Sequence[Write]) -> list[WriteOutcome]:
        """Outcomes in order. Records that change the same fields travel together; one group's error is its own."""
        groups = self._groups(entity, writes)
        found: dict[int, WriteOutcome] = {}
        for places, batch in groups:
            try:
                group = self._update(entity, batch)
            except HubError as error:
                if len(groups) == 1:
                    raise
                group = self._each(batch) if isinstance(error, RecordRejected) else [error] * len(places)
            found |= dict(zip(places, group, strict=True))
        return [found[place] for place in range(len(writes))]

    def _heads_for_new_rows(self, entity: str, writes: Sequence[Write]) -> dict[str, Native]:
        form = FORMS[entity]
        ids = [write.id for write in writes if needs_head(form, write)]
        rows = self._reader.heads(entity, filters.by_ids(form.pk, ids)) if ids else []
        return {str(row[form.pk]): row for row in rows}

    def _groups(self, entity: str, writes: Sequence[Write]) -> list[tuple[list[int], Batch]]:
        form = FORMS[entity]
        org, heads = self._calls.config.org_number, self._heads_for_new_rows(entity, writes)
        models = [
            update_model(form, write, org=org, head=heads.get(write.id)) for write in self._units.completed(writes)
        ]
        options = [update_options(form, model) for model in models]
        places: dict[str, list[int]] = {}
        for place, option in enumerate(options):
            places.setdefault(repr(option), []).append(place)
        everything = Batch(form, writes, models, {})
        return [
            (chosen, Batch(form, part.writes, part.models, options[chosen[0]]))
            for chosen in places.values()
            for part in [everything.part(chosen)]
        ]

    def _update(self, entity: str, batch: Batch) -> list[WriteOutcome]:
        try:
            return self._save(batch)
        except SessionLost:
            return self._resend_untouched(entity, batch)

    def _save(self, batch: Batch) -> list[WriteOutcome]:
        body = {"formid": batch.form.form_id, "data": {**batch.options, "Model": list(batch.models)}}
        try:
            status = self._calls.write(SAVE, body)
        except FirewallBlocked as blocked:
            return self._past_firewall(batch, blocked)
        sent = Sent(SAVE, [write.id for write in batch.writes])
        return [outcome or silent(sent, status) for outcome in outcomes(sent, status)]

    def _past_firewall(self, batch: Batch, blocked: FirewallBlocked) -> list[WriteOutcome]:
        """Refuse the records that hold a < by name and send the others, which did nothing wrong."""
        found: dict[int, WriteOutcome] = {}
        for place, model in enumerate(batch.models):
            for path, text in texts_with(model, "<"):
                found.setdefault(place, _suspicious(path, text, blocked))
        if not found:
            raise blocked
        clean = [place for place in range(len(batch.models)) if place not in found]
        if clean:
            found |= dict(zip(clean, self._save(batch.part(clean)), strict=True))
        return [found[place] for place in range(len(batch.models))]

    def _after_doubt(self, entity: str, batch: Batch, doubt: HubError) -> list[WriteOutcome]:
        """The call was answered, so what it did is visible now: send again only what surely is not there."""
        form = batch.form
        numbers = [hub_number(form, write) for write in batch.writes]
        there = self._reader.heads(entity, filters.by_texts(form.hub_key, numbers))
        seen = {str(row.get(form.hub_key) or "").strip() for row in there}
        absent = [place for place, number in enumerate(numbers) if number not in seen]
        if isinstance(doubt, ServerFailed) and len(absent) == len(numbers):
            raise RecordRejected(doubt.text.zh, doubt.text.en, vendor=doubt.vendor) from doubt
        found: dict[int, WriteOutcome] = {
            place: _uncertain(doubt) for place in range(len(numbers)) if place not in absent
        }
        if absent:
            found |= dict(zip(absent, self._again(batch.part(absent)), strict=True))
        return [found[place] for place in range(len(numbers))]

    def _each(self, batch: Batch) -> list[WriteOutcome]:
        """A group refused as a whole, record by record: the others of the call must not go down with it."""
        return [self._again(batch.part([place]))[0] for place in range(len(batch.writes))]

    def _again(self, batch: Batch) -> list[WriteOutcome]:
        try:
            return self._save(batch)
        except HubError as error:
            return [error] * len(batch.writes)

    def _resend_untouched(self, entity: str, batch: Batch) -> list[WriteOutcome]:
        """After a lost session: records whose version did not move were not written; the others are looked at first."""
        form = batch.form
        rows = self._reader.heads(entity, filters.by_ids(form.pk, [write.id for write in batch.writes]))
        versions = {str(row[form.pk]): str(row.get(form.modified) or "").strip() for row in rows}
        safe = [n for n, write in enumerate(batch.writes) if write.version and versions.get(write.id) == write.version]
        resent = dict(zip(safe, self._save(batch.part(safe)), strict=True)) if safe else {}
        doubt = _uncertain(None)
        return [resent.get(place, doubt) for place in range(len(batch.writes))]


def _uncertain(doubt: HubError | None) -> OutcomeUnknown:
    zh = "写入时会话丢失或服务器出错，记录可能已写入，需先核对"
    en = "The session was lost or the server failed while writing; the record may be written, look it up first"
    return OutcomeUnknown(zh, en, vendor=doubt.vendor) if doubt else OutcomeUnknown(zh, en)


def _suspicious(path: str, text: str, blocked: FirewallBlocked) -> ValidationFailed:
    return ValidationFailed(
        f"字段 {path} 的值 {text[:80]} 含有 <，被金蝶前面的防火墙拦截",
        f"The value {text[:80]} of {path} holds a <, which a firewall in front of the product stops",
        vendor=blocked.vendor,
        field=path,
        value=text,
    ).put_right_by(*LET_THROUGH)
