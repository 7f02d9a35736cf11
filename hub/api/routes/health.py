"""Is it alive, is it ready, and the figures."""

import ipaddress

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import Field
from sqlalchemy.exc import SQLAlchemyError

from hub.api.auth import Hub
from hub.api.metrics import scrape
from hub.api.shapes import Shape, example
from hub.errors import HubError, NotAllowed, NotSignedIn
from hub.setup.accounts import caller_of

router = APIRouter(tags=["状态 / health"])


class Alive(Shape):
    model_config = example(ok=True)

    ok: bool = Field(True, title="运行中 / Running")


class Ready(Shape):
    """Each part is `ok` or the kind of trouble it is in."""

    model_config = example(ok=True, parts={"database": "ok", "queue": "ok"})

    ok: bool = Field(title="可用 / Ready")
    parts: dict[str, str] = Field(title="各部分 / Parts")


@router.get("/healthz", summary="存活 / Alive")
async def healthz() -> Alive:
    """The process answers."""
    return Alive()


@router.get("/readyz", summary="就绪 / Ready", responses={503: {"model": Ready}})
def readyz(hub: Hub, response: Response) -> Ready:
    """503 until the database and the broker answer."""
    parts = {"database": _database(hub), "queue": _queue(hub)}
    ok = all(state == "ok" for state in parts.values())
    response.status_code = 200 if ok else 503
    return Ready(ok=ok, parts=parts)


@router.get("/metrics", summary="指标 / Figures for Prometheus", response_class=Response)
async def metrics(request: Request, hub: Hub) -> Response:
    """Open to this machine; from elsewhere, or through a proxy, with an admin's token."""
    await run_in_threadpool(_may_scrape, request, hub)
    return Response(await run_in_threadpool(scrape, hub), media_type="text/plain; version=0.0.4; charset=utf-8")


def _database(hub: Hub) -> str:
    try:
        hub.db.ping()
    except SQLAlchemyError as error:
        return type(error).__name__
    return "ok"


def _queue(hub: Hub) -> str:
    try:
        hub.queue_depths()
    except HubError as error:
        return type(error).__name__
    return "ok"


def _may_scrape(request: Request, hub: Hub) -> None:
    if _from_this_machine(request):
        return
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer":
        raise NotSignedIn("请先登录：请求头 Authorization: Bearer 令牌", "Sign in first: Authorization: Bearer TOKEN")
    if caller_of(hub.db, token, hub.now()).role != "admin":
        raise NotAllowed("指标只给管理员看", "The figures are for admins")


def _from_this_machine(request: Request) -> bool:
    if request.client is None or "x-forwarded-for" in request.headers or "forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
