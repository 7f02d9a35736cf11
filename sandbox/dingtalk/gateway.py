"""HTTP in front of the handlers: parsing, the order of checks, and the two shapes of answers (sections 0 and 1)."""

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.core import Facts, Fault, facts_of
from sandbox.core.switches import comma_list
from sandbox.dingtalk.endpoints import NEW, OLD
from sandbox.dingtalk.errors import JsonObject, NewError, OapiError, PageError, SubError, VendorError, request_id
from sandbox.dingtalk.tenant import Call, Endpoint, Tenant, china_text

METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]
NEW_PREFIXES = ("/v1.0/", "/v2.0/")
TOKEN_HEADER = "x-acs-dingtalk-access-token"
BAN_PAGE = "<!DOCTYPE html><html><body><h1>访问被拒绝</h1><p>x5 punish: deny</p></body></html>"
DENIED = "Forbidden.AccessDenied"
Found = tuple[Endpoint, Mapping[str, str], str]


def vendor_routes(tenant: Tenant) -> list[BaseRoute]:
    """Every path of both hosts: unknown ones answer JSON too, never the framework's pages."""

    async def endpoint(request: Request) -> Response:
        raw = await request.body()
        return answer(tenant, request, raw)

    handler: Callable[[Request], Awaitable[Response]] = endpoint
    return [Route("/{path:path}", handler, methods=METHODS)]


def classify(method: str, path: str, body: str) -> Facts:
    """What the fault gate may match: the operation is the path with its placeholders, for the new family after GET …"""
    found = find(method, path)
    if found is None:
        return Facts(method, path, body, operation=path)
    endpoint, args, name = found
    shown = f"{method} {name}" if is_new(path) else name.lstrip("/")
    record = list(args.values())[-1] if args else None
    return Facts(method, path, body, object=endpoint.object or None, write=endpoint.write, operation=shown, id=record)


def is_new(path: str) -> bool:
    """Does the path belong to the new family (api.dingtalk.com)?"""
    return path.startswith(NEW_PREFIXES)


@lru_cache(maxsize=4096)
def find(method: str, path: str) -> Found | None:
    """The endpoint of a call, the values of its placeholders and its name; None for an unknown path."""
    if not is_new(path):
        endpoint = OLD.get(path.strip("/"))
        return (endpoint, {}, path) if endpoint else None
    parts = path.strip("/").split("/")
    for (wanted, name), endpoint in NEW.items():
        args = _matched(name.split("/"), parts) if wanted == method else None
        if args is not None:
            return endpoint, args, name
    return None


def _matched(names: list[str], parts: list[str]) -> dict[str, str] | None:
    if len(names) != len(parts):
        return None
    pairs = [*zip(names, parts, strict=True)]
    if any(name != part for name, part in pairs if not name.startswith("{")):
        return None
    return {name[1:-1]: part for name, part in pairs if name.startswith("{")}


def answer(tenant: Tenant, request: Request, raw: bytes) -> Response:
    """One call from checks to body."""
    path = request.url.path
    try:
        found = find(request.method, path)
        if found is None:
            raise _unknown(path)
        call = _call(tenant, request, raw, args=found[1])
        result = _run(tenant, call, found[0])
    except PageError as error:
        return Response(error.page, media_type="text/html") if error.page else _respond(error.body(), 200)
    except VendorError as error:
        return _respond(error.body(), error.status)
    if is_new(path):
        return _respond(result, 200)
    return _respond({"errcode": 0, "errmsg": "ok", **result, "request_id": request_id()}, 200)


def parse_body(raw: bytes, content_type: str) -> Any:
    """The JSON value or the form fields in a body; {} for neither."""
    text = raw.decode("utf-8", "replace").strip()
    if "form-urlencoded" in content_type and not text.startswith(("{", "[")):
        return dict(parse_qsl(text, keep_blank_values=True))
    try:
        return json.loads(text) if text else {}
    except ValueError:
        return {}


def _call(tenant: Tenant, request: Request, raw: bytes, *, args: Mapping[str, str]) -> Call:
    body = parse_body(raw, request.headers.get("content-type", "")) if request.method != "GET" else {}
    ip = request.headers.get("x-forwarded-for") or (request.client.host if request.client else "127.0.0.1")
    return Call(
        dict(request.query_params),
        body if isinstance(body, dict) else {},
        facts_of(request),
        tenant.now,
        ip,
        request.headers,
        str(request.base_url).rstrip("/"),
        args,
        tuple(body) if isinstance(body, list) else (),
    )


def _unknown(path: str) -> VendorError:
    if path.startswith("/topapi/"):
        name = "dingtalk.oapi." + path.removeprefix("/topapi/").replace("/", ".")
        return OapiError(22, f"Invalid method[submsg=不合法ApiName，ApiName = {name}]")
    if is_new(path):
        message = "Specified api is not found, please check your url and method."
        return NewError("InvalidAction.NotFound", message, status=404)
    return OapiError(404)


def _run(tenant: Tenant, call: Call, endpoint: Endpoint) -> JsonObject:
    new = is_new(call.facts.path)
    _check_banned(tenant, call, new)
    if endpoint.token:
        _check_token(tenant, call, new)
        _check_ip(tenant, call, new)
        _check_scope(tenant, endpoint, new)
        _check_rate(tenant, call, new)
        _check_quota(tenant, call, endpoint, new=new)
    if not new and call.facts.method == "GET" and endpoint.method == "POST":
        raise OapiError(43002)
    return endpoint.handle(tenant, call)


def _check_banned(tenant: Tenant, call: Call, new: bool) -> None:
    """The fault rate_limited; its option `limit` says which of the vendor's limits was hit."""
    fault = tenant.fault("rate_limited", call)
    if fault is not None:
        raise _limit_error(tenant, call, fault, new=new)


def _limit_error(tenant: Tenant, call: Call, fault: Fault, *, new: bool) -> VendorError:
    limit = str(fault.options.get("limit", "qps"))
    if limit == "ban":
        return PageError(None)
    if limit == "ban_page":
        return PageError(BAN_PAGE)
    if limit == "busy":
        return NewError("system.busy", "系统繁忙", status=429) if new else OapiError(-1)
    if call.facts.path == "/robot/send":
        return OapiError(tenant.settings.robot_throttle_code)
    return limit_error(tenant, call, limit, new=new)


def limit_error(tenant: Tenant, call: Call, limit: str, *, new: bool) -> VendorError:
    """The refusal for qps, qpm, api (all tenants together) or month, in the shape of the family."""
    if new:
        names = {"qps": "QpsLimitForAppkeyAndApi", "qpm": "QpmLimitForAppkeyAndApi", "api": "QpsLimitForApi"}
        name = names.get(limit, "ApiCountLimitForOrg")
        return NewError(f"{DENIED}.{name}", "接口调用超过限制", status=403)
    if limit == "month":
        return SubError(90020)
    code = 90002 if limit == "api" else 90018
    name = "dingtalk.oapi." + call.facts.path.removeprefix("/topapi/").strip("/").replace("/", ".")
    now, most = tenant.clock.now(), tenant.settings.qps
    start, end = (china_text(now + timedelta(seconds=shift)) for shift in (0, 1))
    told = f"apiPath({name}), 从 {start} 到 {end} 请求总次数超过 {most} 次, 限制将在 {end} 结束."
    return SubError(code, f"您的服务器调用钉钉开放平台该接口的请求已被限制, {told}")


def _check_token(tenant: Tenant, call: Call, new: bool) -> None:
    given = call.headers.get(TOKEN_HEADER, "") if new else call.query.get("access_token") or call.given("access_token")
    if tenant.fault("token_expired", call):
        tenant.tokens.kill(given)
    if tenant.tokens.alive(given, call.now):
        return
    if new and not given:
        raise NewError("AuthenticationFailed.MissingParameter", f"缺少参数：{TOKEN_HEADER}")
    if new:
        raise NewError("InvalidAuthentication", "不合法的access_token")
    gateway = call.facts.path.startswith("/topapi/")
    if gateway and not given:
        raise SubError(40000, "access_token is blank")
    code = tenant.settings.expired_token_code if tenant.tokens.known(given) else 40014
    raise SubError(code) if gateway else OapiError(code)


def _check_ip(tenant: Tenant, call: Call, new: bool) -> None:
    trusted = comma_list(tenant.settings.trusted_ips)
    if not trusted or call.ip in trusted:
        return
    text = f"访问ip不在白名单之中,request ip={call.ip}"
    raise NewError(f"{DENIED}.IpNotInWhiteList", text, status=403) if new else SubError(60020, text)


def _check_scope(tenant: Tenant, endpoint: Endpoint, new: bool) -> None:
    if not endpoint.scope or endpoint.scope not in comma_list(tenant.settings.missing_scopes):
        return
    text = f"应用尚未开通所需的权限：[{endpoint.scope}]，点击链接申请并开通即可"
    if not new:
        raise SubError(60011, f"{text} {{requiredScopes=[{endpoint.scope}]}}")
    code, detail = f"{DENIED}.AccessTokenPermissionDenied", {"requiredScopes": [endpoint.scope]}
    raise NewError(code, text, status=403, accessdenieddetail=detail)


def _check_rate(tenant: Tenant, call: Call, new: bool) -> None:
    most = tenant.settings.qps
    if most and not tenant.memory.calls.allows(call.facts.operation, call.now, (1.0, most)):
        raise limit_error(tenant, call, "qps", new=new)


def _check_quota(tenant: Tenant, call: Call, endpoint: Endpoint, *, new: bool) -> None:
    """Calls that were limited do not count; contacts and tokens are exempt."""
    most, month = tenant.settings.month_quota, tenant.day[:7]
    if not endpoint.counted:
        return
    used = tenant.memory.month.get(month, 0)
    if most and used >= most:
        raise limit_error(tenant, call, "month", new=new)
    tenant.memory.month[month] = used + 1


def _respond(body: Mapping[str, object], status: int) -> Response:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text.encode(), status_code=status, media_type="application/json;charset=utf-8")
