"""The smallest vendor on the sandbox core: notes that can be written and read."""

from collections.abc import Mapping
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.core import ControlError, Facts, ObjectKind, PushReply, Sandbox, facts_of


def _prepare(data: dict[str, Any], stored: dict[str, Any] | None) -> dict[str, Any]:
    if stored is None and not data.get("text"):
        raise ControlError("text must not be empty")
    return data


def _classify(method: str, path: str, body: str) -> Facts:
    return Facts(method, path, body, object="note", write=path == "/write", operation=path.strip("/"))


def make_echo() -> Sandbox:
    clock, store, journal, faults = Sandbox.parts()
    store.define(
        ObjectKind(name="note", created_field="made", modified_field="edited", indexed=("tag",), prepare=_prepare)
    )

    async def write(request: Request) -> Response:
        record = store.create("note", await request.json())
        journal.append("create", "note", id=record["id"], data=record, request_id="r1")
        return JSONResponse(record)

    async def read(request: Request) -> Response:
        if faults.take({"empty_page"}, facts_of(request)):
            return JSONResponse([])
        return JSONResponse(store.all("note"))

    def push(event: Mapping[str, Any]) -> PushReply:
        reply = httpx.post(event["url"], json={"event": event.get("event")}, trust_env=False)
        return PushReply(reply.status_code, reply.text)

    return Sandbox(
        name="echo",
        clock=clock,
        store=store,
        journal=journal,
        faults=faults,
        routes=[Route("/write", write, methods=["POST"]), Route("/read", read)],
        credentials=lambda base_url: {"base_url": base_url, "secret": "s"},
        push=push,
        classify=_classify,
    )
