"""Tokens are shared, sealed, die in time, and are refreshed by one at a time."""

import threading
import time

import pytest
import redis

from hub.errors import TryLater
from hub.queue import tokens as module
from hub.queue.client import connect
from hub.queue.tokens import RedisTokens
from hub.store.secrets import SecretBox

BOX = SecretBox(b"k" * 32)


@pytest.fixture
def tokens(client: redis.Redis) -> RedisTokens:
    return RedisTokens(client, 5, secrets=BOX)


def test_every_worker_of_the_connection_sees_the_token(tokens: RedisTokens, client: redis.Redis) -> None:
    tokens.put("access", "t0ken-中", 60)
    assert RedisTokens(client, 5, secrets=BOX).get("access") == "t0ken-中"
    assert RedisTokens(client, 6, secrets=BOX).get("access") is None
    assert tokens.get("other") is None


def test_redis_holds_no_plain_token(tokens: RedisTokens, client: redis.Redis) -> None:
    tokens.put("access", "very-secret", 60)
    stored = client.get("hub:token:5:access")
    assert stored is not None
    assert b"very-secret" not in stored


def test_a_token_past_its_life_is_gone(tokens: RedisTokens) -> None:
    tokens.put("access", "old", 0.02)
    time.sleep(0.05)
    assert tokens.get("access") is None
    tokens.put("access", "dead on arrival", 0)
    assert tokens.get("access") is None


def test_only_the_dead_token_is_dropped(tokens: RedisTokens) -> None:
    tokens.put("access", "new", 60)
    tokens.drop("access", "old")
    assert tokens.get("access") == "new"
    tokens.drop("access", "new")
    assert tokens.get("access") is None


def test_a_token_sealed_with_another_key_reads_as_none(tokens: RedisTokens, client: redis.Redis) -> None:
    tokens.put("access", "x", 60)
    assert RedisTokens(client, 5, secrets=SecretBox(b"o" * 32)).get("access") is None


def test_one_refresh_serves_all(tokens: RedisTokens) -> None:
    refreshed: list[int] = []

    def worker(number: int) -> None:
        with tokens.lock("access"):
            if tokens.get("access") is None:
                refreshed.append(number)
                time.sleep(0.02)
                tokens.put("access", "fresh", 60)

    threads = [threading.Thread(target=worker, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refreshed) == 1


def test_the_lock_of_a_dead_refresher_runs_out(tokens: RedisTokens, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOCK_S", 0.1)
    abandoned = tokens.lock("access")
    abandoned.__enter__()
    with tokens.lock("access"):
        pass
    abandoned.__exit__(None, None, None)  # the expired lock is given back without complaint


def test_waiting_too_long_is_put_off(tokens: RedisTokens, client: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    client.set("hub:token:5:access:lock", "somebody", ex=60)
    monkeypatch.setattr(module, "WAIT_S", 0.05)
    with pytest.raises(TryLater, match="稍后重试"), tokens.lock("access"):
        pass


def test_without_redis_each_process_refreshes_for_itself() -> None:
    away = RedisTokens(connect("redis://127.0.0.1:1/0"), 5, secrets=BOX)
    away.put("access", "x", 60)
    away.drop("access", "x")
    with away.lock("access"):
        assert away.get("access") is None
