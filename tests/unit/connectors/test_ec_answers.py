"""EC answers that a well-behaved sandbox does not give: odd lists, pages that do not add up, silence about a row."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors.ec.config import EcConfig
from connectors.ec.connection import EcClient
from connectors.ec.errors import judge
from connectors.ec.paging import numbered
from hub.connector.contract import Message, Write, Written
from hub.connector.http import Policy
from hub.connector.link import Link
from hub.connector.paging import Numbered
from hub.errors import BadInput, ConfigInvalid, OutcomeUnknown, RecordLocked, RecordRejected, Unreachable

FIELDS = [{"fieldId": 81, "fieldName": "外部编号"}]
Answers = dict[str, Any]
NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)


class Wire:
    """EC as a table of path -> data, or a function of the request's body."""

    def __init__(self, **answers: Any) -> None:
        self.answers = {"config/getFieldMapping": FIELDS, **answers}
        self.asked: list[tuple[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/v2/")
        body = json.loads(request.content) if request.content else dict(request.url.params)
        self.asked.append((path, body))
        answer = self.answers[path]
        data = answer(body) if callable(answer) else answer
        return httpx.Response(
            200, json=data if isinstance(data, dict) and "code" in data else {"code": 200, "data": data}
        )

    def bodies(self, path: str) -> list[Any]:
        return [body for asked, body in self.asked if asked == path]


def client(wire: Callable[[httpx.Request], httpx.Response], **settings: Any) -> EcClient:
    config = EcConfig(
        corp_id="1", app_id="2", app_secret="secret", opt_user_id=5001, base_url="http://ec.test", **settings
    )
    transport = httpx.MockTransport(wire)
    policy = Policy(judge=judge, transport=transport, resolver=lambda _h, _p: ("127.0.0.1",), retry_wait_s=0)
    return EcClient(config, Link(now=lambda: NOW), policy)


def create(wire: Wire, count: int = 2) -> list[Any]:
    return list(client(wire).create("customer", [Write(f"K{n}", {"name": f"n{n}"}) for n in range(count)]))


def test_rows_that_ec_names_nowhere_are_unknown_and_not_success() -> None:
    wire = Wire(**{"customer/addCustomer": {"successIdList": [{"index": 1, "crmId": "40"}], "failureList": []}})
    first, second = create(wire)
    assert isinstance(first, OutcomeUnknown)
    assert second == Written("40")


def test_a_success_row_without_an_id_is_unknown() -> None:
    wire = Wire(**{"customer/addCustomer": {"successIdList": [{"index": 0}], "failureList": []}})
    assert isinstance(create(wire, 1)[0], OutcomeUnknown)


def test_a_reply_without_lists_is_unknown_for_all() -> None:
    with pytest.raises(OutcomeUnknown):
        create(Wire(**{"customer/addCustomer": {}}))


def test_rows_that_cannot_be_sent_fail_without_the_others() -> None:
    wire = Wire(
        **{
            "customer/addCustomer": {"successIdList": [{"index": 0, "crmId": 40}], "failureList": []},
            "customer/getChannelSource": [{"id": 1, "name": "官网"}],
        }
    )
    writes = [Write("K0", {"name": "a", "channel": "?"}), Write("K1", {"name": "b"})]
    bad, good = client(wire).create("customer", writes)
    assert isinstance(bad, RecordRejected)
    assert good == Written("40")
    sent = wire.bodies("customer/addCustomer")[0]["list"]
    assert sent == [{"name": "b", "createCrmType": 0, "fields": {"81": "K1"}}]


def test_without_the_key_field_nothing_is_created() -> None:
    wire = Wire(**{"config/getFieldMapping": []})
    with pytest.raises(ConfigInvalid, match="外部编号"):
        create(wire)
    assert wire.bodies("customer/addCustomer") == []


@pytest.mark.parametrize("success", [[{"crmId": "41"}], [{"crmId": 41, "index": 0}], [{"index": 0}], [41], ["41"]])
def test_success_lists_of_updates_in_any_shape(success: list[Any]) -> None:
    wire = Wire(**{"customer/batchUpdateCustomer": {"successList": success, "failureList": []}})
    assert client(wire).update("customer", [Write("K", {"memo": "x"}, id="41")]) == [Written("41")]


def test_the_owner_moves_by_its_own_call_and_only_for_rows_that_went_well() -> None:
    wire = Wire(
        **{
            "customer/batchUpdateCustomer": {
                "successList": [{"crmId": 41}],
                "failureList": [{"crmId": 42, "failureCause": "请稍后再试"}],
            },
            "customer/change/user": {"list": [{"crmId": 41, "code": 200}, {"crmId": 43, "code": 400, "msg": "无权限"}]},
        }
    )
    writes = [
        Write("A", {"memo": "x", "followUserId": 5002}, id="41"),
        Write("B", {"memo": "y", "followUserId": 5002}, id="42"),
        Write("C", {"followUserId": 5002}, id="43"),
    ]
    done, locked, refused = client(wire).update("customer", writes)
    assert done == Written("41")
    assert isinstance(locked, RecordLocked)
    assert isinstance(refused, RecordRejected)
    assert wire.bodies("customer/change/user") == [{"optUserId": 5001, "crmIds": "41,43", "followUserId": 5002}]
    assert [row["crmId"] for row in wire.bodies("customer/batchUpdateCustomer")[0]] == [41, 42]


def test_an_owner_that_ec_says_nothing_about_is_unknown() -> None:
    wire = Wire(**{"customer/change/user": {"list": []}})
    assert isinstance(client(wire).update("customer", [Write("A", {"followUserId": 1}, id="41")])[0], OutcomeUnknown)


def test_orders_are_not_written_while_their_key_cannot_be_read_back() -> None:
    fields = {"groups": [{"fields": [{"id": 91, "name": "外部编号"}]}]}
    wire = Wire(**{"sales/getSalesFieldMapping": fields})
    with pytest.raises(ConfigInvalid) as caught:
        client(wire).create("order", [Write("K", {"crmId": 1, "projectName": "x"})])
    assert caught.value.field == "order_details"


def test_a_new_order_belongs_to_its_salesperson() -> None:
    fields = {"groups": [{"fields": [{"id": 91, "name": "外部编号"}]}]}
    wire = Wire(**{"sales/getSalesFieldMapping": fields, "sales/addSales": 900})
    data = {"crmId": 40, "projectName": "x", "userId": 5009}
    assert client(wire, order_details=True).create("order", [Write("K7", data)]) == [Written("900")]
    assert wire.bodies("sales/addSales") == [{"1": "x", "crmId": 40, "91": "K7", "optUserId": 5009}]


@pytest.mark.parametrize("answer", [None, "", {}, [], {"code": 200}])
def test_a_new_order_without_an_id_is_unknown(answer: Any) -> None:
    fields = {"groups": [{"fields": [{"id": 91, "name": "外部编号"}]}]}
    wire = Wire(**{"sales/getSalesFieldMapping": fields, "sales/addSales": answer})
    with pytest.raises(OutcomeUnknown):
        client(wire, order_details=True).create("order", [Write("K", {"crmId": 1, "projectName": "x"})])


def test_without_order_details_reads_and_pulls_look_alike() -> None:
    row = {"id": 9, "crmId": 40, "changeTime": "2026-11-20 10:00:00"}
    wire = Wire(
        **{
            "sales/getSales": lambda body: {"code": 200, "data": [row], "total": 1, "maxPageNo": 1},
            "sales/getSalesDetail": {**row, "customFieldValues": [{"fieldId": 91, "fieldValue": "K"}]},
            "sales/getProductsDetail": [{"id": 1, "saleId": "9"}, {"id": 2, "saleId": 10}],
        }
    )
    ec = client(wire)
    pulled = next(row for page in ec.pull("order", None) for row in page.rows)
    assert ec.read("order", ["9"])["9"] == pulled
    assert pulled.data["products"] == [{"id": 1, "saleId": "9"}]


def test_an_empty_page_by_mistake_does_not_end_an_export() -> None:
    pages = [[], [{"crmId": 1, "crmType": 1, "modifyTime": "2026-11-20 10:00:00"}], [], []]
    wire = Wire(**{"customer/queryCustomer": lambda body: {"list": pages.pop(0), "sort": [5, 1]}})
    rows = [row.id for page in client(wire).pull("customer", None) for row in page.rows]
    assert rows == ["1"]


def test_a_cursor_that_does_not_move_is_given_up() -> None:
    row = {"crmId": 1, "crmType": 1, "modifyTime": "2026-11-20 10:00:00"}
    wire = Wire(**{"customer/queryCustomer": {"list": [row], "sort": [0, 0]}})
    with pytest.raises(Unreachable):
        list(client(wire).pull("customer", None))


def test_persons_can_be_left_out_and_their_contacts_are_not_asked_for() -> None:
    rows = [{"crmId": n, "crmType": n, "modifyTime": "2026-11-20 10:00:00"} for n in (0, 1)]

    def export(body: Any) -> Any:
        return {"list": rows if body["sort"] == [0, 0] else [], "sort": [9, 9]}

    wire = Wire(**{"customer/queryCustomer": export, "contactbook/list": [{"id": 6, "name": "王"}]})
    ignoring, counting = client(wire, persons="ignore"), client(wire)
    assert [row.id for page in ignoring.pull("customer", None) for row in page.rows] == ["1"]
    assert [row.id for page in counting.pull("customer", None) for row in page.rows] == ["0", "1"]
    assert [row.id for page in counting.pull("contact", None) for row in page.rows] == ["1-6"]
    assert [body["crmId"] for body in wire.bodies("contactbook/list")] == [1]


def test_a_pull_starts_a_little_before_its_checkpoint_and_a_full_one_at_the_beginning() -> None:
    wire = Wire(**{"customer/queryCustomer": {"list": [], "sort": [0, 0]}})
    ec = client(wire)
    list(ec.pull("customer", {"since": "2026-11-21 11:00:00"}))
    pages = list(ec.pull("customer", {"since": "2026-11-21 11:00:00"}, full=True))
    starts = [body["modifyTime"]["startTime"] for body in wire.bodies("customer/queryCustomer")]
    assert starts[0] == "2026-11-21 10:58:00"
    assert starts[-1] == "2008-01-01 08:00:00"
    assert pages[-1].checkpoint == {"since": "2026-11-20 12:00:00"}, "no row has told EC's time yet"


def test_the_delete_feed_is_read_week_by_week_until_each_is_empty() -> None:
    def feed(body: Any) -> list[Any]:
        number = int(body["lastId"] or 0)
        return [{"crmId": 40 + number, "delTime": "x", "id": number + 1}] if number < 2 else []

    wire = Wire(**{"customer/delcrms": feed})
    pages = list(client(wire).deleted("customer", {"since": "2026-11-10 12:00:00"}))
    windows = {(body["startTime"], body["endTime"]) for body in wire.bodies("customer/delcrms")}
    assert sorted(windows) == [
        ("2026-11-10 11:58:00", "2026-11-17 11:58:00"),
        ("2026-11-17 11:58:00", "2026-11-22 12:00:00"),
    ]
    assert [row.id for page in pages for row in page.rows] == ["40", "41", "40", "41"]
    assert all(row.deleted for page in pages for row in page.rows)
    assert pages[-1].checkpoint["since"] == "2026-11-21 12:00:00"


def test_a_refused_question_is_a_setting_to_mend() -> None:
    wire = Wire(**{"customer/queryCustomer": {"code": 400, "msg": "操作人已停用"}})
    with pytest.raises(ConfigInvalid, match="操作人"):
        list(client(wire).pull("customer", None))


def test_a_customer_created_lately_is_found_although_its_name_was_changed_on_the_way() -> None:
    def listed(body: Any) -> Any:
        rows = [{"crmId": 7, "fieldInfos": [{"fieldId": "81", "fieldValue": "K9"}]}] if "createTime" in body else []
        return {"list": rows, "page": {"maxPageNo": 1}}

    wire = Wire(**{"customer/queryList": listed})
    found = client(wire).find("customer", Write("K9", {"company": " 华星 "}))
    assert [row.id for row in found] == ["7"]
    window = wire.bodies("customer/queryList")[1]["createTime"]
    assert window["startTime"] == "2026-11-20 12:00:00"


def test_contacts_are_told_apart_by_all_that_was_sent() -> None:
    rows = [{"id": n, "name": "王", "mobile": m} for n, m in ((1, "1"), (2, "2"), (3, None))]
    wire = Wire(
        **{
            "customer/queryList": {"list": [{"crmId": 40, "crmType": 1}], "page": {"maxPageNo": 1}},
            "contactbook/list": rows,
        }
    )
    ec = client(wire)
    assert [row.id for row in ec.find("contact", Write("K", {"crmId": 40, "name": "王", "mobile": "2"}))] == ["40-2"]
    assert ec.find("contact", Write("K", {"crmId": 40})) == []
    with pytest.raises(BadInput):
        ec.create("contact", [Write("K", {"name": "王"})])


@pytest.mark.parametrize("entity", ["receivable", "product", "employee"])
def test_what_ec_cannot_write_is_said(entity: str) -> None:
    with pytest.raises(BadInput):
        client(Wire()).create(entity, [Write("K", {})])
    with pytest.raises(BadInput):
        client(Wire()).deleted(entity, None)


def test_ec_has_no_stages_and_no_messages() -> None:
    ec = client(Wire())
    with pytest.raises(BadInput):
        ec.step("order", "audit", ["1"])
    with pytest.raises(BadInput):
        ec.send(Message(("1",), "x"))
    with pytest.raises(BadInput):
        ec.lookup_member("mobile", "1")


class Shifting:
    """A numbered list of which a row can be taken, or to which one can be added, between two page reads."""

    def __init__(self, rows: list[int], size: int, events: dict[int, Callable[[list[int]], None]]) -> None:
        self.rows, self.size, self.events, self.reads = rows, size, events, 0

    def fetch(self, number: int) -> Numbered:
        self.reads += 1
        if self.reads in self.events:
            self.events[self.reads](self.rows)
        page = self.rows[(number - 1) * self.size : number * self.size]
        return Numbered([{"id": one} for one in page], len(self.rows), max(1, -(-len(self.rows) // self.size)))


@pytest.mark.parametrize("at", [1, 2, 3, 4])
@pytest.mark.parametrize("gone", range(9))
def test_rows_that_leave_a_list_make_no_other_row_vanish(at: int, gone: int) -> None:
    events = {at: lambda rows: rows.remove(gone)}
    listed = Shifting(list(range(9)), 3, events)
    read = [row["id"] for rows in numbered(listed.fetch, "id", what="x") for row in rows]
    assert set(range(9)) - {gone} <= set(read)
    assert len(read) == len(set(read))


@pytest.mark.parametrize("at", [2, 3, 4])
@pytest.mark.parametrize("place", [0, 9])
def test_rows_that_come_in_meanwhile_hide_none(at: int, place: int) -> None:
    listed = Shifting(list(range(9)), 3, {at: lambda rows: rows.insert(place, 99)})
    assert set(range(9)) <= {row["id"] for rows in numbered(listed.fetch, "id", what="x") for row in rows}


def test_pages_that_never_add_up_are_not_a_finished_read() -> None:
    with pytest.raises(Unreachable):
        list(numbered(lambda number: Numbered([{"id": 1}], 5, 2), "id", what="x"))


def test_a_list_of_one_page_takes_one_call() -> None:
    listed = Shifting([1, 2], 3, {})
    assert [row["id"] for rows in numbered(listed.fetch, "id", what="x") for row in rows] == [1, 2]
    assert listed.reads == 1


def test_a_stale_signature_gets_one_more_try() -> None:
    codes = [401, 200]
    wire = Wire(**{"contactbook/list": lambda body: {"code": codes.pop(0), "data": []}})
    ticks = iter(NOW + timedelta(seconds=n) for n in range(99))
    ec = client(wire)
    ec._calls.link.now = lambda: next(ticks)
    assert ec._calls.contacts("40") == []
    assert codes == []
