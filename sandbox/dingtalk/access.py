"""Tokens asked for: the new family's two calls and the old one (dingtalk.md section 1.1)."""

from sandbox.dingtalk.errors import JsonObject, NewError, OapiError
from sandbox.dingtalk.tenant import Call, Tenant


def access_token(tenant: Tenant, call: Call) -> JsonObject:
    """POST /v1.0/oauth2/accessToken; 400 invalidClientIdOrSecret."""
    if not _right(tenant, call.given("appKey"), call.given("appSecret")):
        raise NewError("invalidClientIdOrSecret", "无效的clientId或者clientSecret")
    return {"accessToken": tenant.tokens.issue(call.now), "expireIn": tenant.settings.token_lifetime_s}


def corp_token(tenant: Tenant, call: Call) -> JsonObject:
    """POST /v1.0/oauth2/{corpId}/token, snake_case unlike its family; 400 invalid.client, 500 for another corp."""
    if call.args["corpId"] != tenant.settings.corp_id:
        raise NewError("unknownError", "未知错误", status=500)
    if call.given("grant_type") != "client_credentials":
        raise NewError("unsupported.grant.type", "不支持的grant_type")
    if not _right(tenant, call.given("client_id"), call.given("client_secret")):
        raise NewError("invalid.client", "无效的client_id或者client_secret")
    return {"access_token": tenant.tokens.issue(call.now), "expires_in": tenant.settings.token_lifetime_s}


def gettoken(tenant: Tenant, call: Call) -> JsonObject:
    """GET gettoken, also with corpid and corpsecret; 40035 without arguments, 40096 or 40089 for a wrong pair."""
    key = call.query.get("appkey") or call.query.get("corpid")
    if not key:
        raise OapiError(40035, "缺少参数 corpid or appkey")
    if not _right(tenant, key, call.query.get("appsecret") or call.query.get("corpsecret") or ""):
        raise OapiError(40096)
    return {"access_token": tenant.tokens.issue(call.now), "expires_in": tenant.settings.token_lifetime_s}


def _right(tenant: Tenant, key: str, secret: str) -> bool:
    return (key, secret) == (tenant.settings.app_key, tenant.settings.app_secret)
