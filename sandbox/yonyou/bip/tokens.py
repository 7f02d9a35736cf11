"""The data-centre address and the access tokens of one tenant's apps (yonyou.md 1.1)."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sandbox.core import SandboxClock
from sandbox.yonyou.bip.signing import sign_query
from sandbox.yonyou.settings import BipSettings

OK = {"code": "00000", "message": "成功！"}


@dataclass
class _Token:
    app: str
    until: datetime


class Tokens:
    """Issued tokens; they are long and hold + / =, as the newer ones do."""

    def __init__(self, settings: BipSettings, clock: SandboxClock) -> None:
        self._settings = settings
        self._clock = clock
        self._live: dict[str, _Token] = {}

    def issue(self, app: str) -> dict[str, Any]:
        """The data of a successful token answer."""
        if not self._settings.old_token_survives:
            self._live = {token: held for token, held in self._live.items() if held.app != app}
        token = f"{secrets.token_hex(24)}+/{secrets.token_hex(8)}=="
        lifetime = self._settings.token_lifetime_s
        self._live[token] = _Token(app, self._clock.now() + timedelta(seconds=lifetime))
        return {"access_token": token, "expire": lifetime}

    def app_of(self, token: str) -> str | None:
        """Whose token it is; None when unknown or expired."""
        held = self._live.get(token)
        return held.app if held is not None and held.until > self._clock.now() else None

    def kill(self, token: str) -> None:
        self._live.pop(token, None)

    def clear(self) -> None:
        self._live.clear()

    def now_ms(self) -> int:
        return int(self._clock.now().timestamp() * 1000)


def gateway_address(settings: BipSettings, base_url: str, tenant_id: str | None) -> dict[str, Any]:
    """Where the tenant's gateway and token service are: both on this server."""
    if tenant_id != settings.tenant_id:
        return {"code": "500", "message": "根据租户id获取网关地址出现异常"}
    data = {"gatewayUrl": f"{base_url}/iuap-api-gateway", "tokenUrl": f"{base_url}/iuap-api-auth"}
    return {**OK, "data": data}


def self_token(settings: BipSettings, tokens: Tokens, query: Mapping[str, str]) -> dict[str, Any]:
    """A token of the self-built app."""
    if query.get("appKey") != settings.app_key or not settings.app_enabled:
        return {"code": "10018", "message": "应用不存在或appKey已停用"}
    refusal = _refusal(settings, query, settings.app_secret, tokens)
    return refusal or {**OK, "data": tokens.issue(settings.app_key)}


def suite_token(settings: BipSettings, tokens: Tokens, query: Mapping[str, str]) -> dict[str, Any]:
    """A token of the ISV's suite app for one tenant."""
    if query.get("suiteKey") != settings.suite_key or query.get("tenantId") != settings.tenant_id:
        return {"code": "10018", "message": "应用不存在或appKey已停用"}
    refusal = _refusal(settings, query, settings.suite_secret, tokens)
    return refusal or {**OK, "data": tokens.issue(settings.suite_key)}


def _refusal(settings: BipSettings, query: Mapping[str, str], secret: str, tokens: Tokens) -> dict[str, Any] | None:
    given = query.get("signature", "")
    if not secrets.compare_digest(sign_query(query, secret).encode(), given.encode()):
        return {"code": settings.bad_signature_code, "message": "签名验证失败"}
    window = settings.timestamp_window_s * 1000
    stamp = query.get("timestamp", "")
    if not stamp.isdigit() or (window and abs(tokens.now_ms() - int(stamp)) > window):
        return {"code": settings.bad_signature_code, "message": "签名验证失败：timestamp已过期"}
    return None
