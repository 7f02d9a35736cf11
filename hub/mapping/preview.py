"""What a mapping does to one record, line by line, with a verdict for each: the same functions as the worker uses."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from hub.errors import Problem
from hub.mapping.chains import raw
from hub.mapping.compile import NATIVE_ID, Compiled
from hub.mapping.echo import EchoRefs
from hub.mapping.results import Line, Pulled, PulledRow

Verdict = Literal["same", "normalised", "lossy", "one_way", "missing", "empty", "refused", "as_given"]
_HIDDEN = "***"


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """One golden field of one record (or row): native as read, golden, native as it would be sent back.

    Verdicts: same (sent as read), normalised (sent in another spelling), lossy (golden would change), one_way, missing
    (not in the record), empty, refused (see the problem), as_given (kept although it looks wrong).
    """

    field: str
    native_path: str
    native: Any
    golden: Any
    sent: Any
    verdict: Verdict
    row: str = ""
    problem: Problem | None = None

    def as_json(self) -> dict[str, Any]:
        fields = {slot: getattr(self, slot) for slot in self.__slots__ if slot != "problem"}
        text = self.problem.text.as_json() if self.problem else None
        return {**fields, "native": raw(self.native), "sent": raw(self.sent), "problem": text}


@dataclass(frozen=True, slots=True)
class PreviewResult:
    """The whole preview. `golden` is what the hub would hold, `native` what it would send for a create."""

    in_scope: bool
    lines: list[PreviewLine]
    golden: dict[str, Any]
    native: dict[str, Any]
    problems: list[Problem] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing was refused and nothing would be lost."""
        return not any(line.verdict in ("refused", "lossy") for line in self.lines)

    def as_json(self) -> dict[str, Any]:
        return {
            "in_scope": self.in_scope,
            "ok": self.ok,
            "lines": [line.as_json() for line in self.lines],
            "golden": self.golden,
            "native": raw(self.native),
            "problems": [{**problem.text.as_json(), "field": problem.field} for problem in self.problems],
        }


def preview(compiled: Compiled, sample: Mapping[str, Any]) -> PreviewResult:
    """Native -> golden -> native."""
    refs = EchoRefs()
    pulled = compiled.pull(sample)
    golden = _bound(compiled, pulled, refs)
    pushed = compiled.push(golden, None, refs)
    sent = {**pushed.natives}
    sent_rows = sent.pop(compiled.rows.field, []) if compiled.rows else []
    lines = [_line(line, pulled, pulled.problems, compiled=compiled, sent=sent) for line in compiled.fields.values()]
    if compiled.rows is not None:
        for row, row_sent in zip(pulled.rows or [], sent_rows, strict=False):
            lines += _row(compiled, row, row_sent, problems=pulled.problems)
    problems = [*pulled.problems, *pushed.problems]
    return PreviewResult(compiled.in_scope(sample), lines, _shown(compiled, pulled), pushed.native, problems)


def preview_golden(compiled: Compiled, golden: Mapping[str, Any]) -> PreviewResult:
    """Golden -> native -> golden: what a push sends and what would come back from it.

    Fields are compared where the mapping reads what it writes; where it writes elsewhere the verdict is one_way.
    """
    refs = EchoRefs()
    bound = {name: refs.bound(value) for name, value in golden.items()}
    pushed = compiled.push(bound, None, refs)
    back = compiled.pull(pushed.native)
    failed = {problem.field: problem for problem in pushed.problems if not problem.line}
    lines = [
        _golden_line(line, golden, back, sent=pushed.natives.get(name), problem=failed.get(name))
        for name, line in compiled.fields.items()
        if line.direction != "pull"
    ]
    return PreviewResult(True, lines, dict(golden), pushed.native, list(pushed.problems))


def _bound(compiled: Compiled, pulled: Pulled, refs: EchoRefs) -> dict[str, Any]:
    golden = refs.record(pulled.values)
    if compiled.rows is not None and pulled.rows is not None:
        golden[compiled.rows.field] = [
            {**refs.record(row.values), "id": row.native_id, NATIVE_ID: row.native_id} for row in pulled.rows
        ]
    return golden


def _shown(compiled: Compiled, pulled: Pulled) -> dict[str, Any]:
    if compiled.rows is None or pulled.rows is None:
        return pulled.values
    return {**pulled.values, compiled.rows.field: [{"id": row.native_id, **row.values} for row in pulled.rows]}


def _row(
    compiled: Compiled, row: PulledRow, sent: Mapping[str, Any], *, problems: Sequence[Problem]
) -> list[PreviewLine]:  # fmt: skip
    assert compiled.rows is not None
    pulled = Pulled(row.values, row.natives, [])
    own = [problem for problem in problems if problem.line == row.native_id]
    lines = (_line(line, pulled, own, compiled=None, sent=sent) for line in compiled.rows.fields.values())
    return [dataclasses.replace(line, row=row.native_id) for line in lines]


def _line(
    line: Line, pulled: Pulled, problems: Sequence[Problem], *, compiled: Compiled | None, sent: Mapping[str, Any]
) -> PreviewLine:  # fmt: skip
    name = line.field
    problem = next((found for found in problems if found.field == name), None)
    native, golden = pulled.natives.get(name), pulled.values.get(name)
    verdict = _verdict(line, pulled, problem, sent=sent.get(name))
    if verdict in ("same", "normalised") and compiled is not None and line.direction == "both":
        verdict = verdict if compiled.survives(name, golden) else "lossy"
    if line.sensitive:
        native = golden = _HIDDEN
        sent = {name: _HIDDEN}
    return PreviewLine(name, ", ".join(line.native), native, golden, sent.get(name), verdict, problem=problem)


def _verdict(line: Line, pulled: Pulled, problem: Problem | None, *, sent: Any) -> Verdict:
    if problem is not None:
        return "as_given" if problem.details.get("action") == "as_given" else "refused"
    if line.field not in pulled.values:
        return "missing" if line.direction != "push" else "one_way"
    if line.direction != "both":
        return "one_way"
    if pulled.values[line.field] is None:
        return "empty"
    return "same" if sent == pulled.natives.get(line.field) else "normalised"


def _golden_line(
    line: Line, golden: Mapping[str, Any], back: Pulled, *, sent: Any, problem: Problem | None
) -> PreviewLine:  # fmt: skip
    value, again = golden.get(line.field), back.values.get(line.field)
    if problem is not None:
        verdict: Verdict = "refused"
    elif line.field not in golden:
        verdict = "missing"
    elif value is None:
        verdict = "empty"
    elif line.direction == "push" or line.field not in back.values or line.type == "ref":
        verdict = "one_way" if line.direction == "push" or line.field not in back.values else "same"
    else:
        verdict = "same" if again == value else "lossy"
    shown = (_HIDDEN, _HIDDEN) if line.sensitive else (value, sent)
    return PreviewLine(line.field, ", ".join(line.write), again, shown[0], shown[1], verdict, problem=problem)
