"""Vendor tokens shared by all workers of a connection, encrypted in Redis."""

import contextlib
from collections.abc import Iterator

import redis
from redis.lock import Lock

from hub.errors import SetupError, TryLater
from hub.queue.client import key
from hub.store.secrets import SecretBox

#: A refresher that died frees the lock after this long.
LOCK_S = 30.0
#: Who waits longer than this gives up.
WAIT_S = 35.0
_DROP = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"


class RedisTokens:
    """`hub.connector.link.Tokens` of one connection. Redis away reads as "no token": the client asks the vendor."""

    def __init__(self, client: redis.Redis, connection_id: int, *, secrets: SecretBox) -> None:
        self._client = client
        self._connection_id = connection_id
        self._secrets = secrets

    def get(self, name: str) -> str | None:
        with contextlib.suppress(redis.RedisError, SetupError):
            sealed = self._client.get(self._key(name))
            return None if sealed is None else self._secrets.open(_text(sealed))
        return None

    def put(self, name: str, value: str, life_s: float) -> None:
        if life_s <= 0:
            return
        with contextlib.suppress(redis.RedisError):
            self._client.set(self._key(name), self._secrets.seal(value), px=int(life_s * 1000))

    def drop(self, name: str, value: str) -> None:
        with contextlib.suppress(redis.RedisError, SetupError):
            sealed = self._client.get(self._key(name))
            if sealed is not None and self._secrets.open(_text(sealed)) == value:
                self._client.eval(_DROP, 1, self._key(name), sealed)

    @contextlib.contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """One refresher at a time, in all processes. Raises TryLater when another one holds it too long."""
        held = Lock(self._client, self._key(name, "lock"), timeout=LOCK_S, sleep=0.02, blocking_timeout=WAIT_S)
        try:
            taken = held.acquire()
        except redis.ConnectionError:
            yield  # without Redis there is nothing to share: each process refreshes for itself
            return
        if not taken:
            raise TryLater(
                f"等待凭据 {name} 刷新超时，稍后重试",
                f"waited too long for the refresh of token {name}; trying again later",
            )
        try:
            yield
        finally:
            with contextlib.suppress(redis.RedisError):
                held.release()  # it may have expired meanwhile, or Redis may be gone: either way it is free

    def _key(self, *parts: str) -> str:
        return key("token", self._connection_id, *parts)


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
