"""HTTP in front of the handlers: system calls, tokens, and failures as errcode JSON with HTTP 200."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.core import Facts, facts_of
from sandbox.core.jsontext import dumps_exact, loads_exact
from sandbox.yonyou.settings import comma_list
from sandbox.yonyou.u8 import reading, writing
from sandbox.yonyou.u8.account import OK, U8, Call, Handler, Refused, Row, fault_of
from sandbox.yonyou.u8.resources import LISTS, RESOURCES, Resource

METHODS = ["GET", "POST", "PUT", "DELETE"]
READS = ("get", "batch_get")


def vendor_routes(u8: U8) -> list[BaseRoute]:
    """Every path answers errcode JSON, unknown ones too."""

    async def endpoint(request: Request) -> Response:
        raw = await request.body()
        try:
            body = _answer(u8, request, raw)
        except Refused as refusal:
            body = refusal.body
        return Response(dumps_exact(body), media_type="application/json; charset=UTF-8")

    handler: Callable[[Request], Awaitable[Response]] = endpoint
    return [Route("/{path:path}", handler, methods=METHODS)]


def classify(method: str, path: str, body: str) -> Facts:
    """What the fault gate may match: the object is the resource without its list suffix."""
    name, verb = _split(path)
    resource = LISTS.get(name) or RESOURCES.get(name)
    if resource is None:
        return Facts(method, path, body, operation=path)
    return Facts(method, path, body, object=resource.name, write=verb not in READS, operation=path)


def _split(path: str) -> tuple[str, str]:
    """("customer", "batch_get") of /api/customer/batch_get; blanks for other paths."""
    parts = path.strip("/").split("/")
    return (parts[1], parts[2]) if len(parts) == 3 and parts[0] == "api" else ("", "")


def _answer(u8: U8, request: Request, raw: bytes) -> Row:
    query = dict(parse_qsl(request.url.query, keep_blank_values=True))
    base_url = str(request.base_url).rstrip("/")
    call = Call(query, None, facts_of(request), base_url)
    if fault_of(u8, call, "rate_limited"):
        raise Refused(u8.settings.error_limit, "调用次数超过限制")
    system = SYSTEM.get(call.facts.path)
    if system is not None:
        return system(u8, call)
    handler = _handler(u8, call, request.method)
    _check_caller(u8, call)
    if not u8.settings.subscribed:
        raise Refused(u8.settings.error_app, "应用订购已到期，请续订")
    if call.facts.object in comma_list(u8.settings.denied):
        raise Refused(u8.settings.error_app, f"应用没有接口[{call.facts.object}]的权限")
    if not u8.settings.client_online:
        raise Refused(u8.settings.error_offline, "用友开放平台客户端未连接，请检查U8服务器上的客户端程序")
    if request.method == "POST":
        call = Call(query, _parsed(u8, raw), call.facts, base_url)
    return handler(u8, call)


def _handler(u8: U8, call: Call, method: str) -> Handler:
    name, verb = _split(call.facts.path)
    found = _reader(name, verb) if method == "GET" else _writer(name, verb) if method == "POST" else None
    if found is None:
        raise Refused(u8.settings.error_arguments, f"接口[{call.facts.path}]不存在")
    return found


def _reader(name: str, verb: str) -> Handler | None:
    if verb == "get" and name in RESOURCES:
        return lambda u8, call: reading.get(u8, call, RESOURCES[name])
    if verb == "batch_get" and name in LISTS:
        return lambda u8, call: reading.batch_get(u8, call, LISTS[name])
    return None


def _writer(name: str, verb: str) -> Handler | None:
    resource: Resource | None = RESOURCES.get(name)
    if resource is None:
        return None
    if verb == "add":
        return lambda u8, call: writing.add(u8, call, resource)
    if verb in writing.VERBS and resource.dated:
        return lambda u8, call: writing.move(u8, call, resource, verb)
    return None


def _parsed(u8: U8, raw: bytes) -> Any:
    try:
        return loads_exact(raw) if raw else None
    except ValueError:
        raise Refused(u8.settings.error_arguments, "请求体不是合法的JSON") from None


def _check_app(u8: U8, call: Call, *names: str) -> None:
    for name in names:
        if call.query.get(name) != getattr(u8.settings, name):
            raise Refused(u8.settings.error_app, f"{name}错误或未授权")


def _check_token(u8: U8, call: Call) -> None:
    token = call.query.get("token", "")
    if fault_of(u8, call, "token_expired"):
        u8.tokens.pop(token, None)
    until = u8.tokens.get(token)
    if until is None or until <= u8.clock.now():
        raise Refused(u8.settings.error_token, "token无效或已过期")


def _check_caller(u8: U8, call: Call) -> None:
    _check_app(u8, call, "from_account", "app_key", "to_account")
    _check_token(u8, call)
    if call.query.get("ds_sequence", u8.settings.ds_sequence) != u8.settings.ds_sequence:
        raise Refused(u8.settings.error_arguments, f"数据源[{call.query['ds_sequence']}]不存在")
    windows = ((60, u8.settings.calls_per_minute), (86400, u8.settings.calls_per_day))
    limits = [(seconds, most) for seconds, most in windows if most]
    if not u8.calls.allows("", u8.clock.now().timestamp(), *limits):
        raise Refused(u8.settings.error_limit, "调用次数超过限制")


def _token(u8: U8, call: Call) -> Row:
    _check_app(u8, call, "from_account", "app_key", "app_secret")
    factor = 1000 if u8.settings.expires_in_as == "milliseconds" else 1
    expires = u8.settings.token_lifetime_s * factor
    return {**OK, "token": {"id": u8.new_token(), "appKey": u8.settings.app_key, "expiresIn": expires}}


def _trade(u8: U8, call: Call) -> Row:
    _check_app(u8, call, "from_account", "app_key")
    _check_token(u8, call)
    return {**OK, "trade": {"id": u8.new_trade()}}


def _datasource(u8: U8, call: Call) -> Row:
    _check_app(u8, call, "from_account", "app_key")
    _check_token(u8, call)
    row = {"ds_sequence": u8.settings.ds_sequence, "name": "(default)@001", "to_account": u8.settings.to_account}
    return {**OK, "datasource": [row]}


def _order_status(u8: U8, call: Call) -> Row:
    _check_app(u8, call, "from_account", "app_key", "to_account")
    _check_token(u8, call)
    return {**OK, "orderstatus": {"status": "1"}}


SYSTEM: dict[str, Handler] = {
    "/system/token": _token,
    "/system/tradeid": _trade,
    "/result": writing.result,
    "/system/datasource/get": _datasource,
    "/system/datasource/batch_get": _datasource,
    "/orderstatus/get": _order_status,
    "/api/orderstatus/get": _order_status,
}
