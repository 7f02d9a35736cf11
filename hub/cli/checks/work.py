"""Redis, the processes that live, and how long work waits."""

import time
from collections.abc import Iterator
from typing import Any

import redis

from hub.cli.checks.finding import Finding, clock, error_of, ok
from hub.errors import HubError, Text
from hub.queue.broker import HubBroker
from hub.queue.client import QUEUES, connect
from hub.queue.presence import alive
from hub.queue.valkey import Valkey, find_binary
from hub.settings import Settings

SLOW_QUEUE_S, STUCK_QUEUE_S = 60, 600
_START = Text("请执行 hub up，或分别启动 hub worker 与 hub scheduler", "run hub up, or hub worker and hub scheduler")


def queue(settings: Settings) -> Iterator[Finding]:
    """Redis: reachable, keeps what it is given, never evicts; then who works and how long work waits."""
    url = settings.redis_url
    if not url:
        try:
            find_binary()
        except HubError as error:
            yield error_of("redis", error)
            return
        endpoint = Valkey(settings.data_dir).running()
        if endpoint is None:
            yield Finding(
                "redis", "bad", Text("内置 Redis 服务没有运行", "the embedded Redis server does not run"), _START
            )
            return
        url = endpoint.url
    try:
        with connect(url) as client:
            yield from _redis(client)
            yield from _processes(client)
            yield from _waiting(client)
    except redis.RedisError as error:
        found = Text(f"Redis 没有应答：{error}", f"Redis does not answer: {error}")
        yield Finding(
            "redis", "bad", found, Text("请检查 HUB_REDIS_URL、密码和网络", "check HUB_REDIS_URL, password and network")
        )


def _redis(client: redis.Redis) -> Iterator[Finding]:
    info: Any = client.info()
    name = f"Valkey {info['valkey_version']}" if "valkey_version" in info else f"Redis {info.get('redis_version')}"
    yield ok("redis", f"{name} 可用", f"{name} answers")
    if not info.get("aof_enabled"):
        found = Text(
            "Redis 没有打开追加日志，重启会丢失额度计数和队列",
            "Redis keeps no append-only file: a restart loses budgets and queue",
        )
        fix = Text("在 redis.conf 设 appendonly yes", "set appendonly yes in redis.conf")
        yield Finding("redis.persistence", "warning", found, fix)
    elif info.get("aof_last_write_status", "ok") != "ok":
        found = Text("Redis 最近一次写磁盘失败", "the last write of Redis to its disk failed")
        yield Finding("redis.persistence", "bad", found, Text("请检查磁盘空间", "check the disk space"))
    else:
        yield ok("redis.persistence", "Redis 写入磁盘", "Redis keeps its data on disk")
    policy = info.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        found = Text(
            f"Redis 的 maxmemory-policy 是 {policy}，内存满时会删掉队列",
            f"Redis evicts ({policy}): it may drop queued work",
        )
        fix = Text("在 redis.conf 设 maxmemory-policy noeviction", "set maxmemory-policy noeviction in redis.conf")
        yield Finding("redis.eviction", "bad", found, fix)
    seconds, micros = client.time()
    yield from clock("clock.redis", seconds + micros / 1e6, "Redis", "Redis")


def _processes(client: redis.Redis) -> Iterator[Finding]:
    for role, zh in (("worker", "工作进程"), ("scheduler", "调度进程")):
        found = alive(client, role)
        if found:
            hosts = ", ".join(sorted({one.host for one in found}))
            yield ok(role, f"{len(found)} 个{zh}在运行（{hosts}）", f"{len(found)} {role}(s) alive ({hosts})")
        else:
            yield Finding(role, "bad", Text(f"没有{zh}在运行", f"no {role} is alive"), _START)


def _waiting(client: redis.Redis) -> Iterator[Finding]:
    broker = HubBroker(client, "doctor")
    for name in QUEUES:
        since = broker.waiting_since(name)
        depth, age = broker.depth(name), 0 if since is None else max(0, int(time.time() - since / 1000))
        found = Text(
            f"队列 {name}：{depth} 条，最久等了 {age} 秒", f"queue {name}: {depth} waiting, the oldest for {age} s"
        )
        if age < SLOW_QUEUE_S:
            yield Finding(f"queue.{name}", "ok", found)
            continue
        fix = Text(
            "请增加 HUB_WORKERS 或线程数，并查看工作进程日志",
            "raise HUB_WORKERS or the thread counts, and read the workers' logs",
        )
        yield Finding(f"queue.{name}", "bad" if age > STUCK_QUEUE_S else "warning", found, fix)
