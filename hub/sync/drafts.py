"""The wording of everything that lands in the inbox: what happened, in both languages, with what a person needs to decide. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hub.connector.contract import Remote
from hub.errors import HubError, Problem, RecordRejected, Remedy, Text
from hub.store.pageplan import Draft
from hub.sync.identity import Candidate, Key
from hub.sync.merge import Conflict


@dataclass(frozen=True, slots=True)
class Place:
    """The connection and entity that an item is about."""

    at: int
    name: str
    entity: str


def conflict_key(binding_id: int, unit: str) -> str:
    return f"conflict:{binding_id}:{unit}"


def invalid_key(at: int, entity: str, external_id: str) -> str:
    return f"invalid:{at}:{entity}:{external_id}"


def problem_json(problem: Problem) -> dict[str, Any]:
    return {
        "kind": problem.kind,
        "field": problem.field,
        "line": problem.line,
        "value": problem.value[:200],
        **problem.text.as_json(),
        **({"remedy": problem.remedy.as_json()} if problem.remedy else {}),
    }


def joined(problems: Sequence[Problem]) -> Text:
    return Text("；".join(p.text.zh for p in problems[:5]), "; ".join(p.text.en for p in problems[:5]))


def remedy_of(problems: Sequence[Problem]) -> Remedy:
    """What puts the first of these right."""
    usual = RecordRejected.usual
    assert usual is not None
    return next((p.remedy for p in problems if p.remedy), usual)


def conflict_item(place: Place, record: Any, binding_id: int, conflict: Conflict) -> Draft:
    title = record.title or record.number
    return Draft(
        kind="conflict",
        entity=record.entity,
        key=conflict_key(binding_id, conflict.unit),
        zh=f"“{title}”的字段 {conflict.unit} 两边都改了：请选择保留主数据还是 {place.name} 的值",
        en=f"Both sides changed {conflict.unit} of “{title}”: choose the golden value or the one of {place.name}",
        record_id=record.id,
        binding_id=binding_id,
        connection_id=place.at,
        field=conflict.unit,
        data={
            "golden": conflict.golden,
            "remote": conflict.remote,
            "base": conflict.base,
            "natives": conflict.natives,
            "first": conflict.first,
        },
    )


def alias_item(place: Place, record: Any, binding_id: int, external_id: str, *, conflict: Conflict) -> Draft:
    """Somebody edited the second record of one customer. The choices are those of a conflict."""
    title = record.title or record.number
    draft = conflict_item(place, record, binding_id, conflict)
    return replace(
        draft,
        zh=f"“{title}”在 {place.name} 有重复的一条（{external_id}），有人改了它的 {conflict.unit}：请选择保留主数据还是采用这个值，"
        f"并在 {place.name} 里合并这两条",
        en=f"{place.name} holds “{title}” twice; somebody changed {conflict.unit} on the second one ({external_id}): keep the golden "
        f"value or take this one, and merge the two in {place.name}",
    )


def possible_key(record_id: int) -> str:
    """Of the question whether the record is the same as others."""
    return f"possible:{record_id}"


def possible_item(
    place: Place, record_id: int, data: Mapping[str, Any], *, others: Sequence[Candidate], why: str
) -> Draft:
    title = data.get("name") or data.get("number")
    names = "、".join(str(c.data.get("name") or c.record_id) for c in others[:3])
    return Draft(
        kind="possible_duplicate",
        entity=place.entity,
        key=possible_key(record_id),
        zh=f"{place.name} 的“{title}”可能与已有的 {names} 是同一个：请选择合并或分开",
        en=f"“{title}” of {place.name} may be the same as {names}: link them or keep them apart",
        record_id=record_id,
        connection_id=place.at,
        data={"candidates": [c.record_id for c in others], "why": why, "values": dict(data)},
    )


def _corrected_there(place: Place) -> Remedy:
    zh = f"在 {place.name} 里改正这条记录，之后会自动重读"
    return Remedy("author", Text(zh, f"correct the record at {place.name}; it is read again by itself"))


def invalid_item(
    place: Place, remote: Remote, problems: Sequence[Problem], ids: tuple[int | None, int | None]
) -> Draft:
    text, label = joined(problems), remote.number or remote.id
    todo = next((p.remedy for p in problems if p.remedy), None) or _corrected_there(place)
    return Draft(
        kind="invalid",
        entity=place.entity,
        key=invalid_key(place.at, place.entity, remote.id),
        zh=f"{place.name} 的 {label}：{text.zh.rstrip('。')}。{todo.sentence.zh}",
        en=f"{label} of {place.name}: {text.en.rstrip('.')}. {todo.sentence.en}",
        record_id=ids[0],
        binding_id=ids[1],
        connection_id=place.at,
        field=problems[0].field,
        data={
            "external_id": remote.id,
            "problems": [problem_json(p) for p in problems],
            "remedy": todo.as_json(),
        },
    )


def collision_item(place: Place, record_id: int, key: Key, other: int, data: Mapping[str, Any]) -> Draft:
    title = data.get("name") or data.get("number")
    return Draft(
        kind="collision",
        entity=place.entity,
        key=f"collision:{record_id}:{key.kind}",
        zh=f"“{title}”的 {key.kind} {key.value} 已属于另一条记录（{other}）：请合并两者，或改正其中一个",
        en=f"{key.kind} {key.value} of “{title}” belongs to another record ({other}): merge the two or correct one",
        record_id=record_id,
        connection_id=place.at,
        field=key.kind,
        data={"candidates": [other], "value": key.value},
    )


def total_item(place: Place, record_id: int, remote: Remote, *, stated: Any, lines: Any) -> Draft:
    return Draft(
        kind="total_differs",
        entity=place.entity,
        key=f"total:{place.at}:{record_id}",
        zh=f"{place.name} 的 {remote.number} 合计 {stated}，按明细应为 {lines}：请核对明细",
        en=f"{remote.number} of {place.name} totals {stated}, its lines give {lines}: check the lines",
        record_id=record_id,
        connection_id=place.at,
        field="total",
        data={"stated": stated, "lines": lines},
    )


def _push_item(flow: Any, job: Any, kind: str, text: Text, data: Mapping[str, Any]) -> Draft:
    return Draft(
        kind="rejected"
        if kind == "giveup"
        else {"unknown": "unknown_outcome", "stage": "stage_conflict"}.get(kind, kind),
        entity=flow.entity,
        key=f"{kind}:{job.binding.id}",
        zh=text.zh,
        en=text.en,
        record_id=job.record.id,
        binding_id=job.binding.id,
        connection_id=flow.at,
        data={"action": job.action, "payload": _payload(flow, job), "attempts": job.binding.attempts, **data},
    )


def _payload(flow: Any, job: Any) -> dict[str, Any]:
    """What was going to be sent, sensitive fields masked."""
    hidden = {name for name, line in flow.compiled.fields.items() if line.sensitive}
    return {name: "***" if name in hidden else job.record.data.get(name) for name in sorted(job.fields)}


def _title(job: Any) -> str:
    return str(job.record.title or job.record.number or job.record.id)


def rejected_item(flow: Any, job: Any, error: HubError | None) -> Draft:
    """The vendor, or the mapping, refused the record."""
    cause = error.text if error is not None else joined(job.problems)
    todo = (error.remedy if error is not None else None) or remedy_of(job.problems)
    problems = {"problems": [problem_json(p) for p in job.problems], "remedy": todo.as_json()}
    shown = error.as_json() if error is not None else problems
    text = Text(
        f"“{_title(job)}”没有写入 {flow.connection.name}：{cause.zh.rstrip('。')}。{todo.sentence.zh}，然后点“重试”",
        f"“{_title(job)}” was not written to {flow.connection.name}: {cause.en.rstrip('.')}. {todo.sentence.en}, then replay",
    )
    return _push_item(flow, job, "rejected", text, {"cause": shown})


def giveup_item(flow: Any, job: Any) -> Draft:
    text = Text(
        f"“{_title(job)}”写入 {flow.connection.name} 已失败 {job.binding.attempts - 1} 次：请查看原因后点“重试”",
        f"“{_title(job)}” failed {job.binding.attempts - 1} times at {flow.connection.name}: see why, then replay",
    )
    return _push_item(flow, job, "giveup", text, {})


def stage_item(flow: Any, job: Any) -> Draft:
    text = Text(
        f"“{_title(job)}”在 {flow.connection.name} 已到“{job.binding.stage_seen}”，不能直接修改："
        "请选择撤回修改（revert）、反审核后写入（reopen）或另行变更（change_bill）",
        f"“{_title(job)}” is {job.binding.stage_seen} at {flow.connection.name} and cannot be changed: revert, reopen or change_bill",
    )
    return _push_item(flow, job, "stage", text, {"stage": job.binding.stage_seen, "fields": sorted(job.fields)})


def unknown_item(flow: Any, job: Any, error: HubError) -> Draft:
    text = Text(
        f"“{_title(job)}”写入 {flow.connection.name} 后没有收到答复，且对方无法按编号查找：请到对方系统里看一眼，再选择“已存在”或“重试”",
        f"No reply came for “{_title(job)}” at {flow.connection.name}, which cannot be searched: look there, then choose found or replay",
    )
    return _push_item(flow, job, "unknown", text, {"cause": error.as_json()})


def waiting_key(at: int, entity: str, parent: int | str) -> str:
    """Of the item about a parent (a record id, or the native reference of one that is not known yet) that is not at `at`."""
    return f"waiting:{at}:{entity}:{str(parent)[:200]}"


def waiting_item(flow: Any, job: Any, parent: str, doubt: int | None = None) -> Draft:
    """One item per blocker, not per child. `parent` is its title, "" while it is not even known; `doubt` the inbox item that asks
    whether it is a duplicate, because of which it is created nowhere."""
    blocker = job.blocker
    named = f"“{parent}” ({blocker})" if parent else blocker
    if doubt is not None:
        return _held_up(flow, job, named, doubt)
    return Draft(
        kind="waiting_parent",
        entity=flow.entity,
        key=waiting_key(flow.at, *blocker.partition(":")[::2]),
        zh=f"{named} 还没有到达 {flow.connection.name}，引用它的记录（如“{_title(job)}”）在等它：解决它，其余会自动继续",
        en=f"{named} is not at {flow.connection.name} yet; records that refer to it (such as “{_title(job)}”) wait: settle it and "
        "they go on by themselves",
        record_id=job.waits_for or None,
        connection_id=flow.at,
        data={"blocker": blocker},
    )


def _held_up(flow: Any, job: Any, named: str, doubt: int) -> Draft:
    """The blocker is a possible duplicate: that question comes first."""
    name, title = flow.connection.name, _title(job)
    return Draft(
        kind="waiting_parent",
        entity=flow.entity,
        key=waiting_key(flow.at, *job.blocker.partition(":")[::2]),
        zh=f"{named} 可能是重复的，所以还没有写入 {name}；引用它的记录（如“{title}”）在等它：请先处理待处理项 #{doubt}，其余会自动继续",
        en=f"{named} may be a duplicate and is therefore not at {name} yet; records that refer to it (such as “{title}”) wait: settle "
        f"inbox item #{doubt} first and they go on by themselves",
        record_id=job.waits_for or None,
        connection_id=flow.at,
        data={"blocker": job.blocker, "item": doubt},
    )
