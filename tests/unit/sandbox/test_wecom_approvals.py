"""OA approvals: templates, submitting in both notations, paging of numbers, details."""

import time
from typing import Any

import pytest

from tests.unit.sandbox.wecom_desk import Desk, Json


def control(kind: str, key: str, require: int = 0, **config: Any) -> Json:
    title = [{"text": key, "lang": "zh_CN"}]
    return {"property": {"control": kind, "id": key, "title": title, "require": require}, "config": config}


CONTROLS = [
    control("Text", "T", 1),
    control("Money", "M"),
    control("Number", "N"),
    control("Date", "D", date={"type": "day"}),
    control("Selector", "S", selector={"type": "single", "options": [{"key": "o1", "value": []}, {"key": "o2"}]}),
    control("Contact", "C"),
    control("File", "F"),
    control("DateRange", "R"),
    control("Tips", "P", 1),
    control("Table", "B", table={"children": [control("Text", "B1"), control("Money", "B2")]}),
]
TEMPLATE = {
    "template_id": "Tpl1",
    "template_names": [{"text": "报价审批", "lang": "zh_CN"}],
    "template_content": {"controls": CONTROLS},
    "approvers": ["lisi"],
}
TEXT = {"control": "Text", "id": "T", "value": {"text": "报价"}}
SUMMARY = [{"summary_info": [{"text": "报价", "lang": "zh_CN"}]}]
FLOW = {"node_list": [{"type": 1, "apv_rel": 1, "userid": ["lisi", "wangwu"]}, {"type": 2, "userid": ["zhangsan"]}]}


def form(*contents: Json, **more: object) -> Json:
    body = {"creator_userid": "zhangsan", "template_id": "Tpl1", "use_template_approver": 0, "process": FLOW}
    return {**body, "apply_data": {"contents": [TEXT, *contents]}, "summary_list": SUMMARY, **more}


@pytest.fixture
def oa(desk: Desk) -> Desk:
    desk.make("approval_template", TEMPLATE)
    return desk


def test_a_template_in_detail(oa: Desk) -> None:
    answer = oa.post("oa/gettemplatedetail", {"template_id": "Tpl1"})
    assert answer["template_names"][0]["text"] == "报价审批" and answer["template_content"]["controls"] == CONTROLS
    assert oa.post("oa/gettemplatedetail", {"template_id": "none"})["errcode"] == 301026
    assert oa.post("oa/gettemplatedetail", {})["errcode"] == 301025


def test_a_submitted_form_can_be_read(oa: Desk) -> None:
    money = {"control": "Money", "id": "M", "value": {"new_money": "700.50"}}
    number = oa.post("oa/applyevent", form(money))["sp_no"]
    assert len(number) == 12 and number.isdigit()
    info = oa.post("oa/getapprovaldetail", {"sp_no": number})["info"]
    assert info["sp_status"] == 1 and info["sp_name"] == "报价审批" and "summary_list" not in info
    assert info["applyer"] == {"userid": "ZhangSan", "partyid": "2"}
    assert info["process_list"]["node_list"][0]["apv_rel"] == 1 and info["sp_record"][0]["approverattr"] == 2
    assert info["notifyer"] == [{"userid": "zhangsan"}]
    value = info["apply_data"]["contents"][1]["value"]
    assert value["new_money"] == "700.50" and value["children"] == [] and value["members"] == []
    assert oa.journal(object="approval")[0]["id"] == number


def test_the_older_notation_means_the_same(oa: Desk) -> None:
    body = form(approver=[{"attr": 1, "userid": ["lisi"]}], notifyer=["zhangsan"], notify_type=1)
    del body["process"]
    number = oa.post("oa/applyevent", body)["sp_no"]
    info = oa.post("oa/getapprovaldetail", {"sp_no": number})["info"]
    assert info["process_list"]["node_list"][0]["apv_rel"] == 2 and info["sp_record"][0]["approverattr"] == 1


def test_the_templates_own_flow(oa: Desk) -> None:
    body = form(use_template_approver=1)
    del body["process"]
    info = oa.post("oa/getapprovaldetail", {"sp_no": oa.post("oa/applyevent", body)["sp_no"]})["info"]
    assert info["process_list"]["node_list"][0]["sub_node_list"][0]["userid"] == "lisi"


TABLE = {"list": [{"control": "Text", "id": "B1", "value": {"text": "a"}}]}
WHOLE = {"list": [*TABLE["list"], {"control": "Money", "id": "B2", "value": {"new_money": "1"}}]}
RANGE = {"date_range": {"type": "hour", "new_begin": 1, "new_end": 2, "new_duration": 1}}


@pytest.mark.parametrize(
    ("kind", "key", "value", "code"),
    [
        ("Money", "M", {"new_money": 700.5}, 301025),
        ("Money", "M", {"new_money": "a"}, 301025),
        ("Number", "N", {"new_number": "700"}, 0),
        ("Number", "M", {"new_number": "700"}, 301025),
        ("Text", "none", {"text": "x"}, 301025),
        ("Text", "T", {"text": "a\nb"}, 301025),
        ("Date", "D", {"date": {"type": "day", "s_timestamp": "1569859200"}}, 0),
        ("Date", "D", {"s_timestamp": "1569859200"}, 301025),
        ("Selector", "S", {"selector": {"type": "single", "options": [{"key": "o1"}]}}, 0),
        ("Selector", "S", {"selector": {"type": "single", "options": [{"key": "o1"}, {"key": "o2"}]}}, 301025),
        ("Selector", "S", {"selector": {"type": "single", "options": [{"key": "oX"}]}}, 301025),
        ("Contact", "C", {"members": [{"userid": "lisi", "name": "李四"}]}, 0),
        ("Contact", "C", {"departments": [{"openapi_id": "2", "name": "d"}]}, 0),
        ("Contact", "C", {"members": []}, 301025),
        ("File", "F", {"files": [{"file_id": "m"}]}, 0),
        ("File", "F", {"files": [{"file_id": "m"}] * 7}, 301025),
        ("DateRange", "R", RANGE, 0),
        ("DateRange", "R", {"date_range": {"type": "hour"}}, 301025),
        ("Tips", "P", {"text": "x"}, 301025),
        ("Table", "B", {"children": [WHOLE]}, 0),
        ("Table", "B", {"children": [TABLE]}, 301025),
        ("Table", "B", {"children": []}, 301025),
    ],
)
def test_each_control_is_checked(oa: Desk, kind: str, key: str, value: Json, code: int) -> None:
    assert oa.post("oa/applyevent", form({"control": kind, "id": key, "value": value}))["errcode"] == code


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"creator_userid": "nobody"}, 301055),
        ({"creator_userid": ""}, 301025),
        ({"template_id": "none"}, 301026),
        ({"apply_data": {"contents": []}}, 301025),
        ({"summary_list": []}, 301025),
        ({"summary_list": SUMMARY * 4}, 301025),
        ({"summary_list": [{"summary_info": [{"text": "长" * 21}]}]}, 301025),
        ({"process": {"node_list": []}}, 301025),
        ({"process": {"node_list": [{"type": 1, "apv_rel": 9, "userid": ["lisi"]}]}}, 301025),
        ({"process": {"node_list": [{"type": 4, "userid": ["lisi"]}]}}, 301025),
        ({"process": {"node_list": [{"type": 2, "userid": ["lisi"]}]}}, 301025),
        ({"process": {"node_list": [{"type": 1, "apv_rel": 1, "userid": ["ghost"]}]}}, 301025),
    ],
)
def test_the_frame_of_a_form_is_checked(oa: Desk, more: Json, code: int) -> None:
    assert oa.post("oa/applyevent", form(**more))["errcode"] == code
    assert not oa.journal(object="approval")


def test_a_persons_decision_closes_the_nodes(oa: Desk) -> None:
    number = oa.post("oa/applyevent", form())["sp_no"]
    oa.put("approval", number, {"sp_status": 2})
    info = oa.post("oa/getapprovaldetail", {"sp_no": number})["info"]
    assert info["sp_status"] == 2
    sub = info["process_list"]["node_list"][0]["sub_node_list"][0]
    assert sub["sp_yj"] == 2 and sub["sptime"] > 0
    assert info["sp_record"][0]["details"][0]["sp_status"] == 2


def numbers(desk: Desk, size: int, **more: object) -> list[str]:
    now = int(time.time())
    body: Json = {"starttime": str(now - 86400), "endtime": str(now + 60), "new_cursor": "", "size": size, **more}
    found: list[str] = []
    while True:
        page = desk.post("oa/getapprovalinfo", body)
        assert page["errcode"] == 0, page
        found += page["sp_no_list"]
        if "new_next_cursor" not in page:
            return found
        body["new_cursor"] = page["new_next_cursor"]


@pytest.mark.parametrize("short", [False, True])
def test_numbers_come_in_pages_that_may_be_short(oa: Desk, short: bool) -> None:
    oa.set(approval_short_pages=short)
    made = [oa.post("oa/applyevent", form())["sp_no"] for _ in range(7)]
    assert numbers(oa, 3) == made == numbers(oa, 100)


def test_filters_are_anded_and_departments_ored(oa: Desk) -> None:
    first = oa.post("oa/applyevent", form())["sp_no"]
    second = oa.post("oa/applyevent", form(creator_userid="lisi"))["sp_no"]
    oa.put("approval", first, {"sp_status": 3})
    by = {"key": "creator", "value": "lisi"}
    assert numbers(oa, 9, filters=[by]) == [second]
    assert numbers(oa, 9, filters=[by, {"key": "sp_status", "value": "3"}]) == []
    both = [{"key": "department", "value": "2"}, {"key": "department", "value": "4"}]
    assert numbers(oa, 9, filters=both) == [first, second]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"endtime": "1"}, 301025),
        ({"endtime": 1700000000 + 32 * 86400}, 301112),
        ({"starttime": "soon"}, 301025),
        ({"size": 101}, 301025),
        ({"size": None}, 301025),
        ({"new_cursor": "bad"}, 50100),
        ({"filters": [{"key": "colour", "value": "1"}]}, 301025),
        ({"filters": [{"key": "creator", "value": "1"}] * 2}, 301025),
    ],
)
def test_number_arguments(oa: Desk, more: Json, code: int) -> None:
    body = {"starttime": "1700000000", "endtime": 1700000100, "new_cursor": "", "size": 10, **more}
    assert oa.post("oa/getapprovalinfo", body)["errcode"] == code


def test_the_deprecated_whole_number_cursor(oa: Desk) -> None:
    made = [oa.post("oa/applyevent", form())["sp_no"] for _ in range(3)]
    now = int(time.time())
    body = {"starttime": now - 60, "endtime": now + 60, "cursor": 0, "size": 2}
    page = oa.post("oa/getapprovalinfo", body)
    assert page["sp_no_list"] == made[:2] and page["next_cursor"] == 2
    last = oa.post("oa/getapprovalinfo", {**body, "cursor": 2})
    assert last["sp_no_list"] == made[2:] and "next_cursor" not in last
    assert oa.post("oa/getapprovalinfo", {**body, "cursor": None})["errcode"] == 301025


def test_an_app_that_is_not_listed(oa: Desk) -> None:
    oa.set(approval_allowed=False)
    assert oa.post("oa/gettemplatedetail", {"template_id": "Tpl1"})["errcode"] == 301055
    assert oa.get("oa/applyevent")["errcode"] == 301055
