"""Every call to 钉钉, one method each, over both API families: the only file that knows their paths."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from connectors.dingtalk.config import DingtalkConfig
from connectors.dingtalk.errors import OPEN, ROBOT, TOKEN, judge_new, judge_old
from connectors.dingtalk.signing import signed
from hub.connector.contract import Native
from hub.connector.http import HttpSession, Policy, Reply, untrusted
from hub.connector.link import Link
from hub.connector.redact import Redactor, secrets_of
from hub.connector.token import SharedToken

TOKEN_MARGIN_S = 600
USERS = 100
INSTANCES = 20
TOKEN_HEADER = "x-acs-dingtalk-access-token"  # noqa: S105 - the name of a header
NOTICE = "topapi/message/corpconversation"
FLOW = "v1.0/workflow/processInstances"


class DingtalkCalls:
    """Thin: token, call, the part of the answer that matters. One token serves both families."""

    def __init__(self, config: DingtalkConfig, link: Link, policy: Policy | None = None) -> None:
        self.config = config
        self.link = link
        self.redactor = Redactor(secrets_of(config))
        old, new = (replace(policy or Policy(), judge=judge) for judge in (judge_old, judge_new))
        self._old = HttpSession(link, "dingtalk", config.base_url_oapi, redactor=self.redactor, policy=old)
        self._new = HttpSession(link, "dingtalk", config.base_url_api, redactor=self.redactor, policy=new)
        asked_with = (config.base_url_api, config.app_key, config.app_secret.get_secret_value())
        self._token = SharedToken(link, self.redactor, self.ask_token, asked_with)

    def close(self) -> None:
        self._old.close()
        self._new.close()

    def ask_token(self) -> tuple[str, float]:
        """A living token and how long to trust it: while one lives the vendor gives the same one, renewed. Costs no quota."""
        asked = {"appKey": self.config.app_key, "appSecret": self.config.app_secret.get_secret_value()}
        reply = self._new.request(TOKEN, "POST", TOKEN, safe=True, json=asked)
        token = reply.at("accessToken", kind=str)
        self.redactor.hide(token)
        return token, float(max(30, reply.at("expireIn", kind=int) - TOKEN_MARGIN_S))

    def sub_departments(self, department: int) -> list[int]:
        """One level; not limited by the app's visible range."""
        reply = self._ask_old("topapi/v2/department/listsubid", {"dept_id": department})
        return reply.at("result", "dept_id_list", kind=list)

    def members(self, department: int, cursor: int) -> tuple[list[Native], int | None]:
        """Direct members, a page, and where the next one begins (None = the end). Raises RecordGone for an unseen one."""
        asked = {"dept_id": department, "cursor": cursor, "size": USERS}
        reply = self._ask_old("topapi/v2/user/list", asked)
        rows: list[Native] = reply.at("result", "list", kind=list)
        return rows, reply.at("result", "next_cursor", kind=int) if reply.at("result", kind=dict).get(
            "has_more"
        ) else None

    def member(self, user_id: str) -> Native:
        reply = self._ask_old("topapi/v2/user/get", {"userid": user_id})
        reply.at("result", "userid", kind=str)
        return reply.at("result", kind=dict)

    def member_by_mobile(self, mobile: str) -> str:
        return self._ask_old("topapi/v2/user/getbymobile", {"mobile": mobile}).at("result", "userid", kind=str)

    def notify(self, members: Sequence[str], message: Native) -> int:
        """A work notification; the task id, whatever becomes of it for each member."""
        asked = {"agent_id": self.config.agent_id, "userid_list": ",".join(members), "msg": message}
        return self._call_old(f"{NOTICE}/asyncsend_v2", asked, safe=False).at("task_id", kind=int)

    def notice_done(self, task: int) -> bool:
        asked = {"agent_id": self.config.agent_id, "task_id": task}
        return self._ask_old(f"{NOTICE}/getsendprogress", asked).at("progress", "status", kind=int) == 2

    def notice_result(self, task: int) -> Native:
        asked = {"agent_id": self.config.agent_id, "task_id": task}
        return self._ask_old(f"{NOTICE}/getsendresult", asked).at("send_result", kind=dict)

    def robot(self, body: Mapping[str, Any]) -> Reply:
        """The group robot: its own token, and a signature that is made anew for every try."""
        token, secret = self.config.robot_token.get_secret_value(), self.config.robot_secret.get_secret_value()

        def params() -> Mapping[str, str]:
            return {"access_token": token, **signed(secret, self.link.now())}

        return self._old.request(ROBOT, "POST", ROBOT, safe=False, params=params, json=body)

    def to_persons(self, members: Sequence[str], key: str, param: str) -> Reply:
        """The app's robot to up to 20 members, one by one; `param` is JSON text."""
        asked = {"robotCode": self.config.robot, "userIds": list(members), "msgKey": key, "msgParam": param}
        reply = self._call_new("POST", "v1.0/robot/oToMessages/batchSend", safe=False, json=asked)
        reply.at("processQueryKey", kind=str)
        return reply

    def todo(self, union_id: str, body: Mapping[str, Any]) -> str:
        path = f"v1.0/todo/users/{union_id}/tasks"
        return self._call_new(
            "POST", path, safe=False, name="v1.0/todo", params={"operatorId": union_id}, json=body
        ).at("id", kind=str)

    def start_approval(self, body: Mapping[str, Any]) -> str:
        return self._call_new("POST", FLOW, safe=False, json=body).at("instanceId", kind=str)

    def approval(self, instance: str) -> Native:
        reply = self._call_new("GET", FLOW, safe=True, params={"processInstanceId": instance})
        reply.at("result", "status", kind=str)
        return reply.at("result", kind=dict)

    def approval_ids(
        self, since: int, until: int, token: int, users: Sequence[str] = ()
    ) -> tuple[list[str], int | None]:
        """Ids of instances started between two moments (ms), a page of 20, and the next token (None = the end)."""
        asked: dict[str, Any] = {"processCode": self.config.process_code, "startTime": since, "endTime": until}
        asked |= {"nextToken": token, "maxResults": INSTANCES, **({"userIds": list(users)} if users else {})}
        reply = self._call_new("POST", "v1.0/workflow/processes/instanceIds/query", safe=True, json=asked)
        after = str(reply.at("result", kind=dict).get("nextToken") or "")
        if after and not after.isdigit():
            raise untrusted(reply, "nextToken 不是数字", "nextToken is no number")
        return reply.at("result", "list", kind=list), int(after) if after else None

    def form_labels(self) -> list[str]:
        """Labels of the template's form fields."""
        path = "v1.0/workflow/forms/schemas/processCodes"
        reply = self._call_new("GET", path, safe=True, params={"processCode": self.config.process_code})
        items = reply.at("result", "schemaContent", "items", kind=list)
        return [str(item["props"].get("label", "")) for item in items if isinstance(item.get("props"), dict)]

    def open_stream(self, subscriptions: Sequence[Mapping[str, str]]) -> tuple[str, str]:
        """The address of the event stream and a ticket for one connection within 90 seconds."""
        asked = {
            "clientId": self.config.app_key,
            "clientSecret": self.config.app_secret.get_secret_value(),
            "subscriptions": list(subscriptions),
            "ua": "open-integration-hub",
        }
        headers = {"Accept": "application/json"}
        reply = self._new.request(OPEN, "POST", OPEN, safe=True, json=asked, headers=headers)
        ticket = reply.at("ticket", kind=str)
        self.redactor.hide(ticket)
        return reply.at("endpoint", kind=str), ticket

    def _ask_old(self, path: str, body: Mapping[str, Any]) -> Reply:
        return self._call_old(path, body, safe=True)

    def _call_old(self, path: str, body: Mapping[str, Any], *, safe: bool) -> Reply:
        def once(token: str) -> Reply:
            return self._old.request(path, "POST", path, safe=safe, params={"access_token": token}, json=body)

        return self._token.use(once)

    def _call_new(self, method: str, path: str, *, safe: bool, name: str = "", **extra: Any) -> Reply:
        def once(token: str) -> Reply:
            headers = {TOKEN_HEADER: token, "Accept": "application/json"}
            return self._new.request(name or path, method, path, safe=safe, headers=headers, **extra)

        return self._token.use(once)
