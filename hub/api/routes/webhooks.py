"""What vendors push: verified by the connector, kept durably, then acknowledged; all work on it comes later."""

import time
from dataclasses import dataclass, field

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from hub.api.inbound import Inbound, inbound_row
from hub.connector import Connector, WebhookRequest
from hub.errors import BadInput, NotFound
from hub.setup.connections import open_config
from hub.setup.known import connector_of, known_connection
from hub.setup.needs import Runtime

router = APIRouter(tags=["回调 / webhooks"])

#: How long a change of settings may take to be seen by a process that receives webhooks.
SETTINGS_LIFE_S = 2.0


@dataclass(frozen=True, slots=True)
class Receiver:
    """One connection as its webhooks need it."""

    connection_id: int
    connector: Connector
    config: BaseModel


@dataclass
class Receivers:
    """Receivers by name, kept for a moment: reading and unsealing settings costs more than verifying a signature."""

    _known: dict[str, tuple[float, Receiver]] = field(default_factory=dict)

    async def get(self, hub: Runtime, name: str) -> Receiver:
        """Raises NotFound for a connection that is not there or whose system does not push."""
        until, found = self._known.get(name, (0.0, None))
        if found is None or until < time.monotonic():
            found = await run_in_threadpool(_receiver, hub, name)
            self._known[name] = (time.monotonic() + SETTINGS_LIFE_S, found)
        return found


def _receiver(hub: Runtime, name: str) -> Receiver:
    with hub.db.read() as tx:
        row = known_connection(tx, name)
    connector = connector_of(hub, row["system"])
    if connector.callback is None:
        raise NotFound(
            f"{row['system']} 不接收回调", f"{row['system']} takes no webhooks", field="connection", value=name
        )
    return Receiver(row["id"], connector, open_config(hub, row))


@router.get(
    "/webhooks/{connection}", summary="厂商核对地址 / A vendor checks the address", operation_id="webhook_check"
)
@router.post("/webhooks/{connection}", summary="厂商回调 / What a vendor pushes", operation_id="webhook")
async def documented(connection: str, request: Request) -> Response:
    """The vendor's own protocol; unsigned requests are refused. A delivery that comes twice is answered the same."""
    return await receive(request)


async def receive(request: Request) -> Response:
    """What the route does. `create_app` also mounts it bare, in front: the frame's own work on a request that takes no
    parameters would be a quarter of the whole."""
    hub: Runtime = request.app.state.runtime
    receivers: Receivers = request.app.state.receivers
    receiver = await receivers.get(hub, request.path_params["connection"])
    assert receiver.connector.callback is not None
    now, arrivals = hub.now(), request.app.state.arrivals
    try:
        reply = receiver.connector.callback(receiver.config, await _as_it_came(request), now)
    except BadInput as error:
        await arrivals.refused(receiver.connection_id, error, now)
        raise
    await arrivals.verified(receiver.connection_id, now)
    if reply.hints or reply.answers:
        inbound: Inbound = request.app.state.inbound
        await inbound.put(inbound_row(receiver.connection_id, reply.hints, now, answers=reply.answers))
    return Response(reply.body, reply.status, media_type=reply.content_type)


async def _as_it_came(request: Request) -> WebhookRequest:
    body = await request.body()
    return WebhookRequest(request.method, dict(request.query_params), dict(request.headers), body)
