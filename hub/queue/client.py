"""One way to talk to Redis, and the names of the keys that the hub keeps there."""

import redis
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

#: Everything the hub keeps in Redis starts with this.
NAMESPACE = "hub"
QUEUES = ("sync", "push", "alerts")


def connect(url: str) -> redis.Redis:
    """A thread-safe client that gives up quickly: whoever is told "no" leaves the work to the sweep."""
    return redis.Redis.from_url(
        url,
        socket_timeout=5,
        socket_connect_timeout=2,
        health_check_interval=30,
        retry=Retry(ExponentialBackoff(cap=0.2, base=0.02), 2),
    )


def key(*parts: object) -> str:
    return ":".join((NAMESPACE, *map(str, parts)))
