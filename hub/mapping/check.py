"""Checks of a mapping before it is saved: against the golden model, and against real sample records."""

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hub.errors import Text
from hub.mapping.compile import clashes, compile_mapping, rows_problem
from hub.mapping.findings import Finding
from hub.mapping.laws import broken_law, native_of
from hub.mapping.load import read_file, samples_beside
from hub.mapping.paths import MISSING, parse_path
from hub.mapping.plan import LinePlan, plan_line, template_fields
from hub.mapping.refused import shown
from hub.mapping.schema import LineSpec, MappingSpec
from hub.mapping.source import Place, Source
from hub.mapping.steps.base import text_of
from hub.model.canonical import is_custom_name
from hub.model.fields import FIELDS
from hub.model.spec import FieldSpec

Sample = Mapping[str, Any]
_Planned = list[tuple[Place, LinePlan]]


def check_file(path: str | Path, samples: Sequence[Sample] | None = None) -> list[Finding]:
    """Everything wrong with a mapping file, errors first. Samples default to `<name>.sample.json` beside it, if there."""
    path = Path(path)
    source = read_file(path)
    if source.spec is None:
        return source.findings
    found, findings = (samples, []) if samples is not None else samples_beside(path)
    return [*findings, *check_source(source, found)]


def check_source(source: Source, samples: Sequence[Sample] = ()) -> list[Finding]:
    """Everything wrong with a mapping that was read, errors first."""
    if source.spec is None:
        return source.findings
    findings, head, rows = _against_model(source, source.spec)
    if not findings:
        for sample in samples:
            findings += _against_sample(source, source.spec, head, rows=rows, sample=sample)
        findings += _paths_in_no_sample(source, source.spec, head, rows=rows, samples=samples)
    unique = list(dict.fromkeys([*source.findings, *findings]))
    return sorted(unique, key=lambda finding: (finding.severity != "error", finding.line))


def check_spec(spec: MappingSpec, samples: Sequence[Sample] = ()) -> list[Finding]:
    """The same for a spec that comes from no file."""
    return check_source(Source(spec=spec), samples)


def _against_model(source: Source, spec: MappingSpec) -> tuple[list[Finding], _Planned, _Planned]:
    known = FIELDS[spec.entity]
    head, findings = _planned(source, spec.fields, ("fields",), known=known)
    rows: _Planned = []
    if spec.rows:
        wrong = rows_problem(spec.rows, known)
        if wrong:
            findings.append(Finding(wrong, source.file, source.line_of("rows", "field"), spec.rows.field))
        else:
            rows, found = _planned(source, spec.rows.fields, ("rows", "fields"), known=known[spec.rows.field].rows)
            findings += found
    for name, text in clashes([plan for _, plan in head], [plan for _, plan in rows]):
        place = next((place for place, plan in reversed([*head, *rows]) if name in (*plan.names, *plan.write)), ())
        findings.append(Finding(text, source.file, source.line_of(*place), name))
    return findings, head, rows


def _planned(
    source: Source, lines: Sequence[LineSpec], place: Place, *, known: Mapping[str, FieldSpec]
) -> tuple[_Planned, list[Finding]]:
    planned: _Planned = []
    findings: list[Finding] = []
    for index, line in enumerate(lines):
        where = (*place, index)
        try:
            plan = plan_line(line, known)
        except ValueError as error:
            field, sample = ", ".join(line.field), ", ".join(line.native)
            findings.append(Finding(text_of(error), source.file, source.line_of(*where), field, sample))
            continue
        planned.append((where, plan))
        unknown = [name for name in template_fields(plan) if name not in known and not is_custom_name(name)]
        findings += [
            Finding(
                Text(f"模板里没有字段 {name}", f"the template names {name}, which is no field"),
                source.file,
                source.line_of(*where),
                name,
            )
            for name in unknown
        ]
    return planned, findings


def _against_sample(
    source: Source, spec: MappingSpec, head: _Planned, *, rows: _Planned, sample: Sample
) -> list[Finding]:  # fmt: skip
    """What pull refuses, and lines whose law does not hold for the sample's values."""
    compiled = compile_mapping(spec)
    findings = _laws(source, head, sample)
    places = {name: place for place, plan in [*rows, *head] for name in plan.names}
    for problem in compiled.pull(sample).problems:
        line = source.line_of(*places.get(problem.field, ()))
        refused = problem.details.get("action") == "reject"
        severity: Any = "error" if refused else "warning"
        findings.append(Finding(problem.text, source.file, line, problem.field, problem.value, severity))
    for row in _rows_of(spec, sample):
        findings += _laws(source, rows, row)
    return findings


def _laws(source: Source, planned: _Planned, sample: Sample) -> list[Finding]:
    findings: list[Finding] = []
    for place, plan in planned:
        value = native_of(plan, sample) if plan.pulls else MISSING
        broken = broken_law(plan, value) if value is not MISSING else None
        if broken:
            field = ", ".join(plan.names)
            findings.append(Finding(broken, source.file, source.line_of(*place), field, shown(value)))
    return findings


def _paths_in_no_sample(
    source: Source, spec: MappingSpec, head: _Planned, *, rows: _Planned, samples: Sequence[Sample]
) -> list[Finding]:  # fmt: skip
    """Native paths that no sample has: most likely misspelt, so the nearest key that is there is named."""
    findings = _unseen(source, head, samples)
    row_samples = [row for sample in samples for row in _rows_of(spec, sample)]
    return findings + _unseen(source, rows, row_samples)


def _unseen(source: Source, planned: _Planned, samples: Sequence[Sample]) -> list[Finding]:
    if not samples:
        return []
    keys = {key for sample in samples for key in sample}
    findings = []
    for place, plan in planned:
        if plan.pulls and plan.native and all(native_of(plan, sample) is MISSING for sample in samples):
            path = plan.native[0]
            close = difflib.get_close_matches(path, keys, n=1, cutoff=0.6)
            zh, en = (f"，是否为 {close[0]}？", f"; did you mean {close[0]}?") if close else ("", "")
            text = Text(f"样例记录里没有 {path}{zh}", f"no sample record has {path}{en}")
            field = ", ".join(plan.names)
            findings.append(Finding(text, source.file, source.line_of(*place), field, path, "warning"))
    return findings


def _rows_of(spec: MappingSpec, sample: Sample) -> list[Sample]:
    if spec.rows is None:
        return []
    value: Any = sample
    for token in parse_path(spec.rows.native):
        value = value.get(token) if isinstance(value, Mapping) else None
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
