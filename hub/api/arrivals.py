"""Whether a vendor's pushes can be verified: what an admin should know of refused ones stands with the connection (hub.store.events)."""

import logging
import time
from dataclasses import dataclass
from datetime import datetime

from fastapi.concurrency import run_in_threadpool
from sqlalchemy.exc import SQLAlchemyError

from hub.errors import BadInput, HubError
from hub.store.database import Database
from hub.store.events import note_events

log = logging.getLogger(__name__)

TRIES = 3
"""So many refused pushes with no verified one between them are worth a look; anybody may send one."""
QUIET_S = 600.0
"""After a verified push refused ones are somebody's who is not the vendor."""
AGAIN_S = 60.0
"""What strangers send is written down no more often than that."""


@dataclass
class _Known:
    refused: int = 0
    verified_at: float | None = None
    told: str = ""
    told_at: float = 0.0


class Arrivals:
    """Of one process. Writes when something changed, so that a push costs a look into memory."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: dict[int, _Known] = {}

    async def verified(self, connection_id: int, now: datetime) -> None:
        known = self._known.setdefault(connection_id, _Known())
        known.refused, known.verified_at = 0, time.monotonic()
        if known.told != "ok":
            await self._tell(connection_id, known, now, None)

    async def refused(self, connection_id: int, error: BadInput, now: datetime) -> None:
        known = self._known.setdefault(connection_id, _Known())
        known.refused += 1
        moment = time.monotonic()
        proven = known.verified_at is not None and moment - known.verified_at < QUIET_S
        lately = bool(known.told) and known.told != "ok" and moment - known.told_at < AGAIN_S
        if known.refused >= TRIES and not proven and not lately and known.told != error.text.zh:
            await self._tell(connection_id, known, now, _shown(error))

    async def _tell(self, connection_id: int, known: _Known, now: datetime, error: HubError | None) -> None:
        known.told, known.told_at = error.text.zh if error else "ok", time.monotonic()
        try:
            await run_in_threadpool(self._write, connection_id, now, error)
        except SQLAlchemyError as failure:
            known.told = ""
            log.warning("how the events of connection %s arrive could not be kept: %s", connection_id, failure)

    def _write(self, connection_id: int, now: datetime, error: HubError | None) -> None:
        with self._db.write() as tx:
            note_events(tx, connection_id, "callback", now, error)


def _shown(error: BadInput) -> HubError:
    """A copy with what an admin does about it."""
    return BadInput(error.text.zh, error.text.en, field=error.field).put_right_by(
        "hub_admin",
        "核对连接设置里的回调 Token、密钥与对方后台的一致；若只是有人试探可不理会，下一次正确的推送会消除这条提示",
        "compare the callback token and key of the connection with the vendor's console; if somebody merely tries it, do nothing: "
        "the next verified push takes this away",
    )
