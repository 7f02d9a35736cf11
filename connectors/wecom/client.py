"""Every call to 企业微信, one method each: the only file that knows its paths (vendor note sections 1, 4, 5, 6)."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from connectors.wecom.config import WecomConfig
from connectors.wecom.errors import GETTOKEN, TokenDead, judge
from hub.connector.contract import Native
from hub.connector.http import HttpSession, Policy, Reply
from hub.connector.link import Link
from hub.connector.redact import Redactor, secrets_of

TOKEN_MARGIN_S = 300
BATCH = 100


class WecomCalls:
    """Thin: token, call, the part of the answer that matters."""

    def __init__(self, config: WecomConfig, link: Link, policy: Policy | None = None) -> None:
        self.config = config
        self.link = link
        self._redactor = Redactor(secrets_of(config))
        policy = policy or Policy(judge=judge)
        self._http = HttpSession(link, "wecom", f"{config.base_url}/cgi-bin/", redactor=self._redactor, policy=policy)
        # Per secret, not per corp: two apps of one corp must never share a token.
        digest = hashlib.sha256(config.secret.get_secret_value().encode()).hexdigest()[:12]
        self._token_name = f"wecom:{config.corp_id}:{digest}"

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

    def send(self, body: Mapping[str, Any]) -> Reply:
        return self._post("message/send", body, safe=False)

    def robot(self, body: Mapping[str, Any]) -> Reply:
        """The key in the address is the robot's only credential; no token."""
        key = self.config.robot_key.get_secret_value()
        return self._http.request("webhook/send", "POST", "webhook/send", safe=False, params={"key": key}, json=body)

    def _get(self, path: str, params: Mapping[str, str]) -> Reply:
        return self._send("GET", path, safe=True, params=params)

    def _post(self, path: str, body: Mapping[str, Any], *, safe: bool) -> Reply:
        return self._send("POST", path, safe=safe, json=body)

    def _send(self, method: str, path: str, *, safe: bool, **extra: Any) -> Reply:
        """A call with a token the vendor took back did nothing: one more try with a new token."""
        params = dict(extra.pop("params", {}))
        token = self._token()
        try:
            return self._call(method, path, safe=safe, params={**params, "access_token": token}, **extra)
        except TokenDead:
            self.link.tokens.drop(self._token_name, token)
        return self._call(method, path, safe=safe, params={**params, "access_token": self._token()}, **extra)

    def _call(self, method: str, path: str, *, safe: bool, **extra: Any) -> Reply:
        return self._http.request(path, method, path, safe=safe, **extra)

    def _token(self) -> str:
        """The shared token; whoever finds none fetches it under the lock, the others wait and take that one."""
        token = self.link.tokens.get(self._token_name)
        if token is None:
            with self.link.tokens.lock(self._token_name):
                token = self.link.tokens.get(self._token_name) or self._fetch_token()
        self._redactor.hide(token)
        return token

    def _fetch_token(self) -> str:
        asked = {"corpid": self.config.corp_id, "corpsecret": self.config.secret.get_secret_value()}
        reply = self._http.request(GETTOKEN, "GET", GETTOKEN, safe=True, params=asked)
        token = reply.at("access_token", kind=str)
        self._redactor.hide(token)
        life = reply.at("expires_in", kind=int)
        self.link.tokens.put(self._token_name, token, max(30, life - TOKEN_MARGIN_S))
        return token
