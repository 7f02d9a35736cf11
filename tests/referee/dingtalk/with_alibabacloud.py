"""Run by the referees' Python: the vendor's SDK of the new family drives the sandbox; prints what it understood."""

import json
import os
import time

import requests
from alibabacloud_dingtalk.oauth2_1_0 import client as oauth2
from alibabacloud_dingtalk.oauth2_1_0 import models as oauth2_models
from alibabacloud_dingtalk.robot_1_0 import client as robot
from alibabacloud_dingtalk.robot_1_0 import models as robot_models
from alibabacloud_dingtalk.todo_1_0 import client as todo
from alibabacloud_dingtalk.todo_1_0 import models as todo_models
from alibabacloud_dingtalk.workflow_1_0 import client as workflow
from alibabacloud_dingtalk.workflow_1_0 import models as flow_models
from alibabacloud_tea_openapi.models import Config
from alibabacloud_tea_util.models import RuntimeOptions
from darabonba.exceptions import UnretryableException

url, access, unions = os.environ["URL"], json.loads(os.environ["ACCESS"]), json.loads(os.environ["UNIONS"])
config = Config(protocol="http", region_id="central", endpoint=url.removeprefix("http://"))
runtime = RuntimeOptions()
out = {}


def with_token(headers, token=None):
    headers.x_acs_dingtalk_access_token = token or out["token"]
    return headers


def refused(call):
    try:
        call()
    except UnretryableException as error:
        return [error.code, error.data["statusCode"]]
    return None


asked = oauth2_models.GetAccessTokenRequest(app_key=access["app_key"], app_secret=access["app_secret"])
tokens = oauth2.Client(config)
body = tokens.get_access_token(asked).body
out["token"], out["expires"] = body.access_token, body.expire_in
wrong = oauth2_models.GetAccessTokenRequest(app_key="x", app_secret="y")
out["wrong_pair"] = refused(lambda: tokens.get_access_token(wrong))

robots = robot.Client(config)
message = robot_models.BatchSendOTORequest(
    robot_code=access["robot_code"],
    user_ids=["u1", "u2", "ghost"],
    msg_key="sampleMarkdown",
    msg_param=json.dumps({"title": "订单", "text": "**SO1** 已审批"}, ensure_ascii=False),
)
sent = robots.batch_send_otowith_options(message, with_token(robot_models.BatchSendOTOHeaders()), runtime).body
out["robot"] = [bool(sent.process_query_key), sent.invalid_staff_id_list, sent.flow_controlled_staff_id_list]
query = robot_models.BatchOTOQueryRequest(robot_code=access["robot_code"], process_query_key=sent.process_query_key)
seen = robots.batch_otoquery_with_options(query, with_token(robot_models.BatchOTOQueryHeaders()), runtime).body
out["read"] = [seen.send_status, [[one.user_id, one.name, one.read_status] for one in seen.message_read_info_list]]
recall = robot_models.BatchRecallOTORequest(
    robot_code=access["robot_code"], process_query_keys=[sent.process_query_key]
)
recalled = robots.batch_recall_otowith_options(recall, with_token(robot_models.BatchRecallOTOHeaders()), runtime).body
out["recalled"] = recalled.success_result == [sent.process_query_key]
bad = with_token(robot_models.BatchSendOTOHeaders(), "0" * 32)
out["bad_token"] = refused(lambda: robots.batch_send_otowith_options(message, bad, runtime))

todos, owner = todo.Client(config), unions["u1"]
task = todo_models.CreateTodoTaskRequest(
    subject="请处理差异",
    source_id="question-17",
    operator_id=owner,
    executor_ids=[unions["u2"]],
    due_time=int(time.time() * 1000) + 86_400_000,
    priority=20,
    detail_url=todo_models.CreateTodoTaskRequestDetailUrl(app_url="https://hub/q/17", pc_url="https://hub/q/17"),
)


def create_task():
    return todos.create_todo_task_with_options(
        owner, task, with_token(todo_models.CreateTodoTaskHeaders()), runtime
    ).body


made = create_task()
out["todo"] = [made.subject, made.done, made.source_id, made.executor_ids == [unions["u2"]], made.creator_id == owner]
out["todo_again"] = refused(create_task)
found = todos.get_todo_task_by_source_id_with_options(
    owner, "question-17", with_token(todo_models.GetTodoTaskBySourceIdHeaders()), runtime
).body
out["todo_by_source"] = found.id == made.id
change = todo_models.UpdateTodoTaskRequest(done=True, operator_id=owner)
updated = todos.update_todo_task_with_options(
    owner, made.id, change, with_token(todo_models.UpdateTodoTaskHeaders()), runtime
).body
listed = todos.query_org_todo_tasks_with_options(
    unions["u2"],
    todo_models.QueryOrgTodoTasksRequest(is_done=True),
    with_token(todo_models.QueryOrgTodoTasksHeaders()),
    runtime,
).body
out["todo_done"] = [updated.result, [[one.task_id == made.id, one.is_done] for one in listed.todo_cards]]
gone = todos.delete_todo_task_with_options(
    owner,
    made.id,
    todo_models.DeleteTodoTaskRequest(operator_id=owner),
    with_token(todo_models.DeleteTodoTaskHeaders()),
    runtime,
).body
out["todo_deleted"] = gone.result

flows, code = workflow.Client(config), os.environ["PROCESS_CODE"]
schema = flows.query_schema_by_process_code_with_options(
    flow_models.QuerySchemaByProcessCodeRequest(process_code=code),
    with_token(flow_models.QuerySchemaByProcessCodeHeaders()),
    runtime,
).body
out["labels"] = [one.props.label for one in schema.result.schema_content.items]


def start(**given):
    values = [
        flow_models.StartProcessInstanceRequestFormComponentValues(name=name, value=value)
        for name, value in given.get("values", {"订单编号": "SO-1", "客户": "示例公司", "金额": "100.10"}).items()
    ]
    node = flow_models.StartProcessInstanceRequestApprovers(action_type="OR", user_ids=["u2", "u3"])
    request = flow_models.StartProcessInstanceRequest(
        originator_user_id="u1",
        process_code=given.get("code", code),
        microapp_agent_id=access["agent_id"],
        approvers=[node],
        form_component_values=values,
    )
    headers = with_token(flow_models.StartProcessInstanceHeaders())
    return flows.start_process_instance_with_options(request, headers, runtime).body.instance_id


def read(instance):
    request = flow_models.GetProcessInstanceRequest(process_instance_id=instance)
    headers = with_token(flow_models.GetProcessInstanceHeaders())
    return flows.get_process_instance_with_options(request, headers, runtime).body


def raw(instance):
    headers = {"x-acs-dingtalk-access-token": out["token"]}
    address = f"{url}/v1.0/workflow/processInstances"
    return requests.get(address, params={"processInstanceId": instance}, headers=headers, timeout=10).json()


agreed, withdrawn, refused_one = start(), start(), start()
running = read(agreed).result
out["running"] = [running.status, running.result, [[one.user_id, one.status] for one in running.tasks]]
act = flow_models.ExecuteProcessInstanceRequest(
    process_instance_id=agreed,
    task_id=running.tasks[0].task_id,
    actioner_user_id="u2",
    result="agree",
    remark="同意",
)
done = flows.execute_process_instance_with_options(
    act, with_token(flow_models.ExecuteProcessInstanceHeaders()), runtime
).body
ended = read(agreed).result
out["agreed"] = [
    done.result,
    ended.status,
    ended.result,
    [[one.user_id, one.status, one.result] for one in ended.tasks],
    [[one.type, one.result, one.remark] for one in ended.operation_records],
    [[one.name, one.value] for one in ended.form_component_values],
]
plain = raw(agreed)
kept = flow_models.GetProcessInstanceResponseBody().from_map(plain).to_map()


def unknown_keys(ours, theirs, path=""):
    """Keys of ours that the SDK's model does not know."""
    if isinstance(ours, dict):
        lost = [f"{path}.{name}" for name in ours if name not in theirs]
        both = [name for name in ours if name in theirs]
        return lost + [key for name in both for key in unknown_keys(ours[name], theirs[name], f"{path}.{name}")]
    if isinstance(ours, list):
        return [key for one, two in zip(ours, theirs, strict=True) for key in unknown_keys(one, two, path)]
    return [] if ours == theirs else [f"{path}={ours!r}"]


out["unknown_keys"] = unknown_keys(plain, kept)
end = flow_models.TerminateProcessInstanceRequest(process_instance_id=withdrawn, operating_user_id="u1")
headers = with_token(flow_models.TerminateProcessInstanceHeaders())
out["too_early"] = refused(lambda: flows.terminate_process_instance_with_options(end, headers, runtime))
requests.post(f"{url}/_sandbox/clock", json={"advance_s": 20}, timeout=10)
flows.terminate_process_instance_with_options(end, headers, runtime)
requests.put(f"{url}/_sandbox/records/approval/{refused_one}", json={"result": "refuse", "by": "u3"}, timeout=10)
out["ends"] = [[read(one).result.status, read(one).result.result] for one in (withdrawn, refused_one)]


def page(token):
    request = flow_models.ListProcessInstanceIdsRequest(
        process_code=code,
        start_time=int((time.time() - 3600) * 1000),
        max_results=2,
        next_token=token,
    )
    headers = with_token(flow_models.ListProcessInstanceIdsHeaders())
    return flows.list_process_instance_ids_with_options(request, headers, runtime).body.result


first = page(0)
second = page(int(first.next_token))
out["listed"] = [first.list + second.list == [agreed, withdrawn, refused_one], first.next_token, second.next_token]
out["bad_form"] = refused(lambda: start(values={"订单编号": "SO-1", "客户": "x", "金额": "很多"}))
out["bad_code"] = refused(lambda: start(code="PROC-NONE"))
out["bad_id"] = refused(lambda: read("nothing"))
del out["token"]
print(json.dumps(out))
