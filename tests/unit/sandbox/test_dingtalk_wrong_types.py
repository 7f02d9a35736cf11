"""Whatever is sent where, the answer has the shape of its family: never a page of the framework, never a crash."""

import pytest

from sandbox.dingtalk.endpoints import NEW, OLD
from tests.unit.sandbox.dingtalk_desk import HEADER, Ding, Json, ding, ding_process
from tests.unit.sandbox.spoiling import spoiled

__all__ = ["ding", "ding_process"]
NOTICE = "topapi/message/corpconversation"
FORM = [{"name": "订单编号", "value": "1"}, {"name": "客户", "value": "1"}, {"name": "金额", "value": "1"}]
CARD = {"title": "t", "markdown": "m", "single_title": "s", "single_url": "u", "btn_json_list": [{"title": "t"}]}
ROBOT = {"at": {"atMobiles": ["1"], "isAtAll": False}, "msgUuid": "m"}
PERSONS: Json = {"robotCode": "dingsandboxappkey001", "msgKey": "sampleText", "msgParam": '{"content":"x"}'}
OLD_BODIES: dict[str, list[Json]] = {
    "topapi/v2/department/listsub": [{"dept_id": 1, "language": "zh_CN"}],
    "topapi/v2/department/listsubid": [{"dept_id": 1}],
    "topapi/v2/department/get": [{"dept_id": 1}],
    "topapi/v2/user/list": [{"dept_id": 1, "cursor": 0, "size": 5}],
    "topapi/user/listid": [{"dept_id": 1}],
    "topapi/v2/user/get": [{"userid": "u1"}],
    "topapi/v2/user/getbymobile": [{"mobile": "13800000001"}],
    "topapi/user/getbyunionid": [{"unionid": "x"}],
    f"{NOTICE}/asyncsend_v2": [
        {
            "agent_id": 2000000001,
            "userid_list": "u1",
            "dept_id_list": "2",
            "to_all_user": False,
            "msg": {"msgtype": "action_card", "action_card": CARD},
        },
        {
            "agent_id": 2000000001,
            "userid_list": "u1",
            "msg": {"msgtype": "oa", "oa": {"message_url": "u", "body": {"title": "t"}, "status_bar": {"a": "b"}}},
        },
    ],
    f"{NOTICE}/getsendprogress": [{"agent_id": 2000000001, "task_id": 1}],
    f"{NOTICE}/getsendresult": [{"agent_id": 2000000001, "task_id": 1}],
    f"{NOTICE}/recall": [{"agent_id": 2000000001, "msg_task_id": 1}],
    f"{NOTICE}/status_bar/update": [{"agent_id": 2000000001, "task_id": 1, "status_value": "x"}],
    "robot/send": [
        {**ROBOT, "msgtype": "text", "text": {"content": "x"}},
        {**ROBOT, "msgtype": "feedCard", "feedCard": {"links": [{"title": "t"}]}},
    ],
    "robot/sendBySession": [{"msgtype": "text", "text": {"content": "x"}}],
    "topapi/processinstance/create": [
        {
            "process_code": "PROC-SANDBOX-ORDER-0001",
            "originator_user_id": "u1",
            "dept_id": 2,
            "approvers_v2": [{"task_action_type": "AND", "user_ids": ["u1"]}],
            "cc_list": "u1",
            "form_component_values": [*FORM, {"name": "备注", "value": "x", "ext_value": "y"}],
        }
    ],
    "topapi/processinstance/get": [{"process_instance_id": "x"}],
    "topapi/processinstance/listids": [
        {"process_code": "PROC-SANDBOX-ORDER-0001", "start_time": 1, "end_time": 2, "size": 5, "cursor": 0}
    ],
    "call_back/register_call_back": [{"call_back_tag": ["x"], "token": "t", "aes_key": "k"}],
    "call_back/update_call_back": [{"call_back_tag": ["x"], "token": "t", "aes_key": "k", "url": "x"}],
}
START: Json = {
    "originatorUserId": "u1",
    "processCode": "PROC-SANDBOX-ORDER-0001",
    "deptId": 2,
    "microappAgentId": 2000000001,
    "approvers": [{"actionType": "AND", "userIds": ["u2"]}],
    "ccList": ["u1"],
    "formComponentValues": FORM,
}
LISTING: Json = {"processCode": "PROC-SANDBOX-ORDER-0001", "startTime": 1, "endTime": 2, "nextToken": 0}
NEW_BODIES: dict[str, Json] = {
    "oauth2/accessToken": {"appKey": "x", "appSecret": "y"},
    "oauth2/dingsandboxcorp/token": {"client_id": "x", "client_secret": "y", "grant_type": "client_credentials"},
    "gateway/connections/open": {
        "clientId": "dingsandboxappkey001",
        "clientSecret": "sandbox-app-secret-000000000000000000000000000000000000000000000",
        "subscriptions": [{"type": "EVENT", "topic": "*"}],
    },
    "robot/oToMessages/batchSend": {**PERSONS, "userIds": ["u1"]},
    "robot/otoMessages/batchRecall": {"robotCode": "dingsandboxappkey001", "processQueryKeys": ["x"]},
    "robot/groupMessages/send": {**PERSONS, "openConversationId": "x"},
    "todo/users/UNION/tasks": {
        "subject": "x",
        "sourceId": "",
        "creatorId": "UNION",
        "executorIds": ["UNION"],
        "participantIds": ["UNION"],
        "dueTime": 1,
        "priority": 10,
        "detailUrl": {"appUrl": "u", "pcUrl": "u"},
        "notifyConfigs": {"dingNotify": "1"},
    },
    "todo/users/UNION/org/tasks/query": {"nextToken": "0", "isDone": False},
    "workflow/processInstances": START,
    "workflow/processInstances/execute": {
        "processInstanceId": "INSTANCE",
        "taskId": 1,
        "actionerUserId": "u2",
        "result": "agree",
    },
    "workflow/processInstances/terminate": {"processInstanceId": "INSTANCE", "isSystem": False, "operatingUserId": "u"},
    "workflow/processInstances/comments": {"processInstanceId": "INSTANCE", "commentUserId": "u1", "text": "x"},
    "workflow/processes/instanceIds/query": {**LISTING, "maxResults": 5, "userIds": ["u1"], "statuses": ["NEW"]},
}


def filled(known: dict[str, str], value: object) -> object:
    """UNION and INSTANCE replaced by real ids."""
    if isinstance(value, dict):
        return {name: filled(known, one) for name, one in value.items()}
    if isinstance(value, list):
        return [filled(known, one) for one in value]
    return known.get(value, value) if isinstance(value, str) else value


def test_every_post_call_is_tried() -> None:
    assert {path for path, endpoint in OLD.items() if endpoint.method == "POST"} == set(OLD_BODIES)
    assert len([1 for method, _ in NEW if method == "POST"]) == len(NEW_BODIES)


@pytest.mark.parametrize("path", list(OLD_BODIES))
def test_wrong_types_in_the_old_family(ding: Ding, path: str) -> None:
    ding.set(robot_per_minute=100000)
    robot = ding.access["robot_token"]
    ding.put("robot", robot, {"secret": ""})
    token = robot if path == "robot/send" else ding.token
    for good in OLD_BODIES[path]:
        for body in spoiled(good):
            answer = ding.web.post(f"/{path}", params={"access_token": token}, json=body)
            assert answer.status_code == 200, body
            assert isinstance(answer.json()["errcode"], int) and answer.json()["errmsg"], body


@pytest.mark.parametrize("path", list(NEW_BODIES))
def test_wrong_types_in_the_new_family(ding: Ding, path: str) -> None:
    union: str = ding.old("v2/user/get", {"userid": "u1"})["result"]["unionid"]
    known = {"UNION": union, "INSTANCE": ding.start()["instanceId"]}
    for body in spoiled(NEW_BODIES[path]):
        address = f"/v1.0/{path.replace('UNION', union)}"
        answer = ding.web.post(address, headers={HEADER: ding.token}, json=filled(known, body))
        assert answer.status_code in (200, 400, 401, 500), body
        assert answer.status_code == 200 or answer.json()["code"], body
