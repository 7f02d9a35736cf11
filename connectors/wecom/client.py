"""Every call to 企业微信, one method each: the only file that knows its paths (vendor note sections 1, 4, 5, 6)."""

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.wecom.config import WecomConfig
from connectors.wecom.errors import GETTOKEN, judge
from hub.connector.contract import Native
from hub.connector.http import HttpSession, Policy, Reply
from hub.connector.link import Link
from hub.connector.redact import Redactor, secrets_of
from hub.connector.token import SharedToken
from hub.errors import RecordGone, ValidationFailed

TOKEN_MARGIN_S = 300
BATCH = 100
APPROVAL_WINDOW_S = 31 * 86_400


class WecomCalls:
    """Thin: token, call, the part of the answer that matters."""

    def __init__(self, config: WecomConfig, link: Link, policy: Policy | None = None) -> None:
        self.config = config
        self.link = link
        redactor = Redactor(secrets_of(config))
        policy = policy or Policy(judge=judge)
        self._http = HttpSession(link, "wecom", f"{config.base_url}/cgi-bin/", redactor=redactor, policy=policy)
        # Per secret, not per corp: two apps of one corp must never share a token.
        asked_with = (config.base_url, config.corp_id, config.secret.get_secret_value())
        self._token = SharedToken(link, redactor, self._ask_token, asked_with)

    def close(self) -> None:
        self._http.close()

    def probe(self) -> int:
        """How many addresses the vendor calls from: the cheapest proof of a living token."""
        return len(self._get("getcallbackip", {}).at("ip_list", kind=list))

    def departments(self) -> list[int]:
        rows = self._get("department/simplelist", {}).at("department_id", kind=list)
        return [int(row["id"]) for row in rows]

    def members(self, department: int) -> list[Native]:
        return self._get("user/list", {"department_id": str(department)}).at("userlist", kind=list)

    def member(self, user_id: str) -> Native:
        body = dict(self._get("user/get", {"userid": user_id}).data)
        return {name: value for name, value in body.items() if name not in ("errcode", "errmsg")}

    def member_by_mobile(self, mobile: str) -> str:
        return self._post("user/getuserid", {"mobile": mobile}, safe=True).at("userid", kind=str)

    def member_by_email(self, email: str) -> str:
        return self._post("user/get_userid_by_email", {"email": email}, safe=True).at("userid", kind=str)

    def followers(self) -> list[str]:
        return self._get("externalcontact/get_follow_user_list", {}).at("follow_user", kind=list)

    def contacts_of(self, members: Sequence[str], cursor: str) -> tuple[list[Native], str]:
        """One page of the contacts of up to 100 members, one row per follower, and the next cursor ("" = end)."""
        asked = {"userid_list": list(members), "cursor": cursor, "limit": BATCH}
        reply = self._post("externalcontact/batch/get_by_user", asked, safe=True)
        return reply.at("external_contact_list", kind=list), str(reply.data.get("next_cursor") or "")

    def contact(self, contact_id: str, cursor: str) -> Native:
        """external_contact, up to 500 of follow_user, and next_cursor only where more follow."""
        asked = {"external_userid": contact_id, **({"cursor": cursor} if cursor else {})}
        reply = self._get("externalcontact/get", asked)
        reply.at("external_contact", "external_userid", kind=str)
        reply.at("follow_user", kind=list)
        return dict(reply.data)

    def remark(self, body: Mapping[str, Any]) -> Reply:
        return self._post("externalcontact/remark", body, safe=False)

    def mark_tag(self, body: Mapping[str, Any]) -> Reply:
        return self._post("externalcontact/mark_tag", body, safe=False)

    def tag_groups(self) -> list[tuple[str, dict[str, str]]]:
        """Every group of shared tags of the corp: its name, and its tags by id."""
        groups = self._post("externalcontact/get_corp_tag_list", {}, safe=True).at("tag_group", kind=list)
        return [
            (str(group.get("group_name") or ""), {str(tag["id"]): str(tag["name"]) for tag in group.get("tag") or ()})
            for group in groups
        ]

    def approval_template(self, template_id: str) -> Native:
        reply = self._post("oa/gettemplatedetail", {"template_id": template_id}, safe=True)
        reply.at("template_content", "controls", kind=list)
        return dict(reply.data)

    def approval_numbers(self, start: int, end: int, filters: Mapping[str, str], cursor: str) -> tuple[list[str], str]:
        """One page of numbers of the forms submitted from `start` to `end` (unix seconds, at most 31 days), and the next cursor.
        A short page is not the last one: only an absent cursor ends the list."""
        wanted = [{"key": name, "value": value} for name, value in filters.items()]
        asked = {"starttime": str(start), "endtime": str(end), "size": BATCH, "filters": wanted, "new_cursor": cursor}
        reply = self._post("oa/getapprovalinfo", asked, safe=True)
        return [str(one) for one in reply.at("sp_no_list", kind=list)], str(reply.data.get("new_next_cursor") or "")

    def approval(self, number: str) -> Native:
        """One form. Raises RecordGone: the number is all that is asked, so a bad argument is a form that is not there."""
        try:
            reply = self._post("oa/getapprovaldetail", {"sp_no": number}, safe=True)
        except ValidationFailed as error:
            raise RecordGone(f"审批单 {number} 不存在", f"No approval {number}", vendor=error.vendor) from error
        reply.at("info", "sp_no", kind=str)
        return dict(reply.at("info", kind=dict))

    def start_approval(self, body: Mapping[str, Any]) -> str:
        """The number of the new form."""
        return self._post("oa/applyevent", body, safe=False).at("sp_no", kind=str)

    def send(self, body: Mapping[str, Any]) -> Reply:
        return self._post("message/send", body, safe=False)

    def update_card(self, body: Mapping[str, Any]) -> Reply:
        return self._post("message/update_template_card", body, safe=False)

    def robot(self, body: Mapping[str, Any]) -> Reply:
        """The key in the address is the robot's only credential; no token."""
        key = self.config.robot_key.get_secret_value()
        return self._http.request("webhook/send", "POST", "webhook/send", safe=False, params={"key": key}, json=body)

    def _get(self, path: str, params: Mapping[str, str]) -> Reply:
        return self._send("GET", path, safe=True, params=params)

    def _post(self, path: str, body: Mapping[str, Any], *, safe: bool) -> Reply:
        return self._send("POST", path, safe=safe, json=body)

    def _send(self, method: str, path: str, *, safe: bool, **extra: Any) -> Reply:
        params = dict(extra.pop("params", {}))

        def once(token: str) -> Reply:
            return self._call(method, path, safe=safe, params={**params, "access_token": token}, **extra)

        return self._token.use(once)

    def _call(self, method: str, path: str, *, safe: bool, **extra: Any) -> Reply:
        return self._http.request(path, method, path, safe=safe, **extra)

    def _ask_token(self) -> tuple[str, float]:
        asked = {"corpid": self.config.corp_id, "corpsecret": self.config.secret.get_secret_value()}
        reply = self._http.request(GETTOKEN, "GET", GETTOKEN, safe=True, params=asked)
        life = reply.at("expires_in", kind=int)
        return reply.at("access_token", kind=str), float(max(30, life - TOKEN_MARGIN_S))
