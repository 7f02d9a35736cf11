"""A mapping compiled once per version: lines and rows as data, and the functions that pull and push one record."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from hub.errors import MappingInvalid, Problem, Text
from hub.mapping.apply import PushContext, renumbered
from hub.mapping.chains import pull_value, push_value, raw
from hub.mapping.generate import PushInto, pull_function, push_function
from hub.mapping.paths import MISSING, reader, writer
from hub.mapping.plan import LinePlan, plan_line
from hub.mapping.refused import BAD, shown
from hub.mapping.results import Line, Pulled, PulledRow, Pushed, Refs, Rows
from hub.mapping.schema import Condition, LineSpec, MappingSpec, RowsSpec, Scalar
from hub.mapping.steps import Waiting
from hub.mapping.steps.base import text_of
from hub.mapping.steps.values import native_key
from hub.mapping.whole import PullInto
from hub.model.fields import FIELDS
from hub.model.spec import FieldSpec

NATIVE_ID = "$native_id"
"""Key of a golden row on push that holds its native row id, where the row exists at the target already."""


@dataclass(frozen=True, slots=True)
class _RowsPlan:
    spec: RowsSpec
    plans: tuple[LinePlan, ...]
    pull: PullInto
    push: PushInto


class Compiled:
    """One mapping version, immutable and safe to share between threads."""

    def __init__(self, spec: MappingSpec, plans: Sequence[LinePlan], rows: _RowsPlan | None) -> None:
        self.spec = spec
        self.system, self.entity, self.object = spec.system, spec.entity, spec.object
        self.version = spec.version
        self.fields: Mapping[str, Line] = MappingProxyType(_lines(plans))
        self.rows = _rows(rows) if rows else None
        self.pulls = _directed(plans, rows, pulls=True)
        self.pushes = _directed(plans, rows, pulls=False)
        self._plans = {name: plan for plan in plans for name in plan.names}
        self._scope = [_condition(condition) for condition in spec.filter]
        self._pull = pull_function(plan for plan in plans if plan.pulls)
        self._push = push_function(plan for plan in plans if plan.pushes)
        self._rows = rows
        self._read_rows = reader(rows.spec.native) if rows else None
        self._write_rows = writer(rows.spec.write or rows.spec.native) if rows else None

    def __repr__(self) -> str:
        return f"Compiled({self.system}/{self.entity} {self.version})"

    def in_scope(self, native: Mapping[str, Any]) -> bool:
        """Whether the mapping's filter lets this native record in."""
        return all(test(native) for test in self._scope)

    def pull(self, native: Mapping[str, Any]) -> Pulled:
        """Native record -> golden values. Never raises for bad data: see Pulled.problems."""
        pulled = Pulled({}, {}, [])
        self._pull(native, pulled.values, pulled.natives, pulled.problems)
        if self._rows is not None:
            pulled.rows = self._pull_rows(self._rows, native, pulled.problems)
        return pulled

    def push(self, golden: Mapping[str, Any], fields: Collection[str] | None, refs: Refs) -> Pushed:
        """Golden record -> the native record to send.

        `fields` None = everything (create: empty fields are left out); else only these golden fields (empty ones are
        sent as the line's `empty`). Rows are always sent whole. natives["lines"] is a list, one dict per row.
        """
        context = PushContext(golden, refs, fields)
        native: dict[str, Any] = {}
        natives: dict[str, Any] = {}
        self._push(context, native, natives)
        if self._rows is not None and self._rows.spec.field in (self.pushes if fields is None else fields):
            self._push_rows(self._rows, context, native, natives)
        return Pushed(native, natives, context.problems)

    def survives(self, field: str, value: Any) -> bool:
        """Whether pulling back what a push of `value` sends gives `value` again (False = lossy for this value).

        A value that a step refuses does not survive; fields that share their line with others are judged as surviving.
        """
        plan = self._plans[field]
        if len(plan.fields) != 1 or value is None or plan.fields[0].type == "ref":
            return True
        try:
            sent = push_value(plan)(value, PushContext({field: value}, NO_REFS, ()))
            return bool(pull_value(plan)(sent) == value)
        except (*BAD, Waiting):
            return False

    def _pull_rows(self, rows: _RowsPlan, native: Mapping[str, Any], problems: list[Problem]) -> list[PulledRow] | None:
        found = self._read_rows(native) if self._read_rows else MISSING
        if found is MISSING:
            return None
        if not isinstance(found, list | tuple):
            if found is not None:
                problems.append(_no_list(rows.spec, found))
                return None
            return []
        return [pulled for row in found if (pulled := _pull_row(rows, row, problems)) is not None]

    def _push_rows(
        self, rows: _RowsPlan, head: PushContext, native: dict[str, Any], natives: dict[str, Any]
    ) -> None:  # fmt: skip
        sent = [_push_row(rows, row, head) for row in head.golden.get(rows.spec.field) or ()]
        if self._write_rows is not None:
            self._write_rows(native, [row for row, _ in sent])
        natives[rows.spec.field] = [seen for _, seen in sent]


class _NoRefs:
    def target(self, entity: str, record_id: int) -> tuple[str, str] | None:
        return None


NO_REFS: Refs = _NoRefs()


def compile_mapping(spec: MappingSpec) -> Compiled:
    """Compile a spec. Raises MappingInvalid naming the first line that cannot work (check.py finds them all)."""
    known = FIELDS[spec.entity]
    plans = tuple(_planned(line, known, spec.empty) for line in spec.fields)
    rows = _planned_rows(spec, spec.rows, known=known) if spec.rows else None
    for clash in clashes(plans, rows.plans if rows else ()):
        raise MappingInvalid(clash[1].zh, clash[1].en, field=clash[0])
    return Compiled(spec, plans, rows)


def clashes(plans: Sequence[LinePlan], rows: Sequence[LinePlan] = ()) -> list[tuple[str, Text]]:
    """Golden fields pulled twice, native paths written twice: (field or path, what is wrong)."""
    return [*_twice(plans), *_twice(rows)]


def rows_problem(spec: RowsSpec, known: Mapping[str, FieldSpec]) -> Text | None:
    """What is wrong with a rows section as such."""
    if spec.field not in known or known[spec.field].type != "rows":
        return Text(f"这个实体没有明细字段 {spec.field}", f"this entity has no rows field {spec.field}")
    return None


def _planned(line: LineSpec, known: Mapping[str, FieldSpec], empty: Scalar) -> LinePlan:
    try:
        return plan_line(line, known, empty)
    except ValueError as error:
        text = text_of(error)
        raise MappingInvalid(text.zh, text.en, field=", ".join(line.field)) from error


def _planned_rows(mapping: MappingSpec, spec: RowsSpec, *, known: Mapping[str, FieldSpec]) -> _RowsPlan:
    wrong = rows_problem(spec, known)
    if wrong:
        raise MappingInvalid(wrong.zh, wrong.en, field=spec.field)
    plans = tuple(_planned(line, known[spec.field].rows, mapping.empty) for line in spec.fields)
    return _RowsPlan(
        spec,
        plans,
        pull_function(plan for plan in plans if plan.pulls),
        push_function(plan for plan in plans if plan.pushes),
    )


def _twice(plans: Sequence[LinePlan]) -> list[tuple[str, Text]]:
    found: list[tuple[str, Text]] = []
    pulled: set[str] = set()
    written: set[str] = set()
    for plan in plans:
        for name in plan.names if plan.pulls else ():
            if name in pulled:
                found.append((name, Text(f"{name} 有两行拉取", f"two lines pull {name}")))
            pulled.add(name)
        for path in plan.write if plan.pushes else ():
            if path in written:
                found.append((path, Text(f"两行都写 {path}", f"two lines write {path}")))
            written.add(path)
    return found


def _pull_row(rows: _RowsPlan, row: Any, problems: list[Problem]) -> PulledRow | None:
    if not isinstance(row, Mapping):
        problems.append(_no_list(rows.spec, row))
        return None
    key = row.get(rows.spec.key)
    native_id = "" if key is None or isinstance(key, dict | list | float) else native_key(key)
    pulled = PulledRow(native_id, {}, {})
    found: list[Problem] = []
    rows.pull(row, pulled.values, pulled.natives, found)
    problems.extend(renumbered(found, native_id))
    if not native_id:
        problems.append(_no_key(rows.spec, row))
    return pulled


def _push_row(rows: _RowsPlan, row: Mapping[str, Any], head: PushContext) -> tuple[dict[str, Any], dict[str, Any]]:
    """The native row and its natives. A row without native id is new: constants of creates go with it."""
    native_id = row.get(NATIVE_ID)
    native: dict[str, Any] = {}
    if native_id:
        native[rows.spec.key] = int(native_id) if rows.spec.send_key == "int" and native_id.isdigit() else native_id
    wanted = None if not native_id else frozenset(row)
    context = PushContext(row, head.refs, wanted, head.problems, str(row.get("id") or ""))
    natives: dict[str, Any] = {}
    rows.push(context, native, natives)
    return native, natives


def _no_list(spec: RowsSpec, value: Any) -> Problem:
    return Problem(
        "invalid",
        spec.field,
        Text(
            f"{spec.native} 应为行的列表，实为 {shown(value)}",
            f"{spec.native} must be a list of rows, got {shown(value)}",
        ),
        value=shown(value),
        details={"action": "reject", "native": spec.native},
    )


def _no_key(spec: RowsSpec, row: Mapping[str, Any]) -> Problem:
    return Problem(
        "invalid",
        spec.field,
        Text(f"{spec.native} 有一行没有行号 {spec.key}", f"a row of {spec.native} has no id {spec.key}"),
        value=shown(dict(row)),
        details={"action": "reject", "native": f"{spec.native}.{spec.key}"},
    )


def _lines(plans: Sequence[LinePlan]) -> dict[str, Line]:
    """Golden field -> line. Where pull and push have lines of their own, the pulling one speaks for the field."""
    lines: dict[str, Line] = {}
    for plan in sorted(plans, key=lambda plan: plan.pulls):
        for spec in plan.fields:
            lines[spec.name] = _line(plan, spec, lines.get(spec.name))
    return {name: lines[name] for plan in plans for name in plan.names}


def _line(plan: LinePlan, spec: FieldSpec, other: Line | None) -> Line:
    written = plan.spec
    owner = written.owner if isinstance(written.owner, str) else written.owner.get("default", "")
    stages = {} if isinstance(written.owner, str) else {k: v for k, v in written.owner.items() if k != "default"}
    return Line(
        field=spec.name,
        native=plan.native if plan.pulls else (),
        write=plan.write if plan.pushes else (other.write if other else ()),
        direction="both" if other else written.direction,
        spec=spec,
        group=plan.group,
        policy=written.policy,
        owner=owner,
        owner_by_stage=MappingProxyType(stages),
        blanks_count=written.blanks == "count",
        on_error=written.on_error,
        required=written.required or bool(other and other.required),
        lossy=plan.narrows or bool(other and other.lossy),
        one_way=plan.one_way and other is None,
        sensitive=written.sensitive,
        siblings=plan.names if len(plan.names) > 1 else (),
    )


def _rows(rows: _RowsPlan) -> Rows:
    spec = rows.spec
    return Rows(spec.field, spec.native, spec.write or spec.native, spec.key, MappingProxyType(_lines(rows.plans)))


def _directed(plans: Sequence[LinePlan], rows: _RowsPlan | None, *, pulls: bool) -> frozenset[str]:
    def goes(plan: LinePlan) -> bool:
        return plan.pulls if pulls else plan.pushes

    names = {name for plan in plans if goes(plan) for name in plan.names}
    if rows is not None and any(goes(plan) for plan in rows.plans):
        names.add(rows.spec.field)
    return frozenset(names)


def _condition(condition: Condition) -> Callable[[Mapping[str, Any]], bool]:
    read = reader(condition.native)
    if condition.op in ("blank", "filled"):
        wants_blank = condition.op == "blank"
        return lambda native: _is_blank(read(native)) is wants_blank
    values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    wanted = frozenset(_key(value) for value in values)
    inside = condition.op in ("eq", "in")
    return lambda native: (_key(read(native)) in wanted) is inside


def _key(value: Any) -> str:
    """Conditions compare as text: 1, "1" and 1.0 are the same; missing and null are "" ."""
    if value is MISSING or value is None:
        return ""
    return native_key(value) if isinstance(value, str | bool | int) else str(raw(value))


def _is_blank(value: Any) -> bool:
    return value is MISSING or value is None or (isinstance(value, str) and not value.strip())
