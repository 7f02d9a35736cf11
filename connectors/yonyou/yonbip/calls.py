"""One call through the tenant's gateway: data centre, token, envelope. The only file of this connector that knows a host."""

from collections.abc import Mapping
from typing import Any

from connectors.yonyou.yonbip.config import YonbipConfig
from connectors.yonyou.yonbip.errors import ADDRESS, ENABLE, TOKEN, judge
from connectors.yonyou.yonbip.signing import sign
from hub.connector import Link
from hub.connector.http import HttpSession, Policy, Reply
from hub.connector.redact import Redactor, secrets_of
from hub.connector.token import SharedToken, TokenDead
from hub.errors import CredentialsRejected

_MARGIN_S = 120.0


class Calls:
    """The tenant's APIs over one HTTP session; safe to share between threads."""

    def __init__(self, config: YonbipConfig, link: Link) -> None:
        self.config, self.link = config, link
        redactor = Redactor(secrets_of(config))
        self._http = HttpSession(
            link, "yonbip", config.base_url, redactor=redactor, policy=Policy(judge=judge, request_id_header="")
        )
        settings = (config.base_url, config.gateway_url, config.token_url, config.tenant_id, config.app_key)
        secret = config.app_secret.get_secret_value()
        self._token = SharedToken(link, redactor, self._ask_token, (*settings, secret))
        self._found: tuple[str, str] | None = None

    def close(self) -> None:
        self._http.close()

    def read(self, path: str, body: Any) -> Reply:
        """A query: its reply, judged."""
        return self._call("POST", path, body, safe=True)

    def get(self, path: str, record_id: str) -> Reply:
        """A detail by id."""
        return self._call("GET", path, None, safe=True, query={"id": record_id})

    def write(self, path: str, body: Any) -> Reply:
        """A save or a verb. Raises OutcomeUnknown when no trustworthy reply came."""
        return self._call("POST", path, body, safe=False)

    def addresses(self, *, anew: bool = False) -> tuple[str, str]:
        """(gateway, token service) of the tenant. Raises ConfigInvalid for an unknown tenant id."""
        given = self.config.given_addresses()
        if given is not None:
            return given
        if self._found is None or anew:
            self._found = self._ask_addresses()
        return self._found

    def _ask_addresses(self) -> tuple[str, str]:
        path = "open-auth/dataCenter/getGatewayAddress"
        reply = self._http.request(ADDRESS, "GET", path, safe=True, params={"tenantId": self.config.tenant_id})
        gateway, token = (reply.at("data", name, kind=str).rstrip("/") for name in ("gatewayUrl", "tokenUrl"))
        return gateway, token

    def _ask_token(self) -> tuple[str, float]:
        url = f"{self.addresses()[1]}/open-auth/selfAppAuth/base/v1/getAccessToken"
        reply = self._http.request(TOKEN, "GET", url, safe=True, params=self._signed)
        life_s = float(reply.at("data", "expire", kind=int))
        return reply.at("data", "access_token", kind=str), max(life_s - _MARGIN_S, life_s / 2)

    def _signed(self) -> Mapping[str, str]:
        stamp = str(int(self.link.vendor_now().timestamp() * 1000))
        params = {"appKey": self.config.app_key, "timestamp": stamp}
        return {**params, "signature": sign(params, self.config.app_secret.get_secret_value())}

    def _call(self, method: str, path: str, body: Any, *, safe: bool, query: Mapping[str, str] | None = None) -> Reply:
        """A dead token is refused before anything is done: with a new one the call is made once more."""
        for last in (False, True):
            token = self._token.value()
            try:
                return self._send(method, path, body, safe=safe, query={**(query or {}), "access_token": token})
            except TokenDead as dead:
                self._token.drop(token)
                if last:
                    raise CredentialsRejected(
                        "用友不接受刚取得的令牌",
                        "A token just obtained is not accepted",
                        vendor=dead.vendor,
                        field="app_key",
                    ).put_right_by(*ENABLE) from dead
        raise AssertionError("unreachable")

    def _send(self, method: str, path: str, body: Any, *, safe: bool, query: Mapping[str, str]) -> Reply:
        url = f"{self.addresses()[0]}/yonbip/{path}"
        if method == "GET":
            return self._http.request(path, "GET", url, safe=safe, params=query)
        return self._http.request(path, "POST", url, safe=safe, params=query, json=body)
