"""What EC holds, as Remote rows: pull, read by id, the delete feed, the look-up after a lost reply."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors.ec import shapes, times
from connectors.ec.client import DELETE_DAYS, LINES_AT_ONCE, PAGE, EcCalls
from connectors.ec.errors import KEY_FIELD, OPERATOR
from connectors.ec.paging import export, numbered
from hub.connector.contract import Native, Page, Remote, Write
from hub.connector.paging import Numbered
from hub.connector.watermark import AHEAD, Seen, noted, safe_since
from hub.errors import BadInput, ConfigInvalid, RecordGone, RecordRejected

OVERLAP = timedelta(seconds=120)
CREATED_SINCE = timedelta(days=1)
SALES_SINCE = timedelta(days=30)
Checkpoint = Mapping[str, Any] | None


class EcReader:
    """Reads one account. Raises TryLater and SetupError; a refused question is a setting that does not fit."""

    def __init__(self, calls: EcCalls) -> None:
        self._calls = calls
        self._pulls: dict[str, Callable[[datetime], Iterator[tuple[list[Remote], datetime | None]]]] = {
            "customer": self._customers,
            "contact": self._contacts,
            "order": self._orders,
            "product": self._products,
            "employee": self._employees,
        }
        self._reads: dict[str, Callable[[Sequence[str]], list[Remote]]] = {
            "customer": self._customers_by_id,
            "contact": self._contacts_by_id,
            "order": self._orders_by_id,
            "product": self._products_by_id,
            "employee": self._employees_by_id,
        }
        self._finds: dict[str, Callable[[Write], list[Remote]]] = {
            "customer": self._find_customer,
            "contact": self._find_contact,
            "order": self._find_order,
        }

    def pull(self, entity: str, checkpoint: Checkpoint) -> Iterator[Page]:
        """Rows changed since the checkpoint {"since": text}. Rows come oldest change first where EC can sort."""
        begun, seen = self._calls.link.now(), Seen.parse(checkpoint)
        since = times.parse(checkpoint["since"]) - OVERLAP if checkpoint else times.START
        try:
            for rows, landed in _known(self._pulls, entity)(since):
                stamps = [landed] if landed else [times.stamp(row.modified) for row in rows]
                seen = noted(seen, stamps, self._calls.link.now())
                yield Page(rows, _point(min(landed, begun), seen) if landed else None)
        except RecordRejected as error:
            raise refused(error) from error
        yield Page((), _point(safe_since(begun, seen, self._calls.link.lag), seen), more=False)

    def read(self, entity: str, ids: Sequence[str]) -> dict[str, Remote]:
        reader = _known(self._reads, entity)
        return {row.id: row for row in reader(ids)} if ids else {}

    def find(self, entity: str, write: Write) -> list[Remote]:
        found: list[Remote] = _known(self._finds, entity)(write)
        return found

    def deleted(self, checkpoint: Checkpoint) -> Iterator[Page]:
        """Customers deleted since the checkpoint; EC answers 7 days at a time. The first pull looks 7 days back."""
        begun, seen = self._calls.link.now(), Seen.parse(checkpoint)
        since = times.parse(checkpoint["since"]) - OVERLAP if checkpoint else begun - timedelta(days=DELETE_DAYS)
        for start, end in times.pieces(since, begun + AHEAD, DELETE_DAYS):
            for rows in self._deleted_between(start, end):
                seen = noted(seen, [times.stamp(row.modified) for row in rows], self._calls.link.now())
                yield Page(rows)
            yield Page((), _point(min(end, safe_since(begun, seen, self._calls.link.lag)), seen))
        yield Page((), _point(safe_since(begun, seen, self._calls.link.lag), seen), more=False)

    def customer_key(self) -> str | None:
        """Id of the custom field that holds the hub's key on customers."""
        return self._calls.customer_fields.get(self._calls.config.key_field)

    def sale_key(self) -> str | None:
        return self._calls.sale_fields.get(self._calls.config.key_field)

    def _customers(self, since: datetime) -> Iterator[tuple[list[Remote], datetime | None]]:
        for rows in export(self._calls, since, self._calls.link.now() + AHEAD):
            yield self._wanted(rows), times.parse(str(rows[-1]["modifyTime"]))

    def _contacts(self, since: datetime) -> Iterator[tuple[list[Remote], datetime | None]]:
        """Contacts have no change time: those of every enterprise that changed are read again."""
        for rows in export(self._calls, since, self._calls.link.now() + AHEAD):
            landed = times.parse(str(rows[-1]["modifyTime"]))
            firms = [str(row["crmId"]) for row in rows if shapes.is_enterprise(row)]
            yield [one for crm_id in firms for one in self._contacts_of(crm_id)], landed

    def _orders(self, since: datetime) -> Iterator[tuple[list[Remote], datetime | None]]:
        """The last second is a window of its own: only there can rows still appear while pages are being read."""
        now = self._calls.link.now().replace(microsecond=0)
        border = now - timedelta(seconds=1)
        for start, end in ((since, border), (border, now + AHEAD)):
            for rows in self._sales_pages({"lastModifyTime": times.window(start, end)}):
                settled = [row for row in rows if end != border or str(row["changeTime"]) < times.text(border)]
                for chunk in _chunks(settled, LINES_AT_ONCE):
                    yield self._with_lines(chunk), None

    def _products(self, since: datetime) -> Iterator[tuple[list[Remote], datetime | None]]:
        for rows in numbered(self._product_page, "productId", what="sales/getProductList"):
            yield [Remote(str(row["productId"]), row, modified=str(row.get("modifyTime", ""))) for row in rows], None

    def _employees(self, since: datetime) -> Iterator[tuple[list[Remote], datetime | None]]:
        for chunk in _chunks(self._calls.organisation(), PAGE):
            yield [self._employee(row) for row in chunk], None

    def _employee(self, row: Native) -> Remote:
        """The line of the organisation with the employee's own page laid over it (mobile, email)."""
        return Remote(str(row["userId"]), {**row, **self._calls.user(str(row["userId"]))})

    def _wanted(self, rows: Sequence[Native]) -> list[Remote]:
        key_field = self.customer_key()
        persons = self._calls.config.persons == "customer"
        return [shapes.customer(row, key_field) for row in rows if persons or shapes.is_enterprise(row)]

    def _contacts_of(self, crm_id: str) -> list[Remote]:
        return [shapes.contact(row, crm_id) for row in self._calls.contacts(crm_id)]

    def _sales_pages(self, filters: Mapping[str, Any]) -> Iterator[list[Native]]:
        def fetch(number: int) -> Numbered:
            reply = self._calls.sales(filters, number)
            total, last = reply.at("total", kind=int), reply.at("maxPageNo", kind=int)
            return Numbered(reply.at("data", kind=list), total, last)

        return numbered(fetch, "id", what="sales/getSales")

    def _product_page(self, number: int) -> Numbered:
        reply = self._calls.products(number)
        page = reply.at("data", "page", kind=dict)
        return Numbered(reply.at("data", "list", kind=list), int(page["total"]), int(page["maxPageNo"]))

    def _with_lines(self, rows: Sequence[Native]) -> list[Remote]:
        lines = self._calls.lines([str(row["id"]) for row in rows]) if rows else []
        if self._calls.config.order_details:
            rows = [self._calls.sale(str(row["id"])) for row in rows]
        key_field = self.sale_key() if self._calls.config.order_details else None
        return [
            shapes.sale(row, [one for one in lines if str(one["saleId"]) == str(row["id"])], key_field) for row in rows
        ]

    def _customers_by_id(self, ids: Sequence[str]) -> list[Remote]:
        found: list[Remote] = []
        for chunk in _chunks(ids, PAGE):
            rows, _last = self._calls.list_customers({"crmIds": [int(one) for one in chunk]})
            found += self._wanted(rows)
        return found

    def _contacts_by_id(self, ids: Sequence[str]) -> list[Remote]:
        """The customers are asked for first: EC refuses to list the contacts of one that is gone."""
        owners = {crm_id for crm_id, _own in map(shapes.contact_ids, ids) if crm_id.isdigit()}
        there = [row.id for row in self._customers_by_id(sorted(owners)) if shapes.is_enterprise(row.data)]
        return [one for crm_id in there for one in self._contacts_of(crm_id) if one.id in set(ids)]

    def _orders_by_id(self, ids: Sequence[str]) -> list[Remote]:
        rows = [row for one in ids if (row := self._sale_or_none(one))]
        found: list[Remote] = []
        for chunk in _chunks(rows, LINES_AT_ONCE):
            lines = self._calls.lines([str(row["id"]) for row in chunk])
            found += [
                self._read_sale(row, [one for one in lines if str(one["saleId"]) == str(row["id"])]) for row in chunk
            ]
        return found

    def _read_sale(self, row: Native, lines: list[Native]) -> Remote:
        """The detail call shows more than the list; without `order_details` both must look alike, or every read
        were a change."""
        if self._calls.config.order_details:
            return shapes.sale(row, lines, self.sale_key())
        return shapes.sale({name: value for name, value in row.items() if name != "customFieldValues"}, lines, None)

    def _sale_or_none(self, sale_id: str) -> Native | None:
        try:
            return self._calls.sale(sale_id)
        except (RecordGone, RecordRejected):
            return None

    def _products_by_id(self, ids: Sequence[str]) -> list[Remote]:
        return [row for rows, _landed in self._products(times.START) for row in rows if row.id in set(ids)]

    def _employees_by_id(self, ids: Sequence[str]) -> list[Remote]:
        return [self._employee(row) for row in self._calls.organisation() if str(row["userId"]) in set(ids)]

    def _deleted_between(self, start: datetime, end: datetime) -> Iterator[list[Remote]]:
        last = ""
        while rows := self._calls.deleted_customers(start, end, last):
            yield [Remote(str(row["crmId"]), row, modified=str(row.get("delTime", "")), deleted=True) for row in rows]
            if (after := str(rows[-1]["id"])) == last:
                return
            last = after

    def _find_customer(self, write: Write) -> list[Remote]:
        """EC cannot search custom fields: look among those with the same company or name, then among the newest."""
        if self.customer_key() is None:
            raise key_missing(self._calls.config.key_field)
        named = next(({name: write.data[name]} for name in ("company", "name") if write.data.get(name)), None)
        now = self._calls.link.now()
        newest = {"createTime": times.window(now - CREATED_SINCE, now + AHEAD)}
        for filters in (named, newest):
            found = self._keyed_customers(filters, write.key) if filters else []
            if found:
                return found
        return []

    def _keyed_customers(self, filters: Mapping[str, Any], key: str) -> list[Remote]:
        found: list[Remote] = []
        number = last = 1
        while number <= last:
            rows, last = self._calls.list_customers(filters, number)
            found += [one for row in rows if (one := shapes.customer(row, self.customer_key())).key == key]
            number += 1
        return found

    def _find_contact(self, write: Write) -> list[Remote]:
        """A customer's list of contacts is complete, so what was sent identifies the contact: all of it must agree."""
        crm_id = str(write.data.get("crmId", ""))
        sent = {name: str(write.data[name]) for name in ("name", "mobile", "phone", "email") if write.data.get(name)}
        rows = self._contacts_by_owner(crm_id)
        return [row for row in rows if sent and all(str(row.data.get(name) or "") == sent[name] for name in sent)]

    def _contacts_by_owner(self, crm_id: str) -> list[Remote]:
        there = self._customers_by_id([crm_id]) if crm_id.isdigit() else []
        return self._contacts_of(crm_id) if there else []

    def _find_order(self, write: Write) -> list[Remote]:
        key_field = self.sale_key()
        if key_field is None:
            raise key_missing(self._calls.config.key_field)
        now = self._calls.link.now()
        filters = {"crmIds": str(write.data["crmId"]), "creatTime": times.window(now - SALES_SINCE, now + AHEAD)}
        found = [self._calls.sale(str(row["id"])) for rows in self._sales_pages(filters) for row in rows]
        return [
            shapes.sale(row, self._calls.lines([str(row["id"])]), key_field)
            for row in found
            if shapes.custom(row, "customFieldValues", key_field) == write.key
        ]


def key_missing(name: str) -> ConfigInvalid:
    return ConfigInvalid(
        f"EC 中没有名为“{name}”的自定义字段，新建的记录无法避免重复",
        f"EC has no custom field '{name}', without which new records could be doubled",
        field="key_field",
        value=name,
    ).put_right_by(KEY_FIELD.job, KEY_FIELD.press.zh, KEY_FIELD.press.en)


def refused(error: RecordRejected | RecordGone) -> ConfigInvalid:
    """A refused question about no particular record: the operator's rights or the settings do not fit."""
    return ConfigInvalid(
        f"EC 不让操作人读取（{error.text.zh}）",
        f"EC does not let the operator read ({error.text.en})",
        vendor=error.vendor,
        field="opt_user_id",
    ).put_right_by(OPERATOR.job, OPERATOR.press.zh, OPERATOR.press.en)


def _point(since: datetime, seen: Seen | None) -> dict[str, str]:
    return {"since": times.text(since), **(seen.as_json() if seen else {})}


def _chunks(rows: Sequence[Any], size: int) -> Iterator[list[Any]]:
    for start in range(0, len(rows), size):
        yield list(rows[start : start + size])


def _known(table: Mapping[str, Any], entity: str) -> Any:
    if entity not in table:
        raise BadInput(f"EC 不能这样操作 {entity}", f"EC cannot do this to {entity}", field="entity", value=entity)
    return table[entity]
