"""HTTP in front of the handlers: addresses, tokens, and the gateway's checks in its own order."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.core import Facts, facts_of
from sandbox.core.jsontext import dumps_exact, loads_exact
from sandbox.yonyou.bip import efi, fi, lists, merchant_calls, order_calls, people, products
from sandbox.yonyou.bip.account import OK, Bip, Call, Endpoint, Refused, Row, fault_of
from sandbox.yonyou.bip.resubmit import once
from sandbox.yonyou.bip.tokens import gateway_address, self_token, suite_token
from sandbox.yonyou.settings import comma_list

PREFIX = "/iuap-api-gateway"
AUTH = "/iuap-api-auth/open-auth"
METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH"]
FREE = {"sales": 60, "slow": 40}
ENDPOINTS: dict[str, Endpoint] = {
    **merchant_calls.ENDPOINTS,
    **products.ENDPOINTS,
    **people.ENDPOINTS,
    **order_calls.ENDPOINTS,
    **efi.ENDPOINTS,
    **fi.ENDPOINTS,
}
Answer = Callable[[Bip, Request], Row]


def vendor_routes(bip: Bip) -> list[BaseRoute]:
    """Every path of the vendor; whatever is not registered answers 404 with 310404."""
    table: dict[str, Answer] = {
        "/open-auth/dataCenter/getGatewayAddress": _address,
        f"{AUTH}/selfAppAuth/base/v1/getAccessToken": _self_token,
        f"{AUTH}/selfAppAuth/getAccessToken": _self_token,
        f"{AUTH}/suiteApp/base/v1/getAccessToken": _suite_token,
        f"{AUTH}/suiteApp/getAccessToken": _suite_token,
    }
    routes: list[BaseRoute] = [Route(path, _endpoint(bip, answer), methods=["GET"]) for path, answer in table.items()]
    return [*routes, Route("/{path:path}", _business(bip), methods=METHODS)]


def classify(method: str, path: str, body: str) -> Facts:
    """What the fault gate may match; the operation is the path behind the gateway's prefix."""
    operation = path.removeprefix(PREFIX)
    known = ENDPOINTS.get(operation)
    if known is None:
        return Facts(method, path, body, operation=operation)
    return Facts(method, path, body, object=known.object, write=known.write, operation=operation)


def query_of(request: Request) -> dict[str, str]:
    """The query decoded once; a raw + is a blank."""
    return dict(parse_qsl(request.url.query, keep_blank_values=True))


def _respond(body: object, status: int = 200) -> Response:
    return Response(dumps_exact(body), status_code=status, media_type="application/json")


def _endpoint(bip: Bip, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return _respond(answer(bip, request))

    return endpoint


def _address(bip: Bip, request: Request) -> Row:
    base_url = str(request.base_url).rstrip("/")
    return gateway_address(bip.settings, base_url, query_of(request).get("tenantId"))


def _self_token(bip: Bip, request: Request) -> Row:
    return self_token(bip.settings, bip.tokens, query_of(request))


def _suite_token(bip: Bip, request: Request) -> Row:
    return suite_token(bip.settings, bip.tokens, query_of(request))


def _business(bip: Bip) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        raw = await request.body()
        try:
            return _respond(_answer(bip, request, raw))
        except Refused as refusal:
            return _respond(refusal.body, refusal.status)

    return endpoint


def _answer(bip: Bip, request: Request, raw: bytes) -> Row:
    facts, query = facts_of(request), query_of(request)
    endpoint = _registered(bip, facts.path)
    if request.method != endpoint.method:
        raise Refused("310405", f"请求方法[{request.method}]不允许")
    call = Call(query, None, facts)
    _check_token(bip, call, query.get("access_token") or request.headers.get("access_token", ""))
    _check_address(bip, request)
    if not bip.settings.app_enabled:
        raise Refused("310006", "应用已停用")
    _check_authorised(bip, facts.path)
    _check_quota(bip, facts.operation, endpoint)
    call = Call(query, _parsed(raw) if endpoint.method == "POST" else None, facts)
    if endpoint.finance and endpoint.finance != bip.settings.finance:
        return {**OK, "data": lists.paged([], 0, (1, 10))}
    _check_user(bip, facts.operation)
    return _run(bip, call, endpoint)


def _check_user(bip: Bip, operation: str) -> None:
    """What the business side wants of the user behind the app; 999 and words are all that it says."""
    if not bip.settings.user_bound:
        raise Refused("999", "开放平台接口使用需要绑定用户")
    if any(part in operation for part in comma_list(bip.settings.denied)):
        raise Refused("999", f"集成用户没有[{operation.rpartition('/')[2]}]的权限")


def _registered(bip: Bip, path: str) -> Endpoint:
    operation = path.removeprefix(PREFIX)
    endpoint = ENDPOINTS.get(operation) if path.startswith(PREFIX) else None
    missing = bip.settings.finance_missing
    if endpoint is None or (endpoint.finance not in ("", bip.settings.finance) and missing == "310404"):
        raise Refused("310404", f"网关上没有注册此API[{operation}]，请确认后重新调用", status=404)
    if endpoint.finance not in ("", bip.settings.finance) and missing == "310037":
        raise Refused("310037", "应用未授权访问此API")
    return endpoint


def _check_token(bip: Bip, call: Call, token: str) -> None:
    if not token:
        raise Refused("310001", "access_token不能为空。")
    if fault_of(bip, call, "token_expired"):
        bip.tokens.kill(token)
    if bip.tokens.app_of(token) is None:
        raise Refused("310036", "非法token")


def _check_address(bip: Bip, request: Request) -> None:
    allowed = comma_list(bip.settings.allowed_ips)
    address = request.headers.get("x-forwarded-for") or (request.client.host if request.client else "")
    if allowed and address not in allowed:
        raise Refused("310038", f"IP[{address}]不在应用的白名单中")


def _check_authorised(bip: Bip, path: str) -> None:
    if any(part in path for part in comma_list(bip.settings.unauthorised)):
        raise Refused("310037", "应用未授权访问此API")


def _check_quota(bip: Bip, operation: str, endpoint: Endpoint) -> None:
    most = bip.settings.calls_per_minute
    if bip.settings.free_quota and endpoint.quota:
        most = min(most or FREE[endpoint.quota], FREE[endpoint.quota])
    if most and not bip.calls.allows(operation, bip.clock.now().timestamp(), (60, most)):
        raise Refused("310046", "API调用次数超过限制")


def _parsed(raw: bytes) -> Any:
    try:
        return loads_exact(raw)
    except ValueError:
        raise Refused("310002", "请求体不是合法的JSON") from None


def _run(bip: Bip, call: Call, endpoint: Endpoint) -> Row:
    """The handler, unless a fault says that the gateway gives up before or after it."""
    fault = fault_of(bip, call, "rate_limited")
    if fault is None:
        return once(bip, call, endpoint) if endpoint.mdd else endpoint.handle(bip, call)
    if fault.commit:
        _run(bip, call, endpoint)
    code = str(fault.options.get("code", "310046"))
    raise Refused(code, {"310504": "后端服务超时", "310046": "API调用次数超过限制"}.get(code, "网关拒绝了请求"))
