"""The services that change something: Save, BatchSave, Draft, the status calls, operations, Allocate."""

import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.kingdee import lifecycle
from sandbox.kingdee.body import flag, id_list
from sandbox.kingdee.desk import Desk, Request, Task
from sandbox.kingdee.documents import Document
from sandbox.kingdee.errors import BAD_PARAMETER, NO_OPERATION, VALIDATION, Refused
from sandbox.kingdee.forms import Form
from sandbox.kingdee.replies import Envelope, entity_of, error_of, save_failure, status
from sandbox.kingdee.saving import SaveOptions, Saving, options_from


def save(desk: Desk, request: Request) -> Envelope:
    """Save: one Model."""
    return _save_one(desk, request, draft=False)


def draft(desk: Desk, request: Request) -> Envelope:
    """Draft: one Model into status Z, without a number."""
    return _save_one(desk, request, draft=True)


def _save_one(desk: Desk, request: Request, *, draft: bool) -> Envelope:
    form, model = desk.form(request), request.call.data.get("Model")
    if not isinstance(model, Mapping):
        raise Refused(BAD_PARAMETER, "Model参数不能为空", field="Model")
    options = _options(desk, request, draft=draft)
    try:
        _check_repeat(desk, request)
        document = _save(desk, request, form, (model, options))
    except Refused as refused:
        return save_failure(refused)
    entity = entity_of(document.id, document.values.get(form.number_key), 0)
    reply = {"ResponseStatus": status([entity], [], success=True), "Id": document.id, "Number": entity["Number"]}
    return {"Result": reply | {"NeedReturnData": [_returned(desk, form, document, options)]}}


def _options(desk: Desk, request: Request, *, draft: bool = False) -> SaveOptions:
    normalise = desk.hit("normalise", request) is not None
    return options_from(request.call.data, draft=draft, normalise=normalise)


def _check_repeat(desk: Desk, request: Request) -> None:
    """ValidateRepeatJson refuses the same packet within the window."""
    if not flag(request.call.data.get("ValidateRepeatJson")):
        return
    packet = json.dumps([request.call.form, request.call.data], sort_keys=True, default=str)
    now, last = desk.database.clock.now().timestamp(), desk.packets.get(packet)
    if last is not None and now - last < desk.database.settings.repeat_window_s:
        raise Refused(VALIDATION, "重复的JSON数据包，请勿重复提交")
    desk.packets[packet] = now


def _save(desk: Desk, request: Request, form: Form, packet: tuple[Mapping[str, Any], SaveOptions]) -> Document:
    """One packet, with what a colleague or a lock does just before it, and submit and audit if asked."""
    model, options = packet
    raw = next((value for key, value in model.items() if key.lower() == form.pk.lower()), 0)
    document_id = int(raw) if str(raw or 0).isdigit() else 0
    desk.before_write(request, form, document_id)
    if desk.database.settings.key_order_matters:
        _check_key_order(form, model)
    saving = Saving(desk.database, form, request.actor, options)
    document = saving.run(model)
    kind = "create" if saving.created else "update"
    desk.database.journal.append(kind, form.form_id, id=document.id, data=dict(model))
    return _finish(desk, request, form, document) if options.submit_and_audit else document


def _finish(desk: Desk, request: Request, form: Form, document: Document) -> Document:
    for name in ("submit", "audit"):
        document = lifecycle.step(desk.database, form, name, document, request.actor)
        desk.database.journal.append(name, form.form_id, id=document.id, data={"status": document.status})
    return document


def _check_key_order(form: Form, model: Mapping[str, Any]) -> None:
    """An entry typed before the sub-head it depends on meets an empty price basis (kingdee.md 3.1)."""
    seen_entry = False
    for key in (item.lower() for item in model):
        seen_entry = seen_entry or key in form.entries
        if seen_entry and key in form.subheads:
            raise Refused(VALIDATION, "含税单价不能小于等于0")


def _returned(desk: Desk, form: Form, document: Document, options: SaveOptions) -> dict[str, Any]:
    """NeedReturnData: head fields by key, entry fields as EntityKey.FieldKey."""
    found: dict[str, Any] = {}
    for key in options.return_fields:
        first, _, second = key.partition(".")
        group = form.entries.get(first.lower())
        if group is None:
            found[key] = document.id if key.lower() == form.pk.lower() else document.values.get(first.lower())
            continue
        rows = document.rows.get(group.lower, [])
        lines = found.setdefault(first, [{} for _ in rows])
        for line, row in zip(lines, rows, strict=True):
            line[second] = row.id if second.lower() == group.pk.lower() else row.values.get(second.lower())
    return found


def batch_save(desk: Desk, request: Request) -> Envelope:
    """BatchSave: each packet succeeds or fails by itself; with beginmethod the answer is a task to poll."""
    result = _batch_save(desk, request)
    if "beginmethod" not in request.call.named:
        return result
    task_id = secrets.token_hex(16)
    desk.tasks[task_id] = Task(result, desk.database.settings.async_polls)
    return {"TaskId": task_id, "Status": 0, "Result": None}


def _batch_save(desk: Desk, request: Request) -> Envelope:
    form, models = desk.form(request), request.call.data.get("Model")
    if not isinstance(models, list):
        raise Refused(BAD_PARAMETER, "Model参数必须是数组", field="Model")
    options = _options(desk, request)
    entities: list[Envelope] = []
    errors: list[Envelope] = []
    codes: list[int] = []
    returned: list[dict[str, Any]] = []
    for index, model in enumerate(models):
        try:
            document = _save(desk, request, form, (model, options))
        except Refused as refused:
            errors.append(error_of(refused, index))
            codes.append(refused.msg_code)
        else:
            entities.append(entity_of(document.id, document.values.get(form.number_key), index))
            returned.append(_returned(desk, form, document, options))
    return {"Result": {"ResponseStatus": _outcome(desk, entities, errors, codes), "NeedReturnData": returned}}


def _outcome(desk: Desk, entities: list[Envelope], errors: list[Envelope], codes: list[int]) -> Envelope:
    """IsSuccess is false with any error, unless the sandbox plays the server that says true for a partial batch."""
    success = not errors or (bool(entities) and desk.database.settings.partial_batch_is_success)
    shown = [] if success and errors else errors
    return status(entities, shown, msg_code=0 if success else codes[0], success=success)


def query_async_result(desk: Desk, request: Request) -> dict[str, Any]:
    """QueryAsyncResult: Status 2 and the result once the polls are used up."""
    named = request.call.named
    info = named.get("queryinfo") or (request.call.values[0] if request.call.values else "{}")
    wanted = json.loads(info) if isinstance(info, str) else info
    task_id = str(wanted.get("TaskId"))
    task = desk.tasks.get(task_id)
    if task is None:
        raise Refused(BAD_PARAMETER, f"任务{task_id}不存在")
    if task.polls_left > 0:
        task.polls_left -= 1
        return {"TaskId": task_id, "Status": 1, "Result": None}
    return {"TaskId": task_id, "Status": 2, "Result": task.result}


def _for_each(desk: Desk, request: Request, kind: str, act: Callable[[Form, Document], Document | None]) -> Envelope:
    """One action on every record that Ids and Numbers name, each judged by itself."""
    form = desk.form(request)
    entities: list[Envelope] = []
    errors: list[Envelope] = []
    codes: list[int] = []
    for index, found in enumerate(desk.selected(request, form)):
        try:
            if isinstance(found, Refused):
                raise found
            desk.before_write(request, form, found.id)
            after = act(form, desk.database.document(form.form_id, found.id) or found)
        except Refused as refused:
            errors.append(error_of(refused, index))
            codes.append(refused.msg_code)
        else:
            entities.append(entity_of(found.id, found.values.get(form.number_key), index))
            data = {"operation": request.call.operation or kind, "status": after.status if after else None}
            desk.database.journal.append(kind, form.form_id, id=found.id, data=data)
    return {"Result": {"ResponseStatus": _outcome(desk, entities, errors, codes)}}


def _step(name: str) -> Callable[[Desk, Request], Envelope]:
    def handler(desk: Desk, request: Request) -> Envelope:
        return _for_each(
            desk, request, name, lambda form, found: lifecycle.step(desk.database, form, name, found, request.actor)
        )

    return handler


submit, audit, unaudit = _step("submit"), _step("audit"), _step("unaudit")
cancel_assign = _step("cancel_assign")


def delete(desk: Desk, request: Request) -> Envelope:
    """Delete: for good, without a trace for anyone who pulls."""

    def act(form: Form, found: Document) -> None:
        lifecycle.delete(desk.database, form, found)

    return _for_each(desk, request, "delete", act)


def operation(desk: Desk, request: Request) -> Envelope:
    """ExcuteOperation (sic) and ExecuteOperation."""
    op_number = request.call.operation
    if not op_number:
        raise Refused(NO_OPERATION, "操作编码不能为空", field="opNumber")
    return _for_each(
        desk, request, "operation", lambda form, found: lifecycle.operate(desk.database, form, op_number, found)
    )


def allocate(desk: Desk, request: Request) -> Envelope:
    """Allocate: a row of its own (own id, same number) in each target organization."""
    return _allocation(desk, request, _allocate_one)


def cancel_allocate(desk: Desk, request: Request) -> Envelope:
    """CancelAllocate: takes those rows away again."""
    return _allocation(desk, request, _withdraw_one)


Allocation = Callable[[Desk, Request, Document, int], Document]


def _allocation(desk: Desk, request: Request, act: Allocation) -> Envelope:
    form, data = desk.form(request), request.call.data
    entities: list[Envelope] = []
    errors: list[Envelope] = []
    codes: list[int] = []
    pairs = [(pk, org) for pk in id_list(data.get("PkIds")) for org in id_list(data.get("TOrgIds"))]
    for index, (pk, org) in enumerate(pairs):
        try:
            stored = desk.database.document(form.form_id, pk)
            if stored is None or desk.database.document("ORG_Organizations", org) is None:
                raise Refused(BAD_PARAMETER, f"内码{pk}或组织内码{org}不存在")
            made = act(desk, request, stored, org)
        except Refused as refused:
            errors.append(error_of(refused, index))
            codes.append(refused.msg_code)
        else:
            entities.append(entity_of(made.id, made.values.get(form.number_key), index))
    if not pairs:
        raise Refused(BAD_PARAMETER, "PkIds和TOrgIds不能为空")
    return {"Result": {"ResponseStatus": _outcome(desk, entities, errors, codes)}}


def _twin(desk: Desk, form: Form, stored: Document, org: int) -> Document | None:
    same = desk.database.table(form.form_id).with_number(str(stored.values.get(form.number_key)))
    return next((item for item in same if item.values.get("fuseorgid") == org), None)


def _allocate_one(desk: Desk, request: Request, stored: Document, org: int) -> Document:
    form = desk.form(request)
    if _twin(desk, form, stored, org) is not None:
        raise Refused(VALIDATION, f"{form.label}“{stored.values.get(form.number_key)}”已分配到该组织")
    made = stored.copy()
    made.id = desk.database.table(form.form_id).new_id()
    now, audited = desk.database.now_text(), flag(request.call.data.get("IsAutoSubmitAndAudit"))
    state = "C" if audited else "A"
    made.values |= {"fuseorgid": org, "fdocumentstatus": state, "fcreatedate": now, "fmodifydate": now}
    desk.database.table(form.form_id).put(made)
    desk.database.journal.append("create", form.form_id, id=made.id, data={"allocated_from": stored.id, "org": org})
    return made


def _withdraw_one(desk: Desk, request: Request, stored: Document, org: int) -> Document:
    form = desk.form(request)
    twin = _twin(desk, form, stored, org)
    if twin is None or twin.id == stored.id:
        raise Refused(VALIDATION, f"{form.label}“{stored.values.get(form.number_key)}”未分配到该组织")
    lifecycle.delete(desk.database, form, twin)
    desk.database.journal.append("delete", form.form_id, id=twin.id, data={"org": org})
    return twin
