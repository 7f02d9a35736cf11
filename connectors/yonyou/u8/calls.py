"""One call to the platform: caller, token, asynchronous results. The only file of this connector that knows a path."""

import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from connectors.yonyou.u8.config import U8Config
from connectors.yonyou.u8.errors import COMPARE, TOKEN, judge, pending
from hub.connector import Link
from hub.connector.http import HttpSession, Policy, Reply, untrusted
from hub.connector.redact import Redactor, secrets_of
from hub.connector.token import SharedToken, TokenDead
from hub.errors import CredentialsRejected, HubError, OutcomeUnknown, RecordGone, TryLater

TOKEN_LIFE_S = 6600.0
"""110 minutes: the unit of expiresIn is unsettled, the life is two hours (4.2)."""
_LONGEST_WAIT_S = 3.0
TRADE = "system/tradeid"


class Calls:
    """The platform over one HTTP session; safe to share between threads."""

    def __init__(self, config: U8Config, link: Link, sleep: Callable[[float], None] = time.sleep) -> None:
        self.config, self.link = config, link
        self._sleep = sleep
        redactor = Redactor(secrets_of(config))
        self._http = HttpSession(
            link, "u8", config.base_url, redactor=redactor, policy=Policy(judge=judge, request_id_header="")
        )
        settings = (config.base_url, config.from_account, config.app_key, config.app_secret.get_secret_value())
        self._token = SharedToken(link, redactor, self._ask_token, settings)

    def close(self) -> None:
        self._http.close()

    def read(self, path: str, **query: str) -> Reply:
        """A query: its reply, judged. Raises RecordGone when nothing was found."""
        return self._call("GET", f"api/{path}", query, None, safe=True)

    def verb(self, path: str, body: Mapping[str, Any]) -> Reply:
        """A verb of a document. Raises OutcomeUnknown when no trustworthy reply came."""
        return self._call("POST", f"api/{path}", {}, body, safe=False)

    def add(self, resource: str, record: Mapping[str, Any], key: str) -> Reply:
        """Add a record under a guard against doubles, wait for the result. Raises OutcomeUnknown when none came in time."""
        reply = self._call("POST", f"api/{resource}/add", self._guard(key), {resource: record}, safe=False)
        until = time.monotonic() + self.config.wait_s
        while "url" in reply.data:
            wait = _seconds(reply.data.get("ping_after"))
            if time.monotonic() + wait > until:
                raise pending(reply.vendor("", reply.data.get("errmsg")))
            self._sleep(wait)
            reply = self._result(reply)
        return reply

    def _guard(self, key: str) -> dict[str, str]:
        """The caller's own key, or a number of the platform for this one write (4.3). The latter is lost with the process: then the
        record's number, which is the hub's key, says whether it is there."""
        if self.config.guard == "biz_id":
            return {"biz_id": key}
        return {"tradeid": self._call("GET", TRADE, {}, None, safe=True).at("trade", "id", kind=str)}

    def _result(self, waiting: Reply) -> Reply:
        """What became of an add. Only the request id of the given address is used: it must not lead elsewhere."""
        found = parse_qs(urlsplit(str(waiting.data["url"])).query).get("requestid")
        if not found:
            raise untrusted(waiting, "缺少 requestid", "no requestid")
        try:
            # Not safe: an answer that is not the vendor's says nothing about the record.
            return self._http.request("result", "GET", "result", safe=False, params={"requestid": found[0]})
        except (TryLater, RecordGone) as lost:
            if isinstance(lost, TryLater) and lost.scope == "record":
                raise
            raise OutcomeUnknown(lost.text.zh, lost.text.en, vendor=lost.vendor) from lost

    def _ask_token(self) -> tuple[str, float]:
        config = self.config
        query = {"from_account": config.from_account, "app_key": config.app_key}
        secret = config.app_secret.get_secret_value()
        reply = self._http.request(TOKEN, "GET", TOKEN, safe=True, params={**query, "app_secret": secret})
        return reply.at("token", "id", kind=str), TOKEN_LIFE_S

    def _call(self, method: str, path: str, query: Mapping[str, str], body: Any, *, safe: bool) -> Reply:
        """A dead token is refused before anything is done: with a new one the call is made once more."""
        for last in (False, True):
            token = self._token.value()
            try:
                return self._send(method, path, {**query, **self._caller(), "token": token}, body, safe=safe)
            except TokenDead as dead:
                self._token.drop(token)
                if last:
                    raise _refused(dead) from dead
        raise AssertionError("unreachable")

    def _send(self, method: str, path: str, query: Mapping[str, str], body: Any, *, safe: bool) -> Reply:
        operation = path.removeprefix("api/")
        if method == "GET":
            return self._http.request(operation, "GET", path, safe=safe, params=query)
        return self._http.request(operation, "POST", path, safe=safe, params=query, json=body)

    def _caller(self) -> dict[str, str]:
        config = self.config
        source = {"ds_sequence": config.ds_sequence} if config.ds_sequence else {}
        return {
            "from_account": config.from_account,
            "to_account": config.to_account,
            "app_key": config.app_key,
            **source,
        }


def _seconds(text: Any) -> float:
    return min(float(text), _LONGEST_WAIT_S) if str(text).isdigit() else _LONGEST_WAIT_S


def _refused(dead: HubError) -> CredentialsRejected:
    return CredentialsRejected(
        "用友开放平台不接受刚取得的令牌", "A token just obtained is not accepted", vendor=dead.vendor, field="app_key"
    ).put_right_by(*COMPARE)
