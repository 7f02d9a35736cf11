"""The application: routes, errors, edge, and the OpenAPI document at /api/openapi.json."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.concurrency import run_in_threadpool

from hub.api import refusals
from hub.api.edge import Edge
from hub.api.inbound import Inbound
from hub.api.routes import connections, flows, health, inbox, records, runs, session, sync, users, webhooks
from hub.api.state import Runtime

PREFIX = "/api/v1"
SCREENS = (session, connections, flows, sync, runs, inbox, records, users)
DESCRIPTION = """集成中枢的 HTTP 接口。除状态与回调外，每个请求都要带令牌；列表按 `next` 翻页；错误有中英文说明。

The HTTP interface of the hub. Every request but health and webhooks carries a token; lists page on with `next`;
errors explain themselves in Chinese and English."""


def create_app(runtime: Runtime | None = None) -> FastAPI:
    """The ASGI application. Without a runtime, the one of this process's settings (HUB_*)."""
    runtime = runtime or _from_settings()
    app = FastAPI(
        title="集成中枢 / Integration hub",
        version=_version(),
        description=DESCRIPTION,
        openapi_url="/api/openapi.json",
        docs_url=None,  # the stock pages load their scripts from a CDN
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.runtime = runtime
    app.state.inbound = Inbound(runtime.db, runtime.tell_intake)
    app.state.receivers = webhooks.Receivers()
    app.include_router(_v1())
    app.include_router(health.router)
    app.include_router(webhooks.router)
    refusals.install(app)
    app.add_middleware(Edge)
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


def _from_settings() -> Runtime:
    from hub.runtime import Runtime as Real
    from hub.settings import load_settings

    return Real.from_settings(load_settings())


def _version() -> str:
    try:
        return version("open-integration-hub")
    except PackageNotFoundError:
        return "0"
