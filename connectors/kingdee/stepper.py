"""Steps of documents and base data: submit, audit, unaudit, disable, enable. A doubtful step is settled by a look."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from connectors.kingdee import filters
from connectors.kingdee.calls import Calls, ServerFailed
from connectors.kingdee.errors import SessionLost
from connectors.kingdee.forms import FORMS, Form
from connectors.kingdee.judge import Sent, outcomes, silent
from connectors.kingdee.reader import Reader
from connectors.kingdee.records import STAGE_ORDER, stage_of
from connectors.kingdee.replies import Status
from hub.connector import Native, WriteOutcome, Written
from hub.errors import BadInput, ConfigInvalid, HubError, RecordGone, RecordRejected

_OPERATION_SPELLINGS = ("ExcuteOperation", "ExecuteOperation")


@dataclass(frozen=True)
class Step:
    """One step: the service (or the operation number), and how to see that a record has taken it."""

    service: str
    reached: Callable[[Form, Native], bool]
    operation: str = ""


def _at_least(stage: str) -> Callable[[Form, Native], bool]:
    wanted = STAGE_ORDER.index(stage)

    def reached(form: Form, head: Native) -> bool:
        now = stage_of(form, head)
        return now in STAGE_ORDER and STAGE_ORDER.index(now) >= wanted

    return reached


def _reopened(form: Form, head: Native) -> bool:
    return stage_of(form, head) in {"draft", "reopened", "saved"}


def _forbidden(letter: str) -> Callable[[Form, Native], bool]:
    return lambda form, head: str(head.get(form.forbidden) or "").strip() == letter


STEPS: Mapping[str, Step] = {
    "submit": Step("Submit", _at_least("submitted")),
    "audit": Step("Audit", _at_least("audited")),
    "unaudit": Step("UnAudit", _reopened),
    "disable": Step("", _forbidden("B"), "Forbid"),
    "enable": Step("", _forbidden("A"), "Enable"),
}


class Stepper:
    """Steps of one connection. Remembers which of the two spellings of the operation service this server knows."""

    def __init__(self, calls: Calls, reader: Reader) -> None:
        self._calls = calls
        self._reader = reader
        self._spelling = 0

    def run(self, entity: str, name: str, ids: Sequence[str]) -> list[WriteOutcome]:
        """Outcomes in order of the ids. A record that has taken the step already counts as done.

        Raises BadInput for a step that the entity does not have.
        """
        step, form = self._step(entity, name), FORMS[entity]
        sent = Sent(name, ids)
        try:
            status = self._call(form, step, ids)
        except SessionLost:
            return self._resume(entity, step, sent)
        except ServerFailed as failed:
            return self._looked(entity, step, sent, [_refused(failed)] * len(ids))
        return self._judged(entity, step, sent, status)

    def _step(self, entity: str, name: str) -> Step:
        step = STEPS.get(name)
        if step is None or (step.operation and not FORMS[entity].forbidden):
            known = ", ".join(STEPS)
            raise BadInput(
                f"{entity} 没有步骤 {name}，可用：{known}", f"No step {name}; known: {known}", field="step", value=name
            )
        return step

    def _judged(self, entity: str, step: Step, sent: Sent, status: Status) -> list[WriteOutcome]:
        try:
            first = outcomes(sent, status)
        except RecordRejected as whole:
            first = [whole] * len(sent.ids)
        if all(isinstance(outcome, Written) for outcome in first):
            return self._with_stage(step, [outcome for outcome in first if outcome is not None])
        return self._looked(entity, step, sent, [outcome or silent(sent, status) for outcome in first])

    def _looked(self, entity: str, step: Step, sent: Sent, doubtful: Sequence[WriteOutcome]) -> list[WriteOutcome]:
        """The outcomes, after a look at the records that did not succeed by their own word."""
        form = FORMS[entity]
        places = [place for place, outcome in enumerate(doubtful) if isinstance(outcome, HubError)]
        heads = self._heads(entity, [sent.ids[place] for place in places])
        found = list(doubtful)
        for place in places:
            head = heads.get(sent.ids[place])
            if head is None:
                found[place] = _gone(sent.ids[place])
            elif step.reached(form, head):
                found[place] = Written(sent.ids[place], str(head.get(form.number) or ""), stage_of(form, head))
        return self._with_stage(step, found)

    def _with_stage(self, step: Step, found: Sequence[WriteOutcome]) -> list[WriteOutcome]:
        stages = {"Submit": "submitted", "Audit": "audited", "UnAudit": "reopened"}
        stage = stages.get(step.service, "")
        return [replace(one, stage=one.stage or stage) if isinstance(one, Written) else one for one in found]

    def _resume(self, entity: str, step: Step, sent: Sent) -> list[WriteOutcome]:
        """After a lost session: the step again for those that have not taken it; it can not happen twice."""
        form, heads = FORMS[entity], self._heads(entity, sent.ids)
        todo = [one for one in sent.ids if one in heads and not step.reached(form, heads[one])]
        if todo:
            again = Sent(sent.operation, todo)
            status = self._call(form, step, todo)
            done = dict(zip(todo, self._judged(entity, step, again, status), strict=True))
        else:
            done = {}
        rest: list[WriteOutcome] = [_gone(one) for one in sent.ids]
        return [
            done.get(one) or outcome
            for one, outcome in zip(sent.ids, self._looked(entity, step, sent, rest), strict=True)
        ]

    def _heads(self, entity: str, ids: Sequence[str]) -> dict[str, Native]:
        form = FORMS[entity]
        return {str(row[form.pk]): row for row in self._reader.heads(entity, filters.by_ids(form.pk, ids))}

    def _call(self, form: Form, step: Step, ids: Sequence[str]) -> Status:
        data: dict[str, Any] = {"CreateOrgId": 0, "Numbers": [], "Ids": filters.id_list(ids), "NetworkCtrl": ""}
        if not step.operation:
            return self._calls.write(step.service, {"formid": form.form_id, "data": data})
        return self._operate({"formid": form.form_id, "opNumber": step.operation, "data": data})

    def _operate(self, body: Mapping[str, Any]) -> Status:
        """The vendor's own clients misspell the service; some servers know only the right spelling (1.1)."""
        try:
            return self._calls.write(_OPERATION_SPELLINGS[self._spelling], body)
        except (ConfigInvalid, ServerFailed):
            status = self._calls.write(_OPERATION_SPELLINGS[1 - self._spelling], body)
            self._spelling = 1 - self._spelling
            return status


def _refused(failed: ServerFailed) -> RecordRejected:
    return RecordRejected(failed.text.zh, failed.text.en, vendor=failed.vendor)


def _gone(record_id: str) -> RecordGone:
    return RecordGone(
        f"内码 {record_id} 的单据不存在或不可见", f"Record {record_id} is not there or not visible", value=record_id
    )
