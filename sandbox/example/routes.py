"""The calls of the example vendor: HTTP 200 whatever happens, the truth is in `code`."""

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.core import Facts, facts_of
from sandbox.core.jsontext import dumps_exact, loads_exact
from sandbox.example.firms import FIRM, App, RefusedError, Row, checked, parse_time, stamp

WRITES = frozenset({"POST", "PATCH"})
Handler = Callable[[App, Request, Any], object]


def routes(app: App) -> list[BaseRoute]:
    table: list[tuple[str, str, Handler]] = [
        ("POST", "/token", _token),
        ("GET", "/firms", _list),
        ("GET", "/firms/batch", _batch),
        ("GET", "/firms/deleted", _deleted),
        ("POST", "/firms", _create),
        ("PATCH", "/firms/{id}", _update),
    ]
    return [Route(path, _endpoint(app, answer), methods=[method]) for method, path, answer in table]


def classify(method: str, path: str, body: str) -> Facts:
    """What the fault gate may match a call on."""
    about = FIRM if path.startswith("/firms") else None
    operation = f"{method} {'/'.join(path.split('/')[:2])}"
    return Facts(method, path, body, object=about, write=about is not None and method in WRITES, operation=operation)


def _endpoint(app: App, answer: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            body = _json(await request.body())
            if request.url.path != "/token":
                _admit(app, request)
            said: Row = {"code": 0, "message": "", "data": answer(app, request, body)}
        except RefusedError as error:
            said = error.answer
        return Response(dumps_exact(said), media_type="application/json")

    return endpoint


def _admit(app: App, request: Request) -> None:
    """Every call but the first passes here: a living token, and a quota that is not used up."""
    token, facts = request.headers.get("authorization", "").removeprefix("Bearer "), facts_of(request)
    if app.faults.take({"token_expired"}, facts):
        app.tokens.pop(token, None)
    if app.tokens.get(token, 0) <= app.clock.now().timestamp():
        raise RefusedError(40101, "token expired")
    if app.faults.take({"rate_limited"}, facts):
        raise RefusedError(42900, "too many calls", wait_s=app.settings.wait_s)


def _token(app: App, _request: Request, body: Any) -> object:
    given = (body.get("app_key"), body.get("app_secret")) if isinstance(body, dict) else ("", "")
    if given != (app.settings.app_key, app.settings.app_secret):
        raise RefusedError(40100, f"unknown app_key or wrong app_secret: {given[0]}/{given[1]}")
    token = secrets.token_hex(16)
    app.tokens[token] = app.clock.now().timestamp() + app.settings.token_s
    return {"token": token, "expires_s": app.settings.token_s}


def _list(app: App, request: Request, _body: Any) -> object:
    """Oldest change first; `updated_from` belongs to the window, `external` picks one key."""
    asked, size, facts = request.query_params, app.settings.page_rows, facts_of(request)
    since = parse_time(asked["updated_from"]) if asked.get("updated_from") else None
    rows = list(app.store.changed(FIRM, since=since))
    if asked.get("external"):
        rows = [row for row in rows if row["external"] == asked["external"]]
    page = int(asked["page"]) if asked.get("page", "1").isdigit() else 1
    if page > 1 and app.faults.take({"repeat_page"}, facts):
        page -= 1
    shown = [] if app.faults.take({"empty_page"}, facts) else rows[(page - 1) * size : page * size]
    return {"rows": shown, "total": len(rows), "pages": max(1, -(-len(rows) // size))}


def _batch(app: App, request: Request, _body: Any) -> object:
    asked = request.query_params.get("ids", "").split(",")
    if len(asked) > app.settings.most_rows:
        raise RefusedError(42200, f"ids: at most {app.settings.most_rows}")
    return {"rows": [row for one in asked if (row := app.store.get(FIRM, one))]}


def _deleted(app: App, request: Request, _body: Any) -> object:
    """Firms deleted from a moment on, oldest first."""
    asked = request.query_params.get("deleted_from")
    since = parse_time(asked) if asked else None
    stones = [stone for stone in app.store.tombstones(FIRM) if since is None or stone.at >= since]
    return {"rows": [{"id": stone.data["id"], "deleted": stamp(stone.at)} for stone in stones]}


def _create(app: App, _request: Request, body: Any) -> object:
    rows = body.get("rows") if isinstance(body, dict) else None
    if not isinstance(rows, list) or not 1 <= len(rows) <= app.settings.most_rows:
        raise RefusedError(42200, f"rows: 1 to {app.settings.most_rows}")
    return [_created(app, row) for row in rows]


def _created(app: App, sent: Any) -> Row:
    """One row's answer: a refused row does not stop the others."""
    try:
        made = app.store.create(FIRM, checked(sent, None))
    except RefusedError as error:
        return error.answer
    app.journal.append("create", FIRM, id=made["id"], data=made)
    return {"code": 0, "message": "", "id": made["id"]}


def _update(app: App, request: Request, body: Any) -> object:
    wanted = request.path_params["id"]
    stored = app.store.get(FIRM, wanted)
    if stored is None:
        raise RefusedError(40400, f"no firm {wanted}")
    if app.faults.take({"locked"}, facts_of(request)):
        raise RefusedError(42300, "somebody is working on this firm")
    row = app.store.update(FIRM, wanted, checked(body, stored))
    app.journal.append("update", FIRM, id=wanted, data=row)
    return {"id": row["id"]}


def _json(raw: bytes) -> Any:
    try:
        return loads_exact(raw) if raw else {}
    except ValueError:
        raise RefusedError(42200, "the body is not JSON") from None
