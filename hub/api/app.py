"""The application: routes, errors, edge, and the OpenAPI document at /api/openapi.json."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI
from fastapi.concurrency import run_in_threadpool
from starlette.routing import Route

from hub.api import refusals
from hub.api.arrivals import Arrivals
from hub.api.edge import Edge
from hub.api.inbound import Inbound
from hub.api.routes import (
    alerts,
    connections,
    firstcontact,
    flows,
    health,
    inbox,
    mappings,
    receivables,
    records,
    runs,
    session,
    sync,
    users,
    webhooks,
)
from hub.setup.needs import Runtime

if TYPE_CHECKING:
    from hub.runtime import Runtime as Own

PREFIX = "/api/v1"
SCREENS = (session, connections, flows, firstcontact, mappings, sync, runs, inbox, records, receivables, alerts, users)
DESCRIPTION = """集成中枢的 HTTP 接口。除状态与回调外，每个请求都要带令牌；列表按 `next` 翻页；错误有中英文说明。

The HTTP interface of the hub. Every request but health and webhooks carries a token; lists page on with `next`;
errors explain themselves in Chinese and English."""


def create_app(runtime: Runtime | None = None) -> FastAPI:
    """The ASGI application. Without a runtime, the one of this process's settings (HUB_*)."""
    own = _from_settings() if runtime is None else None
    served = own if runtime is None else runtime
    assert served is not None
    app = FastAPI(
        title="集成中枢 / Integration hub",
        version=_version(),
        description=DESCRIPTION,
        openapi_url="/api/openapi.json",
        docs_url=None,  # the stock pages load their scripts from a CDN
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.own = own
    serving(app, served)
    app.router.routes.insert(0, Route("/webhooks/{connection}", webhooks.receive, methods=["GET", "POST"]))
    app.include_router(webhooks.router)  # the same, for the document
    app.include_router(health.router)
    app.include_router(_v1())
    refusals.install(app)
    app.add_middleware(Edge)
    return app


def serving(app: FastAPI, runtime: Runtime) -> FastAPI:
    """The application, answering for this hub from now on. Nothing of the hub it served before is kept."""
    app.state.runtime = runtime
    app.state.inbound = Inbound(runtime.db, runtime.tell_intake)
    app.state.receivers = webhooks.Receivers()
    app.state.arrivals = Arrivals(runtime.db)
    return app


def _v1() -> APIRouter:
    v1 = APIRouter(prefix=PREFIX, responses=refusals.REFUSALS)
    for screen in SCREENS:
        v1.include_router(screen.router)
    return v1


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    yield {}
    await run_in_threadpool(app.state.inbound.stop)
    if app.state.own is not None:
        await run_in_threadpool(app.state.own.close)


def _from_settings() -> "Own":
    from hub.runtime import Runtime as Own
    from hub.settings import load_settings

    return Own.from_settings(load_settings(), role="api")


def _version() -> str:
    try:
        return version("open-integration-hub")
    except PackageNotFoundError:
        return "0"
