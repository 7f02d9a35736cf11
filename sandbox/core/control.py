"""The control interface, the same for every sandbox: records, journal, faults, clock, push, counters."""

import json
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.core.records import ControlError
from sandbox.core.switches import SettingError, change
from sandbox.core.system import Sandbox

Answer = Callable[[Sandbox, Request], Awaitable[object]]


def control_routes(sandbox: Sandbox) -> list[BaseRoute]:
    """The routes under /_sandbox for one sandbox."""
    table: list[tuple[str, str, Answer]] = [
        ("GET", "/_sandbox/health", _health),
        ("GET", "/_sandbox/credentials", _credentials),
        ("GET", "/_sandbox/records/{object}", _read_records),
        ("POST", "/_sandbox/records/{object}", _create_records),
        ("PUT", "/_sandbox/records/{object}/{id:path}", _edit_record),
        ("DELETE", "/_sandbox/records/{object}/{id:path}", _delete_record),
        ("GET", "/_sandbox/journal", _journal),
        ("GET", "/_sandbox/faults", _faults),
        ("POST", "/_sandbox/faults", _arm),
        ("DELETE", "/_sandbox/faults", _disarm),
        ("POST", "/_sandbox/clock", _clock),
        ("POST", "/_sandbox/push", _push),
        ("GET", "/_sandbox/counters", _counters),
        ("GET", "/_sandbox/settings", _settings),
        ("POST", "/_sandbox/settings", _change_settings),
        ("POST", "/_sandbox/reset", _reset),
    ]
    return [Route(path, _endpoint(sandbox, answer), methods=[method]) for method, path, answer in table]


def json_answer(data: object, status: int = 200) -> Response:
    """A JSON response; Decimals and times are written as their text."""
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=str).encode()
    return Response(body, status_code=status, media_type="application/json")


def _endpoint(sandbox: Sandbox, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return json_answer(await answer(sandbox, request))
        except ControlError as error:
            return json_answer({"error": str(error)}, error.status)

    return endpoint


async def _json_body(request: Request) -> Any:
    raw = await request.body()
    try:
        return json.loads(raw) if raw else {}
    except ValueError as error:
        raise ControlError(f"the body is not JSON: {error}") from error


async def _object_body(request: Request) -> dict[str, Any]:
    body = await _json_body(request)
    if not isinstance(body, dict):
        raise ControlError(f"the body must be a JSON object, not {type(body).__name__}")
    return body


def _whole_number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not text.isdigit():
        raise ControlError(f"{name}={text!r} must be a whole number of at least 0")
    return int(text)


async def _health(sandbox: Sandbox, request: Request) -> object:
    return {"status": "ok", "system": sandbox.name, "now": sandbox.clock.now().isoformat()}


async def _credentials(sandbox: Sandbox, request: Request) -> object:
    return sandbox.credentials(str(request.base_url).rstrip("/"))


async def _read_records(sandbox: Sandbox, request: Request) -> object:
    name, wanted = request.path_params["object"], request.query_params.get("id")
    if wanted is not None:
        record = sandbox.store.get(name, wanted)
        if record is None:
            raise ControlError(f"no {name} {wanted}", 404)
        return {"total": 1, "records": [record]}
    records = _chosen(sandbox, request, name)
    offset = _whole_number(request, "offset", 0)
    limit = _whole_number(request, "limit", len(records))
    return {"total": len(records), "records": records[offset : offset + limit]}


def _chosen(sandbox: Sandbox, request: Request, name: str) -> list[dict[str, Any]]:
    """All records, or those whose indexed fields equal the query arguments of the same name (?user=zhangsan)."""
    wanted = [field for field in sandbox.store.kind(name).indexed if field in request.query_params]
    if not wanted:
        return sandbox.store.all(name)
    first, *rest = wanted
    found = sandbox.store.find(name, first, request.query_params[first])
    return [row for row in found if all(str(row.get(field)) == request.query_params[field] for field in rest)]


async def _create_records(sandbox: Sandbox, request: Request) -> object:
    name, body = request.path_params["object"], await _json_body(request)
    kind = sandbox.store.kind(name)
    sent = body if isinstance(body, list) else [body]
    if not sent or not all(isinstance(record, dict) for record in sent):
        raise ControlError("the body must be one record (a JSON object) or a non-empty list of records")
    prepared = [kind.prepare(record, None) for record in sent]  # all of them first: one bad record stores none
    made = [_create(sandbox, name, record) for record in prepared]
    if request.query_params.get("return") == "ids":
        return {"ids": [record[kind.id_field] for record in made]}
    return {"records": made}


def _create(sandbox: Sandbox, name: str, data: Mapping[str, Any]) -> dict[str, Any]:
    record = sandbox.store.create(name, data)
    record_id = record[sandbox.store.kind(name).id_field]
    sandbox.journal.append_user("create", name, id=record_id, data=record)
    return record


async def _edit_record(sandbox: Sandbox, request: Request) -> object:
    name, wanted = request.path_params["object"], request.path_params["id"]
    stored, changes = _existing(sandbox, name, wanted), await _object_body(request)
    bump = request.query_params.get("bump", "true").lower() not in {"false", "0", "no"}
    prepared = sandbox.store.kind(name).prepare(changes, stored)
    record = sandbox.store.update(name, wanted, prepared, bump=bump)
    sandbox.journal.append_user("update", name, id=wanted, data=record)
    return {"records": [record]}


async def _delete_record(sandbox: Sandbox, request: Request) -> object:
    name, wanted = request.path_params["object"], request.path_params["id"]
    stored = _existing(sandbox, name, wanted)
    sandbox.store.delete(name, wanted)
    sandbox.journal.append_user("delete", name, id=wanted, data=stored)
    return {"deleted": wanted}


def _existing(sandbox: Sandbox, name: str, wanted: str) -> dict[str, Any]:
    stored = sandbox.store.get(name, wanted)
    if stored is None:
        raise ControlError(f"no {name} {wanted}", 404)
    return stored


async def _journal(sandbox: Sandbox, request: Request) -> object:
    asked = request.query_params
    match = {name: asked[name] for name in ("kind", "object", "id") if name in asked}
    by = asked.get("by", "api")
    if by not in {"api", "user", "all"}:
        raise ControlError(f"by={by!r} must be api (what came in at the vendor's paths), user (control edits) or all")
    if by != "all":
        match["by"] = by
    return {
        "entries": sandbox.journal.entries(since=_whole_number(request, "since", 0), match=match),
        "last": sandbox.journal.last,
    }


async def _faults(sandbox: Sandbox, request: Request) -> object:
    return sandbox.faults.as_json()


async def _arm(sandbox: Sandbox, request: Request) -> object:
    body = await _json_body(request)
    wanted = body if isinstance(body, list) else [body]
    if not all(isinstance(fault, dict) for fault in wanted):
        raise ControlError("the body must be one fault (a JSON object) or a list of faults")
    return {"armed": [sandbox.faults.arm(fault).as_json() for fault in wanted]}


async def _disarm(sandbox: Sandbox, request: Request) -> object:
    sandbox.faults.clear()
    return sandbox.faults.as_json()


async def _clock(sandbox: Sandbox, request: Request) -> object:
    seconds = (await _object_body(request)).get("advance_s")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise ControlError(f"advance_s {seconds!r} must be a number of seconds")
    return {"now": sandbox.clock.advance(seconds).isoformat()}


async def _push(sandbox: Sandbox, request: Request) -> object:
    body = await _object_body(request)
    if not isinstance(body.get("url"), str):
        raise ControlError(f"url {body.get('url')!r} must be the address to push to")
    reply = await run_in_threadpool(partial(sandbox.push, body))
    return {"status": reply.status, "body": reply.body, **reply.extra}


async def _counters(sandbox: Sandbox, request: Request) -> object:
    return {"calls": dict(sandbox.calls)}


async def _settings(sandbox: Sandbox, request: Request) -> object:
    shown = {} if sandbox.settings is None else vars(sandbox.settings)
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in shown.items()}


async def _change_settings(sandbox: Sandbox, request: Request) -> object:
    given = await _object_body(request)
    if sandbox.settings is None:
        raise ControlError(f"the sandbox {sandbox.name} has no settings", 501)
    try:
        change(sandbox.settings, given)
    except SettingError as error:
        raise ControlError(str(error)) from error
    return await _settings(sandbox, request)


async def _reset(sandbox: Sandbox, request: Request) -> object:
    sandbox.reset()
    return {"status": "ok"}
