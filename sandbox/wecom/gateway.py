"""HTTP in front of the handlers: parsing, the order of checks, and failures as errcode JSON with HTTP 200."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.core import Facts, facts_of
from sandbox.wecom.corp import Call, Corp, Endpoint
from sandbox.wecom.endpoints import ENDPOINTS, RIGHTS
from sandbox.wecom.errors import ApiError, JsonObject
from sandbox.wecom.settings import comma_list

PREFIX = "/cgi-bin/"
METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]
WRONG_JSON = " Warning: wrong json format. "
ESCAPE = re.compile(rb"(?<!\\)(?:\\\\)*\\u[0-9a-fA-F]{4}")
Checked = tuple[JsonObject, str]


def vendor_routes(corp: Corp) -> list[BaseRoute]:
    """Every path of the vendor: unknown ones answer errcode JSON too, never the framework's pages."""

    async def endpoint(request: Request) -> Response:
        raw = await request.body()
        return answer(corp, request, raw)

    handler: Callable[[Request], Awaitable[Response]] = endpoint
    return [Route("/{path:path}", handler, methods=METHODS)]


def classify(method: str, path: str, body: str) -> Facts:
    """What the fault gate may match: the operation is the path behind /cgi-bin/."""
    operation = path.removeprefix(PREFIX)
    known = ENDPOINTS.get(operation)
    if known is None:
        return Facts(method, path, body, operation=operation)
    return Facts(method, path, body, object=known.object or None, write=known.write, operation=operation)


def answer(corp: Corp, request: Request, raw: bytes) -> Response:
    """One call from checks to body."""
    body, warning = parse_body(raw if request.method != "GET" else b"")
    if "multipart/" in request.headers.get("content-type", ""):
        body, warning = {}, ""
    call = _call(corp, request, raw, body=body)
    try:
        result = _run(corp, call, request.method)
    except ApiError as error:
        return _respond(corp, error.body(call.ip, call.now, warning=warning))
    if "_file" in result:
        disposition = f"attachment; filename*=UTF-8''{quote(str(result['_filename']))}"
        return Response(result["_file"], headers={"content-disposition": disposition})
    return _respond(corp, {"errcode": 0, "errmsg": f"ok.{warning}" if warning else "ok", **result})


def parse_body(raw: bytes) -> tuple[dict[str, Any], str]:
    """The JSON object in a body and the vendor's warning: what precedes the first mistake still counts."""
    text = raw.decode("utf-8", "replace")
    if not text.strip():
        return {}, ""
    try:
        whole = json.loads(text)
    except ValueError:
        return _members_before_mistake(text), WRONG_JSON
    return (whole, "") if isinstance(whole, dict) else ({}, WRONG_JSON)


def _members_before_mistake(text: str) -> dict[str, Any]:
    decoder, found, at = json.JSONDecoder(), {}, text.find("{") + 1
    while at > 0:
        try:
            name, at = decoder.raw_decode(text, _skip(text, at))
            value, end = decoder.raw_decode(text, _skip(text, at))
        except ValueError:
            break
        found[str(name)] = value
        at = end
    return found


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n,:":
        at += 1
    return at


def _call(corp: Corp, request: Request, raw: bytes, *, body: Mapping[str, Any]) -> Call:
    ip = request.headers.get("x-forwarded-for") or (request.client.host if request.client else "127.0.0.1")
    content_type = request.headers.get("content-type", "")
    return Call(dict(request.query_params), body, raw, facts_of(request), corp.now, ip, content_type)


def _run(corp: Corp, call: Call, method: str) -> JsonObject:
    endpoint = ENDPOINTS.get(call.facts.operation)
    if endpoint is None or not call.facts.path.startswith(PREFIX):
        raise ApiError(40066)
    if endpoint.right == "none":
        return _open_call(corp, call, endpoint, method=method)
    app = corp.tokens.check(call.query.get("access_token", ""), call.now)
    if corp.settings.app_disabled:
        raise ApiError(50003)
    _check_faults(corp, call)
    _check_ip(corp, call.ip)
    _check_right(corp, app.name, endpoint)
    _check_active(corp, call.facts.operation, endpoint)
    _check_rate(corp, call, endpoint)
    if method == "GET" and endpoint.method == "POST":
        raise ApiError(endpoint.on_get)
    _check_escapes(corp, call)
    return endpoint.handle(corp, replace(call, app=app))


def _open_call(corp: Corp, call: Call, endpoint: Endpoint, *, method: str) -> JsonObject:
    """Calls without a token: gettoken and the robot."""
    if corp.fault("rate_limited", call):
        raise ApiError(45009)
    if method == "GET" and endpoint.method == "POST":
        raise ApiError(endpoint.on_get)
    return endpoint.handle(corp, call)


def _check_faults(corp: Corp, call: Call) -> None:
    expired = corp.fault("token_expired", call)
    if expired:
        corp.tokens.kill(call.query["access_token"])
        raise ApiError(int(expired.options.get("code", corp.settings.expired_token_code)))
    if corp.fault("rate_limited", call):
        raise ApiError(45009)


def _check_ip(corp: Corp, ip: str) -> None:
    trusted = comma_list(corp.settings.trusted_ips)
    if trusted and ip not in trusted:
        raise ApiError(60020)


def _check_right(corp: Corp, app: str, endpoint: Endpoint) -> None:
    """48002 when the app is not listed for this family of calls, or the contact-sync secret is misused."""
    if (app == "contact_sync") != (endpoint.contact_sync == "only") and endpoint.contact_sync != "yes":
        raise ApiError(48002)
    if endpoint.right and not getattr(corp.settings, RIGHTS[endpoint.right]):
        raise ApiError(301055 if endpoint.right == "approval" else 48002)


def _check_active(corp: Corp, operation: str, endpoint: Endpoint) -> None:
    """Rights end when nobody uses them: 48006 for one call, 48011 for customers of a corp that is hardly in use."""
    if operation in comma_list(corp.settings.withdrawn_calls):
        raise ApiError(48006)
    if corp.settings.corp_inactive and endpoint.right == "customer":
        raise ApiError(48011)


def _check_rate(corp: Corp, call: Call, endpoint: Endpoint) -> None:
    limits = ((60, corp.settings.api_per_minute), (3600, corp.settings.api_per_hour))
    if endpoint.limited and not corp.memory.calls.allows(call.facts.operation, call.now, *limits):
        raise ApiError(45009)
    if call.query.get("debug") == "1" and not corp.memory.calls.allows("debug", call.now, (60, 5)):
        raise ApiError(45009)


def _check_escapes(corp: Corp, call: Call) -> None:
    if corp.settings.refuse_unicode_escapes and ESCAPE.search(call.raw):
        raise ApiError(40033)


def _respond(corp: Corp, body: Mapping[str, object]) -> Response:
    headers = {}
    if corp.settings.error_headers:
        headers = {"Error-Code": str(body["errcode"]), "Error-Msg": str(body["errmsg"])}
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text.encode(), media_type="application/json; charset=UTF-8", headers=headers)
