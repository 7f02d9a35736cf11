"""What every service handler works with: the call, the database, and the faults that play the vendor's moods."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.core import Facts, Fault, Faults
from sandbox.kingdee.body import Call, id_list, text_list
from sandbox.kingdee.database import Database
from sandbox.kingdee.documents import Document
from sandbox.kingdee.errors import BAD_PARAMETER, CALL_LIMIT, NET_CONTROL, NO_FORM, Refused, no_licence, no_permission
from sandbox.kingdee.events import Actor
from sandbox.kingdee.forms import Form
from sandbox.kingdee.saving import SaveOptions, Saving

_OPERATIONS = {"save": "新增、修改", "submit": "提交", "audit": "审核", "unaudit": "反审核"}


@dataclass(frozen=True)
class Request:
    """One authenticated call."""

    call: Call
    facts: Facts
    actor: Actor
    session_id: str = ""


@dataclass
class Task:
    """An asynchronous BatchSave: done already, shown after some polls."""

    result: Any
    polls_left: int


@dataclass
class Desk:
    """The state that handlers share."""

    database: Database
    faults: Faults
    end_session: Callable[[str], None]
    switch_org: Callable[[str, str], None]
    tasks: dict[str, Task] = field(default_factory=dict)
    last_pages: dict[str, list[list[Any]]] = field(default_factory=dict)
    packets: dict[str, float] = field(default_factory=dict)

    def clear(self) -> None:
        """Forgets tasks, pages and repeated packets."""
        self.tasks.clear()
        self.last_pages.clear()
        self.packets.clear()

    def form(self, request: Request) -> Form:
        """The form a call names. Raises Refused 5 for none and 4 for an unknown one."""
        form_id = request.call.form or str(request.call.data.get("FormId") or "")
        if not form_id:
            raise Refused(NO_FORM, "业务对象标识不能为空", field="FormId")
        return self.database.table(form_id).form

    def hit(self, kind: str, request: Request, document_id: int | None = None) -> Fault | None:
        """An armed fault of this kind that fits the call and, where given, the record."""
        if not self.faults.armed:
            return None
        facts = request.facts if document_id is None else replace(request.facts, id=str(document_id))
        return self.faults.take({kind}, facts)

    def check_rate(self, request: Request) -> None:
        """An armed rate_limited answers MsgCode 14."""
        if self.hit("rate_limited", request):
            raise Refused(CALL_LIMIT, "调用次数已达上限，请稍后再试")

    def check_rights(self, request: Request, service: str) -> None:
        """Refused 7 for a user without a licence, 2 for what `denied` names as form.operation (BD_Customer.save)."""
        settings = self.database.settings
        if not settings.licensed:
            raise no_licence()
        if not settings.denied or not (request.call.form or request.call.data.get("FormId")):
            return
        form, operation = self.form(request), service.removeprefix("batch")
        if f"{form.form_id}.{operation}".lower() in {name.lower() for name in settings.denied}:
            raise no_permission(form.label, _OPERATIONS.get(operation, operation))

    def visibility(self, request: Request) -> Callable[[int], bool] | None:
        """Which documents a query may show while faults are armed: `hidden` takes away single records by id."""
        if not self.faults.armed:
            return None
        judged: dict[int, bool] = {}

        def visible(document_id: int) -> bool:
            if document_id not in judged:
                judged[document_id] = self.hit("hidden", request, document_id) is None
            return judged[document_id]

        return visible

    def before_write(self, request: Request, form: Form, document_id: int) -> None:
        """Armed edit_before_write and locked, for one record that a call is about to change."""
        if not self.faults.armed:
            return
        fault = self.hit("edit_before_write", request, document_id)
        stored = self.database.document(form.form_id, document_id)
        if fault is not None and stored is not None:
            self.user_edit(form, document_id, fault.options.get("edit") or _usual_edit(form))
        if self.hit("locked", request, document_id):
            text = f'"王会计"使用业务单据："{form.label}"的"业务操作-[{form.label}-修改]"冲突，请稍候再使用。'
            raise Refused(NET_CONTROL, text)

    def user_edit(self, form: Form, document_id: int, edit: Mapping[str, Any]) -> Document:
        """An edit by a person at the screen, whatever the status of the document."""
        human = self.database.find("SEC_User", "wang.kuaiji") or 1
        actor = Actor(human, 0, via_api=False, force=True)
        options = SaveOptions(flat_subheads=True, fill_required=True)
        document = Saving(self.database, form, actor, options).run({**edit, form.pk: document_id})
        self.database.journal.append_user("update", form.form_id, id=document.id, data=dict(edit))
        return document

    def selected(self, request: Request, form: Form) -> list[Document | Refused]:
        """The records that Ids and Numbers name, in that order; a refusal for each that does not exist."""
        data = {str(key).lower(): value for key, value in request.call.data.items()}
        try:
            ids = id_list(data.get("ids"))
        except ValueError:
            raise Refused(BAD_PARAMETER, f"内码“{data.get('ids')}”不是有效的数字", field="Ids") from None
        numbers = text_list(data.get("numbers"))
        if not ids and not numbers:
            raise Refused(BAD_PARAMETER, "编码值或内码值必须传其一")
        found: list[Document | Refused] = [self._by_id(form, item) for item in ids]
        org_id = int(data.get("useorgid") or data.get("createorgid") or 0) or request.actor.org_id
        return found + [self.by_number(form, item, org_id) for item in numbers]

    def _by_id(self, form: Form, document_id: int) -> Document | Refused:
        stored = self.database.document(form.form_id, document_id)
        return stored or Refused(BAD_PARAMETER, f"内码为{document_id}的{form.label}不存在", field=form.pk)

    def by_number(self, form: Form, number: str, org_id: int) -> Document | Refused:
        """The record with a number: the one this organization uses, else the first."""
        found = self.database.table(form.form_id).with_number(number)
        own = [item for item in found if item.values.get("fuseorgid") == org_id]
        first = (own or found)[:1]
        return first[0] if first else Refused(BAD_PARAMETER, f"编码为{number}的{form.label}不存在", field=form.number)


def _usual_edit(form: Form) -> dict[str, Any]:
    for key in ("FNote", "FREMARK", "FDescription"):
        if key.lower() in form.head:
            return {key: "刚刚被同事修改"}
    return {}
