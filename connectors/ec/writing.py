"""Writes to EC, judged row by row: success is only what EC names in its success list."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connectors.ec import shapes
from connectors.ec.client import EcCalls
from connectors.ec.errors import SUCCESS, row_error
from connectors.ec.reading import EcReader, key_missing
from hub.connector.contract import Native, Write, WriteOutcome, Written
from hub.connector.http import Reply
from hub.errors import BadInput, ConfigInvalid, HubError, OutcomeUnknown, RecordRejected

Prepared = Native | HubError


class EcWriter:
    """Creates and updates. Rows that cannot even be sent fail alone; a batch EC refuses as a whole raises."""

    def __init__(self, calls: EcCalls, reader: EcReader) -> None:
        self._calls = calls
        self._reader = reader

    def create(self, entity: str, writes: Sequence[Write]) -> list[WriteOutcome]:
        if entity == "customer":
            return self._create_customers(writes)
        return [self._alone(self._create_one(entity), write) for write in writes]

    def update(self, entity: str, writes: Sequence[Write]) -> list[WriteOutcome]:
        if entity == "customer":
            return self._update_customers(writes)
        return [self._alone(self._update_one(entity), write) for write in writes]

    def _create_customers(self, writes: Sequence[Write]) -> list[WriteOutcome]:
        key_field = self._reader.customer_key()
        if key_field is None:
            raise key_missing(self._calls.config.key_field)
        rows = [self._prepared(write, {key_field: write.key}) for write in writes]
        sent = [(n, row) for n, row in enumerate(rows) if not isinstance(row, HubError)]
        outcomes: dict[int, WriteOutcome] = {n: row for n, row in enumerate(rows) if isinstance(row, HubError)}
        if sent:
            reply = self._calls.add_customers([row for _n, row in sent])
            made = {int(one["index"]): one for one in reply.at("data", "successIdList", kind=list)}
            for index, (n, _row) in enumerate(sent):
                outcomes[n] = _created(reply, made.get(index), index)
        return [outcomes[n] for n in range(len(writes))]

    def _prepared(self, write: Write, key: Mapping[str, str] | None = None) -> Prepared:
        try:
            if key is None:
                shapes.only_at_creation(write.data, ("crmType",))
            channels = self._calls.channels if write.data.get("channel") else {}
            row = shapes.customer_write(write.data, channels, self._calls.config.gender_codes)
        except RecordRejected as error:
            return error
        return shapes.new_customer(row, write.data, key) if key is not None else row

    def _update_customers(self, writes: Sequence[Write]) -> list[WriteOutcome]:
        """The owner does not move with an update: it has a call of its own, made after the fields are in."""
        rows = [self._prepared(write) for write in writes]
        outcomes: dict[int, WriteOutcome] = {}
        sent: list[tuple[int, Native]] = []
        for n, (row, write) in enumerate(zip(rows, writes, strict=True)):
            if isinstance(row, HubError):
                outcomes[n] = row
                continue
            fields = {name: value for name, value in row.items() if name != "followUserId"}
            outcomes[n] = Written(write.id)
            if fields:
                sent.append((n, {**fields, "crmId": int(write.id)}))
        if sent:
            reply = self._calls.update_customers([row for _n, row in sent])
            outcomes |= {n: _updated(reply, str(row["crmId"]), index) for index, (n, row) in enumerate(sent)}
        self._move_owners(writes, rows, outcomes)
        return [outcomes[n] for n in range(len(writes))]

    def _move_owners(
        self, writes: Sequence[Write], rows: Sequence[Prepared], outcomes: dict[int, WriteOutcome]
    ) -> None:
        owners: dict[int, list[int]] = {}
        for n, row in enumerate(rows):
            if not isinstance(row, HubError) and row.get("followUserId") and isinstance(outcomes[n], Written):
                owners.setdefault(int(row["followUserId"]), []).append(n)
        for owner, numbers in owners.items():
            reply = self._calls.change_owner([writes[n].id for n in numbers], owner)
            said = {str(one.get("crmId")): one for one in reply.at("data", "list", kind=list)}
            for n in numbers:
                outcomes[n] = _moved(reply, said.get(writes[n].id), writes[n].id)

    def _create_one(self, entity: str) -> Callable[[Write], Written]:
        makers = {"contact": self._create_contact, "order": self._create_order}
        return makers[entity]

    def _update_one(self, entity: str) -> Callable[[Write], Written]:
        changers = {"contact": self._update_contact, "order": self._update_order}
        return changers[entity]

    def _create_contact(self, write: Write) -> Written:
        crm_id = str(write.data.get("crmId") or "")
        if not crm_id.isdigit():
            raise BadInput("联系人缺少客户 crmId", "A contact needs its customer's crmId", field="crmId", value=crm_id)
        reply = self._calls.add_contact(crm_id, shapes.contact_write(write.data))
        return Written(f"{crm_id}-{_new_id(reply)}")

    def _update_contact(self, write: Write) -> Written:
        shapes.only_at_creation(write.data, ("crmId",))
        crm_id, own = shapes.contact_ids(write.id)
        if not (crm_id.isdigit() and own.isdigit()):
            raise BadInput(f"联系人编号 {write.id} 无效", f"{write.id} is no contact id of EC", value=write.id)
        self._calls.update_contact(crm_id, own, shapes.contact_write(write.data))
        return Written(write.id)

    def _create_order(self, write: Write) -> Written:
        key_field = self._reader.sale_key()
        if key_field is None:
            raise key_missing(self._calls.config.key_field)
        if not self._calls.config.order_details:
            raise ConfigInvalid(
                "连接设置“读取订单自定义字段”没有打开，不能向 EC 写订单",
                "The setting 'Read custom fields of orders' is off, so no orders are written to EC",
                field="order_details",
            ).put_right_by(
                "hub_admin",
                "把连接设置 order_details 改为 true，然后恢复连接",
                "set order_details to true, then resume the connection",
            )
        row = shapes.sale_write(write.data, self._calls.sale_fields)
        row |= {"crmId": int(write.data["crmId"]), key_field: write.key}
        reply = self._calls.add_sale(row, int(write.data.get("userId") or self._calls.config.opt_user_id))
        return Written(_new_id(reply))

    def _update_order(self, write: Write) -> Written:
        shapes.only_at_creation(write.data, ("crmId", "userId"))
        self._calls.update_sale(write.id, shapes.sale_write(write.data, self._calls.sale_fields))
        return Written(write.id)

    def _alone(self, act: Callable[[Write], Written], write: Write) -> WriteOutcome:
        """One row by itself: what is wrong with the record is its outcome; all else concerns the connection."""
        try:
            return act(write)
        except HubError as error:
            if isinstance(error, RecordRejected) or error.kind == "gone" or getattr(error, "scope", "") == "record":
                return error
            raise


def _new_id(reply: Reply) -> str:
    value: Any = reply.data.get("data")
    if not str(value).isdigit():
        raise OutcomeUnknown(
            "EC 没有返回新记录的编号，需先核对是否已写入",
            "EC named no id for the new record; look it up first",
            vendor=reply.vendor(),
        )
    return str(value)


def _created(reply: Reply, made: Native | None, index: int) -> WriteOutcome:
    if made is not None and str(made.get("crmId", "")).isdigit():
        return Written(str(made["crmId"]))
    return _failed(reply, lambda one: one.get("index") == index)


def _updated(reply: Reply, crm_id: str, index: int) -> WriteOutcome:
    """The success list may name rows by id, by index, or be a bare list of ids."""
    for one in reply.at("data", "successList", kind=list):
        named = one if isinstance(one, dict) else {"crmId": one}
        if str(named.get("crmId", "")) == crm_id or ("crmId" not in named and named.get("index") == index):
            return Written(crm_id)
    return _failed(reply, lambda one: str(one.get("crmId", "")) == crm_id or one.get("index") == index)


def _moved(reply: Reply, said: Native | None, crm_id: str) -> WriteOutcome:
    if said is None:
        return _silent(reply)
    if str(said.get("code")) == str(SUCCESS):
        return Written(crm_id)
    message = str(said.get("msg") or "")
    return row_error(message, reply.vendor(said.get("code", ""), message))


def _failed(reply: Reply, fits: Callable[[Native], bool]) -> WriteOutcome:
    failures = reply.at("data", "failureList", kind=list)
    refused = next((one for one in failures if isinstance(one, dict) and fits(one)), None)
    if refused is None:
        return _silent(reply)
    cause = str(refused.get("failureCause") or "")
    return row_error(cause, reply.vendor("", cause))


def _silent(reply: Reply) -> OutcomeUnknown:
    return OutcomeUnknown(
        "EC 的回复既没有确认也没有拒绝这条记录，需先核对",
        "EC neither confirmed nor refused this record; look it up first",
        vendor=reply.vendor(),
    )
