"""Every call the sandbox answers: the old family by path, the new one by method and path."""

from collections.abc import Mapping

from sandbox.dingtalk import (
    access,
    approvals,
    approvals_old,
    callbacks,
    contacts,
    notices,
    persons,
    robot,
    stream,
    todo,
)
from sandbox.dingtalk.approval_forms import schema
from sandbox.dingtalk.tenant import Endpoint, Handler

MEMBER = "qyapi_get_member"
DEPARTMENT = "qyapi_get_department_list"
ROBOT = "qyapi_robot_sendmsg"
FLOW_READ, FLOW_WRITE = "Workflow.Instance.Read", "Workflow.Instance.Write"
TODO_READ, TODO_WRITE = "Todo.Todo.Read", "Todo.Todo.Write"
NOTICE = "topapi/message/corpconversation"
TASKS = "v1.0/todo/users/{unionId}/tasks"
INSTANCES = "v1.0/workflow/processInstances"


def _contact(handle: Handler, name: str, scope: str = MEMBER) -> Endpoint:
    """Contacts cost no quota."""
    return Endpoint(handle, object=name, scope=scope, counted=False)


OLD: Mapping[str, Endpoint] = {
    "gettoken": Endpoint(access.gettoken, "GET", token=False, counted=False),
    "topapi/v2/department/listsub": _contact(contacts.department_listsub, "department", DEPARTMENT),
    "topapi/v2/department/listsubid": _contact(contacts.department_listsubid, "department", DEPARTMENT),
    "topapi/v2/department/get": _contact(contacts.department_get, "department", DEPARTMENT),
    "topapi/v2/user/list": _contact(contacts.user_list, "member"),
    "topapi/user/listid": _contact(contacts.user_listid, "member"),
    "topapi/v2/user/get": _contact(contacts.user_get, "member"),
    "topapi/v2/user/getbymobile": _contact(contacts.user_by_mobile, "member", "qyapi_get_member_by_mobile"),
    "topapi/user/getbyunionid": _contact(contacts.user_by_unionid, "member"),
    f"{NOTICE}/asyncsend_v2": Endpoint(notices.send, object="message", write=True),
    f"{NOTICE}/getsendprogress": Endpoint(notices.progress, object="message"),
    f"{NOTICE}/getsendresult": Endpoint(notices.result, object="message"),
    f"{NOTICE}/recall": Endpoint(notices.recall, object="message", write=True),
    f"{NOTICE}/status_bar/update": Endpoint(notices.status_bar, object="message", write=True),
    "robot/send": Endpoint(robot.webhook_send, object="robot", write=True, token=False, counted=False),
    "robot/sendBySession": Endpoint(robot.session_send, object="session", write=True, token=False, counted=False),
    "topapi/processinstance/create": Endpoint(approvals_old.create, object="approval", write=True),
    "topapi/processinstance/get": Endpoint(approvals_old.get, object="approval"),
    "topapi/processinstance/listids": Endpoint(approvals_old.list_ids, object="approval"),
    "call_back/register_call_back": Endpoint(callbacks.register, object="callback", write=True, counted=False),
    "call_back/update_call_back": Endpoint(callbacks.update, object="callback", write=True, counted=False),
    "call_back/get_call_back": Endpoint(callbacks.get, "GET", object="callback", counted=False),
    "call_back/delete_call_back": Endpoint(callbacks.delete, "GET", object="callback", write=True, counted=False),
    "call_back/get_call_back_failed_result": Endpoint(callbacks.failed, "GET", object="callback", counted=False),
}

NEW: Mapping[tuple[str, str], Endpoint] = {
    ("POST", "v1.0/oauth2/accessToken"): Endpoint(access.access_token, token=False),
    ("POST", "v1.0/oauth2/{corpId}/token"): Endpoint(access.corp_token, token=False),
    ("POST", "v1.0/gateway/connections/open"): Endpoint(stream.open_connection, token=False),
    ("POST", "v1.0/robot/oToMessages/batchSend"): Endpoint(
        persons.batch_send, object="robot_message", write=True, scope=ROBOT
    ),
    ("GET", "v1.0/robot/oToMessages/readStatus"): Endpoint(persons.read_status, object="robot_message"),
    ("POST", "v1.0/robot/otoMessages/batchRecall"): Endpoint(
        persons.batch_recall, object="robot_message", write=True, scope=ROBOT
    ),
    ("POST", "v1.0/robot/groupMessages/send"): Endpoint(
        persons.group_send, object="robot_message", write=True, scope=ROBOT
    ),
    ("POST", TASKS): Endpoint(todo.create, object="todo", write=True, scope=TODO_WRITE),
    ("GET", f"{TASKS}/sources/{{sourceId}}"): Endpoint(todo.by_source, object="todo", scope=TODO_READ),
    ("PUT", f"{TASKS}/{{taskId}}"): Endpoint(todo.update, object="todo", write=True, scope=TODO_WRITE),
    ("PUT", f"{TASKS}/{{taskId}}/executorStatus"): Endpoint(
        todo.executor_status, object="todo", write=True, scope=TODO_WRITE
    ),
    ("DELETE", f"{TASKS}/{{taskId}}"): Endpoint(todo.delete, object="todo", write=True, scope=TODO_WRITE),
    ("POST", "v1.0/todo/users/{unionId}/org/tasks/query"): Endpoint(todo.query, object="todo", scope=TODO_READ),
    ("POST", INSTANCES): Endpoint(approvals.start, object="approval", write=True, scope=FLOW_WRITE),
    ("GET", INSTANCES): Endpoint(approvals.get, object="approval", scope=FLOW_READ),
    ("POST", f"{INSTANCES}/execute"): Endpoint(approvals.execute, object="approval", write=True, scope=FLOW_WRITE),
    ("POST", f"{INSTANCES}/terminate"): Endpoint(approvals.end, object="approval", write=True, scope=FLOW_WRITE),
    ("POST", f"{INSTANCES}/comments"): Endpoint(approvals.comment, object="approval", write=True, scope=FLOW_WRITE),
    ("POST", "v1.0/workflow/processes/instanceIds/query"): Endpoint(
        approvals.list_ids, object="approval", scope=FLOW_READ
    ),
    ("GET", "v1.0/workflow/forms/schemas/processCodes"): Endpoint(
        schema, object="approval_template", scope="Workflow.Form.Read"
    ),
}
