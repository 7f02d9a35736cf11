"""What vendors push: signature, replay, size, durability."""

import asyncio
import hashlib
import hmac
import json

import pytest
from sqlalchemy import select

from hub.api import edge
from hub.api.inbound import Inbound, delivery_key, inbound_row
from hub.connector import Hint
from hub.errors import TryLater
from hub.store import core
from tests.unit.api.office import NOW, SECRET


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"X-Signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def push(world, body, *, connection="erp", headers=None):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return world.client.post(
        f"/webhooks/{connection}", content=raw, headers=signed(raw) if headers is None else headers
    )


def kept(db):
    with db.read() as tx:
        return [(row.key, row.hints, row.state) for row in tx.execute(select(core.inbound_event))]


def test_a_signed_delivery_is_kept_before_it_is_answered_and_the_engine_is_told(world):
    answer = push(world, {"id": "A1", "key": "k1"})
    assert (answer.status_code, answer.text) == (200, "success")
    [(_key, hints, state)] = kept(world.runtime.db)
    assert (hints, state) == ([{"entity": "customer", "id": "A1", "event": "changed", "key": "k1"}], "new")
    world.client.app.state.inbound.stop()
    assert world.runtime.told >= 1


def test_a_connection_is_named_or_numbered(world):
    assert push(world, {"id": "A1", "key": "k1"}, connection="1").status_code == 200
    assert push(world, {"id": "A1", "key": "k1"}, connection="nope").status_code == 404
    assert len(kept(world.runtime.db)) == 1


@pytest.mark.parametrize("headers", [{}, {"X-Signature": "0" * 64}, signed(b"something else"), signed(b"", "other")])
def test_a_wrong_signature_is_refused_and_nothing_is_kept(world, headers):
    answer = push(world, {"id": "A1", "key": "k1"}, headers=headers)
    assert 400 <= answer.status_code < 500
    assert SECRET not in answer.text
    assert kept(world.runtime.db) == []


def test_a_delivery_that_comes_again_is_answered_the_same_and_changes_nothing(world):
    first, again = (push(world, {"id": "A1", "key": "k1"}) for _ in range(2))
    before = kept(world.runtime.db)
    later = push(world, {"id": "A1", "key": "k1"})
    assert (first.status_code, first.text) == (again.status_code, again.text) == (later.status_code, later.text)
    assert kept(world.runtime.db) == before
    assert len(before) == 1


def test_order_does_not_matter(world):
    for number in (2, 1, 3):
        push(world, {"id": "A1", "key": f"k{number}"})
    assert len(kept(world.runtime.db)) == 3


def test_bad_json_is_refused(world):
    raw = b"{not json"
    assert push(world, raw).status_code == 422
    assert kept(world.runtime.db) == []


def test_a_body_over_the_limit_is_refused_however_it_comes(world):
    big = b" " * (edge.WEBHOOK_LIMIT + 1)
    assert push(world, big).status_code == 413

    def pieces():
        for _ in range(5):
            yield b" " * (edge.WEBHOOK_LIMIT // 4)

    streamed = world.client.post("/webhooks/erp", content=pieces(), headers=signed(b""))
    assert streamed.status_code == 413
    assert streamed.json()["error"] == "TooLarge"
    assert kept(world.runtime.db) == []


def test_the_handshake_is_answered(world):
    headers = signed(b"hello")
    answer = world.client.get("/webhooks/erp", params={"echo": "hello"}, headers=headers)
    assert (answer.status_code, answer.text) == (200, "hello")
    assert world.client.get("/webhooks/erp", params={"echo": "hello"}).status_code == 422
    assert kept(world.runtime.db) == []


def test_a_system_that_does_not_push_has_no_webhook(world):
    body = {"name": "crm", "system": "mute", "settings": {"url": "https://m.example", "secret": SECRET}}
    assert world.as_("ada").send("POST", "/connections", body).status_code == 201
    assert push(world, {"id": "A1", "key": "k1"}, connection="crm").status_code == 404


def test_hints_without_keys_are_never_taken_for_a_repeat():
    silent = [Hint("customer", "A1")]
    assert delivery_key(silent) != delivery_key(silent)
    told = [Hint("customer", "A1", key="k")]
    assert delivery_key(told) == delivery_key(told)
    assert delivery_key(told) != delivery_key([Hint("customer", "A2", key="k")])


def test_many_deliveries_share_commits(runtime):
    commits = 0
    write = runtime.db.write

    def counted():
        nonlocal commits
        commits += 1
        return write()

    runtime.db.write = counted
    inbound = Inbound(runtime.db, runtime.tell_intake)

    async def burst():
        rows = [inbound_row(1, [Hint("customer", str(n), key=str(n))], NOW) for n in range(300)]
        await asyncio.gather(*(inbound.put(row) for row in rows))

    asyncio.run(burst())
    inbound.stop()
    assert len(kept(runtime.db)) == 300
    assert commits < 100
    assert runtime.told >= 1


def test_a_database_that_takes_nothing_is_said_and_nothing_is_acknowledged(runtime):
    inbound = Inbound(runtime.db, runtime.tell_intake)
    with runtime.db.write() as tx:
        core.inbound_event.drop(tx)
    with pytest.raises(TryLater):
        asyncio.run(inbound.put(inbound_row(1, [Hint("customer", "1", key="k")], NOW)))
    inbound.stop()


def test_trouble_in_telling_the_engine_does_not_stop_the_next_delivery(runtime):
    told = []

    def tell():
        told.append(1)
        raise TryLater("稍后", "later")

    inbound = Inbound(runtime.db, tell)

    async def two():
        for n in range(2):
            await inbound.put(inbound_row(1, [Hint("customer", str(n), key=str(n))], NOW))

    asyncio.run(two())
    inbound.stop()
    assert len(kept(runtime.db)) == 2
    assert told
