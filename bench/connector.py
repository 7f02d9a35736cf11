"""Systems of the bench behind the real contract: `bench_source` has pages and webhooks, `bench_target` takes batches, `bench_chat`
takes messages."""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn

from pydantic import BaseModel

from bench.customers import BATCH, PAGE
from hub.connector import (
    Connector,
    Delivery,
    EntityManifest,
    Hint,
    Link,
    Manifest,
    Message,
    Page,
    Remote,
    WebhookReply,
    WebhookRequest,
    Write,
    WriteOutcome,
    Written,
)
from hub.connector.http import HttpSession
from hub.connector.manifest import Name
from hub.connector.redact import Redactor
from hub.errors import BadInput


class BenchConfig(BaseModel):
    """Where bench.server listens."""

    base_url: str


class BenchClient:
    """The contract over bench.server. Cursor: the tick of the last edit."""

    def __init__(self, config: BenchConfig, link: Link) -> None:
        self._http = HttpSession(link, "bench", config.base_url, redactor=Redactor(()))

    def check(self) -> Mapping[str, str]:
        return {"account": "bench"}

    def pull(self, entity: str, checkpoint: Mapping[str, Any] | None, *, full: bool = False) -> Iterator[Page]:
        since, offset = (0 if full or checkpoint is None else int(checkpoint["tick"])), 0
        while True:
            asked = {"offset": str(offset), "since": str(since)}
            reply = self._http.request("pages", "GET", "/pages", safe=True, params=asked)
            rows, more = reply.data["rows"], reply.data["more"]
            offset += PAGE
            yield Page(
                [Remote(row["id"], row, number=row["编码"], modified=row["修改时间"]) for row in rows],
                checkpoint=None if more else {"tick": reply.data["tick"]},
                more=more,
            )
            if not more:
                return

    def create(self, entity: str, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        return self._batch(writes)

    def update(self, entity: str, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        return self._batch(writes)

    def _batch(self, writes: Sequence[Write]) -> Sequence[WriteOutcome]:
        sent = {"rows": [{"key": w.key, "id": w.id, "data": w.data} for w in writes]}
        reply = self._http.request("batch", "POST", "/batch", safe=False, json=sent)
        return [_written(key, row) for key, row in zip(reply.data["ids"], reply.data["rows"], strict=True)]

    def read(self, entity: str, ids: Sequence[str]) -> Mapping[str, Remote]:
        reply = self._http.request("one", "GET", "/one", safe=True, params={"ids": ",".join(ids)})
        return {
            row["id"]: Remote(row["id"], row, number=row["编码"], modified=row["修改时间"])
            for row in reply.data["rows"]
        }

    def find(self, entity: str, write: Write) -> Sequence[Remote]:
        self._no()

    def deleted(self, entity: str, checkpoint: Mapping[str, Any] | None) -> Iterator[Page]:
        self._no()

    def step(self, entity: str, step: str, ids: Sequence[str]) -> Sequence[WriteOutcome]:
        self._no()

    def send(self, message: Message) -> Delivery:
        reply = self._http.request("chat", "POST", "/chat", safe=False, json={"text": message.body})
        return Delivery(str(reply.data["msgid"]))

    def lookup_member(self, kind: str, value: str) -> str:
        self._no()

    def close(self) -> None:
        self._http.close()

    def _no(self) -> NoReturn:
        raise BadInput("不支持", "not supported")


def _written(key: str, row: Mapping[str, Any]) -> Written:
    number = str(row["data"].get("编码", ""))
    return Written(key, number, remote=Remote(key, row["data"], number=number, key=row["key"]))


def _manifest(system: str, can: tuple[Any, ...]) -> Manifest:
    entity = EntityManifest(
        object="customer",
        can=can,
        page_size=PAGE,
        read_batch=BATCH,
        create_batch=BATCH,
        update_batch=BATCH,
        key="number",
        conditional_writes=True,
    )
    return Manifest(
        system=system,
        name=Name(zh=system, en=system),
        kind=("crm",),
        vendor_docs="-",
        wire_version="1",
        entities={"customer": entity},
        parallel=4,
    )


SECRET = b"bench"


def sign(body: bytes) -> str:
    return hmac.new(SECRET, body, hashlib.sha256).hexdigest()


def callback(_config: BaseModel, request: WebhookRequest, _now: datetime) -> WebhookReply:
    """`{"id", "key"}` with a signature in a header. Raises BadInput for a wrong one."""
    if not hmac.compare_digest(request.headers.get("x-signature", ""), sign(request.body)):
        raise BadInput("签名不对", "wrong signature")
    given = json.loads(request.body)
    return WebhookReply([Hint("customer", given["id"], "changed", key=given["key"])])


_CHAT = Manifest(
    system="bench_chat",
    name=Name(zh="bench_chat", en="bench_chat"),
    kind=("chat",),
    vendor_docs="-",
    wire_version="1",
    entities={},
    messages=("app", "robot"),
)
CHAT = Connector(_CHAT, BenchConfig, BenchClient)
SOURCE = Connector(_manifest("bench_source", ("pull", "read")), BenchConfig, BenchClient, callback)
TARGET = Connector(_manifest("bench_target", ("read", "find", "create", "update")), BenchConfig, BenchClient)
