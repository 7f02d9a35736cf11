"""One call to the product: address, session, envelope, errors. The only file of this connector that knows a URL."""

from collections.abc import Callable, Mapping
from typing import Any

from connectors.kingdee.config import KingdeeConfig
from connectors.kingdee.errors import AUTHORIZATION, Said, SessionLost, firewall_error, read_error, write_error
from connectors.kingdee.replies import Status, firewall_block, says_session_lost, server_error, status_of
from connectors.kingdee.session import AUTH_SERVICE, Session, cookie_headers
from hub.connector import Link
from hub.connector.http import HttpSession, Policy, Reply, untrusted
from hub.connector.json_exact import encode
from hub.connector.redact import Redactor, secrets_of
from hub.errors import CredentialsRejected, HubError, OutcomeUnknown, Unreachable

FORM_SERVICE = "Kingdee.BOS.WebApi.ServicesStub.DynamicFormService."
_DATA_CENTERS = "Kingdee.BOS.ServiceFacade.ServicesStub.Account.AccountService.GetDataCenterList"


class ServerFailed(OutcomeUnknown):
    """Raised for a write that ended in an uncaught exception of the server; the caller looks what became of it."""


class Calls:
    """The product's services over one HTTP session; safe to share between threads."""

    def __init__(self, config: KingdeeConfig, link: Link) -> None:
        redactor = Redactor(secrets_of(config))
        self.config = config
        self.link = link
        self._http = HttpSession(
            link, "kingdee", config.server_url, redactor=redactor, policy=Policy(judge=self._judge)
        )
        self.session = Session(config, link, self._post_plain, redactor.hide)

    def read(self, service: str, body: Mapping[str, Any]) -> Any:
        """The parsed reply of a call that changes nothing; a lost session is renewed once."""
        return self._once_more(lambda: self._post(service, body, safe=True), replay=True).data

    def write(self, service: str, body: Mapping[str, Any]) -> Status:
        """The ResponseStatus of a call that changes something.

        Raises SessionLost (signed in anew, but what became of the call is for the caller to look up), ServerFailed,
        OutcomeUnknown, and errors that concern the caller as a whole.
        """
        reply = self._once_more(lambda: self._post(service, body, safe=False), replay=False)
        status = status_of(reply.data)
        if status is None:
            raise untrusted(reply, "缺少 ResponseStatus", "no ResponseStatus")
        return status

    def data_centers(self) -> list[str]:
        """Ids of the data centers at this address; needs no session."""
        reply = self._post_plain(_DATA_CENTERS, {})
        rows = reply.data if isinstance(reply.data, list) else []
        return [str(row["Id"]) for row in rows if isinstance(row, Mapping) and row.get("Id")]

    def logout(self) -> None:
        """End the shared session."""
        token = self.session.forget()
        if token:
            self._send(AUTH_SERVICE + "Logout", {}, headers=lambda: cookie_headers(token), safe=True)

    def close(self) -> None:
        self._http.close()

    def _once_more(self, call: Callable[[], Reply], *, replay: bool) -> Reply:
        try:
            return call()
        except SessionLost as lost:
            if not replay and not lost.untouched:
                raise
        try:
            return call()
        except SessionLost as lost:
            raise _bad_credentials(lost) from lost

    def _post(self, service: str, body: Mapping[str, Any], *, safe: bool) -> Reply:
        token = self.session.token()
        url = self._url(FORM_SERVICE + service)
        try:
            reply = self._send(
                FORM_SERVICE + service, body, headers=lambda: self.session.headers(url, token), safe=safe
            )
        except CredentialsRejected as refused:
            self.session.renew(token)
            if self.session.signs:
                raise _bad_credentials(refused) from refused
            raise _lost(refused) from refused
        self.session.keep(reply.cookies, token)
        return reply

    def _post_plain(self, service: str, body: Mapping[str, Any]) -> Reply:
        return self._send(service, body, headers=dict, safe=True)

    def _send(
        self, service: str, body: Mapping[str, Any], *, headers: Callable[[], Mapping[str, str]], safe: bool
    ) -> Reply:
        # A literal < may be stopped by a firewall (3.2); inside JSON it can only stand in a text, where this means
        # the same.
        content = encode(body).replace("<", "\\u003c").encode()
        typed = {"Content-Type": "application/json", "Accept-Charset": "utf-8"}
        return self._http.request(
            service.rsplit(".", 1)[-1],
            "POST",
            self._url(service),
            safe=safe,
            content=content,
            headers=lambda: {**typed, **headers()},
            expect="any",
        )

    def _url(self, service: str) -> str:
        return f"{self.config.server_url}{service}.common.kdsvc"

    def _judge(self, reply: Reply) -> None:
        """Errors that concern a call as a whole; errors of single records are left to the caller."""
        failed = server_error(reply.text)
        if failed is not None:
            raise self._failed(reply, failed)
        if reply.data is None and reply.status == 200 and reply.text.strip() not in {"", "null"}:
            raise untrusted(reply, "不是 JSON", "not JSON")
        blocked = firewall_block(reply.data)
        if blocked is not None:
            raise firewall_error(blocked, reply.vendor("WAF", blocked))
        self._judge_status(reply, status_of(reply.data))

    def _judge_status(self, reply: Reply, status: Status | None) -> None:
        if status is None or status.ok:
            return
        vendor = reply.vendor(status.code, status.message)
        if status.session_lost:
            raise SessionLost("金蝶会话已丢失", "The session is lost", vendor=vendor)
        field = next((error.field for error in status.errors if error.field), "")
        if reply.safe:
            raise read_error(Said(vendor, field))
        if status.code in {"2", "7", "14", "15"} and not status.done:
            raise write_error(Said(vendor, field))

    def _failed(self, reply: Reply, message: str) -> HubError:
        """An uncaught exception of the server: a lost session shows that way too (2.4)."""
        vendor = reply.vendor("response_error", message)
        if says_session_lost(message):
            return SessionLost("金蝶会话已丢失", "The session is lost", vendor=vendor)
        if reply.safe:
            return Unreachable(f"金蝶服务器出错：{message}", f"The server failed: {message}", vendor=vendor)
        return ServerFailed(
            f"金蝶服务器处理写入时出错，需先核对：{message}",
            f"The server failed while writing; look it up first: {message}",
            vendor=vendor,
        )


def _lost(refused: CredentialsRejected) -> SessionLost:
    """A lost session as such; HTTP 401 is the one form of it that surely did nothing (2.4)."""
    if isinstance(refused, SessionLost):
        return refused
    return SessionLost(refused.text.zh, refused.text.en, vendor=refused.vendor, untouched=True)


def _bad_credentials(lost: CredentialsRejected) -> CredentialsRejected:
    return CredentialsRejected(
        "金蝶不接受本连接的凭证：集成用户、应用 ID 或应用密钥不对，或授权已停用",
        "The credentials are not accepted: user, application id or secret is wrong, or the authorization was disabled",
        vendor=lost.vendor,
    ).put_right_by(*AUTHORIZATION)
