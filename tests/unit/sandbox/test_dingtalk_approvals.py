"""Contacts and approvals of the 钉钉 sandbox."""

import time

import pytest

from tests.unit.sandbox.dingtalk_desk import Ding, Json, ding, ding_process

__all__ = ["ding", "ding_process"]
HOUR_MS = 3_600_000


def query(ding: Ding, **changes: object) -> Json:
    body = {
        "processCode": "PROC-SANDBOX-ORDER-0001",
        "startTime": int(time.time() * 1000) - HOUR_MS,
        "nextToken": 0,
        "maxResults": 20,
        **changes,
    }
    return ding.new("POST", "workflow/processes/instanceIds/query", body)[1]


def test_departments_one_level_at_a_time_and_only_what_is_visible(ding: Ding) -> None:
    ding.make("department", {"dept_id": 31, "name": "上海", "parent_id": 3})
    rows = ding.old("v2/department/listsub")["result"]
    assert [row["name"] for row in rows] == ["销售部", "华东"]
    ding.set(visible_departments="2")
    assert ding.old("v2/department/listsub")["errcode"] == 50004
    assert ding.old("v2/department/listsubid", {"dept_id": 1})["result"]["dept_id_list"] == [2, 3]
    assert ding.old("v2/user/get", {"userid": "u3"})["errcode"] == 50002
    assert ding.old("v2/user/getbymobile", {"mobile": "13800000003"})["errcode"] == 50002
    ding.set(visible_users="u3")
    assert ding.old("v2/user/get", {"userid": "u3"})["result"]["name"] == "王五"
    assert ding.old("v2/department/get", {"dept_id": 9})["errcode"] == 60003


def test_members_page_by_page(ding: Ding) -> None:
    first = ding.old("v2/user/list", {"dept_id": 2, "cursor": 0, "size": 1})["result"]
    second = ding.old("v2/user/list", {"dept_id": 2, "cursor": first["next_cursor"], "size": 1})["result"]
    assert [first["list"][0]["name"], second["list"][0]["name"]] == ["张三", "𠮷田"]
    assert (second["has_more"], "next_cursor" in second) == (False, False)
    assert ding.old("v2/user/list", {"dept_id": 2, "cursor": 0, "size": 101})["errcode"] == 400002
    ding.fault(kind="repeat_page")
    again = ding.old("v2/user/list", {"dept_id": 2, "cursor": 1, "size": 1})["result"]
    assert again["list"][0]["name"] == "张三"


def test_stopped_members_and_fields_without_their_permission(ding: Ding) -> None:
    assert ding.old("v2/user/getbymobile", {"mobile": "13800000004"})["errcode"] == 40104
    assert ding.old("v2/user/get", {"userid": "u4"})["result"]["active"] is False
    ding.set(field_mobile=False, field_email=False)
    shown = ding.old("v2/user/get", {"userid": "u1"})["result"]
    assert not {"mobile", "email", "disabled"} & set(shown)


def test_all_approvers_of_an_and_node_must_agree(ding: Ding) -> None:
    instance = ding.start()["instanceId"]
    tasks = {one["userId"]: one["taskId"] for one in ding.approval(instance)["tasks"]}
    act = {"processInstanceId": instance, "actionerUserId": "u2", "taskId": tasks["u2"], "result": "agree"}
    assert ding.new("POST", "workflow/processInstances/execute", act) == (200, {"result": True, "success": True})
    assert ding.approval(instance)["status"] == "RUNNING"
    assert ding.refused("POST", "workflow/processInstances/execute", act)[1] == "processInstanceInvalidParameter"
    ding.put("approval", instance, {"result": "agree", "by": "u3", "remark": "可以"})
    shown = ding.approval(instance)
    assert (shown["status"], shown["result"]) == ("COMPLETED", "agree")
    assert shown["operationRecords"][-1]["remark"] == "可以"


def test_a_refusal_ends_it_and_it_stays_ended(ding: Ding) -> None:
    instance = ding.start()["instanceId"]
    ding.put("approval", instance, {"result": "refuse", "by": "u3"})
    shown = ding.approval(instance)
    assert [one["status"] for one in shown["tasks"]] == ["CANCELED", "COMPLETED"]
    assert (shown["status"], shown["result"]) == ("COMPLETED", "refuse")
    again = ding.web.put(f"/_sandbox/records/approval/{instance}", json={"result": "agree"})
    assert again.status_code == 409


def test_withdrawing_takes_its_seconds(ding: Ding) -> None:
    instance = ding.start()["instanceId"]
    end = {"processInstanceId": instance, "operatingUserId": "u1"}
    path = "workflow/processInstances/terminate"
    assert ding.refused("POST", path, end) == (400, "aflowProcessInstStatusException")
    ding.advance(16)
    assert ding.refused("POST", path, {**end, "operatingUserId": "u2"})[1] == "processInstanceInvalidParameter"
    assert ding.new("POST", path, end)[0] == 200
    assert (ding.approval(instance)["status"], ding.approval(instance)["result"]) == ("TERMINATED", "")


def test_times_have_minutes_only_in_utc_unless_set_otherwise(ding: Ding) -> None:
    instance = ding.start()["instanceId"]
    utc = ding.approval(instance)["createTime"]
    ding.set(approval_times="china")
    china = ding.approval(instance)["createTime"]
    assert len(utc) == len("2022-08-31T11:52Z")
    assert (int(china[11:13]) - int(utc[11:13])) % 24 == 8


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"processCode": "PROC-NONE"}, "processCodeError"),
        ({"originatorUserId": "ghost"}, "processInstanceInvalidParameter"),
        ({"approvers": []}, "processInstanceInvalidParameter"),
        ({"approvers": [], "deptId": 1, "originatorUserId": "u3"}, "processInstanceInvalidParameter"),
        ({"approvers": [{"actionType": "AND", "userIds": ["ghost"]}]}, "processInstanceInvalidParameter"),
        ({"microappAgentId": 5}, "invalidAgentId"),
        ({"formComponentValues": []}, "invalidParameter"),
        ({"formComponentValues": [{"name": "金额", "value": 100}]}, "formConverterError"),
        ({"formComponentValues": [{"name": "没有的", "value": "x"}]}, "formConverterError"),
        ({"formComponentValues": [{"name": "备注", "value": "x"}]}, "formConverterError"),
    ],
)
def test_bad_starts(ding: Ding, changes: Json, code: str) -> None:
    assert ding.start(**changes)["code"] == code


def test_the_templates_own_flow_needs_a_department(ding: Ding) -> None:
    ding.put("approval_template", "PROC-SANDBOX-ORDER-0001", {"approvers": ["u2"]})
    instance = ding.start(approvers=[], deptId=2)["instanceId"]
    assert [one["userId"] for one in ding.approval(instance)["tasks"]] == ["u2"]
    assert ding.approval(instance)["originatorDeptName"] == "销售部"
    assert "instanceId" in ding.start(approvers=[], deptId=-1, originatorUserId="u3")


def test_lists_by_time_status_and_starter(ding: Ding) -> None:
    made = [ding.start()["instanceId"] for _ in range(3)]
    ding.put("approval", made[0], {"status": "TERMINATED"})
    first = query(ding, maxResults=2)["result"]
    assert (first["list"], first["nextToken"]) == (made[:2], "2")
    assert query(ding, maxResults=2, nextToken=2)["result"] == {"list": made[2:]}
    assert query(ding, statuses=["RUNNING"])["result"]["list"] == made[1:]
    assert query(ding, userIds=["u2"])["result"]["list"] == []
    refusals = [query(ding, **one)["code"] for one in ({"nextToken": "0"}, {"maxResults": 21}, {"processCode": "x"})]
    assert refusals == ["invalidNextToken", "invalidMaxResults", "invalidProcessCode"]
    assert query(ding, startTime=int(time.time() * 1000) - 121 * 24 * HOUR_MS)["code"] == "invalidEndTime"


def test_the_old_family_sees_the_same_instances(ding: Ding) -> None:
    body = {
        "process_code": "PROC-SANDBOX-ORDER-0001",
        "originator_user_id": "u1",
        "dept_id": "2",
        "approvers": "u2,u3",
        "form_component_values": [{"name": name, "value": "1"} for name in ("订单编号", "客户", "金额")],
    }
    made = ding.old("processinstance/create", body)["process_instance_id"]
    ding.put("approval", made, {"result": "agree"})
    shown = ding.old("processinstance/get", {"process_instance_id": made})["process_instance"]
    assert (shown["status"], shown["result"], len(shown["tasks"])) == ("COMPLETED", "agree", 2)
    assert ding.approval(made)["result"] == "agree"
    listing = {"process_code": body["process_code"], "start_time": int(time.time() * 1000) - HOUR_MS}
    assert ding.old("processinstance/listids", listing)["result"] == {"list": [made]}
    assert ding.old("processinstance/create", {**body, "process_code": "x"})["errcode"] == 830001
    assert ding.old("processinstance/create", {**body, "form_component_values": []})["errcode"] == 820001
